//! Parts that several pages show: days, badges, what became of an award, explained rules.

use askama::Template;
use chrono::{DateTime, SecondsFormat, Timelike as _, Utc};

use super::icon;
use crate::texts::{Language, Texts};

/// A day or a moment, in words and for machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// `23 November 2026`, or `23 November 2026, 14:05 UTC`.
    pub words: String,
    /// For `<time datetime>`.
    pub machine: String,
}

impl Day {
    /// The day of `at`, in UTC.
    #[must_use]
    pub fn of(language: Language, at: DateTime<Utc>) -> Self {
        Self { words: Texts::of(language).day(at), machine: at.format("%Y-%m-%d").to_string() }
    }

    /// The day and the minute of `at`, in UTC.
    #[must_use]
    pub fn minute(language: Language, at: DateTime<Utc>) -> Self {
        let texts = Texts::of(language);
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        Self {
            words: texts.text("date-minute").arg("date", texts.day(at)).arg("time", time).to_string(),
            machine: at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}

/// What a badge is, before anybody has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// Its name.
    pub name: String,
    /// What it stands for, in a sentence or two; may be empty.
    pub description: String,
    /// The language of its words, where it is not the page's.
    pub lang: Option<String>,
    /// Path of its picture (`/media/…`).
    pub picture: String,
    /// Who awards it.
    pub issuer: Issuer,
}

/// Who awards a badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// Its home page; shown as a link only when http or https.
    pub url: Option<String>,
}

impl Issuer {
    /// The home page, when it is a web address.
    pub(super) fn link(&self) -> Option<&str> {
        self.url.as_deref().and_then(web_link)
    }
}

/// The address, when a link may lead there.
pub(super) fn web_link(url: &str) -> Option<&str> {
    let scheme = url.split_once("://")?.0;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(url)
}

/// What shows that somebody earned a badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it is called.
    pub title: Option<String>,
    /// Where to look; shown as a link only when http or https.
    pub url: Option<String>,
    /// What it shows, as clean HTML; may be empty.
    pub html: String,
}

impl Evidence {
    pub(super) fn link(&self) -> Option<&str> {
        self.url.as_deref().and_then(web_link)
    }

    /// Its title, or its address when it has none.
    pub(super) fn words(&self) -> Option<&str> {
        self.title.as_deref().or(self.url.as_deref())
    }
}

/// What became of an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Awarded and valid.
    Active,
    /// Earned; the platform gave no address to send it to.
    WaitingForAddress,
    /// Decided; awarded on a day to come.
    Scheduled {
        /// That day.
        on: Option<Day>,
    },
    /// No longer valid.
    Expired {
        /// Since when.
        on: Option<Day>,
    },
    /// Taken back.
    Revoked {
        /// Since when.
        on: Option<Day>,
        /// Why, in the words of who did it.
        reason: Option<String>,
    },
}

impl Standing {
    /// No longer valid: the picture loses its colours.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Revoked { .. })
    }

    /// The key of its word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Active => "state-active",
            Self::WaitingForAddress => "state-waiting-for-address",
            Self::Scheduled { .. } => "state-scheduled",
            Self::Expired { .. } => "state-expired",
            Self::Revoked { .. } => "state-revoked",
        }
    }

    /// The class of its colour.
    pub(super) fn look(&self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::WaitingForAddress | Self::Scheduled { .. } => "wait",
            Self::Expired { .. } => "past",
            Self::Revoked { .. } => "bad",
        }
    }

    pub(super) fn icon(&self) -> &'static str {
        match self {
            Self::Active => icon::YES,
            Self::WaitingForAddress | Self::Scheduled { .. } | Self::Expired { .. } => icon::WAIT,
            Self::Revoked { .. } => icon::NO,
        }
    }
}

/// One line of an explained rule: what is asked of a learner and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub outcome: Outcome,
    /// What is asked.
    pub text: String,
    /// How and when it was met, or what is missing and what to do.
    pub note: Option<String>,
    /// The parts of a group.
    pub of: Vec<Self>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Met,
    /// Missing.
    NotMet,
    /// Nobody knows yet.
    Unknown,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Met => "learner-done",
            Self::NotMet => "learner-open",
            Self::Unknown => "learner-unknown",
        }
    }

    fn look(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "open",
            Self::Unknown => "unknown",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Met => icon::YES,
            Self::NotMet => icon::OPEN,
            Self::Unknown => icon::UNKNOWN,
        }
    }
}

/// Explained lines as nested lists; prints itself.
#[derive(Debug, Template)]
#[template(path = "web/views/lines.html")]
pub(super) struct Lines<'a> {
    language: Language,
    lines: &'a [Line],
}

impl<'a> Lines<'a> {
    pub(super) fn new(language: Language, lines: &'a [Line]) -> Self {
        Self { language, lines }
    }

    fn t(&self) -> Texts {
        Texts::of(self.language)
    }

    fn below(&self, line: &'a Line) -> Self {
        Self::new(self.language, &line.of)
    }
}

/// A rule as a line with lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What is asked.
    pub text: String,
    /// The parts of a group.
    pub of: Vec<Self>,
}

/// A rule as nested lists; prints itself.
#[derive(Debug, Template)]
#[template(path = "web/views/outline.html")]
pub(super) struct Outlines<'a> {
    pub(super) outlines: &'a [Outline],
}

impl<'a> Outlines<'a> {
    fn below(&self, outline: &'a Outline) -> Self {
        Self { outlines: &outline.of }
    }
}
