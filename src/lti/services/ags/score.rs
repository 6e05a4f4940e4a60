//! Scores (§17.4): what is sent for which event, at which time, and what the platform's status means.
//!
//! Only `FullyGraded` makes a platform publish a score, and Moodle erases the grade for anything else: so
//! after a final score only final ones and the clearing one follow ([`Event::may_follow_final`]).

use chrono::{DateTime, Duration, DurationRound, SecondsFormat, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

use super::{SCORE_TYPE, judge};
use crate::{
    quirks::ServiceQuirks,
    services::{
        failure::Failure,
        scope, text,
        wire::{Answer, Body, Method, Request, below},
    },
};

/// How far the learner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum ActivityProgress {
    /// Nothing was done, or it was undone.
    Initialized,
    /// Begun.
    Started,
    /// Under way.
    InProgress,
    /// Handed in.
    Submitted,
    /// Done.
    Completed,
}

/// How far the grading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum GradingProgress {
    /// Final: the only one that a gradebook shows.
    FullyGraded,
    /// Under way.
    Pending,
    /// Waits for a person.
    PendingManual,
    /// Could not be graded.
    Failed,
    /// Nothing to grade.
    NotReady,
}

/// What happened here, and so what the platform is told (the table of §17.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing yet: the platform is told of the learner, so that it shows what others put there (signals.md §1).
    Seeded,
    /// The learner opened the page. At most once.
    Opened,
    /// Some of the criteria are met.
    Partly,
    /// Evidence is here and waits for a teacher.
    Waiting,
    /// The badge was awarded: all of `maximum`, which is > 0.
    Awarded {
        /// The column's maximum.
        maximum: Decimal,
    },
    /// The badge was refused: nothing of `maximum`, which is > 0.
    Refused {
        /// The column's maximum.
        maximum: Decimal,
    },
    /// The badge was revoked: the score is cleared (A22).
    Revoked,
}

impl Event {
    /// The two states that are sent.
    #[must_use]
    pub const fn progress(self) -> (ActivityProgress, GradingProgress) {
        match self {
            Self::Seeded => (ActivityProgress::Initialized, GradingProgress::Pending),
            Self::Opened => (ActivityProgress::Started, GradingProgress::NotReady),
            Self::Partly => (ActivityProgress::InProgress, GradingProgress::Pending),
            Self::Waiting => (ActivityProgress::Submitted, GradingProgress::PendingManual),
            Self::Awarded { .. } | Self::Refused { .. } => {
                (ActivityProgress::Completed, GradingProgress::FullyGraded)
            }
            Self::Revoked => (ActivityProgress::Initialized, GradingProgress::NotReady),
        }
    }

    /// Given and maximum, where there is a score.
    #[must_use]
    pub const fn points(self) -> Option<(Decimal, Decimal)> {
        match self {
            Self::Awarded { maximum } => Some((maximum, maximum)),
            Self::Refused { maximum } => Some((Decimal::ZERO, maximum)),
            Self::Seeded | Self::Opened | Self::Partly | Self::Waiting | Self::Revoked => None,
        }
    }

    /// Whether this may be sent after a final score: where progress erases the grade, only a final score or
    /// the wish to clear it.
    #[must_use]
    pub const fn may_follow_final(self, quirks: &ServiceQuirks) -> bool {
        match self {
            Self::Awarded { .. } | Self::Refused { .. } | Self::Revoked => true,
            Self::Seeded | Self::Opened | Self::Partly | Self::Waiting => !quirks.progress_erases_grade,
        }
    }
}

/// One score to be posted. A repetition sends the very same one (A20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// The learner's `sub`.
    pub user_id: String,
    /// When it was decided, from [`timestamp`].
    #[serde(serialize_with = "milliseconds")]
    pub timestamp: DateTime<Utc>,
    /// How far the learner is.
    pub activity_progress: ActivityProgress,
    /// How far the grading is.
    pub grading_progress: GradingProgress,
    /// Points, ≥ 0; absent clears.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub score_given: Option<Decimal>,
    /// The most there was to reach, > 0; present whenever points are (A23).
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub score_maximum: Option<Decimal>,
    /// Plain text; absent clears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Score {
    /// The score of an event. `comment` loses its markup (A31).
    #[must_use]
    pub fn of(event: Event, user_id: &str, at: DateTime<Utc>, comment: Option<&str>) -> Self {
        let (activity_progress, grading_progress) = event.progress();
        let points = event.points();
        Self {
            user_id: user_id.to_owned(),
            timestamp: at,
            activity_progress,
            grading_progress,
            score_given: points.map(|(given, _)| given),
            score_maximum: points.map(|(_, maximum)| maximum),
            comment: comment.and_then(text::plain),
        }
    }

    /// The request that posts it to a column (A04, A08).
    #[must_use]
    pub fn post(&self, item: &str) -> Request {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Request {
            method: Method::Post,
            url: below(item, "scores"),
            accept: SCORE_TYPE,
            body: Some(Body { content_type: SCORE_TYPE, bytes }),
            scope: Some(scope::SCORE),
        }
    }
}

/// The time of a score: when it was decided, to the millisecond, but later than any sent before for this
/// column and learner, by at least `apart` (at least a millisecond; Moodle keeps whole seconds, so
/// [`ServiceQuirks::score_interval`]). `last` is the later of the last timestamp and the last posting, since
/// some platforms keep the time of posting. Taken once and stored, so that a repetition sends the same.
#[must_use]
pub fn timestamp(decided: DateTime<Utc>, last: Option<DateTime<Utc>>, apart: Duration) -> DateTime<Utc> {
    let step = TimeDelta::milliseconds(1);
    let whole = |time: DateTime<Utc>| time.duration_trunc(step).unwrap_or(time);
    let decided = whole(decided);
    match last {
        // Cut down a last time with microseconds could lie before itself, hence the step more.
        Some(last) => decided.max(whole(last + apart.max(step) + step - TimeDelta::microseconds(1))),
        None => decided,
    }
}

/// What the platform did with a score: 200, 201, 202 and 204 are all success, the body does not matter.
///
/// # Errors
/// As the status says (§17.4): 409 is [`crate::Refusal::AgsSuperseded`], which after a repetition
/// means "already there".
pub fn posted(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    judge(answer, now)
}

fn milliseconds<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The exact digits, as a JSON number.
fn number<S: Serializer>(number: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = number.unwrap_or_default().normalize().to_string();
    RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer)
}
