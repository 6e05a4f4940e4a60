//! Expiring: an award whose time is over stops being current, so that it can be earned again by what happens after
//! it was earned ([`crate::domain::terms`]).
//!
//! Its documents stay as they are: they carry their own end (OB026).

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        reevaluation,
    },
    error::Result,
    store::{
        award as rows, enrollment as enrollments,
        entity::award::{self, AwardState},
    },
};

/// How many awards are looked up at once.
const CHUNK: u64 = 64;

/// Ends all awards whose time is over, or those up to a stop of the program; how many.
///
/// # Errors
/// Only the database's.
pub async fn sweep(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut ended = 0;
    loop {
        let over = rows::unscoped_ended(app.store.read(), now, CHUNK).await?;
        let before = ended;
        for award in &over {
            ended += usize::from(end(app, now, award).await?);
        }
        // Where nothing was left to end, somebody else was at it.
        if ended == before || app.stop.is_cancelled() {
            return Ok(ended);
        }
    }
}

/// Ends one of them; `false` when it is not current any more.
async fn end(app: &App, now: DateTime<Utc>, found: &award::Model) -> Result<bool> {
    let tx = app.store.write().await?;
    let Some(mut award) = rows::lock(&tx, found.organization_id, found.id).await? else { return Ok(false) };
    if award.state != AwardState::Active {
        return Ok(false);
    }
    award.state = AwardState::Expired;
    award.updated_at = now;
    let caller = Caller::new(award.organization_id, Actor::Laurel("time"));
    rows::update(&tx, award.clone()).await?;
    audit::record(
        app,
        &tx,
        Some(award.organization_id),
        &caller,
        Line {
            action: "award.expired",
            subject_kind: "award",
            subject_id: award.id.to_string(),
            detail: &Value::Null,
        },
    )
    .await?;
    // Who has done it again already has it again at once; who opens a link once more is heard once more.
    reevaluation::enqueue_learner(app, &tx, &award, "expired").await?;
    enrollments::listen_anew(&tx, award.organization_id, award.learner_id).await?;
    tx.commit().await?;
    Ok(true)
}
