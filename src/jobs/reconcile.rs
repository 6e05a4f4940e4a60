//! `Reconcile`: the legs of a course's reconcile; and the rounds that begin those whose time has come.

use std::time::Duration;

use super::ended;
use crate::{
    app::App,
    domain::reconcile::{legs, schedule},
    error::chain,
    ids::{OrganizationId, ReconcileRunId},
    outbox::Outcome,
};

/// How often to look for courses whose time has come.
const ROUND: Duration = Duration::from_secs(10);

/// Runs a leg.
pub async fn run(app: &App, organization: OrganizationId, run: ReconcileRunId, leg: i32) -> Outcome {
    ended(legs::run(app, organization, run, leg).await)
}

/// Begins what is due until the program stops.
pub async fn rounds(app: App) {
    while app.stop.run_until_cancelled(tokio::time::sleep(ROUND)).await.is_some() {
        if let Err(error) = schedule::enqueue_due(&app).await {
            tracing::error!(error = chain(&error), "reconciles could not be begun");
        }
    }
}
