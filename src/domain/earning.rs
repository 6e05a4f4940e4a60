//! Earning: what the rule of one placement makes of one person, period by period, on the placement's terms
//! ([`super::terms`]); and what it takes back. Evaluation awards by it, dry runs and pages show it.

use chrono::{DateTime, Utc};
use criteria::{AwardPeriod, Frame, Rule, Signal, Verdict};

use super::{
    access::Caller,
    award::revoke::{self, Veto},
    terms::{self, Block, Terms, Withdraw},
};
use crate::{
    app::{App, LivePlacement},
    domain::floor::Floor,
    error::{Error, Result},
    store::{
        WriteTx, award as awards,
        entity::{
            achievement_version,
            award::{self, AwardOrigin},
            placement, placement_rule,
        },
        placement as placements,
    },
};

/// A placement with its rule, ready to be judged by.
///
/// # Errors
/// Only ours: a stored rule, floor or setting that does not read.
pub fn compiled(
    placement: placement::Model,
    rule: &placement_rule::Model,
    version: &achievement_version::Model,
) -> Result<LivePlacement> {
    let (terms, floor) = (Terms::of(&placement)?, Floor::of(version)?);
    Ok(LivePlacement {
        rule: floor.over(Rule::parse(&rule.rule).map_err(Error::internal)?),
        rule_id: rule.id,
        scope: terms::scope_of(&placement)?,
        floor: floor.min_strength,
        takes_back: terms.withdraw == Withdraw::WhenNotMet,
        lasts: terms.lasts(version),
        periods: terms.periods,
        waits: false,
        placement,
    })
}

/// How a person stands with a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// They have what there is to be had now.
    Held,
    /// A person took it back, and nobody has lifted that.
    Vetoed,
    /// They have earned it and do not have it: in these periods.
    Earned(Vec<(AwardPeriod, Verdict)>),
    /// They have not earned what can be earned now.
    NotYet(Box<Verdict>),
}

/// Judges one person, of whom all this was heard, and who has these awards.
#[must_use]
pub fn stand(app: &App, placed: &LivePlacement, heard: &[Signal], existing: &[award::Model]) -> Stand {
    let block = |period: &AwardPeriod| terms::blocked(existing, &placed.scope, period);
    let current = current(placed, app.clock.now());
    if placed.periods.is_none() {
        match block(&current) {
            Some(Block::Held) => return Stand::Held,
            Some(Block::Vetoed) => return Stand::Vetoed,
            None => {}
        }
    }
    let mut earned = judged(app, placed, heard, existing);
    let now = app.clock.now();
    earned.retain(|(period, verdict)| is_due(placed, existing, (period, verdict), now));
    if !earned.is_empty() {
        return Stand::Earned(earned);
    }
    match block(&current) {
        Some(Block::Held) => Stand::Held,
        Some(Block::Vetoed) => Stand::Vetoed,
        None => Stand::NotYet(Box::new(judge_in(app, placed, heard, existing, &current))),
    }
}

/// Whether what somebody with these awards has earned in a period is to be awarded: not where they have it, or may not
/// have it again, or it would be over already.
pub(super) fn is_due(
    placed: &LivePlacement,
    existing: &[award::Model],
    (period, verdict): (&AwardPeriod, &Verdict),
    now: DateTime<Utc>,
) -> bool {
    let end = verdict.met_at.and_then(|moment| placed.lasts.end(period, moment));
    criteria::earns(period, verdict)
        && terms::blocked(existing, &placed.scope, period).is_none()
        && end.is_none_or(|end| now < end)
}

/// The award that a person's awards hold for a placement: the newest of its scope; with periods, of the period that it is.
#[must_use]
pub fn shown<'a>(
    app: &App,
    placed: &LivePlacement,
    existing: &'a [award::Model],
) -> Option<&'a award::Model> {
    let current = current(placed, app.clock.now());
    let is_its = |award: &&award::Model| {
        award.scope == placed.scope && (placed.periods.is_none() || terms::stands_for(award, &current))
    };
    existing.iter().filter(is_its).max_by_key(|award| award.id)
}

/// The awards of earlier periods that a person still has, newest first.
#[must_use]
pub fn earlier<'a>(app: &App, placed: &LivePlacement, existing: &'a [award::Model]) -> Vec<&'a award::Model> {
    let current = current(placed, app.clock.now());
    let is_earlier = |award: &&award::Model| {
        let is_its = placed.periods.is_some() && award.scope == placed.scope;
        is_its && award.is_current() && !terms::stands_for(award, &current)
    };
    let mut earlier: Vec<&award::Model> = existing.iter().filter(is_earlier).collect();
    earlier.sort_by_key(|award| std::cmp::Reverse(award.awarded_at));
    earlier
}

/// The verdict on what can be earned now: of the period that it is, and without one of nothing at all.
#[must_use]
pub fn judge(app: &App, placed: &LivePlacement, heard: &[Signal], existing: &[award::Model]) -> Verdict {
    judge_in(app, placed, heard, existing, &current(placed, app.clock.now()))
}

/// The verdict of somebody who waits for nothing but people to earn what can be earned now; `None` for everybody else.
#[must_use]
pub fn awaiting(
    app: &App,
    placed: &LivePlacement,
    heard: &[Signal],
    existing: &[award::Model],
) -> Option<Verdict> {
    let now = app.clock.now();
    let frame = frame(placed, existing, &current(placed, now));
    criteria::awaiting_in(&placed.rule, &place_of(placed), heard, now, &frame)
}

