//! Holds: awards of a pass that wait for one click, and that click (design §5, the breaker). Those with strong proof
//! have gone through; confirming begins a pass that awards the others, declining leaves them.

use serde_json::json;

use super::{
    access::Caller,
    audit::{self, Line},
    pass::{self, Begin, Whom},
};
use crate::{
    app::App,
    error::{Error, Result},
    ids::{HoldId, OrganizationId},
    store::{
        Effect, Topic, WriteTx,
        entity::{
            hold::{HoldState, Model},
            pass::PassCause,
        },
        hold as rows, placement as placements,
    },
};

/// One hold.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: HoldId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("hold"))
}

/// Lets what waits be awarded: begins a pass, which the answer names. What was declined can be confirmed later.
/// Twice is once.
///
/// # Errors
/// `not_found`; `hold.lapsed` when there is nothing to wait for any more.
pub async fn confirm(app: &App, caller: &Caller, id: HoldId) -> Result<Model> {
    let tx = app.store.write().await?;
    let mut hold = locked(&tx, caller, id).await?;
    match hold.state {
        HoldState::Confirmed => return Ok(hold),
        HoldState::Lapsed => return Err(lapsed()),
        HoldState::Open | HoldState::Declined => {}
    }
    let rules = placements::live_rules(&tx, caller.organization, vec![hold.placement_id]).await?;
    if rules.get(&hold.placement_id) != Some(&hold.rule_id) {
        return Err(lapsed());
    }
    let whom = Whom { course: hold.course_id, placement: Some(hold.placement_id) };
    let new = Begin {
        cause: PassCause::Confirmed,
        by: caller.actor.to_string(),
        due_at: app.clock.now(),
        roster: None,
        hold: Some(id),
    };
    hold.pass_id = pass::begin_with(app, &tx, caller.organization, whom, new).await?;
    decide(app, &tx, caller, &mut hold, HoldState::Confirmed).await?;
    tx.commit().await?;
    Ok(hold)
}

/// Leaves what waits. Nobody is asked again by the same rule until it is about many more. Twice is once.
///
/// # Errors
/// `not_found`; `hold.lapsed` when there is nothing to wait for any more; `hold.confirmed`.
pub async fn decline(app: &App, caller: &Caller, id: HoldId) -> Result<Model> {
    let tx = app.store.write().await?;
    let mut hold = locked(&tx, caller, id).await?;
    match hold.state {
        HoldState::Declined => return Ok(hold),
        HoldState::Lapsed => return Err(lapsed()),
        HoldState::Confirmed => {
            let words = "This was confirmed. The pass can be undone until its mails leave.";
            return Err(Error::conflict("hold.confirmed", words));
        }
        HoldState::Open => {}
    }
    decide(app, &tx, caller, &mut hold, HoldState::Declined).await?;
    tx.commit().await?;
    Ok(hold)
}

async fn locked(tx: &WriteTx, caller: &Caller, id: HoldId) -> Result<Model> {
    let found = rows::lock(tx, caller.organization, id).await?;
    found.ok_or_else(|| Error::not_found("hold"))
}

fn lapsed() -> Error {
    Error::conflict(
        "hold.lapsed",
        "The rule was changed or has ended, or there is nothing to wait for any more.",
    )
}

async fn decide(app: &App, tx: &WriteTx, caller: &Caller, hold: &mut Model, state: HoldState) -> Result<()> {
    let now = app.clock.now();
    hold.state = state;
    hold.decided_by = Some(caller.actor.to_string());
    hold.decided_at = Some(now);
    hold.updated_at = now;
    rows::update(tx, hold.clone()).await?;
    tx.on_commit(Effect::Changed(Topic::Placements(hold.course_id)));
    let action = if state == HoldState::Confirmed { "hold.confirmed" } else { "hold.declined" };
    let detail = json!({
        "placement": hold.placement_id, "rule": hold.rule_id, "would_award": hold.would_award, "pass": hold.pass_id,
    });
    let line = Line { action, subject_kind: "hold", subject_id: hold.id.to_string(), detail: &detail };
    audit::record(app, tx, Some(caller.organization), caller, line).await
}
