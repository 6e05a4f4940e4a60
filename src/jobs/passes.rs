//! `RunPass` and `UndoPass`: legs of evaluating everybody, and of taking that back.

use chrono::Duration;

use crate::{
    app::App,
    domain::pass::{run, undo},
    ids::{OrganizationId, PassId},
    outbox::Outcome,
};

/// How soon to look again whether mails that were just leaving have left.
const SOON: Duration = Duration::seconds(20);

/// Runs `RunPass`.
pub async fn run(app: &App, organization: OrganizationId, pass: PassId, leg: i32) -> Outcome {
    match run::run(app, organization, pass, leg).await {
        Ok(()) => Outcome::Done,
        Err(error) => super::again(&error),
    }
}

/// Runs `UndoPass`.
pub async fn undo(app: &App, organization: OrganizationId, pass: PassId, leg: i32) -> Outcome {
    match undo::run(app, organization, pass, leg).await {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Later("mails of the pass are on their way".to_owned(), SOON),
        Err(error) => super::again(&error),
    }
}
