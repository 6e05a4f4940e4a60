//! What a diagnosis is made of: findings, each with its part, its level and its words. They are made in this folder
//! only, so that every code has one place.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Well,
    /// It may be meant so.
    Mind,
    /// It keeps something from working.
    Wrong,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What we know of the platform.
    Registration,
    /// Where authentication requests go.
    Authorization,
    /// The platform's keys.
    Keys,
    /// The platform's clock and ours.
    Clock,
    /// Where tokens are given.
    Token,
    /// A scope.
    Scope,
    /// Our own addresses, as the platform must reach them.
    Own,
}

impl Part {
    /// Its name, as serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Authorization => "authorization",
            Self::Keys => "keys",
            Self::Clock => "clock",
            Self::Token => "token",
            Self::Scope => "scope",
            Self::Own => "own",
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// About what.
    pub part: Part,
    /// How bad.
    pub level: Level,
    /// Stable, `check.…`.
    pub code: &'static str,
    /// What is so.
    pub sentence: String,
    /// What to change, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    pub(super) fn well(part: Part, code: &'static str, sentence: impl Into<String>) -> Self {
        Self { part, level: Level::Well, code, sentence: sentence.into(), advice: None }
    }

    pub(super) fn mind(
        part: Part,
        code: &'static str,
        sentence: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { part, level: Level::Mind, code, sentence: sentence.into(), advice: Some(advice.into()) }
    }

    pub(super) fn wrong(
        part: Part,
        code: &'static str,
        sentence: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { part, level: Level::Wrong, code, sentence: sentence.into(), advice: Some(advice.into()) }
    }
}
