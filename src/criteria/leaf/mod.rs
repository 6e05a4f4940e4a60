//! One leaf of a rule against the signals: which of them concern it, and what they make of it.
//! Here what happened once and what all leaves share; `score.rs`, `register.rs` (roles, memberships)
//! and `several.rs` (awards held, approvals) have theirs. `group.rs` puts the leaves together.
//!
//! Every leaf judges a signal that is heard *perhaps* as any other; where such a one decides, nobody
//! knows.

mod register;
mod score;
mod several;

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use crate::{
    decimal,
    rule::{Condition, Expected, Node, Placement, ScoreTest, Target, Test},
    scene::{Heard, Scene},
    signal::{Kind, Signal, Strength},
    verdict::{Missing, Outcome},
};

/// What became of a leaf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) outcome: Outcome,
    /// Since when it is met; `None` when not met or neutral.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Whether it may have been met at moments at which it is not met now, or the other way round.
    pub(crate) wavers: bool,
    /// Whether its strength counts for nothing.
    neutral: bool,
    /// The signal that decided; of several the best.
    decided_by: Option<&'a Signal>,
    /// How much what decided proves.
    strength: Option<Strength>,
    /// The strongest that would have met it, had more been proven, and what was demanded.
    too_weak: Option<(Strength, Strength)>,
}

/// Whether `test` looks at `signal` at all.
pub(crate) fn concerns(test: &Test, placement: &Placement, signal: &Signal) -> bool {
    let is_here = || placement.course.is_none() || signal.course == placement.course;
    match (test, &signal.kind) {
        (
            Test::Launched { link: Some(wanted), .. } | Test::Released { link: wanted },
            Kind::Launched { link, .. },
        ) => *link == Some(*wanted),
        (Test::Released { link: wanted }, Kind::Released { link }) => link == wanted,
        (Test::Launched { link: None, .. }, Kind::Launched { .. }) | (Test::Role(_), Kind::Role { .. }) => {
            is_here()
        }
        (Test::MemberOf { of: wanted, .. }, Kind::Member { of, .. }) => of == wanted && is_here(),
        (Test::Holds { achievements, .. }, Kind::Held { achievement, .. }) => {
            achievements.contains(achievement)
        }
        (Test::Approved { .. }, Kind::Approved { placement: of, .. }) => placement.id == Some(*of),
        (Test::Completed(target), Kind::Completed { subject })
        | (Test::Score(ScoreTest { target, .. }), Kind::Score { subject, .. }) => {
            let Target { course, subject: wanted } = target;
            let course = course.or(placement.course);
            (course.is_none() || signal.course == course) && subject == wanted
        }
        _ => false,
    }
}

/// How much a signal proves at a leaf. A link that is gated is opened by the platform's own decision;
/// approvals are people's (design §5).
pub(crate) fn proves(test: &Test, signal: &Signal) -> Strength {
    match test {
        Test::Released { .. } => signal.strength.max(Strength::Medium),
        Test::Approved { .. } => Strength::Attested,
        _ => signal.strength,
    }
}

/// Judges a node that is no group.
pub(crate) fn judge<'a>(node: &Node, demand: Option<Strength>, scene: &Scene<'a>) -> Leaf<'a> {
    let demand = Strength::stricter(demand, node.min_strength);
    match &node.test {
        Test::Role(_) | Test::MemberOf { .. } => register::judge(node, scene),
        Test::Score(test) => score::judge(node, test, demand, scene),
        Test::Holds { .. } | Test::Approved { .. } => several::judge(node, demand, scene),
        _ => happened(node, demand, scene),
    }
}

impl<'a> Leaf<'a> {
    fn nothing() -> Self {
        Self {
            outcome: Outcome::NotMet,
            since: None,
            wavers: false,
            neutral: false,
            decided_by: None,
            strength: None,
            too_weak: None,
        }
    }

    /// How much it proves, if it is met and not neutral.
    pub(crate) fn strength(&self) -> Option<Strength> {
        self.strength.filter(|_| self.outcome == Outcome::Met && !self.neutral)
    }

