//! Leaves that it may take several signals to meet: awards held, approvals given.
//!
//! Both count distinct things, each with its best witness, as a group would count its children.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Leaf, chronological, concerns, note_weak, prefer, proves};
use crate::{
    rule::{Node, Test},
    scene::{Heard, Scene},
    signal::{Kind, Signal, Strength},
    verdict::{Missing, Outcome},
};

/// One of the things counted.
#[derive(Clone, Copy, Debug)]
struct Witness<'a> {
    signal: &'a Signal,
    /// Since when it has been so.
    since: DateTime<Utc>,
    heard: Heard,
}

/// Judges a node that counts.
pub(super) fn judge<'a>(node: &Node, demand: Option<Strength>, scene: &Scene<'a>) -> Leaf<'a> {
    let mut leaf = Leaf::nothing();
    let found = match &node.test {
        Test::Holds { achievements, .. } => held(&node.test, achievements, demand, scene, &mut leaf),
        _ => approvals(&node.test, scene, &mut leaf),
    };
    let needed = needed(&node.test);
    let chosen = chosen(&node.test, found.clone());
    let sure = chosen.iter().filter(|witness| witness.heard == Heard::Yes).count();
    leaf.outcome = match sure {
        _ if sure >= needed => Outcome::Met,
        _ if chosen.len() >= needed => Outcome::Unknown,
        _ => Outcome::NotMet,
    };
    if leaf.outcome == Outcome::Met {
        leaf.strength = chosen.get(needed - 1).map(|witness| proves(&node.test, witness.signal));
        let mut moments: Vec<_> =
            found.iter().filter(|witness| witness.heard == Heard::Yes).map(|witness| witness.since).collect();
        moments.sort_unstable();
        leaf.since = moments.get(needed - 1).copied();
        leaf.decided_by = chosen.first().map(|witness| witness.signal);
    } else if leaf.outcome == Outcome::Unknown {
        leaf.decided_by = chosen.get(sure).map(|witness| witness.signal);
    }
    leaf
}

/// The signals beyond the first that it took to meet the node, in the order of their strength.
pub(super) fn others<'a>(node: &Node, demand: Option<Strength>, scene: &Scene<'a>) -> Vec<&'a Signal> {
    let mut unused = Leaf::nothing();
    let found = match &node.test {
        Test::Holds { achievements, .. } => held(&node.test, achievements, demand, scene, &mut unused),
        Test::Approved { .. } => approvals(&node.test, scene, &mut unused),
        _ => return Vec::new(),
    };
    chosen(&node.test, found).iter().take(needed(&node.test)).skip(1).map(|witness| witness.signal).collect()
}

/// What is missing at a node that is not met.
pub(super) fn missing(node: &Node, demand: Option<Strength>, scene: &Scene<'_>) -> Missing {
    let mut unused = Leaf::nothing();
    let short = |have: usize| u32::try_from(needed(&node.test).saturating_sub(have)).unwrap_or(u32::MAX);
    match &node.test {
        Test::Holds { achievements, .. } => {
            let found = held(&node.test, achievements, demand, scene, &mut unused);
            let has = |id: &Uuid| found.iter().any(|witness| achievement_of(witness.signal) == Some(*id));
            let lacking = achievements.iter().filter(|id| !has(id)).copied().collect();
            Missing::Awards { lacking, n: short(found.len()) }
        }
        _ => {
            let found = approvals(&node.test, scene, &mut unused);
            let declined = latest_decisions(&node.test, scene, &mut unused)
                .iter()
                .any(|signal| matches!(signal.kind, Kind::Approved { approves: false, .. }));
            Missing::Approvals { n: short(found.len()), declined }
        }
    }
}

fn needed(test: &Test) -> usize {
    match test {
        // A rule has at least 1 of either.
        Test::Holds { n, .. } | Test::Approved { n, .. } => usize::try_from(*n).unwrap_or(usize::MAX).max(1),
        _ => usize::MAX,
    }
}

/// Certain ones first, then by strength, time and id.
fn chosen<'a>(test: &Test, mut found: Vec<Witness<'a>>) -> Vec<Witness<'a>> {
    found.sort_by(|one, other| {
        let by_strength = || proves(test, other.signal).cmp(&proves(test, one.signal));
        other
            .heard
            .cmp(&one.heard)
            .then_with(by_strength)
            .then_with(|| chronological(one.signal, other.signal))
    });
    found
}

/// Of each achievement that is held, the best award.
fn held<'a>(
    test: &Test,
    achievements: &[Uuid],
    demand: Option<Strength>,
    scene: &Scene<'a>,
    leaf: &mut Leaf<'a>,
) -> Vec<Witness<'a>> {
    let mut found: Vec<Witness<'a>> = Vec::with_capacity(achievements.len());
    for signal in scene.signals {
        if !concerns(test, scene.placement, signal) || is_over(signal, scene.now) {
            continue;
        }
        let heard = scene.hears(signal);
        if heard == Heard::No {
            continue;
        }
        if let Some(need) = demand.filter(|need| signal.strength < *need) {
            note_weak(leaf, signal.strength, need);
            continue;
        }
        let since = signal.moment();
        let same = |other: &&mut Witness<'_>| achievement_of(other.signal) == achievement_of(signal);
        match found.iter_mut().find(same) {
            None => found.push(Witness { signal, since, heard }),
            Some(other) if heard > other.heard => *other = Witness { signal, since, heard },
            Some(other) if heard < other.heard => {}
            Some(other) => {
                other.since = other.since.min(since);
                if prefer(test, signal, other.signal) {
                    other.signal = signal;
                }
            }
        }
    }
    found
}

fn achievement_of(signal: &Signal) -> Option<Uuid> {
    match &signal.kind {
        Kind::Held { achievement, .. } => Some(*achievement),
        _ => None,
    }
}

fn is_over(signal: &Signal, now: DateTime<Utc>) -> bool {
    matches!(&signal.kind, Kind::Held { expires_at: Some(end), .. } if *end <= now)
}

/// Of each person who approves and may, the decision.
fn approvals<'a>(test: &Test, scene: &Scene<'a>, leaf: &mut Leaf<'a>) -> Vec<Witness<'a>> {
    let Test::Approved { roles: wanted, .. } = test else { return Vec::new() };
    let decisions = latest_decisions(test, scene, leaf).into_iter();
    decisions
        .filter(|signal| match &signal.kind {
            Kind::Approved { approves: true, roles, .. } => {
                wanted.is_empty() || roles.iter().any(|role| wanted.contains(role))
            }
            _ => false,
        })
        .map(|signal| Witness { signal, since: signal.moment(), heard: scene.hears(signal) })
        .collect()
}

/// What each person decided last. A person who decided twice makes the node waver.
fn latest_decisions<'a>(test: &Test, scene: &Scene<'a>, leaf: &mut Leaf<'a>) -> Vec<&'a Signal> {
    let mut latest: Vec<&'a Signal> = Vec::new();
    for signal in scene.signals {
        if !concerns(test, scene.placement, signal) || scene.hears(signal) == Heard::No {
            continue;
        }
        match latest.iter_mut().find(|other| decider(other) == decider(signal)) {
            None => latest.push(signal),
            Some(other) => {
                leaf.wavers |= other.id != signal.id;
                if chronological(signal, other).is_gt() {
                    *other = signal;
                }
            }
        }
    }
    latest
}

fn decider(signal: &Signal) -> Option<&str> {
    match &signal.kind {
        Kind::Approved { by, .. } => Some(by),
        _ => None,
    }
}
