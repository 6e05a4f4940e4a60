//! A second evaluator, written from design §5 by other means: slow, by sorting, brute force over
//! subsets and judging every moment. It shares nothing with the first but the types.

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;

use crate::*;

/// Outcome, strength and moment of a rule in mode `ever`, by replaying history.
pub(super) fn judge(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
) -> (Outcome, Option<Strength>, Option<DateTime<Utc>>) {
    let at = |moment: DateTime<Utc>| {
        let seen: Vec<&Signal> = signals
            .iter()
            .filter(|signal| match signal.kind {
                Kind::Role { .. } => signal.moment() <= now,
                _ => signal.moment() <= moment,
            })
            .collect();
        node(rule.root(), placement, &seen, Strength::Weak)
    };
    let mut moments: Vec<_> = signals.iter().map(Signal::moment).filter(|moment| *moment <= now).collect();
    moments.sort();
    let first = moments.iter().find(|moment| at(**moment).0 == Outcome::Met).copied();
    match (at(now), first) {
        ((Outcome::Met, strength), first) => (Outcome::Met, strength, first.or(Some(now))),
        (_, Some(first)) => (Outcome::Met, at(first).1, Some(first)),
        ((outcome, _), None) => (outcome, None, None),
    }
}

fn node(
    node_: &Node,
    placement: &Placement,
    seen: &[&Signal],
    demand: Strength,
) -> (Outcome, Option<Strength>) {
    let own = node_.min_strength.unwrap_or(Strength::Weak);
    let demand = demand.max(own);
    let n = match &node_.test {
        Test::AllOf(of) => of.len(),
        Test::AnyOf(_) => 1,
        Test::AtLeast { n, .. } => n.to_usize().unwrap(),
        Test::Role(_) => return leaf(&node_.test, placement, seen, own),
        _ => return leaf(&node_.test, placement, seen, demand),
    };
    let children: Vec<_> =
        node_.children().iter().map(|child| node(child, placement, seen, demand)).collect();
    // Kleene: the n-th best of the children's outcomes.
    let mut outcomes: Vec<_> = children.iter().map(|(outcome, _)| *outcome).collect();
    outcomes.sort();
    let outcome = outcomes[outcomes.len() - n];
    if outcome != Outcome::Met {
        return (outcome, None);
    }
    let met: Vec<_> = children.iter().filter(|(outcome, _)| *outcome == Outcome::Met).collect();
    let proves_anything = met.iter().any(|(_, strength)| strength.is_some());
    let mut best = None;
    for choice in 0..1_u32 << met.len() {
        let chosen =
            || met.iter().enumerate().filter(|(index, _)| choice >> index & 1 == 1).map(|(_, child)| child.1);
        // A set of n met children; if anything was proven, the set proves something.
        if chosen().count() == n && (!proves_anything || chosen().any(|strength| strength.is_some())) {
            best = best.max(chosen().flatten().min());
        }
    }
    (outcome, best)
}

fn leaf(
    test: &Test,
    placement: &Placement,
    seen: &[&Signal],
    demand: Strength,
) -> (Outcome, Option<Strength>) {
    let strong = seen.iter().filter(|signal| signal.strength >= demand);
    let in_course = |signal: &Signal, named: Option<uuid::Uuid>| match named.or(placement.course) {
        Some(course) => signal.course == Some(course),
        None => true,
    };
    match test {
        Test::Launched { link, custom } => {
            let mut judged = Vec::new();
            for signal in strong {
                let Kind::Launched { link: opened, custom: given } = &signal.kind else { continue };
                let is_it = if link.is_some() { opened == link } else { in_course(signal, None) };
                if is_it {
                    let mut outcome = Outcome::Met;
                    for condition in custom {
                        outcome = outcome.min(parameter(condition, given.get(&condition.name)));
                    }
                    judged.push((outcome, signal.strength));
                }
            }
            best(judged)
        }
        Test::Completed(target) => best(
            strong
                .filter(|signal| matches!(&signal.kind, Kind::Completed { subject } if *subject == target.subject))
                .filter(|signal| in_course(signal, target.course))
                .map(|signal| (Outcome::Met, signal.strength))
                .collect(),
        ),
        Test::Score(test) => {
            let mut scores = Vec::new();
            for signal in strong {
                let Kind::Score { subject, given, maximum, state } = &signal.kind else { continue };
                if *subject == test.target.subject && in_course(signal, test.target.course) {
                    let order = (signal.moment(), signal.heard_at, signal.id);
                    scores.push((order, signal.strength, value(test.unit, *given, *maximum, *state)));
                }
            }
            scores.sort_by_key(|(order, ..)| *order);
            score(test, &scores)
        }
        Test::Role(names) => {
            let mut readings: Vec<_> = strong
                .filter_map(|signal| match &signal.kind {
                    Kind::Role { names } if in_course(signal, None) => {
                        Some(((signal.moment(), signal.heard_at, signal.id), signal.course, names))
                    }
                    _ => None,
                })
                .collect();
            readings.sort();
            let mut latest = std::collections::BTreeMap::new();
            for (_, course, held) in readings {
                latest.insert(course, held);
            }
            if latest.is_empty() {
                return (Outcome::Unknown, None);
            }
            let holds = latest.values().any(|held| held.iter().any(|role| names.contains(role)));
            (if holds { Outcome::Met } else { Outcome::NotMet }, None)
        }
        _ => unreachable!("groups are judged by their children"),
    }
}

