//! Scores: one of them counts, as picked; compared exactly.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{Leaf, chronological, concerns, note_weak, prefer, take};
use crate::{
    decimal::cmp_products,
    rule::{Bound, Node, Pick, ScoreTest, Unit},
    scene::{Heard, Scene},
    signal::{Kind, ScoreState, Signal, Strength},
    verdict::{Missing, NoScore, Outcome},
};

/// Judges a score.
pub(super) fn judge<'a>(
    node: &Node,
    test: &ScoreTest,
    demand: Option<Strength>,
    scene: &Scene<'a>,
) -> Leaf<'a> {
    // "The best is at least x" is true as soon as any is: like events, the strongest may witness it.
    let any_will_do = test.pick == Pick::Best && matches!(test.bound, Bound::AtLeast(_));
    let mut leaf = Leaf { outcome: Outcome::Unknown, ..Leaf::nothing() };
    let mut count = 0_usize;
    let mut picked: Option<(&Signal, Heard)> = None;
    for signal in scene.signals {
        if !concerns(&node.test, scene.placement, signal) {
            continue;
        }
        let heard = scene.hears(signal);
        if heard == Heard::No {
            continue;
        }
        if let Some(need) = demand.filter(|need| signal.strength < *need) {
            note_weak(&mut leaf, signal.strength, need);
            continue;
        }
        count += 1;
        if any_will_do
            && heard == Heard::Yes
            && counted(signal, test.unit).is_some_and(|score| is_within(test, score))
        {
            let moment = signal.moment();
            leaf.since = Some(leaf.since.map_or(moment, |since| since.min(moment)));
            take(&mut leaf, &node.test, Outcome::Met, signal);
        }
        picked = match picked {
            Some(other) if !supersedes(node, test, (signal, heard), other) => Some(other),
            _ => Some((signal, heard)),
        };
    }
    if leaf.outcome == Outcome::Met {
        leaf.too_weak = None;
        return leaf;
    }
    leaf.wavers = count > 1 && test.pick != Pick::First && !any_will_do;
    if let Some((signal, heard)) = picked {
        // Something strong enough was told; the weaker ones explain nothing.
        leaf.too_weak = None;
        leaf.decided_by = Some(signal);
        leaf.strength = Some(signal.strength);
        leaf.outcome = match counted(signal, test.unit) {
            _ if heard == Heard::Perhaps => Outcome::Unknown,
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
fn supersedes(
    node: &Node,
    test: &ScoreTest,
    (one, one_heard): (&Signal, Heard),
    (other, other_heard): (&Signal, Heard),
) -> bool {
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
            // Of two that are as good a certain one tells more.
            Ordering::Equal if one_heard != other_heard => one_heard > other_heard,
            Ordering::Equal => prefer(&node.test, one, other),
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

/// What is missing at a score that is not met.
pub(super) fn missing(test: &ScoreTest, decided_by: Option<&Signal>) -> Missing {
    let (course, subject) = (test.target.course, test.target.subject.clone());
    match decided_by.and_then(|signal| counted(signal, test.unit)) {
        Some((given, maximum)) => Missing::ScoreOutside { course, subject, given, maximum },
        None => Missing::Score { course, subject, why: no_score(decided_by) },
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
