//! `ReadRoster`: who is in a course, or may open one link of it (lti-1.3-tool §18); and the rounds that queue the
//! readings whose time has come.

use std::time::Duration;

use lti::services::Next;
use uuid::Uuid;

use super::troubled;
use crate::{
    app::App,
    domain::{roster, trouble::Trouble},
    error::chain,
    ids::{OrganizationId, RosterId},
    outbox::{Job, Outcome},
};

/// How often to look for readings whose time has come.
const ROUND: Duration = Duration::from_secs(30);

/// Runs the job.
pub async fn run(
    app: &App,
    job: &Job,
    organization: OrganizationId,
    roster: RosterId,
    run: Option<Uuid>,
) -> Outcome {
    match roster::read(app, organization, roster, run, job.created_at).await {
        Ok(_) => Outcome::Done,
        // What the platform does not offer is no failure of ours: the roster itself says so (N10, N11).
        Err(Trouble::Platform(failure)) if failure.next == Next::Stop => Outcome::Done,
        Err(trouble) => troubled(app, job, trouble),
    }
}

/// Queues the readings whose time has come, now and then, until the program stops.
pub async fn rounds(app: App) {
    while app.stop.run_until_cancelled(tokio::time::sleep(ROUND)).await.is_some() {
        if let Err(error) = roster::enqueue_due(&app).await {
            tracing::error!(error = chain(&error), "readings of rosters could not be queued");
        }
    }
}
