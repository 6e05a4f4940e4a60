//! What a platform's own record tells: about whom, in the platform's numbers, what, and since when. Pure; the words of
//! both platforms come out alike.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use criteria::{Kind, ScoreState, Subject};
use rust_decimal::Decimal;

/// One thing said of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whom it is about, in the platform's number.
    pub user: String,
    /// What is said.
    pub said: Said,
    /// When it happened, where the platform says so.
    pub at: Option<DateTime<Utc>>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Completed, or expressly not.
    Completed {
        /// What.
        subject: Subject,
        /// Whether.
        done: bool,
    },
    /// A score, or expressly none.
    Score {
        /// In what.
        subject: Subject,
        /// Points given.
        given: Option<Decimal>,
        /// Points possible.
        maximum: Option<Decimal>,
        /// Whether the numbers count.
        state: ScoreState,
    },
}

impl Said {
    /// As the evaluator reads it; a completion that is not one is told apart by [`Said::is_contrary`].
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Completed { subject, .. } => Kind::Completed { subject: subject.clone() },
            Self::Score { subject, given, maximum, state } => {
                Kind::Score { subject: subject.clone(), given: *given, maximum: *maximum, state: *state }
            }
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        match self {
            Self::Completed { subject, .. } | Self::Score { subject, .. } => subject,
        }
    }

    /// Whether it says that something is not done.
    #[must_use]
    pub fn is_contrary(&self) -> bool {
        matches!(self, Self::Completed { done: false, .. })
    }

    /// Whether it tells nothing to somebody who has heard nothing yet: not done, or no score.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Completed { done, .. } => !done,
            Self::Score { state, .. } => *state == ScoreState::Missing,
        }
    }
}

/// What one answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// How many entries could not.
    pub unreadable: u64,
}

impl<T> Page<T> {
    /// Reads entry by entry: some become an item, some say nothing, the rest is unreadable.
    pub(super) fn of<E>(entries: Vec<E>, mut read: impl FnMut(E) -> Came<T>) -> Self {
        let mut page = Self { items: Vec::new(), unreadable: 0 };
        for entry in entries {
            match read(entry) {
                Came::Item(item) => page.items.push(item),
                Came::Nothing => {}
                Came::Unreadable => page.unreadable += 1,
            }
        }
        page
    }
}

/// What one entry came to.
#[derive(Clone, Debug)]
pub(super) enum Came<T> {
    Item(T),
    Nothing,
    Unreadable,
}

impl<T> From<Option<T>> for Came<T> {
    fn from(read: Option<T>) -> Self {
        read.map_or(Self::Unreadable, Self::Item)
    }
}

/// What the rules of a course ask the platform's record for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the course is completed.
    pub course_completion: bool,
    /// Which activities are completed.
    pub completions: BTreeSet<String>,
    /// The score of the course.
    pub course_score: bool,
    /// Scores of activities.
    pub scores: BTreeSet<String>,
    /// What Laurel itself writes into the gradebook: never a signal (design §5). By the platform's number.
    pub own_items: BTreeSet<String>,
    /// The same, by its heading, where no number is known.
    pub own_labels: BTreeSet<String>,
}

impl Wanted {
    /// Whether no rule asks for anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.course_completion && !self.course_score && self.completions.is_empty() && self.scores.is_empty()
    }

    /// Whether any score is asked for.
    #[must_use]
    pub fn asks_scores(&self) -> bool {
        self.course_score || !self.scores.is_empty()
    }
}
