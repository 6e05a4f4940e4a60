//! Reissuing: the next generation of an award, when its recipient's address is corrected or arrives.
//!
//! An issued document never changes (design §6.6): a correction revokes the generation and starts the
//! next, dated to the same award; `/share` and `/claim` then show the newest.

use serde_json::{Value, json};

use super::grant;
use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        indexes, issuing, once, status_index, validate,
    },
    error::{Error, Result},
    ids::AwardId,
    store::{
        WriteTx, award as rows, credential as credentials,
        entity::{award, learner},
        generation as generations, learner as learners,
    },
};

/// What a replaced document says instead of its old content.
pub const REPLACED: &str = "Replaced by a corrected copy.";

/// Sends an award to another address: a new generation, and the learner's address is corrected with it.
///
/// # Errors
/// `not_found`; `email.invalid`; `award.not_current` when it was revoked or has expired.
pub async fn correct(app: &App, caller: &Caller, id: AwardId, email: &str) -> Result<award::Model> {
    let email = validate::email("email", email)?;
    let found = super::find(app, caller.organization, id).await?;
    let prepared = issuing::prepared(app, caller.organization, found.achievement_version_id).await?;
    loop {
        status_index::reserve(app, caller.organization, prepared.issuer.id, 1).await?;
        let tx = app.store.write().await?;
        let mut award =
            rows::lock(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("award"))?;
        if once::claim(app, &tx, caller, id.0).await?.is_some() {
            return Ok(award);
        }
        if !award.is_current() {
            return Err(Error::conflict(
                "award.not_current",
                "Only a current award can be corrected. Award it again instead.",
            ));
        }
        let Some(index) = app.status_pool.take(prepared.issuer.id) else { continue };
        let now = app.clock.now();
        let mut learner = learners::lock(&tx, caller.organization, award.learner_id)
            .await?
            .ok_or_else(|| Error::not_found("learner"))?;
        learner.email = Some(email.clone());
        learners::update(&tx, learner.clone()).await?;
        // Other awards of theirs may have waited for an address.
        let mut others = rows::of_learner(&tx, caller.organization, award.learner_id).await?;
        others.retain(|other| other.id != id);
        if address_arrived(app, &tx, caller, &learner, &others).await? == Arrived::NeedsIndex {
            drop(tx);
            indexes::reserve_for_waiting(app, caller.organization, award.learner_id).await?;
            continue;
        }
        if let Some(old) =
            generations::of_number(&tx, caller.organization, award.id, award.generation).await?
        {
            credentials::revoke_generation(&tx, caller.organization, old.id, now, REPLACED, true).await?;
        }
        award.generation += 1;
        award.state = award::AwardState::Active;
        award.updated_at = now;
        rows::update(&tx, award.clone()).await?;
        grant::publish(app, &tx, &prepared, &award, award.generation, &email, &index).await?;
        audit::record(
            app,
            &tx,
            Some(caller.organization),
            caller,
            Line {
                action: "award.corrected",
                subject_kind: "award",
                subject_id: id.to_string(),
                detail: &json!({ "generation": award.generation }),
            },
        )
        .await?;
        tx.commit().await?;
        return Ok(award);
    }
}

/// What [`address_arrived`] made of the waiting awards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// All of them are published now.
    Published,
    /// A status index was missing: drop the transaction, reserve, and try again.
    NeedsIndex,
}

/// Publishes those of the learner's `existing` awards that wait for an address, in the transaction that brought their address, dated to the award.
///
/// # Errors
/// Only ours.
pub async fn address_arrived(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    learner: &learner::Model,
    existing: &[award::Model],
) -> Result<Arrived> {
    let Some(email) = grant::deliverable(learner) else { return Ok(Arrived::Published) };
    let waiting = existing.iter().filter(|award| award.state == award::AwardState::WaitingForAddress);
    for mut award in waiting.cloned() {
        let prepared =
            issuing::prepared_within(app, tx, award.organization_id, award.achievement_version_id).await?;
        let Some(index) = app.status_pool.take(prepared.issuer.id) else { return Ok(Arrived::NeedsIndex) };
        award.generation = 1;
        award.state = award::AwardState::Active;
        award.updated_at = app.clock.now();
        rows::update(tx, award.clone()).await?;
        grant::publish(app, tx, &prepared, &award, 1, &email, &index).await?;
        audit::record(
            app,
            tx,
            Some(award.organization_id),
            caller,
            Line {
                action: "award.address_arrived",
                subject_kind: "award",
                subject_id: award.id.to_string(),
                detail: &Value::Null,
            },
        )
        .await?;
    }
    Ok(Arrived::Published)
}