    /// The signal that decided, whatever the outcome.
    pub(crate) fn decided_by(&self) -> Option<&'a Signal> {
        self.decided_by
    }

    /// The signal that met it.
    pub(crate) fn met_by(&self) -> Option<&'a Signal> {
        self.decided_by.filter(|_| self.outcome == Outcome::Met)
    }

    /// The others that it took to meet it, where one is not enough.
    pub(crate) fn met_with(
        &self,
        node: &Node,
        demand: Option<Strength>,
        scene: &Scene<'a>,
    ) -> Vec<&'a Signal> {
        if self.outcome != Outcome::Met {
            return Vec::new();
        }
        several::others(node, Strength::stricter(demand, node.min_strength), scene)
    }

    /// What is missing at a node that is not met.
    pub(crate) fn missing(&self, node: &Node, demand: Option<Strength>, scene: &Scene<'_>) -> Missing {
        if let Some((have, need)) = self.too_weak {
            return Missing::Stronger { have, need };
        }
        if let Some(signal) = self.decided_by.filter(|signal| signal.is_dated())
            && let Some(after) = signal.not_before
            && scene.hears(signal) == Heard::Perhaps
        {
            return Missing::Straddles { after, at: signal.moment() };
        }
        match &node.test {
            Test::Launched { link, custom } => match self.decided_by.map(|signal| &signal.kind) {
                Some(Kind::Launched { custom: given, .. }) => {
                    let unfit = custom.iter().find(|condition| holds(condition, given) == self.outcome);
                    let name = unfit.map(|condition| condition.name.clone()).unwrap_or_default();
                    Missing::Parameter { link: *link, name, known: self.outcome == Outcome::NotMet }
                }
                _ => Missing::Launch { link: *link },
            },
            Test::Released { link } => Missing::Release { link: *link },
            Test::Score(test) => score::missing(test, self.decided_by),
            Test::Completed(target) => {
                Missing::Completion { course: target.course, subject: target.subject.clone() }
            }
            Test::Role(_) | Test::MemberOf { .. } => register::missing(node, scene),
            Test::Holds { .. } | Test::Approved { .. } => {
                several::missing(node, Strength::stricter(demand, node.min_strength), scene)
            }
            // Groups say what they lack themselves.
            Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } | Test::During { .. } => {
                Missing::More { n: 1 }
            }
        }
    }
}

/// Launches, releases and completions: met by any one signal.
fn happened<'a>(node: &Node, demand: Option<Strength>, scene: &Scene<'a>) -> Leaf<'a> {
    let mut leaf = Leaf::nothing();
    for signal in scene.signals {
        if !concerns(&node.test, scene.placement, signal) {
            continue;
        }
        let heard = scene.hears(signal);
        if heard == Heard::No {
            continue;
        }
        let mut outcome = match (&node.test, &signal.kind) {
            (Test::Launched { custom, .. }, Kind::Launched { custom: given, .. }) => {
                custom.iter().map(|condition| holds(condition, given)).min().unwrap_or(Outcome::Met)
            }
            _ => Outcome::Met,
        };
        let strength = proves(&node.test, signal);
        if let Some(need) = demand.filter(|need| strength < *need) {
            if outcome == Outcome::Met {
                note_weak(&mut leaf, strength, need);
            }
            continue;
        }
        if heard == Heard::Perhaps {
            outcome = outcome.min(Outcome::Unknown);
        }
        if outcome == Outcome::Met {
            leaf.since = Some(leaf.since.map_or(signal.moment(), |since| since.min(signal.moment())));
        }
        take(&mut leaf, &node.test, outcome, signal);
    }
    leaf
}

/// Lets the better outcome decide, and among equals the stronger, earlier, smaller signal.
fn take<'a>(leaf: &mut Leaf<'a>, test: &Test, outcome: Outcome, signal: &'a Signal) {
    let decides = match leaf.decided_by {
        Some(other) if outcome == leaf.outcome => prefer(test, signal, other),
        Some(_) => outcome > leaf.outcome,
        None => true,
    };
    if decides {
        leaf.outcome = outcome;
        leaf.decided_by = Some(signal);
        leaf.strength = Some(proves(test, signal));
    }
}

/// Whether `one` is the better witness of two that say the same.
fn prefer(test: &Test, one: &Signal, other: &Signal) -> bool {
    proves(test, other).cmp(&proves(test, one)).then_with(|| chronological(one, other)).is_lt()
}

/// By the time things happened, ties broken by hearing and id.
pub(crate) fn chronological(one: &Signal, other: &Signal) -> Ordering {
    one.moment()
        .cmp(&other.moment())
        .then_with(|| one.heard_at.cmp(&other.heard_at))
        .then_with(|| one.id.cmp(&other.id))
}

fn note_weak(leaf: &mut Leaf<'_>, proven: Strength, need: Strength) {
    let have = leaf.too_weak.map_or(proven, |(have, _)| have.max(proven));
    leaf.too_weak = Some((have, need));
}

/// Whether a launch's custom parameters meet one condition.
fn holds(condition: &Condition, given: &std::collections::BTreeMap<String, String>) -> Outcome {
    let Some(value) = given.get(&condition.name).filter(|value| !is_unresolved(value)) else {
        return Outcome::Unknown;
    };
    let holds = match &condition.expected {
        Expected::Equals(wanted) => value == wanted,
        Expected::OneOf(wanted) => wanted.contains(value),
        Expected::AtLeast(least) => decimal::parse(value).is_some_and(|number| number >= *least),
    };
    if holds { Outcome::Met } else { Outcome::NotMet }
}

/// Whether a custom parameter is a variable that the platform did not fill in (`$User.Id`).
pub(crate) fn is_unresolved(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}
