//! Undoing a pass: its awards are taken back, without a veto, as long as their mails have not left (design §5). While
//! it is being undone no mail of it leaves ([`waits`]); whose mail was quicker keeps the award. Until a person
//! confirms it, or a pass finds nobody left whom it would award, nobody is awarded by that rule again.

use serde_json::json;

use super::{Tally, enqueue, find, settle::new_hold, tallies};
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        award::{grant::mail_key, revoke},
    },
    error::{Error, Result},
    ids::{AwardId, OrganizationId, PassId},
    outbox::queue,
    store::{
        Effect, Topic, WriteTx, award as awards,
        entity::{
            award,
            hold::{self, HoldState, HoldWhy},
            job::JobState,
            pass::{Model, PassState},
        },
        hold as holds, pass as rows,
    },
};

/// The reason that the awards' documents give.
pub const REASON: &str = "Awarded by mistake and taken back before it was sent.";
/// How many awards one transaction takes back.
const AT_ONCE: u64 = 32;
/// How many are looked at at once to see whose mail has left.
const READ: u64 = 512;

/// Takes back what a pass awarded. Where mail has left for some of them that is refused, unless only the `rest` is
/// meant. Jobs do it; the pass says when it is `undone`. Twice is once.
///
/// # Errors
/// `not_found`; `pass.not_done` while it is running; `pass.mailed` with how many mails have left.
pub async fn undo(app: &App, caller: &Caller, id: PassId, rest: bool) -> Result<Model> {
    let organization = caller.organization;
    let found = find(app, organization, id).await?;
    if matches!(found.state, PassState::Done | PassState::Ended) && !rest {
        let (left, all) = left(app, organization, id).await?;
        if left > 0 {
            return Err(Error::conflict(
                "pass.mailed",
                format!(
                    "Mail has left for {left} of {all} awards. Take back the rest, or revoke awards one by one."
                ),
            ));
        }
    }
    let tx = app.store.write().await?;
    let locked = rows::lock(&tx, organization, id).await?;
    let mut pass = locked.ok_or_else(|| Error::not_found("pass"))?;
    match pass.state {
        PassState::Done | PassState::Ended => {}
        PassState::Undoing | PassState::Undone => return Ok(pass),
        PassState::Waiting | PassState::Weighing | PassState::Awarding => {
            return Err(Error::conflict("pass.not_done", "This pass is still running."));
        }
    }
    let now = app.clock.now();
    pass.state = PassState::Undoing;
    pass.leg += 1;
    pass.after_id = None;
    pass.undone_by = Some(caller.actor.to_string());
    pass.undone_at = Some(now);
    pass.updated_at = now;
    pass.due_at = now;
    rows::update(&tx, pass.clone()).await?;
    enqueue(app, &tx, &pass).await?;
    hold_back(app, &tx, &pass).await?;
    let line = Line {
        action: "pass.undone",
        subject_kind: "pass",
        subject_id: id.to_string(),
        detail: &json!({ "rest": rest }),
    };
    audit::record(app, &tx, Some(organization), caller, line).await?;
    tx.commit().await?;
    Ok(pass)
}

/// What was undone is not done again without a click.
async fn hold_back(app: &App, tx: &WriteTx, pass: &Model) -> Result<()> {
    let scope = holds::scope_of(pass.course_id);
    let mut tallies = tallies(pass)?;
    tallies.retain(|tally| tally.awarded > 0);
    let named = tallies.iter().map(|tally| tally.placement);
    let known = holds::lock_in(tx, pass.organization_id, named, &scope).await?;
    tx.on_commit(Effect::Changed(Topic::Placements(pass.course_id)));
    for tally in &tallies {
        let would_award = i64::try_from(tally.awarded).unwrap_or(i64::MAX);
        let new = new_hold(app, pass, tally, HoldWhy::Undone, would_award);
        let is_open =
            |row: &&hold::Model| row.placement_id == tally.placement && row.state == HoldState::Open;
        match known.iter().find(is_open) {
            Some(open) => {
                holds::update(tx, hold::Model { id: open.id, created_at: open.created_at, ..new }).await?;
            }
            None => {
                holds::insert_if_none_open(tx, new).await?;
            }
        }
    }
    Ok(())
}

