//! Rulings: what people's approvals decide besides the node that asks for them, and who waits for one.
//!
//! A reading that may have happened outside of the time that counts is for a person (design §5, "a reading that
//! straddles the edge goes to approval"). The *ruling*: at a moment, such a reading counts as if it had happened in
//! that time if somebody's latest decision on the learner for this placement up to that moment is an approval, and
//! the reading had been heard by that approval. What the reading says still has to fit. So a ruling only decides
//! what was left open; a decline or an approval taken back leaves it open again; and what is read later needs
//! another. Roles do not matter here, nor whether the approval itself lies in the time that counts.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    evaluate::{Frame, evaluate_in},
    leaf::chronological,
    rule::{Node, Placement, Rule, Test},
    scene::Scene,
    signal::{Channel, Form, Kind, Signal, Strength},
    verdict::{Missing, Outcome, Verdict},
};

/// Whether a person has ruled on a reading, as of the scene's moment.
pub(crate) fn is_ruled(scene: &Scene<'_>, signal: &Signal) -> bool {
    let heard = |other: &&Signal| other.moment() <= scene.as_of;
    decisions(scene).filter(|(decision, ..)| heard(decision)).any(|(decision, by, approves)| {
        let is_taken_back = || {
            let later = decisions(scene).filter(|(other, ..)| heard(other));
            later
                .into_iter()
                .any(|(other, other_by, _)| by == other_by && chronological(other, decision).is_gt())
        };
        approves && signal.heard_at <= decision.moment() && !is_taken_back()
    })
}

/// Whether rulings could have changed anything at any moment up to now.
pub(crate) fn may_matter(scene: &Scene<'_>) -> bool {
    scene.signals.iter().any(|signal| signal.not_before.is_some()) && decisions(scene).next().is_some()
}

/// The moments from the first approval on, up to the scene's: those given and those of all decisions, in order.
pub(crate) fn moments(scene: &Scene<'_>, given: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    let approved =
        decisions(scene).filter(|(.., approves)| *approves).map(|(decision, ..)| decision.moment());
    let Some(first) = approved.min() else { return Vec::new() };
    let decided = decisions(scene).map(|(decision, ..)| decision.moment());
    let mut moments: Vec<_> = given.iter().copied().chain(decided).collect();
    moments.retain(|moment| first <= *moment && *moment <= scene.as_of);
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// Whether `signal` decides on readings that `rule` could leave open.
pub(crate) fn touches(rule: &Rule, placement: &Placement, signal: &Signal) -> bool {
    is_decision(placement, signal) && rule.nodes().any(|(_, node)| is_bounded(node))
}

fn is_bounded(node: &Node) -> bool {
    node.within.is_some() || matches!(node.test, Test::During { .. })
}

fn is_decision(placement: &Placement, signal: &Signal) -> bool {
    matches!(&signal.kind, Kind::Approved { placement: of, .. } if placement.id == Some(*of))
}

/// What people decided for the placement: the decision, who, and whether they approve.
fn decisions<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a Signal, &'a str, bool)> {
    let placement = scene.placement;
    scene.signals.iter().filter_map(move |signal| match &signal.kind {
        Kind::Approved { placement: of, by, approves, .. } if placement.id == Some(*of) => {
            Some((signal, by.as_str(), *approves))
        }
        _ => None,
    })
}

/// The verdict of a rule that waits for nothing but people: it is not met, and would be (or only have to settle) if
/// as many people as it may ask for, with every role that it names, approved now. `None` otherwise.
#[must_use]
pub fn awaiting(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
) -> Option<Verdict> {
    awaiting_in(rule, placement, signals, now, &Frame::default())
}

/// As [`awaiting`], in a frame.
#[must_use]
pub fn awaiting_in(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
    frame: &Frame,
) -> Option<Verdict> {
    let id = placement.id?;
    let asks = |node: &Node| matches!(node.test, Test::Approved { .. });
    let may_be_open = || {
        signals.iter().any(|signal| signal.not_before.is_some())
            && (frame.during.is_some() || rule.nodes().any(|(_, node)| is_bounded(node)))
    };
    if !rule.nodes().any(|(_, node)| asks(node)) && !may_be_open() {
        return None;
    }
    let verdict = evaluate_in(rule, placement, signals, now, frame);
    if is_as_good_as_met(&verdict) {
        return None;
    }
    let (mut people, mut every) = (0, Vec::new());
    for (_, node) in rule.nodes() {
        if let Test::Approved { roles, n } = &node.test {
            people = people.max(*n);
            every.extend(roles.iter().cloned());
        }
    }
    let approval = |number: u32| Signal {
        id: Uuid::from_u128(u128::MAX - u128::from(number)),
        kind: Kind::Approved {
            placement: id,
            // Nobody is called so: whoever has decided in truth is somebody else.
            by: format!("\u{0}{number}"),
            roles: every.clone(),
            approves: true,
        },
        form: Form::Reading,
        course: placement.course,
        channel: Channel::Approval,
        source: String::new(),
        strength: Strength::Attested,
        happened_at: now,
        heard_at: now,
        not_before: None,
    };
    let approved: Vec<Signal> = signals.iter().cloned().chain((0..people.max(1)).map(approval)).collect();
    is_as_good_as_met(&evaluate_in(rule, placement, &approved, now, frame)).then_some(verdict)
}

/// Met, or met but for the settling time.
fn is_as_good_as_met(verdict: &Verdict) -> bool {
    verdict.outcome == Outcome::Met || matches!(verdict.explanation.missing, Some(Missing::Settling { .. }))
}
