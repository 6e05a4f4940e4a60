//! What the practice LMS is about: people, courses, activities. All of them together are [`World`].

use std::collections::BTreeMap;

pub use crate::world::{Closed, World};

/// Context role of a learner.
pub const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
/// Institution role of an administrator of the site.
pub const SITE_ADMINISTRATOR: &str =
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";
/// Context role of a teacher.
pub const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

/// An id that is any text: what tools must treat as opaque.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub String);
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl From<&Self> for $name {
            fn from(id: &Self) -> Self {
                id.clone()
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A person; the `sub` of launches.
    UserId
}
text_id! {
    /// A course; `context.id` of launches.
    CourseId
}
text_id! {
    /// An activity; `resource_link.id` of launches. Unique in the whole LMS.
    ActivityId
}

/// A person with an account.
#[derive(Clone, Debug)]
pub struct User {
    /// The id, also `sub`.
    pub id: UserId,
    /// The full name.
    pub name: String,
    /// The given name, if told.
    pub given_name: Option<String>,
    /// The family name, if told.
    pub family_name: Option<String>,
    /// The address, if told.
    pub email: Option<String>,
    /// The language, as `de` or `pl-PL`.
    pub locale: Option<String>,
    /// Institution and system roles, sent with every launch.
    pub site_roles: Vec<String>,
    /// The number in the student information system, if told.
    pub sourced_id: Option<String>,
}

impl User {
    /// A person; given and family name are split at the last space.
    pub fn new(id: impl Into<UserId>, name: &str) -> Self {
        let (given, family) = name.rsplit_once(' ').unzip();
        Self {
            id: id.into(),
            name: name.to_owned(),
            given_name: given.map(str::to_owned),
            family_name: family.map(str::to_owned),
            email: None,
            locale: None,
            site_roles: Vec::new(),
            sourced_id: None,
        }
    }

    /// With this address.
    #[must_use]
    pub fn email(mut self, address: &str) -> Self {
        self.email = Some(address.to_owned());
        self
    }

    /// With this language.
    #[must_use]
    pub fn locale(mut self, locale: &str) -> Self {
        self.locale = Some(locale.to_owned());
        self
    }

    /// Whether this person looks after the whole site.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.site_roles.iter().any(|role| role.ends_with("person#Administrator"))
    }

    /// What there is to tell of name and address, by the names of the claims.
    pub(crate) fn personal(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let parts = [
            ("name", Some(self.name.as_str())),
            ("given_name", self.given_name.as_deref()),
            ("family_name", self.family_name.as_deref()),
            ("email", self.email.as_deref()),
        ];
        parts.into_iter().filter_map(|(name, part)| Some((name, part?)))
    }

    /// With this institution or system role.
    #[must_use]
    pub fn site_role(mut self, role: &str) -> Self {
        self.site_roles.push(role.to_owned());
        self
    }

    /// With this number in the student information system.
    #[must_use]
    pub fn sourced_id(mut self, number: &str) -> Self {
        self.sourced_id = Some(number.to_owned());
        self
    }
}

/// A course and its activities in order.
#[derive(Clone, Debug)]
pub struct Course {
    /// The id, also `context.id`.
    pub id: CourseId,
    /// The short name.
    pub label: String,
    /// The title.
    pub title: String,
    /// The activities, in the order of the page.
    pub activities: Vec<Activity>,
    /// What has to be done to finish the course; nobody finishes one that asks for nothing.
    pub required: Vec<ActivityId>,
    /// The roles of everybody enrolled.
    pub roles: BTreeMap<UserId, Vec<String>>,
    /// The courses this one was copied from, most recent first.
    pub history: Vec<CourseId>,
}

impl Course {
    /// An empty course.
    pub fn new(id: impl Into<CourseId>, label: &str, title: &str) -> Self {
        Self {
            id: id.into(),
            label: label.to_owned(),
            title: title.to_owned(),
            activities: Vec::new(),
            required: Vec::new(),
            roles: BTreeMap::new(),
            history: Vec::new(),
        }
    }

    /// The activity of this id.
    #[must_use]
    pub fn activity(&self, id: &str) -> Option<&Activity> {
        self.activities.iter().find(|activity| activity.id.as_str() == id)
    }
}

/// Something to do in a course.
#[derive(Clone, Debug)]
pub struct Activity {
    /// The id, also `resource_link.id`.
    pub id: ActivityId,
    /// The title.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// Opens only when this other activity is done (conditional release; staff may always open it).
    pub after: Option<ActivityId>,
    /// The activities this one was copied from, most recent first.
    pub history: Vec<ActivityId>,
}

/// What an activity is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text to read, with a button "Mark as done".
    Page(String),
    /// A link into a registered tool.
    Tool(ToolLink),
}

/// A link into a tool.
#[derive(Clone, Debug)]
pub struct ToolLink {
    /// The registration.
    pub client_id: String,
    /// Where the launch should end; `None` is the registration's own address.
    pub target_link_uri: Option<String>,
    /// Another deployment than the registration's first.
    pub deployment_id: Option<String>,
    /// Custom parameters; `$` variables are filled in at launch.
    pub custom: Vec<(String, String)>,
    /// The content item of deep linking that made this link, as the tool sent it.
    pub item: Option<serde_json::Value>,
}

impl Activity {
    /// A text to read.
    pub fn page(id: impl Into<ActivityId>, title: &str, text: &str) -> Self {
        Self::new(id.into(), title, Kind::Page(text.to_owned()))
    }

    /// A link into a registered tool.
    pub fn tool(id: impl Into<ActivityId>, title: &str, client_id: &str) -> Self {
        let link = ToolLink {
            client_id: client_id.to_owned(),
            target_link_uri: None,
            deployment_id: None,
            custom: Vec::new(),
            item: None,
        };
        Self::new(id.into(), title, Kind::Tool(link))
    }

    fn new(id: ActivityId, title: &str, kind: Kind) -> Self {
        Self { id, title: title.to_owned(), kind, after: None, history: Vec::new() }
    }

    /// Opens only when `other` is done.
    #[must_use]
    pub fn after(mut self, other: impl Into<ActivityId>) -> Self {
        self.after = Some(other.into());
        self
    }

    /// A tool link that ends at this address. No effect on pages.
    #[must_use]
    pub fn target(mut self, uri: &str) -> Self {
        if let Kind::Tool(link) = &mut self.kind {
            link.target_link_uri = Some(uri.to_owned());
        }
        self
    }

    /// A tool link with this custom parameter. No effect on pages.
    #[must_use]
    pub fn custom(mut self, name: &str, value: &str) -> Self {
        if let Kind::Tool(link) = &mut self.kind {
            link.custom.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// A tool link of this deployment. No effect on pages.
    #[must_use]
    pub fn deployment(mut self, id: &str) -> Self {
        if let Kind::Tool(link) = &mut self.kind {
            link.deployment_id = Some(id.to_owned());
        }
        self
    }
}