fn best(judged: Vec<(Outcome, Strength)>) -> (Outcome, Option<Strength>) {
    match judged.into_iter().max() {
        Some((Outcome::Met, strength)) => (Outcome::Met, Some(strength)),
        Some((outcome, _)) => (outcome, None),
        None => (Outcome::NotMet, None),
    }
}

fn parameter(condition: &Condition, value: Option<&String>) -> Outcome {
    let Some(value) = value else { return Outcome::Unknown };
    let mut letters = value.chars();
    if letters.next() == Some('$') && letters.next().is_some_and(char::is_alphabetic) {
        return Outcome::Unknown;
    }
    let fits = match &condition.expected {
        Expected::Equals(text) => text == value,
        Expected::OneOf(texts) => texts.iter().any(|text| text == value),
        Expected::AtLeast(least) => value.parse::<i64>().is_ok_and(|value| value >= least.to_i64().unwrap()),
    };
    if fits { Outcome::Met } else { Outcome::NotMet }
}

/// A fraction of whole numbers, if it counts: generated scores are whole.
type Fraction = (i64, i64);

fn value(
    unit: Unit,
    given: Option<rust_decimal::Decimal>,
    maximum: Option<rust_decimal::Decimal>,
    state: ScoreState,
) -> Option<Fraction> {
    let given = given.filter(|_| state == ScoreState::Graded)?.to_i64()?;
    match unit {
        Unit::Points => Some((given, 1)),
        Unit::Percent => Some((given * 100, maximum?.to_i64().filter(|maximum| *maximum > 0)?)),
    }
}

type Told = ((DateTime<Utc>, DateTime<Utc>, uuid::Uuid), Strength, Option<Fraction>);

fn score(test: &ScoreTest, told: &[Told]) -> (Outcome, Option<Strength>) {
    let is_within = |(over, under): Fraction| {
        let reaches = |least: rust_decimal::Decimal| over >= least.to_i64().unwrap() * under;
        let exceeds = |most: rust_decimal::Decimal| over > most.to_i64().unwrap() * under;
        match test.bound {
            Bound::AtLeast(least) => reaches(least),
            Bound::AtMost(most) => !exceeds(most),
            Bound::Between { from, to } => reaches(from) && !exceeds(to),
        }
    };
    let counted: Vec<_> = told.iter().filter(|(_, _, value)| value.is_some()).collect();
    let picked = match test.pick {
        Pick::Latest => told.last(),
        Pick::First => counted.first().copied(),
        Pick::Best => {
            if matches!(test.bound, Bound::AtLeast(_)) {
                // The best is at least x exactly if any is; the strongest of these witnesses it.
                let any = counted.iter().filter(|(_, _, value)| is_within(value.unwrap()));
                if let Some(strength) = any.map(|(_, strength, _)| *strength).max() {
                    return (Outcome::Met, Some(strength));
                }
            }
            let ratio = |told: &Told| {
                let (over, under) = told.2.unwrap();
                // Exact: numerators over the common multiple of 1 to 10.
                over * 2520 / under
            };
            counted.iter().copied().max_by_key(|told| (ratio(told), told.1))
        }
    };
    match picked {
        Some((_, strength, Some(value))) if is_within(*value) => (Outcome::Met, Some(*strength)),
        Some((_, _, Some(_))) => (Outcome::NotMet, None),
        _ => (Outcome::Unknown, None),
    }
}
