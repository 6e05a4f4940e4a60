//! `WorkBulk` and `PublishAward`: lists of awards, and awards whose time has come.

use super::again;
use crate::{
    app::App,
    domain::{award::schedule, bulk},
    error::{Kind, Result},
    ids::{AwardId, BulkId, OrganizationId},
    outbox::Outcome,
};

/// Runs `WorkBulk`.
pub async fn work(app: &App, organization: OrganizationId, id: BulkId, run: i32, after: i32) -> Outcome {
    outcome(bulk::work::run(app, organization, id, run, after).await)
}

/// Runs `PublishAward`.
pub async fn publish(app: &App, organization: OrganizationId, award: AwardId) -> Outcome {
    match schedule::publish(app, organization, award).await {
        Ok(None) => Outcome::Done,
        Ok(Some(wait)) => Outcome::Later("its time has not come".to_owned(), wait),
        Err(error) => outcome(Err(error)),
    }
}

fn outcome(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(error) if error.kind() == Kind::NotFound => Outcome::Bury(error.code().to_owned()),
        Err(error) => again(&error),
    }
}
