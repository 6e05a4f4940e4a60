//! `WorkBulk` and `PublishAward`: lists of awards, and awards whose time has come.

use super::ended;
use crate::{
    app::App,
    domain::{award::schedule, bulk},
    ids::{AwardId, BulkId, OrganizationId},
    outbox::Outcome,
};

/// Runs `WorkBulk`.
pub async fn work(app: &App, organization: OrganizationId, id: BulkId, run: i32, after: i32) -> Outcome {
    ended(bulk::work::run(app, organization, id, run, after).await)
}

/// Runs `PublishAward`.
pub async fn publish(app: &App, organization: OrganizationId, award: AwardId) -> Outcome {
    match schedule::publish(app, organization, award).await {
        Ok(None) => Outcome::Done,
        Ok(Some(wait)) => Outcome::Later("its time has not come".to_owned(), wait),
        Err(error) => ended(Err(error)),
    }
}
