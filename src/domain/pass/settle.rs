//! Settling a pass: what may be awarded and what waits for a click, once everybody has been weighed; and what follows
//! once it has ended.

use serde_json::Value;

use super::{
    Begin, FEW, MAIL_WAITS, Tally, Whom, allowance, begin, begin_with, relies_on_release, run::Work,
};
use crate::{
    app::App,
    domain::{reevaluation, rule},
    error::Result,
    store::{
        Effect, Topic, WriteTx, award as awards,
        entity::{
            hold::{self, HoldState, HoldWhy},
            pass::{Model, PassCause},
        },
        hold as holds, placement as placements, roster as rosters,
    },
};

/// Decides for each placement of a pass what goes through, and keeps its hold.
pub(super) async fn settle(app: &App, tx: &WriteTx, work: &mut Work<'_>) -> Result<()> {
    let organization = work.pass.organization_id;
    let scope = holds::scope_of(work.pass.course_id);
    let named: Vec<_> =
        work.tallies.iter().filter(|tally| !tally.is_dropped).map(|tally| tally.placement).collect();
    let known = holds::lock_in(tx, organization, named, &scope).await?;
    for tally in work.tallies.iter_mut().filter(|tally| !tally.is_dropped) {
        let Some(placed) = work.live.placements.iter().find(|one| one.placement.id == tally.placement) else {
            continue;
        };
        let (placement, rule) = (tally.placement, tally.rule);
        let here: Vec<&hold::Model> = known.iter().filter(|row| row.placement_id == placement).collect();
        let of_rule =
            |state: HoldState| here.iter().copied().find(|row| row.state == state && row.rule_id == rule);
        let confirmed = here.iter().find(|row| Some(row.id) == work.pass.hold_id);
        let needs_click = relies_on_release(&placed.rule) && of_rule(HoldState::Confirmed).is_none();
        let was_undone = holds::undone_among(here.iter().copied()).contains(&(placement, rule));
        let usual = allowance(tally.candidates);
        // A click covers what was seen, and as many more as would have needed none.
        let seen = confirmed.map_or(0, |row| u64::try_from(row.would_award).unwrap_or(0));
        let why = if was_undone && tally.weak + tally.strong > 0 {
            Some(HoldWhy::Undone)
        } else if needs_click && tally.weak > 0 {
            Some(HoldWhy::FirstRelease)
        } else if tally.weak > usual.saturating_add(seen) {
            Some(HoldWhy::Breaker)
        } else {
            None
        };
        tally.why = why;
        tally.held = match why {
            None => 0,
            Some(HoldWhy::Undone) => tally.weak + tally.strong,
            Some(HoldWhy::Breaker | HoldWhy::FirstRelease) => tally.weak,
        };
        let open = here.iter().find(|row| row.state == HoldState::Open).copied().cloned();
        let declined = of_rule(HoldState::Declined).cloned();
        keep(app, tx, &work.pass, tally, open, declined).await?;
    }
    let due: u64 = work.tallies.iter().map(Tally::due).sum();
    work.pass.mail_at = (due > FEW).then(|| app.clock.now() + MAIL_WAITS);
    Ok(())
}

/// Opens, renews or ends the hold of a placement.
async fn keep(
    app: &App,
    tx: &WriteTx,
    pass: &Model,
    tally: &Tally,
    open: Option<hold::Model>,
    declined: Option<hold::Model>,
) -> Result<()> {
    let now = app.clock.now();
    let Some(why) = tally.why else {
        if let Some(open) = open {
            // What was undone may be due again: only a click ends that.
            let stays = open.why == HoldWhy::Undone && open.rule_id == tally.rule;
            let (state, would_award) =
                if stays { (HoldState::Open, 0) } else { (HoldState::Lapsed, open.would_award) };
            holds::update(tx, hold::Model { state, would_award, updated_at: now, ..open }).await?;
            // What was undone waits no longer.
            tx.on_commit(Effect::Changed(Topic::Placements(pass.course_id)));
        }
        return Ok(());
    };
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (would_award, candidates) = (count(tally.held), count(tally.candidates));
    if let Some(open) = open {
        let renewed = hold::Model {
            rule_id: tally.rule,
            pass_id: pass.id,
            why,
            would_award,
            candidates,
            updated_at: now,
            ..open
        };
        holds::update(tx, renewed).await?;
        return Ok(());
    }
    // Declined once, nobody is asked again until it is about many more.
    let more = count(allowance(tally.candidates));
    if declined.is_some_and(|row| row.why == why && would_award <= row.would_award.saturating_add(more)) {
        return Ok(());
    }
    holds::insert_if_none_open(tx, new_hold(app, pass, tally, why, would_award)).await?;
    Ok(())
}

/// A new open hold.
pub(super) fn new_hold(
    app: &App,
    pass: &Model,
    tally: &Tally,
    why: HoldWhy,
    would_award: i64,
) -> hold::Model {
    let now = app.clock.now();
    hold::Model {
        id: app.dice.row_id(now),
        organization_id: pass.organization_id,
        placement_id: tally.placement,
        rule_id: tally.rule,
        course_id: pass.course_id,
        scope: holds::scope_of(pass.course_id),
        pass_id: pass.id,
        why,
        state: HoldState::Open,
        would_award,
        candidates: i64::try_from(tally.candidates).unwrap_or(i64::MAX),
        decided_by: None,
        decided_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// What follows from a pass that has ended: rules that need its badges are looked at, what changes with time is
/// looked at again, and the roster whose reading began it is told.
pub(super) async fn follow(app: &App, tx: &WriteTx, pass: &Model, tallies: &[Tally]) -> Result<()> {
    let organization = pass.organization_id;
    let awarded: u64 = tallies.iter().map(|tally| tally.awarded).sum();
    if let Some(due_at) = pass.recheck_at.filter(|at| *at > app.clock.now()) {
        let whom = Whom { course: pass.course_id, placement: pass.placement_id };
        let by = "laurel, by time".to_owned();
        let again = Begin { cause: PassCause::Recheck, by, due_at, roster: None, hold: None };
        begin_with(app, tx, organization, whom, again).await?;
    }
    if awarded > FEW {
        needed(app, tx, pass, tallies).await?;
    } else if awarded > 0 {
        let made = awards::of_pass(tx, organization, pass.id, None, FEW).await?;
        reevaluation::enqueue_needed(app, tx, &made, &[]).await?;
    }
    if let Some(id) = pass.roster_id
        && let Some(mut roster) = rosters::lock(tx, organization, id).await?
        && let Some(Value::Object(reading)) = &mut roster.reading
    {
        reading.insert("awarded".to_owned(), awarded.into());
        rosters::update(tx, roster).await?;
    }
    Ok(())
}

/// Everybody is looked at again by the placements that need what so many were just given.
async fn needed(app: &App, tx: &WriteTx, pass: &Model, tallies: &[Tally]) -> Result<()> {
    let organization = pass.organization_id;
    let needs = rule::needs(app, tx, organization).await?;
    let given = tallies.iter().filter(|tally| tally.awarded > 0);
    let mut named: Vec<_> =
        given.filter_map(|tally| needs.placements.get(&tally.achievement.0)).flatten().copied().collect();
    named.sort_unstable();
    named.dedup();
    for id in named {
        let Some(placement) = placements::find(tx, organization, id).await? else { continue };
        // In the whole organization's rules, those of this course are looked at.
        let course = placement.course_id.or(pass.course_id);
        begin(app, tx, organization, Whom { course, placement: Some(id) }, PassCause::Needed).await?;
    }
    Ok(())
}
