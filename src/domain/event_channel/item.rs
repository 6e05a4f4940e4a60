//! What every channel's parser answers with: typed events, or coded refusals of single items. Pure.

use chrono::{DateTime, Utc};
use criteria::{Kind, Strength};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind as ErrorKind, Result};

/// What one item of a message comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Something was said about a learner.
    Said(Box<Item>),
    /// The sender takes back what it sent under another name (xAPI 1.0.3, part 2 §2.3.2).
    TakenBack {
        /// The sender's name for the taking back.
        id: String,
        /// The sender's name for what it takes back.
        voids: String,
    },
    /// Nothing that we serve; the code says why.
    Ignored {
        /// The sender's name for it.
        id: String,
        /// A stable code.
        why: &'static str,
    },
}

impl Reading {
    /// The sender's name for it.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Said(item) => &item.id,
            Self::TakenBack { id, .. } | Self::Ignored { id, .. } => id,
        }
    }
}

/// One event, read. It is kept as JSON while nobody knows whom it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The sender's name for it: sent twice, it counts once.
    pub id: String,
    /// SHA-256 of its content: another content under the same name is a conflict.
    pub digest: String,
    /// Whom it is about, in the sender's words.
    pub actor: Actor,
    /// The names under which it may mention its course, likeliest first.
    pub courses: Vec<CourseName>,
    /// What is said: one or two things, of which a completion comes first.
    pub told: Vec<Kind>,
    /// When it happened; when it was heard if the sender does not say.
    pub happened_at: Option<DateTime<Utc>>,
    /// Who could have written it caps what it proves.
    pub at_most: Strength,
}

impl Item {
    /// The names of its signals within their source.
    pub fn signal_names(id: &str) -> [String; 2] {
        [id.to_owned(), format!("{id}#1")]
    }
}

/// Whom an event is about, in the sender's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An account of a site (xAPI `account`).
    Account {
        /// The site.
        home_page: String,
        /// Its name for the person.
        name: String,
    },
    /// What the platform sends as `sub` in launches.
    Sub(String),
    /// An address that names the person (Caliper).
    Iri(String),
    /// Canvas's own number, as its root account sees it.
    Canvas(String),
    /// A mail address.
    Address(String),
}

/// How an event mentions its course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseName {
    /// The LTI context id.
    Context(String),
    /// An address that the sender calls a course.
    Iri(String),
    /// An address that may be a course's, or a site's or a collection's.
    Perhaps(String),
    /// Canvas's own number, as its root account sees it.
    Canvas(String),
}

/// One name of a learner by which the store finds them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// The platform's `sub`.
    Sub(String),
    /// Another name, in a scheme.
    External(String, String),
    /// An address that the platform has told us.
    Address(String),
}

/// What a channel's owner said of how its senders name people.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// The site whose accounts count.
    pub home_page: &'a str,
    /// What account names are: [`SUB`] or the scheme of an external name.
    pub account_scheme: &'a str,
    /// People may be known by their address.
    pub allows_email: bool,
}

/// The account scheme of names that are the platform's `sub`.
pub const SUB: &str = "sub";
/// The scheme of Canvas's own numbers.
pub const CANVAS: &str = "canvas";

impl Naming<'_> {
    /// The name by which this actor can be found.
    ///
    /// # Errors
    /// `platform.not_granted`, `actor.address`.
    pub fn of(&self, actor: &Actor) -> Result<Name> {
        Ok(match actor {
            Actor::Sub(sub) => Name::Sub(sub.clone()),
            Actor::Canvas(id) => Name::External(CANVAS.to_owned(), id.clone()),
            Actor::Account { home_page, name } => {
                if !is_same_site(home_page, self.home_page) {
                    return Err(refused(
                        "platform.not_granted",
                        "The account is of another site than this channel may speak for.",
                    ));
                }
                self.account(name)
            }
            Actor::Iri(iri) => self.account(&own_id(iri, self.home_page).unwrap_or_else(|| iri.clone())),
            Actor::Address(address) if self.allows_email => Name::Address(address.clone()),
            Actor::Address(_) => {
                return Err(refused(
                    "actor.address",
                    "An e-mail address names nobody: let the sender use account names, or allow addresses for \
                     this channel.",
                ));
            }
        })
    }

    fn account(&self, name: &str) -> Name {
        match self.account_scheme {
            SUB => Name::Sub(name.to_owned()),
            scheme => Name::External(scheme.to_owned(), name.to_owned()),
        }
    }

    /// What context ids and Canvas numbers a course's names may be, likeliest first.
    #[must_use]
    pub fn contexts(&self, courses: &[CourseName]) -> Vec<CourseName> {
        let mut found = Vec::new();
        for name in courses {
            match name {
                CourseName::Context(_) | CourseName::Canvas(_) => found.push(name.clone()),
                CourseName::Iri(iri) => {
                    found.extend(own_id(iri, self.home_page).map(CourseName::Context));
                    found.push(CourseName::Context(iri.clone()));
                }
                CourseName::Perhaps(iri) => found.push(CourseName::Context(iri.clone())),
            }
        }
        found
    }
}

/// Whether the sender says itself that there is a course.
#[must_use]
pub fn names_a_course(courses: &[CourseName]) -> bool {
    courses.iter().any(|name| !matches!(name, CourseName::Perhaps(_)))
}

/// Two addresses of one site: a slash at the end and the case of the host mean nothing.
fn is_same_site(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        url::Url::parse(text).map_or_else(
            |_| text.trim_end_matches('/').to_owned(),
            |url| url.as_str().trim_end_matches('/').to_owned(),
        )
    };
    plain(one) == plain(other)
}

/// The id in an address of this site: its `id` parameter, or the last part of its path.
fn own_id(iri: &str, home_page: &str) -> Option<String> {
    let (url, home) = (url::Url::parse(iri).ok()?, url::Url::parse(home_page).ok()?);
    if url.origin() != home.origin() || !url.path().starts_with(home.path().trim_end_matches('/')) {
        return None;
    }
    let asked = url.query_pairs().find(|(name, _)| name == "id").map(|(_, value)| value.into_owned());
    let last = url.path_segments()?.rfind(|part| !part.is_empty()).map(str::to_owned);
    asked.or(last).filter(|id| !id.is_empty())
}

/// An item that its sender may not send.
pub(super) fn refused(code: &'static str, message: &str) -> Error {
    Error::new(ErrorKind::Forbidden, code, message)
}
