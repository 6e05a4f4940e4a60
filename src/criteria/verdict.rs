//! Verdict: met, not met or unknown, with reasons. Plain data, kept as JSON with the award.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    period::Span,
    signal::{Channel, Strength, Subject},
};

/// What became of a rule for one learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome, by the placement's mode.
    pub outcome: Outcome,
    /// How much the whole proves; present only when met. A rule met by roles and memberships
    /// alone is weak.
    pub strength: Option<Strength>,
    /// Present only when met: the earliest moment at which the rule was met (mode `ever`), or since
    /// which it has been (mode `standing`). Dates the award.
    pub met_at: Option<DateTime<Utc>>,
    /// The moment that the explanation describes: now, or `met_at` when the rule was met once but no
    /// longer is.
    pub as_of: DateTime<Utc>,
    /// When to evaluate again although nothing new arrives.
    pub recheck_at: Option<DateTime<Utc>>,
    /// Why, node by node.
    pub explanation: Explanation,
}

/// Three-valued truth (Kleene).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is not so.
    NotMet,
    /// Nobody knows yet.
    Unknown,
    /// It is so.
    Met,
}

/// Why one node came out as it did; the tree has the rule's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The node's path in the rule: `node.of[2]`.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How much it proves; `None` when not met, or when only roles and memberships met it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<Strength>,
    /// The signal that met it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_by: Option<Evidence>,
    /// The others that it took to meet it, where one is not enough: awards, approvals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Evidence>,
    /// What is missing, unless it is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// The children, in the rule's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Self>,
}

/// The signal that met a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The signal's id.
    pub signal: Uuid,
    /// How we were told.
    pub channel: Channel,
    /// Who told us.
    pub source: String,
    /// How much it proves at this node.
    pub strength: Strength,
    /// When it happened, capped at when we heard.
    pub at: DateTime<Utc>,
}

/// What a node lacks, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Missing {
    /// So many more children of this group.
    More {
        /// At least 1.
        n: u32,
    },
    /// The link was not opened.
    Launch {
        /// Where to go; `None` is any link of the course.
        link: Option<Uuid>,
    },
    /// The link was opened, but this parameter was not as demanded.
    Parameter {
        /// The link demanded.
        link: Option<Uuid>,
        /// The parameter.
        name: String,
        /// Whether its value arrived; without it nobody knows.
        known: bool,
    },
    /// Not completed as far as we know.
    Completion {
        /// The course; `None` is the placement's own.
        course: Option<Uuid>,
        /// What to complete.
        subject: Subject,
    },
    /// No score that counts.
    Score {
        /// The course; `None` is the placement's own.
        course: Option<Uuid>,
        /// In what.
        subject: Subject,
        /// Why there is none.
        why: NoScore,
    },
    /// A score out of bounds.
    ScoreOutside {
        /// The course; `None` is the placement's own.
        course: Option<Uuid>,
        /// In what.
        subject: Subject,
        /// Points given in the score that counts.
        given: Decimal,
        /// Points possible.
        maximum: Option<Decimal>,
    },
    /// None of the roles.
    Role {
        /// Whether the learner's roles are known at all.
        known: bool,
    },
    /// The platform does not let the learner open the link, as far as we know.
    Release {
        /// The link.
        link: Uuid,
    },
    /// Awards of so many more of these achievements.
    Awards {
        /// Those not held.
        lacking: Vec<Uuid>,
        /// At least 1.
        n: u32,
    },
    /// The approval of so many more people.
    Approvals {
        /// At least 1.
        n: u32,
        /// Whether somebody decided against it.
        declined: bool,
    },
    /// Not in the section or group.
    Membership {
        /// Whether the learner's sections or groups are known at all.
        known: bool,
    },
    /// Read, but it may have happened outside of the time that counts: a person must decide.
    Straddles {
        /// It happened after this …
        after: DateTime<Utc>,
        /// … and not after this.
        at: DateTime<Utc>,
    },
    /// All was done, but not close enough together.
    TooFarApart {
        /// What may lie between the first and the last.
        within: Span,
    },
    /// Told, but by signals that prove less than demanded.
    Stronger {
        /// The strongest of those ignored.
        have: Strength,
        /// The least that counts.
        need: Strength,
    },
    /// Met, but not yet for the settling time.
    Settling {
        /// When it will have settled.
        until: DateTime<Utc>,
    },
}

/// Why there is no score that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoScore {
    /// Nobody told us one.
    Untold,
    /// Told to be missing.
    Missing,
    /// The learner is excused.
    Excused,
    /// Not released to the learner.
    Unreleased,
    /// Without a maximum there are no percent.
    NoMaximum,
}
