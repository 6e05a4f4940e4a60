//! Sessions after a launch: anchored in the launch record, one per launch (design §4.4, lti-1.3-tool §14).
//!
//! The id in the address grants nothing; the cookie `__Host-l_{id}` does, and only as long as the
//! person still has in this course what the launch showed (R06). A browser that keeps no cookies is given a
//! code in the address instead: good once and within a minute, exchanged for a secret that the page holds.

use chrono::{DateTime, Duration, Utc};
use subtle::ConstantTimeEq as _;

use super::artwork::sha256_hex;
use crate::{
    app::App,
    error::{Error, Kind, Result},
    ids::LaunchId,
    store::{
        course, enrollment,
        entity::{
            course as course_entity, enrollment as enrollment_entity, launch_record,
            learner as learner_entity,
        },
        launch, learner,
    },
};

/// How long a code in an address is good (§14).
const HANDOVER_SECONDS: i64 = 60;

/// A browser that launched, with what it may see now.
#[derive(Clone, Debug)]
pub struct Session {
    /// The launch it is anchored in.
    pub launch: launch_record::Model,
    /// Who launched; nobody in particular when the platform did not say.
    pub learner: Option<learner_entity::Model>,
    /// Where; launches outside a course have none.
    pub course: Option<course_entity::Model>,
    /// Their standing there.
    pub enrollment: Option<enrollment_entity::Model>,
}

impl Session {
    /// May this person see the course as its teacher?
    #[must_use]
    pub fn is_teacher(&self) -> bool {
        self.is_permitted(&["teach", "author", "grade"])
    }

    /// May this person look at everybody's work? Authors may not (R07).
    #[must_use]
    pub fn may_review(&self) -> bool {
        self.is_permitted(&["teach", "grade"])
    }

    /// May this person change what the course holds? Graders may not (R08).
    #[must_use]
    pub fn may_edit(&self) -> bool {
        self.is_permitted(&["teach", "author"])
    }

    /// Does this person only look on?
    #[must_use]
    pub fn observes(&self) -> bool {
        self.is_permitted(&["observe"])
    }

    /// Whether one of these permissions is theirs. Both the launch and the newest launch must say so.
    fn is_permitted(&self, one_of: &[&str]) -> bool {
        let is_one = |permission: &str| one_of.contains(&permission);
        is_one(&self.launch.permission)
            && self.enrollment.as_ref().is_some_and(|enrollment| is_one(&enrollment.permission))
    }

    /// Does this person see their own progress?
    #[must_use]
    pub fn is_learner(&self) -> bool {
        self.launch.permission == "learn" && self.learner.is_some()
    }
}

/// The session of a launch, if the browser's secret is the one it was given.
///
/// # Errors
/// `session.unknown`, whatever is wrong: id, secret or time.
pub async fn open(app: &App, id: LaunchId, secret: &str) -> Result<Session> {
    let db = app.store.read();
    let record = launch::unscoped_of_session(db, id).await?.ok_or_else(unknown)?;
    let hash = record.session_hash.as_deref().unwrap_or_default();
    let given = sha256_hex(secret.as_bytes());
    if !bool::from(given.as_bytes().ct_eq(hash.as_bytes())) || is_over(&record, app.clock.now()) {
        return Err(unknown());
    }
    let organization = record.organization_id.ok_or_else(unknown)?;
    let learner = match record.learner_id {
        None => None,
        Some(id) => Some(learner::find(db, organization, id).await?.ok_or_else(unknown)?),
    };
    let course = match record.course_id {
        None => None,
        Some(id) => course::find(db, organization, id).await?,
    };
    let enrollment = match (&course, &learner) {
        (Some(course), Some(learner)) => enrollment::find(db, organization, course.id, learner.id).await?,
        _ => None,
    };
    Ok(Session { launch: record, learner, course, enrollment })
}

/// What a launch record remembers of a code: never equal to a secret's hash, so a code opens nothing itself.
pub(super) fn handover_mark(code: &str) -> String {
    format!("once:{}", sha256_hex(code.as_bytes()))
}

/// Exchanges the code from a launch's address for the session's secret; the code is used up.
///
/// # Errors
/// `session.unknown`, whatever is wrong: id, code, time, or that it was used before.
pub async fn take_over(app: &App, id: LaunchId, code: &str) -> Result<String> {
    let secret = app.dice.token();
    let since = app.clock.now() - Duration::seconds(HANDOVER_SECONDS);
    let tx = app.store.write().await?;
    let hash = sha256_hex(secret.as_bytes());
    if !launch::unscoped_hand_over(&tx, id, &handover_mark(code), hash, since).await? {
        return Err(unknown());
    }
    tx.commit().await?;
    Ok(secret)
}

fn unknown() -> Error {
    Error::new(
        Kind::Unauthorized,
        "session.unknown",
        "This page belongs to a visit that has ended. Open the activity in your course again.",
    )
}

fn is_over(record: &launch_record::Model, now: DateTime<Utc>) -> bool {
    record.expires_at <= now
}
