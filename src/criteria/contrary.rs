//! Contrary: whether what was read says that a rule is not met (design §5: "withdrawal needs a contrary value from
//! a complete read, never an absence").
//!
//! A leaf is contradicted only by the value of a reading: a score that counts and lies outside, a role or
//! membership that was read and is another. What nobody told (no completion, no launch, no score, no group, an award
//! or an approval that is gone), what is excused or unreleased, and what an event once said contradict nothing. Groups
//! count as ever: one is contradicted when what is not contradicted could not meet it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    evaluate::{Frame, SETTLING_MINUTES},
    group::bare,
    leaf,
    rule::{Node, Placement, Rule, Test},
    scene::{Bounds, Scene},
    signal::{Form, Kind, Signal, Strength},
    verdict::Outcome,
};

/// Since when a rule is contradicted for good: `None` when it is not; else the moment from which on that has
/// settled, because nothing new was heard about it for [`SETTLING_MINUTES`]. That moment may lie ahead.
#[must_use]
pub fn contrary(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
    frame: &Frame,
) -> Option<DateTime<Utc>> {
    let bounds = frame.during.map(Bounds::between);
    let bounds = bounds.as_ref();
    let scene = Scene { signals, placement, as_of: now, now, bounds, floor: frame.floor, known: &[] };
    if said(rule.root(), scene.floor, &scene) != Outcome::NotMet {
        return None;
    }
    let about =
        |signal: &&Signal| rule.nodes().any(|(_, node)| leaf::concerns(&node.test, placement, signal));
    let last = signals.iter().filter(about).map(|signal| signal.heard_at.max(signal.happened_at)).max()?;
    Some(last.checked_add_signed(TimeDelta::minutes(SETTLING_MINUTES)).unwrap_or(last))
}

/// Met, contradicted, or neither.
fn said(node: &Node, demand: Option<Strength>, scene: &Scene<'_>) -> Outcome {
    let Some(needed) = node.needed() else { return of_leaf(node, demand, scene) };
    if node.within.is_some() && bare(node, demand, scene).outcome == Outcome::Met {
        return Outcome::Met;
    }
    let bounds = match &node.test {
        Test::During { period, .. } => Some(Bounds::during(scene.bounds, period)),
        _ => None,
    };
    let scene = &Scene { bounds: bounds.as_ref().or(scene.bounds), ..*scene };
    let demand = Strength::stricter(demand, node.min_strength);
    let (mut met, mut open) = (0, 0);
    for child in node.children() {
        match said(child, demand, scene) {
            Outcome::Met => met += 1,
            Outcome::Unknown => open += 1,
            Outcome::NotMet => {}
        }
    }
    match () {
        () if met + open < needed => Outcome::NotMet,
        // Together, perhaps, but not close enough: that is no value that was read.
        () if met >= needed && node.within.is_none() => Outcome::Met,
        () => Outcome::Unknown,
    }
}

fn of_leaf(node: &Node, demand: Option<Strength>, scene: &Scene<'_>) -> Outcome {
    let leaf = leaf::judge(node, demand, scene);
    let is_read = || {
        leaf.decided_by().is_some_and(|signal| match &signal.kind {
            // In no group at all, as far as anybody told.
            Kind::Member { ids, .. } if ids.is_empty() => false,
            _ => signal.form == Form::Reading,
        })
    };
    match (&node.test, leaf.outcome) {
        (_, Outcome::Met) => Outcome::Met,
        (Test::Score(_) | Test::Role(_) | Test::MemberOf { .. }, Outcome::NotMet) if is_read() => {
            Outcome::NotMet
        }
        _ => Outcome::Unknown,
    }
}
