//! The languages a rule can be read in, and where its titles come from.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::signal::Membership;

/// A language with words for rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// The language for a tag such as `de-AT`; English when there are no words for it.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        match tag.split(['-', '_']).next() {
            Some(primary) if primary.eq_ignore_ascii_case("de") => Self::German,
            _ => Self::English,
        }
    }

    /// Its tag: `en`, `de`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// Resolves what a rule names to what people call it. `None` where nothing is known: the words then
/// fall back to something generic or the bare id.
pub trait Names {
    /// The title of a link.
    fn link(&self, id: Uuid) -> Option<Cow<'_, str>> {
        let _ = id;
        None
    }

    /// The title of a course.
    fn course(&self, id: Uuid) -> Option<Cow<'_, str>> {
        let _ = id;
        None
    }

    /// The title of the placement's own course, where the words will be read outside of it.
    fn this_course(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// The title of an activity in a course (`None`: the placement's own).
    fn activity(&self, course: Option<Uuid>, id: &str) -> Option<Cow<'_, str>> {
        let _ = (course, id);
        None
    }

    /// The name of a section or group of the placement's course.
    fn group(&self, of: Membership, id: &str) -> Option<Cow<'_, str>> {
        let _ = (of, id);
        None
    }

    /// The name of an achievement.
    fn achievement(&self, id: Uuid) -> Option<Cow<'_, str>> {
        let _ = id;
        None
    }
}

/// Knows no titles.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Names for NoNames {}
