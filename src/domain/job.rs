//! Jobs as operators see them: listed, and brought back to life when dead (design §6.2).

use serde_json::json;

use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        once,
    },
    error::{Error, Result},
    ids::{JobId, OrganizationId},
    outbox::queue,
    store::{Effect, entity::job},
};

/// One job of the organization.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: JobId) -> Result<job::Model> {
    queue::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("job"))
}

/// Puts a dead job back in the queue with all its tries.
///
/// # Errors
/// `not_found`; `job.not_dead`.
pub async fn retry(app: &App, caller: &Caller, id: JobId) -> Result<job::Model> {
    let tx = app.store.write().await?;
    let found = queue::find(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("job"))?;
    if once::claim(app, &tx, caller, id.0).await?.is_some() {
        return Ok(found);
    }
    if found.state != job::JobState::Dead {
        return Err(Error::conflict(
            "job.not_dead",
            "Only a job that has used all its tries can be retried.",
        ));
    }
    queue::retry_dead(&tx, Some(caller.organization), id, app.clock.now()).await?;
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "job.retried",
            subject_kind: "job",
            subject_id: id.to_string(),
            detail: &json!({ "kind": found.kind }),
        },
    )
    .await?;
    tx.on_commit(Effect::JobsReady);
    tx.commit().await?;
    find(app, caller.organization, id).await
}
