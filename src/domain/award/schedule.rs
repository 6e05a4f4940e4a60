//! Awards ahead of their time: decided now, published when their day comes, by a job; until then they can be
//! cancelled, and an address may still arrive.

use chrono::Duration;
use serde_json::Value;

use super::grant;
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        issuing, reevaluation, status_index,
    },
    error::{Error, Result},
    ids::{AwardId, OrganizationId},
    store::{
        award as rows,
        entity::award::{self, AwardState},
        learner as learners,
    },
};

/// The reason that a cancelled award shows.
pub const CANCELLED: &str = "Cancelled before its time.";

/// Publishes an award whose time has come; how long to wait where it has not. Twice is once.
///
/// # Errors
/// `not_found`; else only ours, and it can be run again.
pub async fn publish(app: &App, organization: OrganizationId, id: AwardId) -> Result<Option<Duration>> {
    let found = super::find(app, organization, id).await?;
    let prepared = issuing::prepared(app, organization, found.achievement_version_id).await?;
    let caller = Caller::new(organization, Actor::Laurel("time"));
    loop {
        status_index::reserve(app, organization, prepared.issuer.id, 1).await?;
        let tx = app.store.write().await?;
        let learner = learners::lock(&tx, organization, found.learner_id)
            .await?
            .ok_or_else(|| Error::not_found("learner"))?;
        let locked = rows::lock(&tx, organization, id).await?;
        let mut award = locked.ok_or_else(|| Error::not_found("award"))?;
        let now = app.clock.now();
        if award.state != AwardState::Scheduled {
            return Ok(None);
        }
        if award.awarded_at > now {
            return Ok(Some(award.awarded_at - now));
        }
        let email = grant::deliverable(&learner);
        award.state = if email.is_some() { AwardState::Active } else { AwardState::WaitingForAddress };
        award.generation = i32::from(email.is_some());
        award.updated_at = now;
        rows::update(&tx, award.clone()).await?;
        if let Some(email) = &email {
            let Some(index) = app.status_pool.take(prepared.issuer.id) else { continue };
            grant::publish(app, &tx, &prepared, &award, 1, email, &index).await?;
        }
        audit::record(app, &tx, Some(organization), &caller, line("award.published", &award)).await?;
        reevaluation::enqueue_needed(app, &tx, std::slice::from_ref(&award), &[]).await?;
        tx.commit().await?;
        return Ok(None);
    }
}

/// Cancels an award before its time; it can be given again. Twice is once.
///
/// # Errors
/// `not_found`; `award.not_scheduled`.
pub async fn cancel(app: &App, caller: &Caller, id: AwardId) -> Result<award::Model> {
    let tx = app.store.write().await?;
    let locked = rows::lock(&tx, caller.organization, id).await?;
    let mut award = locked.ok_or_else(|| Error::not_found("award"))?;
    let is_cancelled = award.state == AwardState::Revoked
        && !award.veto
        && award.revocation_reason.as_deref() == Some(CANCELLED);
    if is_cancelled {
        return Ok(award);
    }
    if award.state != AwardState::Scheduled {
        return Err(Error::conflict(
            "award.not_scheduled",
            "This award is not waiting for its time any more. Revoke it instead.",
        ));
    }
    let now = app.clock.now();
    award.state = AwardState::Revoked;
    award.revoked_at = Some(now);
    award.revoked_by = Some(caller.actor.to_string());
    award.revocation_reason = Some(CANCELLED.to_owned());
    award.updated_at = now;
    rows::update(&tx, award.clone()).await?;
    audit::record(app, &tx, Some(caller.organization), caller, line("award.cancelled", &award)).await?;
    tx.commit().await?;
    Ok(award)
}

fn line(action: &'static str, award: &award::Model) -> Line<'static> {
    Line { action, subject_kind: "award", subject_id: award.id.to_string(), detail: &Value::Null }
}
