//! One leaf of a rule against the signals: which of them concern it, and what they make of it.
//! `evaluate.rs` puts the leaves together.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    decimal::{self, cmp_products},
    evaluate::Scene,
    rule::{Bound, Condition, Expected, Node, Pick, ScoreTest, Target, Test, Unit},
    signal::{Kind, ScoreState, Signal, Strength},
    verdict::{Missing, NoScore, Outcome},
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
    /// The signal that decided.
    decided_by: Option<&'a Signal>,
    /// The strongest that would have met it, had more been proven, and what was demanded.
    too_weak: Option<(Strength, Strength)>,
}

/// Whether `test` looks at `signal` at all.
pub(crate) fn concerns(test: &Test, placed_in: Option<Uuid>, signal: &Signal) -> bool {
    match (test, &signal.kind) {
        (Test::Launched { link: Some(wanted), .. }, Kind::Launched { link, .. }) => *link == Some(*wanted),
        (Test::Launched { link: None, .. }, Kind::Launched { .. }) | (Test::Role(_), Kind::Role { .. }) => {
            placed_in.is_none() || signal.course == placed_in
        }
        (Test::Completed(target), Kind::Completed { subject })
        | (Test::Score(ScoreTest { target, .. }), Kind::Score { subject, .. }) => {
            let Target { course, subject: wanted } = target;
            let course = course.or(placed_in);
            (course.is_none() || signal.course == course) && subject == wanted
        }
        _ => false,
    }
}

/// Judges a node that is no group.
pub(crate) fn judge<'a>(node: &Node, demand: Option<Strength>, scene: Scene<'a>) -> Leaf<'a> {
    match &node.test {
        Test::Role(names) => role(node, names, scene),
        Test::Score(test) => score(node, test, Strength::stricter(demand, node.min_strength), scene),
        _ => happened(node, Strength::stricter(demand, node.min_strength), scene),
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
            too_weak: None,
        }
    }

    /// How much it proves, if it is met and not neutral.
    pub(crate) fn strength(&self) -> Option<Strength> {
        self.met_by().filter(|_| !self.neutral).map(|signal| signal.strength)
    }

    /// The signal that met it.
    pub(crate) fn met_by(&self) -> Option<&'a Signal> {
        self.decided_by.filter(|_| self.outcome == Outcome::Met)
    }

    /// What is missing at a node that is not met.
    pub(crate) fn missing(&self, node: &Node, scene: Scene<'_>) -> Missing {
        if let Some((have, need)) = self.too_weak {
            return Missing::Stronger { have, need };
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
            Test::Score(ScoreTest { target, unit, .. }) => {
                let (course, subject) = (target.course, target.subject.clone());
                match self.decided_by.and_then(|signal| counted(signal, *unit)) {
                    Some((given, maximum)) => Missing::ScoreOutside { course, subject, given, maximum },
                    None => Missing::Score { course, subject, why: no_score(self.decided_by) },
                }
            }
            Test::Completed(target) => {
                Missing::Completion { course: target.course, subject: target.subject.clone() }
            }
            Test::Role(_) => {
                let known = scene.signals.iter().any(|signal| role_counts(node, scene, signal));
                Missing::Role { known }
            }
            // Groups say what they lack themselves.
            Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } => Missing::More { n: 1 },
        }
    }
}

/// Launches and completions: met by any one signal.
fn happened<'a>(node: &Node, demand: Option<Strength>, scene: Scene<'a>) -> Leaf<'a> {
    let mut leaf = Leaf::nothing();
    for signal in scene.signals {
        if !concerns(&node.test, scene.course, signal) || signal.moment() > scene.as_of {
            continue;
        }
        let outcome = match (&node.test, &signal.kind) {
            (Test::Launched { custom, .. }, Kind::Launched { custom: given, .. }) => {
                custom.iter().map(|condition| holds(condition, given)).min().unwrap_or(Outcome::Met)
            }
            _ => Outcome::Met,
        };
        if let Some(need) = demand.filter(|need| signal.strength < *need) {
            if outcome == Outcome::Met {
                note_weak(&mut leaf, signal, need);
            }
            continue;
        }
        if outcome == Outcome::Met {
            leaf.since = Some(leaf.since.map_or(signal.moment(), |since| since.min(signal.moment())));
        }
        take(&mut leaf, outcome, signal);
    }
    leaf
}