/// Of how many awards of a pass the mail has left, and how many there are.
async fn left(app: &App, organization: OrganizationId, pass: PassId) -> Result<(usize, usize)> {
    let db = app.store.read();
    let (mut left, mut all, mut after) = (0, 0, None);
    loop {
        let mut found = awards::of_pass(db, organization, pass, after, READ).await?;
        after = found.last().map(|award| award.id);
        let is_end = (found.len() as u64) < READ;
        found.retain(award::Model::stands);
        all += found.len();
        let found: Vec<AwardId> =
            found.iter().filter(|award| award.generation > 0).map(|one| one.id).collect();
        let keys = found.iter().map(|id| key(*id)).collect();
        let waits = queue::states(db, organization, keys).await?;
        left += found.iter().filter(|id| !is_here(waits.get(&key(**id)))).count();
        if is_end {
            return Ok((left, all));
        }
    }
}

/// Whether a mail is still here for certain.
fn is_here(state: Option<&JobState>) -> bool {
    matches!(state, Some(JobState::Ready | JobState::Dead))
}

/// The key of an award's first mail.
fn key(award: AwardId) -> String {
    mail_key(award, 1)
}

/// Whether mails of this pass wait because it is being undone.
///
/// # Errors
/// Only the database's.
pub async fn waits(app: &App, organization: OrganizationId, pass: PassId) -> Result<bool> {
    let pass = rows::find(app.store.read(), organization, pass).await?;
    Ok(pass.is_some_and(|pass| pass.state == PassState::Undoing))
}

/// Runs one leg of it; `false` when mails are just leaving, so that it has to be tried again soon.
///
/// # Errors
/// Only ours; it can be run again.
pub async fn run(app: &App, organization: OrganizationId, id: PassId, leg: i32) -> Result<bool> {
    let caller = Caller::new(organization, Actor::Laurel("undo"));
    let (mut after, mut is_leaving) = (None, false);
    loop {
        let tx = app.store.write().await?;
        let Some(mut pass) = rows::lock(&tx, organization, id).await? else { return Ok(true) };
        if pass.state != PassState::Undoing || pass.leg != leg {
            return Ok(true);
        }
        let found = awards::of_pass(&tx, organization, id, after, AT_ONCE).await?;
        let is_end = (found.len() as u64) < AT_ONCE;
        after = found.last().map(|award| award.id).or(after);
        let mut tallies = tallies(&pass)?;
        let keys: Vec<String> = found.iter().map(|award| key(award.id)).collect();
        let withdrawn = queue::withdraw(&tx, organization, keys.clone()).await?;
        let others = queue::states(&tx, organization, keys).await?;
        for award in found.iter().filter(|award| award.stands()) {
            let key = key(award.id);
            if award.generation == 0 || withdrawn.contains(&key) {
                take_back(app, &tx, &caller, award, &mut tallies).await?;
            } else if others.get(&key) == Some(&JobState::Leased) {
                is_leaving = true;
            }
        }
        let now = app.clock.now();
        if is_end && !is_leaving {
            pass.state = PassState::Undone;
            pass.ended_at = Some(now);
        }
        pass.tallies = serde_json::to_value(&tallies).map_err(Error::internal)?;
        pass.updated_at = now;
        rows::update(&tx, pass).await?;
        tx.commit().await?;
        if is_end {
            return Ok(!is_leaving);
        }
    }
}

async fn take_back(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    award: &award::Model,
    tallies: &mut [Tally],
) -> Result<()> {
    let Some(award) = awards::lock(tx, award.organization_id, award.id).await?.filter(award::Model::stands)
    else {
        return Ok(());
    };
    let of = |tally: &&mut Tally| Some(tally.placement) == award.placement_id;
    if let Some(tally) = tallies.iter_mut().find(of) {
        tally.undone += 1;
    }
    revoke::within(app, tx, caller, award, REASON, revoke::Veto::None).await?;
    Ok(())
}
