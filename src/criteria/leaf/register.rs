//! Roles and memberships: registers without a history. The latest reading of each course decides,
//! whatever moment is judged; without a reading nobody knows.

use super::{Leaf, chronological, concerns, note_weak, take};
use crate::{
    rule::{Node, Test},
    scene::Scene,
    signal::{Kind, Signal},
    verdict::{Missing, Outcome},
};

/// Judges a node on a register.
pub(super) fn judge<'a>(node: &Node, scene: &Scene<'a>) -> Leaf<'a> {
    let mut leaf = Leaf { neutral: true, outcome: Outcome::Unknown, ..Leaf::nothing() };
    for signal in scene.signals {
        if !counts(node, scene, signal) {
            if let Some(need) = node.min_strength
                && concerns(&node.test, scene.placement, signal)
                && signal.moment() <= scene.now
                && signal.strength < need
                && is_so(&node.test, signal)
            {
                note_weak(&mut leaf, signal.strength, need);
            }
            continue;
        }
        let is_superseded = scene.signals.iter().any(|other| {
            other.course == signal.course
                && counts(node, scene, other)
                && chronological(other, signal).is_gt()
        });
        if is_superseded {
            continue;
        }
        let outcome = if is_so(&node.test, signal) { Outcome::Met } else { Outcome::NotMet };
        if leaf.decided_by.is_none() || outcome > leaf.outcome {
            leaf.outcome = outcome;
            leaf.decided_by = Some(signal);
        } else {
            take(&mut leaf, &node.test, outcome, signal);
        }
    }
    leaf
}

/// What is missing at such a node.
pub(super) fn missing(node: &Node, scene: &Scene<'_>) -> Missing {
    let known = scene.signals.iter().any(|signal| counts(node, scene, signal));
    match node.test {
        Test::MemberOf { .. } => Missing::Membership { known },
        _ => Missing::Role { known },
    }
}

fn counts(node: &Node, scene: &Scene<'_>, signal: &Signal) -> bool {
    concerns(&node.test, scene.placement, signal)
        && signal.moment() <= scene.now
        && node.min_strength.is_none_or(|need| signal.strength >= need)
}

fn is_so(test: &Test, signal: &Signal) -> bool {
    match (test, &signal.kind) {
        (Test::Role(names), Kind::Role { names: held }) => held.iter().any(|name| names.contains(name)),
        (Test::MemberOf { id, .. }, Kind::Member { ids, .. }) => ids.contains(id),
        _ => false,
    }
}