/// The verdicts of every period in which something happened; once without periods.
#[must_use]
pub fn judged(
    app: &App,
    placed: &LivePlacement,
    heard: &[Signal],
    existing: &[award::Model],
) -> Vec<(AwardPeriod, Verdict)> {
    let after = |period: &AwardPeriod| terms::expired_onset(existing, &placed.scope, period);
    let (now, periods) = (app.clock.now(), placed.periods.as_ref());
    criteria::by_period(&placed.rule, &place_of(placed), heard, now, periods, placed.floor, after)
}

fn judge_in(
    app: &App,
    placed: &LivePlacement,
    heard: &[Signal],
    existing: &[award::Model],
    period: &AwardPeriod,
) -> Verdict {
    let frame = frame(placed, existing, period);
    criteria::evaluate_in(&placed.rule, &place_of(placed), heard, app.clock.now(), &frame)
}

/// What counts in a period for somebody who has these awards.
fn frame(placed: &LivePlacement, existing: &[award::Model], period: &AwardPeriod) -> Frame {
    Frame::of(period, terms::expired_onset(existing, &placed.scope, period), placed.floor)
}

/// The period that it is. Between two periods nothing can be earned.
fn current(placed: &LivePlacement, now: DateTime<Utc>) -> AwardPeriod {
    let Some(periods) = &placed.periods else { return AwardPeriod::always() };
    // The name is nobody's: periods have one of a character at least, and awards without a period have none.
    periods.at(now).unwrap_or_else(|| AwardPeriod { name: " ".to_owned(), start: now, end: now })
}

fn place_of(placed: &LivePlacement) -> criteria::Placement {
    let mode = match placed.placement.mode {
        placement::PlacementMode::Ever => criteria::Mode::Ever,
        placement::PlacementMode::Standing => criteria::Mode::Standing,
    };
    criteria::Placement {
        id: Some(placed.placement.id.0),
        course: placed.placement.course_id.map(|course| course.0),
        mode,
    }
}

/// What was taken back.
#[derive(Debug, Default)]
pub struct TakenBack {
    /// The awards, as they are now.
    pub awards: Vec<award::Model>,
    /// When to look again, because a contrary reading has yet to settle.
    pub recheck_at: Option<DateTime<Utc>>,
}

/// When a person's awards of a placement may have to be taken back: the moment to look at that, which may be past.
#[must_use]
pub fn may_take_back(
    app: &App,
    placed: &LivePlacement,
    heard: &[Signal],
    existing: &[award::Model],
) -> Option<DateTime<Utc>> {
    if !placed.takes_back {
        return None;
    }
    let own = existing.iter().filter(|award| is_own(placed, award));
    let at = own.filter_map(|award| contrary_to(app, placed, &placed.rule, heard, existing, award));
    at.min()
}

fn is_own(placed: &LivePlacement, award: &award::Model) -> bool {
    award.placement_id == Some(placed.placement.id)
        && award.origin == AwardOrigin::Automatic
        && award.is_current()
}

/// From when on it is settled that what was read contradicts the rule that an award rests on.
fn contrary_to(
    app: &App,
    placed: &LivePlacement,
    rule: &Rule,
    heard: &[Signal],
    existing: &[award::Model],
    award: &award::Model,
) -> Option<DateTime<Utc>> {
    let period = placed.periods.as_ref().and_then(|periods| periods.at(award.awarded_at));
    let period = period.unwrap_or_else(AwardPeriod::always);
    let frame = frame(placed, existing, &period);
    criteria::contrary(rule, &place_of(placed), heard, app.clock.now(), &frame)
}

/// Takes back a person's awards of a placement that chose so, where what was read says that their rule is no longer
/// met. Each is judged by the rule that made it.
///
/// # Errors
/// Only ours.
pub async fn take_back(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    placed: &LivePlacement,
    heard: &[Signal],
    existing: &[award::Model],
) -> Result<TakenBack> {
    let mut taken = TakenBack::default();
    if !placed.takes_back {
        return Ok(taken);
    }
    let now = app.clock.now();
    for award in existing.iter().filter(|award| is_own(placed, award)) {
        let older = older_rule(tx, placed, award).await?;
        let rule = older.as_ref().unwrap_or(&placed.rule);
        let Some(settled_at) = contrary_to(app, placed, rule, heard, existing, award) else { continue };
        if settled_at > now {
            taken.recheck_at = Some(taken.recheck_at.map_or(settled_at, |earlier| earlier.min(settled_at)));
            continue;
        }
        let Some(locked) = awards::lock(tx, award.organization_id, award.id).await? else { continue };
        let language = achievement_language(tx, &locked).await?;
        taken.awards.push(revoke::within(app, tx, caller, locked, reason(&language), Veto::None).await?);
    }
    Ok(taken)
}

/// The rule that made an award, where the placement has a newer one.
async fn older_rule(tx: &WriteTx, placed: &LivePlacement, award: &award::Model) -> Result<Option<Rule>> {
    let Some(id) = award.rule_id.filter(|id| *id != placed.rule_id) else { return Ok(None) };
    match placements::rule(tx, award.organization_id, id).await? {
        Some(row) => Rule::parse(&row.rule).map(Some).map_err(Error::internal),
        None => Ok(None),
    }
}

async fn achievement_language(tx: &WriteTx, award: &award::Model) -> Result<String> {
    let version = crate::store::achievement::version(tx, award.organization_id, award.achievement_version_id);
    Ok(version.await?.map(|version| version.language).unwrap_or_default())
}

/// What a revoked badge says of it, in its own language.
fn reason(language: &str) -> &'static str {
    match criteria::Language::of_tag(language) {
        criteria::Language::German => "Die Voraussetzungen sind nicht mehr erfüllt.",
        criteria::Language::English => "What it was awarded for no longer holds.",
    }
}