/// Lets the better outcome decide, and among equals the stronger, earlier, smaller signal.
fn take<'a>(leaf: &mut Leaf<'a>, outcome: Outcome, signal: &'a Signal) {
    let decides = match leaf.decided_by {
        Some(other) if outcome == leaf.outcome => prefer(signal, other),
        Some(_) => outcome > leaf.outcome,
        None => true,
    };
    if decides {
        leaf.outcome = outcome;
        leaf.decided_by = Some(signal);
    }
}

/// Whether `one` is the better witness of two that say the same.
fn prefer(one: &Signal, other: &Signal) -> bool {
    other.strength.cmp(&one.strength).then_with(|| chronological(one, other)).is_lt()
}

/// By the time things happened, ties broken by hearing and id.
fn chronological(one: &Signal, other: &Signal) -> Ordering {
    one.moment()
        .cmp(&other.moment())
        .then_with(|| one.heard_at.cmp(&other.heard_at))
        .then_with(|| one.id.cmp(&other.id))
}

fn note_weak(leaf: &mut Leaf<'_>, signal: &Signal, need: Strength) {
    let have = leaf.too_weak.map_or(signal.strength, |(have, _)| have.max(signal.strength));
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

/// Scores: one of them counts, as picked.
fn score<'a>(node: &Node, test: &ScoreTest, demand: Option<Strength>, scene: Scene<'a>) -> Leaf<'a> {
    // "The best is at least x" is true as soon as any is: like events, the strongest may witness it.
    let any_will_do = test.pick == Pick::Best && matches!(test.bound, Bound::AtLeast(_));
    let mut leaf = Leaf { outcome: Outcome::Unknown, ..Leaf::nothing() };
    let mut count = 0_usize;
    let mut picked: Option<&Signal> = None;
    for signal in scene.signals {
        if !concerns(&node.test, scene.course, signal) || signal.moment() > scene.as_of {
            continue;
        }
        if let Some(need) = demand.filter(|need| signal.strength < *need) {
            note_weak(&mut leaf, signal, need);
            continue;
        }
        count += 1;
        if any_will_do && counted(signal, test.unit).is_some_and(|score| is_within(test, score)) {
            let moment = signal.moment();
            leaf.since = Some(leaf.since.map_or(moment, |since| since.min(moment)));
            take(&mut leaf, Outcome::Met, signal);
        }
        picked = match picked {
            Some(other) if !supersedes(test, signal, other) => Some(other),
            _ => Some(signal),
        };
    }
    if leaf.outcome == Outcome::Met {
        leaf.too_weak = None;
        return leaf;
    }
    leaf.wavers = count > 1 && test.pick != Pick::First && !any_will_do;
    if let Some(signal) = picked {
        // Something strong enough was told; the weaker ones explain nothing.
        leaf.too_weak = None;
        leaf.decided_by = picked;
        leaf.outcome = match counted(signal, test.unit) {
            None => Outcome::Unknown,
            Some(score) if is_within(test, score) => Outcome::Met,
            Some(_) => Outcome::NotMet,
        };
        if leaf.outcome == Outcome::Met {
            leaf.since = Some(signal.moment());
        }
    }
    leaf
}

/// Whether `one` is picked rather than `other`.
fn supersedes(test: &ScoreTest, one: &Signal, other: &Signal) -> bool {
    if test.pick == Pick::Latest {
        return chronological(one, other).is_gt();
    }
    // Best and first choose among the scores that count; the rest are there to explain.
    match (counted(one, test.unit), counted(other, test.unit)) {
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => chronological(one, other).is_gt(),
        (Some(_), Some(_)) if test.pick == Pick::First => chronological(one, other).is_lt(),
        (Some(one_score), Some(other_score)) => match compare(test.unit, one_score, other_score) {
            Ordering::Equal => prefer(one, other),
            order => order.is_gt(),
        },
    }
}

