//! Approvals: what people decide on learners, where a rule asks for them or a reading straddles the edge of the time
//! that counts (design §5, `approved`; `criteria::awaiting_in`).
//!
//! [`waiting`] lists whom everything but people has let through; [`decide`](fn@decide) records one decision, a reading of
//! channel `approval` named by (placement, learner, person), and evaluates the learner in the same transaction. What
//! a person decided last counts: approvals can be taken back and never expire. An award that was made stays: it is
//! taken back by revoking it.

mod decide;
mod queue;

use chrono::{DateTime, Utc};
use criteria::{Rule, Verdict};

pub use self::{
    decide::{Settled, decide},
    queue::{Of, find, waiting},
};
use crate::{
    domain::{learner::LearnerIn, session::Session},
    error::{Error, Kind, Result},
    ids::{CourseId, LearnerId},
    store::entity::{learner, placement},
};

/// Where approvals come from, as signals say it.
pub const SOURCE: &str = "approval";
/// The kind of signal an approval is.
pub const KIND: &str = "approved";

/// Who decides.
#[derive(Clone, Debug)]
pub enum Approver {
    /// Somebody who teaches or grades in a course, by the session of their launch.
    Teacher {
        /// Their account.
        learner: LearnerId,
        /// The course they launched from.
        course: CourseId,
    },
    /// Somebody for whom a key of the API speaks.
    Named {
        /// Their account; unknown people are created.
        person: LearnerIn,
        /// Roles that they have besides those we know of, as whoever holds the key vouches for.
        roles: Vec<String>,
    },
}

impl Approver {
    /// Whoever launched, if they may look at everybody's work.
    ///
    /// # Errors
    /// `approval.not_teaching`.
    pub fn of_session(session: &Session) -> Result<Self> {
        match (&session.learner, &session.course) {
            (Some(learner), Some(course)) if session.may_review() => {
                Ok(Self::Teacher { learner: learner.id, course: course.id })
            }
            _ => Err(not_teaching()),
        }
    }
}

/// A learner who waits for people.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Who.
    pub learner: learner::Model,
    /// For which badges; at least one.
    pub wanted: Vec<Wanted>,
}

/// A badge that somebody waits for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// By which placement.
    pub placement: placement::Model,
    /// The rule in force, as it was judged.
    pub rule: Rule,
    /// How it stands, with reasons.
    pub verdict: Verdict,
    /// What was decided so far, each person's last, oldest first.
    pub decisions: Vec<Decided>,
}

/// What a person decided last.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Who, where their account is still known.
    pub by: Option<learner::Model>,
    /// For or against.
    pub approves: bool,
    /// Their roles at that time.
    pub roles: Vec<String>,
    /// Why, in their words.
    pub note: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

fn not_teaching() -> Error {
    Error::new(
        Kind::Forbidden,
        "approval.not_teaching",
        "Only people who teach or grade in this course decide here.",
    )
}
