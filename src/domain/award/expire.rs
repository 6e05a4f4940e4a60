//! Expiring: an award whose time is over stops being current, so that it can be earned again.
//!
//! Its documents stay as they are: they carry their own end (OB026).

use serde_json::Value;

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
    },
    error::Result,
    store::{award as rows, entity::award::AwardState},
};

/// How many awards one sweep ends at most; the next sweep goes on.
const CHUNK: u64 = 64;

/// Ends awards whose time is over; how many.
///
/// # Errors
/// Only the database's.
pub async fn sweep(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let over = rows::unscoped_ended(app.store.read(), now, CHUNK).await?;
    let mut ended = 0;
    for award in &over {
        let tx = app.store.write().await?;
        let Some(mut award) = rows::lock(&tx, award.organization_id, award.id).await? else { continue };
        if award.state != AwardState::Active {
            continue;
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
        tx.commit().await?;
        ended += 1;
    }
    Ok(ended)
}
