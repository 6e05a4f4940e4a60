//! What a backup that was put back has forgotten, and what is done about it. Badges that were issued since the backup are
//! in the world: their places of the status lists are not to be given to others, and whoever earned something since
//! then is found by reconciling. Putting the file back is the operator's.

use serde_json::json;

use super::{
    access::Caller,
    audit::{self, Line},
    reconcile::schedule,
};
use crate::{app::App, error::Result, store::status_list as lists};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// So many status lists were begun.
    pub lists: u64,
    /// So many courses are reconciled next.
    pub courses: u64,
}

/// Begins new status lists for all issuers that have any, and makes every course due. Call it before the server starts:
/// a running one has places of the old lists in its hands. Twice does no harm.
///
/// # Errors
/// Only the database's; what is done by then stays done.
pub async fn restored(app: &App, caller: &Caller) -> Result<Restored> {
    let tx = app.store.write().await?;
    let begun = lists::begin_anew(&tx, app.clock.now(), &app.dice).await?;
    let detail = json!({ "status_lists": begun });
    let line = Line {
        action: "backup.restored",
        subject_kind: "server",
        subject_id: String::new(),
        detail: &detail,
    };
    audit::record(app, &tx, None, caller, line).await?;
    tx.commit().await?;
    let due = schedule::make_all_due(app, caller).await?;
    Ok(Restored { lists: begun, courses: due.courses + due.begun })
}
