//! Sessions after a launch: anchored in the launch record, one per launch (design §4.4, lti-1.3-tool §14).
//!
//! The id in the address grants nothing; the cookie `__Host-l_{id}` does, and only as long as the
//! person still has in this course what the launch showed (R06).

use chrono::{DateTime, Utc};
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
    /// May this person see the course as its teacher? Both the launch and the newest launch must say so.
    #[must_use]
    pub fn is_teacher(&self) -> bool {
        let teaches = |permission: &str| matches!(permission, "teach" | "author" | "grade");
        teaches(&self.launch.permission)
            && self.enrollment.as_ref().is_some_and(|enrollment| teaches(&enrollment.permission))
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
    let unknown = || {
        Error::new(
            Kind::Unauthorized,
            "session.unknown",
            "This page belongs to a visit that has ended. Open the activity in your course again.",
        )
    };
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

fn is_over(record: &launch_record::Model, now: DateTime<Utc>) -> bool {
    record.expires_at <= now
}