type Score = (Decimal, Option<Decimal>);

/// The numbers of a signal, if they count: graded, given, and for percent with a maximum above 0.
fn counted(signal: &Signal, unit: Unit) -> Option<Score> {
    match &signal.kind {
        Kind::Score { given: Some(given), maximum, state: ScoreState::Graded, .. } => {
            let maximum = maximum.filter(|maximum| *maximum > Decimal::ZERO);
            (unit == Unit::Points || maximum.is_some()).then_some((*given, maximum))
        }
        _ => None,
    }
}

fn no_score(signal: Option<&Signal>) -> NoScore {
    match signal.map(|signal| &signal.kind) {
        Some(Kind::Score { state, given, .. }) => match state {
            ScoreState::Excused => NoScore::Excused,
            ScoreState::Unreleased => NoScore::Unreleased,
            ScoreState::Graded if given.is_some() => NoScore::NoMaximum,
            ScoreState::Graded | ScoreState::Missing => NoScore::Missing,
        },
        _ => NoScore::Untold,
    }
}

fn is_within(test: &ScoreTest, score: Score) -> bool {
    let against = |threshold| against(test.unit, score, threshold);
    match test.bound {
        Bound::AtLeast(least) => against(least).is_ge(),
        Bound::AtMost(most) => against(most).is_le(),
        Bound::Between { from, to } => against(from).is_ge() && against(to).is_le(),
    }
}

/// A score against a threshold, exactly: given × 100 with threshold × maximum.
fn against(unit: Unit, (given, maximum): Score, threshold: Decimal) -> Ordering {
    match (unit, maximum) {
        (Unit::Percent, Some(maximum)) => cmp_products((given, Decimal::ONE_HUNDRED), (threshold, maximum)),
        _ => given.cmp(&threshold),
    }
}

fn compare(unit: Unit, (given, maximum): Score, (other, other_maximum): Score) -> Ordering {
    match (unit, maximum, other_maximum) {
        (Unit::Percent, Some(maximum), Some(other_maximum)) => {
            cmp_products((given, other_maximum), (other, maximum))
        }
        _ => given.cmp(&other),
    }
}

/// Roles: the latest reading of each course decides, whatever moment is judged.
fn role<'a>(node: &Node, names: &[String], scene: Scene<'a>) -> Leaf<'a> {
    let mut leaf = Leaf { neutral: true, outcome: Outcome::Unknown, ..Leaf::nothing() };
    for signal in scene.signals {
        if !role_counts(node, scene, signal) {
            if let Some(need) = node.min_strength
                && concerns(&node.test, scene.course, signal)
                && signal.moment() <= scene.now
                && signal.strength < need
                && has_role(signal, names)
            {
                note_weak(&mut leaf, signal, need);
            }
            continue;
        }
        let is_superseded = scene.signals.iter().any(|other| {
            other.course == signal.course
                && role_counts(node, scene, other)
                && chronological(other, signal).is_gt()
        });
        if is_superseded {
            continue;
        }
        let outcome = if has_role(signal, names) { Outcome::Met } else { Outcome::NotMet };
        if leaf.decided_by.is_none() || outcome > leaf.outcome {
            leaf.outcome = outcome;
            leaf.decided_by = Some(signal);
        } else {
            take(&mut leaf, outcome, signal);
        }
    }
    leaf
}

fn role_counts(node: &Node, scene: Scene<'_>, signal: &Signal) -> bool {
    concerns(&node.test, scene.course, signal)
        && signal.moment() <= scene.now
        && node.min_strength.is_none_or(|need| signal.strength >= need)
}

fn has_role(signal: &Signal, names: &[String]) -> bool {
    matches!(&signal.kind, Kind::Role { names: held } if held.iter().any(|name| names.contains(name)))
}
