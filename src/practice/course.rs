//! What the practice LMS knows: people, courses, activities, who has done what, and what opens when.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

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

/// Why an activity does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// No such course, activity or person.
    #[error("There is no such activity.")]
    Unknown,
    /// Not enrolled in this course.
    #[error("You are not enrolled in this course.")]
    NotEnrolled,
    /// Something else has to be done first.
    #[error("Finish “{0}” first.")]
    Locked(String),
}

/// Everything the LMS knows about people and courses.
#[derive(Clone, Debug, Default)]
pub struct World {
    users: Vec<User>,
    /// Where somebody stands in `users`, for courses of thousands.
    places: HashMap<UserId, usize>,
    courses: Vec<Course>,
    done: BTreeMap<(ActivityId, UserId), DateTime<Utc>>,
}

impl World {
    /// Adds a person, or replaces the one of this id.
    pub fn put_user(&mut self, user: User) {
        match self.places.get(&user.id).and_then(|place| self.users.get_mut(*place)) {
            Some(old) => *old = user,
            None => {
                self.places.insert(user.id.clone(), self.users.len());
                self.users.push(user);
            }
        }
    }

    /// Adds a course, or replaces the one of this id.
    pub fn put_course(&mut self, course: Course) {
        self.courses.retain(|other| other.id != course.id);
        self.courses.push(course);
    }

    /// Replaces the course of this id in its place.
    pub(crate) fn update_course(&mut self, course: Course) {
        if let Some(old) = self.courses.iter_mut().find(|other| other.id == course.id) {
            *old = course;
        }
    }

    /// Adds an activity to a course, or replaces the one of this id in its place. False without such a course.
    pub fn put_activity(&mut self, course: &CourseId, activity: Activity) -> bool {
        let Some(course) = self.courses.iter_mut().find(|other| other.id == *course) else { return false };
        match course.activities.iter_mut().find(|other| other.id == activity.id) {
            Some(old) => *old = activity,
            None => course.activities.push(activity),
        }
        true
    }

    /// Gives a person exactly these roles in a course. False without such a course.
    pub fn enroll(&mut self, course: &CourseId, user: &UserId, roles: &[&str]) -> bool {
        let Some(course) = self.courses.iter_mut().find(|other| other.id == *course) else { return false };
        course.roles.insert(user.clone(), roles.iter().map(|role| (*role).to_owned()).collect());
        true
    }

    /// Gives all of them exactly these roles in a course. False without such a course.
    pub fn enroll_all(
        &mut self,
        course: &CourseId,
        users: impl Iterator<Item = UserId>,
        roles: &[&str],
    ) -> bool {
        let Some(course) = self.courses.iter_mut().find(|other| other.id == *course) else { return false };
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        course.roles.extend(users.map(|user| (user, roles.clone())));
        true
    }

    /// Ends somebody's part in a course. False when there was none.
    pub fn unenroll(&mut self, course: &CourseId, user: &UserId) -> bool {
        let course = self.courses.iter_mut().find(|other| other.id == *course);
        course.is_some_and(|course| course.roles.remove(user).is_some())
    }

    /// All people.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// All courses.
    #[must_use]
    pub fn courses(&self) -> &[Course] {
        &self.courses
    }

    /// The person of this id.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&User> {
        self.places.get(id).and_then(|place| self.users.get(*place))
    }

    /// The person of this id, to change.
    pub fn user_mut(&mut self, id: &str) -> Option<&mut User> {
        self.places.get(id).and_then(|place| self.users.get_mut(*place))
    }

    /// The course of this id.
    #[must_use]
    pub fn course(&self, id: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.id.as_str() == id)
    }

    /// The course that an activity belongs to.
    #[must_use]
    pub fn course_of(&self, activity: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.activity(activity).is_some())
    }

    /// Marks an activity as done by a person at a time; a second time changes nothing.
    pub fn complete(&mut self, activity: &ActivityId, user: &UserId, at: DateTime<Utc>) {
        self.done.entry((activity.clone(), user.clone())).or_insert(at);
    }

    /// Takes a completion back.
    pub fn reopen(&mut self, activity: &ActivityId, user: &UserId) {
        self.done.remove(&(activity.clone(), user.clone()));
    }

    /// When a person did an activity.
    #[must_use]
    pub fn done(&self, activity: &ActivityId, user: &UserId) -> Option<DateTime<Utc>> {
        self.done.get(&(activity.clone(), user.clone())).copied()
    }

    /// Whether this person teaches in this course (an Instructor or Administrator role of the course).
    #[must_use]
    pub fn is_staff(course: &Course, user: &UserId) -> bool {
        let staff = ["membership#Instructor", "membership/Instructor#", "membership#Administrator"];
        course
            .roles
            .get(user)
            .is_some_and(|roles| roles.iter().any(|role| staff.iter().any(|part| role.contains(part))))
    }

    /// The course and activity, if this person may open it now.
    ///
    /// # Errors
    /// [`Closed`] says why not, in a sentence for the person.
    pub fn open(&self, activity: &str, user: &UserId) -> Result<(&Course, &Activity), Closed> {
        let course = self.course_of(activity).ok_or(Closed::Unknown)?;
        let activity = course.activity(activity).ok_or(Closed::Unknown)?;
        if !course.roles.contains_key(user) {
            return Err(Closed::NotEnrolled);
        }
        match &activity.after {
            Some(first) if !self.is_released(course, activity, user) => {
                let title = course.activity(first.as_str()).map_or(first.as_str(), |other| &other.title);
                Err(Closed::Locked(title.to_owned()))
            }
            _ => Ok((course, activity)),
        }
    }

    /// Whether an activity is open to a member of its course now. Staff may always open it.
    #[must_use]
    pub fn is_released(&self, course: &Course, activity: &Activity, user: &UserId) -> bool {
        let first = activity.after.as_ref();
        first.is_none_or(|first| Self::is_staff(course, user) || self.done(first, user).is_some())
    }
}
