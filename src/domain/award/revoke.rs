//! Revoking: in one transaction the award, its generations and all their documents (design §6.6).
//!
//! It has no undo; a person's revocation also vetoes automatic awards of the same scope, learner and
//! period until a named person lifts it ([`lift_veto`]; design §5). What is awarded once for all of time is lifted by
//! awarding it again, too.

use serde_json::{Value, json};

use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        reevaluation, score_report, validate,
    },
    error::{Error, Result},
    ids::AwardId,
    store::{WriteTx, award as rows, credential as credentials, entity::award, generation as generations},
};

/// Revokes an award for a reason that becomes public. Twice is once: the second answer is the first (OB076).
///
/// # Errors
/// `not_found`; `text.invalid` (the reason).
pub async fn revoke(app: &App, caller: &Caller, id: AwardId, reason: &str) -> Result<award::Model> {
    let reason = validate::line("reason", reason, 500)?;
    let tx = app.store.write().await?;
    let award = rows::lock(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("award"))?;
    let award = within(app, &tx, caller, award, &reason, Veto::Set).await?;
    tx.commit().await?;
    Ok(award)
}

/// Lifts the veto of a revoked award: rules may award its scope and period to its learner again, and are looked at.
/// Lifted twice is lifted once.
///
/// # Errors
/// `not_found`; `award.no_veto`.
pub async fn lift_veto(app: &App, caller: &Caller, id: AwardId) -> Result<award::Model> {
    let tx = app.store.write().await?;
    let mut award =
        rows::lock(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("award"))?;
    if !award.veto {
        return Err(Error::conflict("award.no_veto", "Nothing keeps this from being awarded again."));
    }
    if award.veto_lifted_by.is_some() {
        return Ok(award);
    }
    award.veto_lifted_by = Some(caller.actor.to_string());
    award.updated_at = app.clock.now();
    rows::update(&tx, award.clone()).await?;
    let subject_id = id.to_string();
    let line = Line { action: "award.veto_lifted", subject_kind: "award", subject_id, detail: &Value::Null };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    reevaluation::enqueue_learner(app, &tx, &award, "veto").await?;
    tx.commit().await?;
    Ok(award)
}

/// Whether a revocation stands against automatic awards of the same scope, learner and period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Veto {
    /// A person decided: no automatic award until a named person lifts it.
    Set,
    /// Taken back by a rule or undone: it can be earned again.
    None,
}

/// The same within a transaction that holds the award's row.
///
/// # Errors
/// Only ours.
pub async fn within(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    mut award: award::Model,
    reason: &str,
    veto: Veto,
) -> Result<award::Model> {
    if award.state == award::AwardState::Revoked {
        return Ok(award);
    }
    let (id, now) = (award.id, app.clock.now());
    award.state = award::AwardState::Revoked;
    award.revoked_at = Some(now);
    award.revoked_by = Some(caller.actor.to_string());
    award.revocation_reason = Some(reason.to_owned());
    award.veto = veto == Veto::Set;
    award.updated_at = now;
    rows::update(tx, award.clone()).await?;
    for generation in generations::of_award(tx, award.organization_id, id).await? {
        credentials::revoke_generation(tx, award.organization_id, generation.id, now, reason, false).await?;
    }
    score_report::revoked(app, tx, &award).await?;
    audit::record(
        app,
        tx,
        Some(award.organization_id),
        caller,
        Line {
            action: "award.revoked",
            subject_kind: "award",
            subject_id: id.to_string(),
            detail: &json!({ "reason": reason, "veto": award.veto }),
        },
    )
    .await?;
    Ok(award)
}
