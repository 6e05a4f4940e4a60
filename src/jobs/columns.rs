//! `SettleColumn`, `ReadColumn` and `ReportScore`: the work at a platform's gradebook (lti-1.3-tool §17).
//!
//! What may work later is tried later, not sooner than the platform asks; the rest is buried with the code
//! and the platform's words, for operators to see and to try again.

use crate::{
    app::App,
    domain::{
        line_item::{results, settle},
        score_report,
        trouble::Trouble,
    },
    error::Kind,
    ids::{LineItemId, OrganizationId, ScoreReportId},
    outbox::{Job, Outcome},
};
use lti::services::Next;

/// Runs `SettleColumn`: the column is found, made, renamed or removed; then what waits for it is sent.
pub async fn settle(app: &App, job: &Job, organization: OrganizationId, column: LineItemId) -> Outcome {
    match settle::settle(app, organization, column).await {
        Ok(settled) => match score_report::catch_up(app, &settled.item, settled.is_new).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Retry(error.to_string()),
        },
        // What the platform does not offer is no failure of ours: the column itself says so (A10).
        Err(Trouble::Platform(failure)) if failure.next == Next::Stop => Outcome::Done,
        Err(trouble) => after(app, job, trouble),
    }
}

/// Runs `ReadColumn`.
pub async fn read(app: &App, job: &Job, organization: OrganizationId, column: LineItemId) -> Outcome {
    match results::read(app, organization, column, job.id.0).await {
        Ok(_) => Outcome::Done,
        Err(trouble) => after(app, job, trouble),
    }
}

/// Runs `ReportScore`.
pub async fn report(
    app: &App,
    job: &Job,
    organization: OrganizationId,
    report: ScoreReportId,
    revision: i32,
) -> Outcome {
    match score_report::send::send(app, organization, report, revision).await {
        Ok(_) => Outcome::Done,
        Err(trouble) => after(app, job, trouble),
    }
}

/// What follows from trouble at a platform.
pub fn after(app: &App, job: &Job, trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Busy(wait) => Outcome::Later(trouble.to_string(), wait),
        Trouble::Platform(failure) => {
            let attempt = u32::try_from(job.attempt).unwrap_or(1);
            let draw = u16::from_be_bytes(app.dice.bytes());
            match failure.wait(attempt, draw) {
                Some(wait) => Outcome::Later(failure.to_string(), wait),
                None => Outcome::Bury(failure.to_string()),
            }
        }
        Trouble::Ours(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
            Outcome::Bury(error.code().to_owned())
        }
        Trouble::Ours(error) => Outcome::Retry(error.to_string()),
    }
}
