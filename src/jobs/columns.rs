//! `SettleColumn`, `ReadColumn`, `SeedColumn`, `ReadGradebook` and `ReportScore`: the work at a platform's gradebook (lti-1.3-tool §17).

use lti::services::Next;

use super::{again, troubled};
use crate::{
    app::App,
    domain::{
        line_item::{gradebook, results, settle, trigger},
        score_report,
        trouble::Trouble,
    },
    ids::{CourseId, LineItemId, OrganizationId, ScoreReportId},
    outbox::{Job, Outcome},
};

/// Runs `SettleColumn`: the column is found, made, renamed or removed; then what waits for it is sent.
pub async fn settle(app: &App, job: &Job, organization: OrganizationId, column: LineItemId) -> Outcome {
    match settle::settle(app, organization, column).await {
        Ok(settled) => {
            let item = &settled.item;
            let followed = match score_report::catch_up(app, item, settled.is_new).await {
                Ok(()) => trigger::begin(app, item).await,
                failed => failed,
            };
            match followed {
                Ok(()) => Outcome::Done,
                Err(error) => again(&error),
            }
        }
        // What the platform does not offer is no failure of ours: the column itself says so (A10).
        Err(Trouble::Platform(failure)) if failure.next == Next::Stop => Outcome::Done,
        Err(trouble) => troubled(app, job, trouble),
    }
}

/// Runs `ReadColumn`.
pub async fn read(app: &App, job: &Job, organization: OrganizationId, column: LineItemId) -> Outcome {
    match results::read(app, organization, column, job.id.0).await {
        Ok(_) => Outcome::Done,
        Err(trouble) => troubled(app, job, trouble),
    }
}

/// Runs `SeedColumn`.
pub async fn seed(app: &App, job: &Job, organization: OrganizationId, column: LineItemId) -> Outcome {
    match trigger::seed(app, organization, column).await {
        Ok(_) => Outcome::Done,
        Err(trouble) => troubled(app, job, trouble),
    }
}

/// Runs `ReadGradebook`.
pub async fn list(app: &App, job: &Job, organization: OrganizationId, course: CourseId) -> Outcome {
    match gradebook::read(app, organization, course).await {
        Ok(_) => Outcome::Done,
        Err(trouble) => troubled(app, job, trouble),
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
        Err(trouble) => troubled(app, job, trouble),
    }
}
