//! Signal: what a channel told us about one learner, as the evaluator sees it.
//!
//! An event happened once; a reading is a register with its latest value (design §2). The caller
//! hands in the signals of one learner; which of them a rule looks at is decided in `evaluate.rs`.
//! Scores that we posted ourselves are no signals and never get here.

use std::{collections::BTreeMap, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a channel told us about one learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The row's id; it breaks ties, so that verdicts repeat.
    pub id: Uuid,
    /// What was told.
    pub kind: Kind,
    /// Happened once, or the latest value of a register.
    pub form: Form,
    /// The course it is about; `None` when it is about none.
    pub course: Option<Uuid>,
    /// How we were told.
    pub channel: Channel,
    /// Who told us, as people call them ("Registrar's key").
    pub source: String,
    /// How much it proves; belongs to the source.
    pub strength: Strength,
    /// When it happened, as the source says.
    pub happened_at: DateTime<Utc>,
    /// When we heard of it.
    pub heard_at: DateTime<Utc>,
    /// Of a reading that came without a time of its own: the last moment at which the register was
    /// read with another value, or without one. It happened after that, and by [`Signal::moment`] at the latest.
    /// `None` when it happened exactly then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
}

impl Signal {
    /// When it counts as having happened: as told, but never after we heard of it (design §5).
    #[must_use]
    pub fn moment(&self) -> DateTime<Utc> {
        self.happened_at.min(self.heard_at)
    }

    /// Whether it is a moment of its own; roles and memberships are registers without a history.
    pub(crate) fn is_dated(&self) -> bool {
        !matches!(self.kind, Kind::Role { .. } | Kind::Member { .. })
    }
}

/// What was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The learner opened a link.
    Launched {
        /// The link, when the launch came through one.
        link: Option<Uuid>,
        /// The launch's custom parameters as sent; a literal `$Variable` is absent.
        custom: BTreeMap<String, String>,
    },
    /// The learner completed something.
    Completed {
        /// What.
        subject: Subject,
    },
    /// The learner has a score, or expressly has none.
    Score {
        /// In what.
        subject: Subject,
        /// Points given.
        given: Option<Decimal>,
        /// Points possible, from the same reading.
        maximum: Option<Decimal>,
        /// Whether the numbers count.
        state: ScoreState,
    },
    /// The learner's roles in the course.
    Role {
        /// Permission names (`learner`, `instructor`, …) and role names as the platform writes them.
        names: Vec<String>,
    },
    /// The platform lets the learner open a gated link (the link's list of members names them).
    Released {
        /// The link.
        link: Uuid,
    },
    /// Somebody decided on the learner; what a person decided last counts.
    Approved {
        /// For which placement.
        placement: Uuid,
        /// Who, by whatever tells people apart; never shown.
        by: String,
        /// Their roles at that time.
        roles: Vec<String>,
        /// For or against.
        approves: bool,
    },
    /// The course's sections, or its groups, that the learner is in.
    Member {
        /// Which of both.
        of: Membership,
        /// The platform's ids of all of them.
        ids: Vec<String>,
    },
    /// The learner holds an award; its moment is when it was earned. Revoked ones are no signals.
    Held {
        /// Of this achievement.
        achievement: Uuid,
        /// When it ends to be current, if ever.
        expires_at: Option<DateTime<Utc>>,
    },
}

impl Kind {
    /// The stable name: `launched`, `completed`, `score`, ….
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Launched { .. } => "launched",
            Self::Completed { .. } => "completed",
            Self::Score { .. } => "score",
            Self::Role { .. } => "role",
            Self::Released { .. } => "released",
            Self::Approved { .. } => "approved",
            Self::Member { .. } => "member",
            Self::Held { .. } => "held",
        }
    }
}

/// Whether a score's numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreState {
    /// They do.
    Graded,
    /// Nothing was handed in or graded yet.
    Missing,
    /// The learner is excused.
    Excused,
    /// Graded, but the learner may not see it yet.
    Unreleased,
}

/// What a completion or score is about, within its course.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Subject {
    /// The course as a whole.
    Course,
    /// One activity, by the id its platform or reporter gives it.
    Activity(String),
}

impl fmt::Display for Subject {
    /// `course` or `activity:<id>`: the form kept in the database.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Course => f.write_str("course"),
            Self::Activity(id) => write!(f, "activity:{id}"),
        }
    }
}

impl FromStr for Subject {
    type Err = Unrecognized;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("activity:") {
            Some(id) if !id.is_empty() => Ok(Self::Activity(id.to_owned())),
            None if text == "course" => Ok(Self::Course),
            _ => Err(Unrecognized("subject")),
        }
    }
}

impl TryFrom<String> for Subject {
    type Error = Unrecognized;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}

/// Whether a signal happened once or is a register's latest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Happened once.
    Event,
    /// The latest value of (source, learner, subject).
    Reading,
}

/// A text that names none of the known values; says what was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known {0}")]
pub struct Unrecognized(pub &'static str);

macro_rules! named {
    ($(#[$doc:meta])* $name:ident as $noun:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Unrecognized;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(Unrecognized($noun)),
                }
            }
        }
    };
}

named! {
    /// How we were told (design §2).
    Channel as "channel" {
        /// The learner launched.
        Launch = "launch",
        /// A membership list (NRPS, of the course or by link).
        Roster = "roster",
        /// Our own gradebook column.
        Column = "column",
        /// A gradebook we may read.
        Gradebook = "gradebook",
        /// The API, xAPI, Caliper, Canvas Live Events.
        Event = "event",
        /// The platform's own record, read with the institution's consent.
        Record = "record",
        /// A person approved.
        Approval = "approval",
        /// A person entered it.
        Manual = "manual",
        /// It came with an import.
        Import = "import",
        /// An award of ours.
        Award = "award",
    }
}

named! {
    /// Parts of a course that a platform sorts its members into.
    Membership as "membership" {
        /// A section: who is taught together.
        Section = "section",
        /// A group: who works together.
        Group = "group",
    }
}

named! {
    /// How much a signal proves, weakest first (design §2).
    Strength as "strength" {
        /// The platform let this person open something.
        Weak = "weak",
        /// A gated link or our own column.
        Medium = "medium",
        /// The platform's own record or a signed event.
        Strong = "strong",
        /// A person's decision.
        Attested = "attested",
    }
}

impl From<Strength> for i16 {
    /// 1 (weak) to 4 (attested): the form kept in the database.
    fn from(strength: Strength) -> Self {
        match strength {
            Strength::Weak => 1,
            Strength::Medium => 2,
            Strength::Strong => 3,
            Strength::Attested => 4,
        }
    }
}

impl TryFrom<i16> for Strength {
    type Error = Unrecognized;

    fn try_from(number: i16) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::Weak),
            2 => Ok(Self::Medium),
            3 => Ok(Self::Strong),
            4 => Ok(Self::Attested),
            _ => Err(Unrecognized("strength")),
        }
    }
}
