//! A second evaluator, written from design §5 by other means: slow, by sorting, brute force over
//! subsets and judging every moment. It shares nothing with the first but the types.

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;

use crate::*;

/// A signal with the quarter hours at which it may have happened, and those of them that count.
#[derive(Clone)]
struct Told<'a> {
    signal: &'a Signal,
    possible: Vec<DateTime<Utc>>,
    counting: Vec<DateTime<Utc>>,
    /// A person has said that it counts, if it may.
    is_ruled: bool,
}

impl<'a> Told<'a> {
    /// `edges`: moments of interest between the quarters.
    fn new(signal: &'a Signal, edges: &[DateTime<Utc>]) -> Self {
        let moment = signal.moment();
        let mut possible = vec![moment];
        while signal.not_before.is_some_and(|after| *possible.last().unwrap() - QUARTER > after) {
            possible.push(*possible.last().unwrap() - QUARTER);
        }
        let may_be =
            |edge: &&DateTime<Utc>| signal.not_before.is_some_and(|after| after < **edge) && **edge < moment;
        possible.extend(edges.iter().filter(may_be));
        Self { signal, counting: possible.clone(), possible, is_ruled: false }
    }

    fn is_register(&self) -> bool {
        matches!(self.signal.kind, Kind::Role { .. } | Kind::Member { .. })
    }

    /// Only some of its moments; `None` when none is left. Registers have no moments.
    fn only(&self, counts: impl Fn(DateTime<Utc>) -> bool) -> Option<Self> {
        let mut told = self.clone();
        if !self.is_register() {
            told.counting.retain(|moment| counts(*moment));
        }
        (!told.counting.is_empty()).then_some(told)
    }

    fn is_sure(&self) -> bool {
        self.is_ruled || self.counting.len() == self.possible.len()
    }

    /// With what people had said by some moment.
    fn ruled_at(&self, moment: DateTime<Utc>, world: World<'_>) -> Self {
        let mut decisions: Vec<_> = world
            .signals
            .iter()
            .filter(|signal| signal.moment() <= moment)
            .filter_map(|signal| match &signal.kind {
                Kind::Approved { placement, by, approves, .. } if Some(*placement) == world.placement.id => {
                    Some(((signal.moment(), signal.heard_at, signal.id), by, *approves))
                }
                _ => None,
            })
            .collect();
        decisions.sort();
        let mut standing = std::collections::BTreeMap::new();
        for ((at, ..), by, approves) in decisions {
            standing.insert(by, approves.then_some(at));
        }
        let is_ruled = standing.values().flatten().any(|approved| *approved >= self.signal.heard_at);
        Self { is_ruled, ..self.clone() }
    }

    fn order(&self) -> Order {
        (self.signal.moment(), self.signal.heard_at, self.signal.id)
    }
}

type Order = (DateTime<Utc>, DateTime<Utc>, uuid::Uuid);

const QUARTER: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// Outcome, strength and moment of a rule in mode `ever`, by replaying history.
pub(super) fn judge(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
) -> (Outcome, Option<Strength>, Option<DateTime<Utc>>) {
    let edges: std::collections::BTreeSet<_> = edges(rule.root()).into_iter().collect();
    let edges: Vec<_> = edges.into_iter().collect();
    let at = |moment: DateTime<Utc>| {
        let world = World { placement, now, signals, as_of: moment, around: None };
        let seen: Vec<_> = signals
            .iter()
            .map(|signal| Told::new(signal, &edges).ruled_at(moment, world))
            .filter(|told| told.signal.moment() <= if told.is_register() { now } else { moment })
            .collect();
        node(rule.root(), world, &seen, Strength::Weak)
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

#[derive(Clone, Copy)]
struct World<'a> {
    placement: &'a Placement,
    now: DateTime<Utc>,
    signals: &'a [Signal],
    /// The moment that is judged.
    as_of: DateTime<Utc>,
    /// The last moment of the time that counts.
    around: Option<DateTime<Utc>>,
}

/// The last moments of the times that count at or below a node.
fn edges(node_: &Node) -> Vec<DateTime<Utc>> {
    let own = match &node_.test {
        Test::During { period, .. } => Some(period.end() - chrono::TimeDelta::nanoseconds(1)),
        _ => None,
    };
    own.into_iter().chain(node_.children().iter().flat_map(edges)).collect()
}

type Judged = (Outcome, Option<Strength>);

fn node(node_: &Node, world: World<'_>, seen: &[Told<'_>], demand: Strength) -> Judged {
    let own = node_.min_strength.unwrap_or(Strength::Weak);
    let demand = demand.max(own);
    let world = match &node_.test {
        Test::During { period, .. } => {
            let last = period.end() - chrono::TimeDelta::nanoseconds(1);
            World { around: Some(world.around.map_or(last, |around| around.min(last))), ..world }
        }
        _ => world,
    };
    let seen: Vec<_> = match &node_.test {
        Test::Role(_) | Test::MemberOf { .. } => return leaf(&node_.test, world, seen, own),
        Test::During { period, .. } => seen
            .iter()
            .filter_map(|told| told.only(|moment| period.start() <= moment && moment < period.end()))
            .collect(),
        Test::AllOf(_) | Test::AnyOf(_) | Test::AtLeast { .. } => seen.to_vec(),
        _ => return leaf(&node_.test, world, seen, demand),
    };
    let Some(span) = node_.within else { return group(node_, world, &seen, demand) };
    let length = span.length();
    let registers: Vec<_> = seen.iter().filter(|told| told.is_register()).cloned().collect();
    let mut windows = vec![group(node_, world, &registers, demand)];
    let mut perhaps = false;
    let dated = seen.iter().filter(|told| !told.is_register() && looks_at(node_, world, told.signal));
    let ends: Vec<_> = dated.map(|told| told.signal.moment()).collect();
    for end in ends.iter().copied() {
        let window: Vec<_> = seen
            .iter()
            .filter(|told| told.is_register() || told.signal.moment() <= end)
            .filter_map(|told| told.only(|moment| end - length <= moment))
            .map(|told| told.ruled_at(end, world))
            .collect();
        windows.push(group(node_, world, &window, demand));
    }
    let edges = edges(node_).into_iter().chain(world.around).filter(|edge| *edge < world.as_of);
    for start in ends.iter().copied().chain(edges) {
        let counts = |moment| start <= moment && moment <= start + length;
        // What might lie in the window that begins here.
        let around = |is_generous: bool| -> Vec<_> {
            let narrowed = seen.iter().filter_map(|told| Some((told, told.only(counts)?)));
            narrowed.map(|(told, only)| if is_generous { told.clone() } else { only }).collect()
        };
        // What a person has said lies in it, at each moment in turn, whether or not it was said in the time that counts.
        let moments =
            world.signals.iter().map(Signal::moment).filter(|at| start <= *at && *at <= world.as_of);
        for at in moments {
            let by_then = seen.iter().filter(|told| told.is_register() || told.signal.moment() <= at);
            let in_it: Vec<_> = by_then.filter_map(|told| told.only(counts)).collect();
            let ruled: Vec<_> = in_it.iter().map(|told| told.ruled_at(at, world)).collect();
            let open: Vec<_> = in_it.into_iter().map(|told| Told { is_ruled: false, ..told }).collect();
            let whole = group(node_, world, &ruled, demand);
            // They count where they make a difference, be it to how much is proven.
            let without = group(node_, world, &open, demand);
            if whole.0 == Outcome::Met && (without.0 != Outcome::Met || without.1 < whole.1) {
                windows.push(whole);
            }
        }
        perhaps |= group(node_, world, &around(true), demand).0 == Outcome::Met
            && group(node_, world, &around(false), demand).0 != Outcome::Met;
    }
    let met: Vec<_> = windows.iter().filter(|(outcome, _)| *outcome == Outcome::Met).collect();
    if let Some((_, strength)) = met.iter().max_by_key(|(_, strength)| *strength) {
        return (Outcome::Met, *strength);
    }
    match group(node_, world, &seen, demand).0 {
        _ if perhaps => (Outcome::Unknown, None),
        Outcome::Met => (Outcome::NotMet, None),
        other => (other, None),
    }
}

fn group(node_: &Node, world: World<'_>, seen: &[Told<'_>], demand: Strength) -> Judged {
    let children: Vec<_> = node_.children().iter().map(|child| node(child, world, seen, demand)).collect();
    let n = match &node_.test {
        Test::AnyOf(_) => 1,
        Test::AtLeast { n, .. } => n.to_usize().unwrap(),
        _ => children.len(),
    };
    count(&children, n)
}

/// So many of several: Kleene's outcome, and the strongest set's strength by trying every set.
fn count(children: &[Judged], n: usize) -> Judged {
    // The n-th best of the children's outcomes.
    let mut outcomes: Vec<_> = children.iter().map(|(outcome, _)| *outcome).collect();
    outcomes.resize(outcomes.len().max(n), Outcome::NotMet);
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

/// Whether any part of a group is about a signal, however it may judge it.
fn looks_at(node_: &Node, world: World<'_>, signal: &Signal) -> bool {
    let in_course = |named: Option<uuid::Uuid>| is_in_course(world, signal, named);
    match (&node_.test, &signal.kind) {
        (Test::Launched { link: None, .. }, Kind::Launched { .. }) => in_course(None),
        (Test::Launched { link, .. }, Kind::Launched { link: opened, .. }) => link == opened,
        (Test::Released { link }, Kind::Launched { link: opened, .. }) => *opened == Some(*link),
        (Test::Released { link }, Kind::Released { link: opened }) => link == opened,
        (Test::Completed(target), Kind::Completed { subject }) => {
            target.subject == *subject && in_course(target.course)
        }
        (Test::Score(test), Kind::Score { subject, .. }) => {
            test.target.subject == *subject && in_course(test.target.course)
        }
        (Test::Holds { achievements, .. }, Kind::Held { achievement, .. }) => {
            achievements.iter().any(|wanted| wanted == achievement)
        }
        (Test::Approved { .. }, Kind::Approved { placement, .. }) => world.placement.id == Some(*placement),
        _ => node_.children().iter().any(|child| looks_at(child, world, signal)),
    }
}

fn is_in_course(world: World<'_>, signal: &Signal, named: Option<uuid::Uuid>) -> bool {
    match named.or(world.placement.course) {
        Some(course) => signal.course == Some(course),
        None => true,
    }
}

fn leaf(test: &Test, world: World<'_>, seen: &[Told<'_>], demand: Strength) -> Judged {
    let strong = seen.iter().filter(|told| told.signal.strength >= demand);
    let in_course = |told: &Told<'_>, named: Option<uuid::Uuid>| is_in_course(world, told.signal, named);
    match test {
        Test::Launched { link, custom } => {
            let mut judged = Vec::new();
            for told in strong {
                let Kind::Launched { link: opened, custom: given } = &told.signal.kind else { continue };
                let is_it = if link.is_some() { opened == link } else { in_course(told, None) };
                if is_it {
                    let mut outcome = Outcome::Met;
                    for condition in custom {
                        outcome = outcome.min(parameter(condition, given.get(&condition.name)));
                    }
                    judged.push((told.is_sure(), outcome, told.signal.strength));
                }
            }
            best(judged)
        }
        Test::Released { link } => best(
            seen.iter()
                .filter(|told| match &told.signal.kind {
                    Kind::Launched { link: opened, .. } => *opened == Some(*link),
                    Kind::Released { link: opened } => opened == link,
                    _ => false,
                })
                .map(|told| (told.is_sure(), Outcome::Met, told.signal.strength.max(Strength::Medium)))
                .filter(|(.., strength)| *strength >= demand)
                .collect(),
        ),
        Test::Completed(target) => best(
            strong
                .filter(|told| {
                    matches!(&told.signal.kind, Kind::Completed { subject } if *subject == target.subject)
                })
                .filter(|told| in_course(told, target.course))
                .map(|told| (told.is_sure(), Outcome::Met, told.signal.strength))
                .collect(),
        ),
        Test::Score(test) => {
            let mut scores = Vec::new();
            for told in strong {
                let Kind::Score { subject, given, maximum, state } = &told.signal.kind else { continue };
                if *subject == test.target.subject && in_course(told, test.target.course) {
                    let value = value(test.unit, *given, *maximum, *state);
                    scores.push((told.order(), told.signal.strength, value, told.is_sure()));
                }
            }
            scores.sort_by_key(|(order, ..)| *order);
            score(test, &scores)
        }
        Test::Holds { achievements, n } => {
            // As a group of one node for each.
            let each: Vec<_> = achievements
                .iter()
                .map(|wanted| {
                    best(
                        seen.iter()
                            .filter(|told| told.signal.strength >= demand)
                            .filter(|told| match &told.signal.kind {
                                Kind::Held { achievement, expires_at } => {
                                    achievement == wanted && expires_at.is_none_or(|end| end > world.now)
                                }
                                _ => false,
                            })
                            .map(|told| (told.is_sure(), Outcome::Met, told.signal.strength))
                            .collect(),
                    )
                })
                .collect();
            count(&each, n.to_usize().unwrap())
        }
        Test::Approved { roles: wanted, n } => {
            let mut decisions: Vec<_> = seen
                .iter()
                .filter_map(|told| match &told.signal.kind {
                    Kind::Approved { placement, by, roles, approves }
                        if Some(*placement) == world.placement.id =>
                    {
                        Some((told.order(), by, (*approves, roles, told.is_sure())))
                    }
                    _ => None,
                })
                .collect();
            decisions.sort();
            let latest: std::collections::BTreeMap<_, _> =
                decisions.into_iter().map(|(_, by, decision)| (by, decision)).collect();
            let each: Vec<_> = latest
                .into_values()
                .filter(|(approves, ..)| *approves)
                .filter(|(_, roles, _)| wanted.is_empty() || wanted.iter().any(|role| roles.contains(role)))
                .map(|(.., is_sure)| best(vec![(is_sure, Outcome::Met, Strength::Attested)]))
                .collect();
            count(&each, n.to_usize().unwrap())
        }
        Test::Role(names) => latest_by_course(strong, world, |kind| match kind {
            Kind::Role { names: held } => Some(held.iter().any(|role| names.contains(role))),
            _ => None,
        }),
        Test::MemberOf { of, id } => latest_by_course(strong, world, |kind| match kind {
            Kind::Member { of: told, ids } if told == of => Some(ids.contains(id)),
            _ => None,
        }),
        _ => unreachable!("groups are judged by their children"),
    }
}

/// A register of each course; any will do.
fn latest_by_course<'a>(
    told: impl Iterator<Item = &'a Told<'a>>,
    world: World<'_>,
    is_so: impl Fn(&Kind) -> Option<bool>,
) -> Judged {
    let mut readings: Vec<_> = told
        .filter(|told| is_in_course(world, told.signal, None))
        .filter_map(|told| Some((told.order(), told.signal.course, is_so(&told.signal.kind)?)))
        .collect();
    readings.sort();
    let latest: std::collections::BTreeMap<_, _> =
        readings.into_iter().map(|(_, course, is_so)| (course, is_so)).collect();
    let outcome = match latest.values().max() {
        None => Outcome::Unknown,
        Some(true) => Outcome::Met,
        Some(false) => Outcome::NotMet,
    };
    (outcome, None)
}

/// Of several that each would do; one that is not sure leaves it open.
fn best(judged: Vec<(bool, Outcome, Strength)>) -> Judged {
    let sure = |(is_sure, outcome, strength): (bool, Outcome, Strength)| {
        (if is_sure { outcome } else { outcome.min(Outcome::Unknown) }, strength)
    };
    match judged.into_iter().map(sure).max() {
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

type Scored = (Order, Strength, Option<Fraction>, bool);

fn score(test: &ScoreTest, told: &[Scored]) -> Judged {
    let is_within = |(over, under): Fraction| {
        let reaches = |least: rust_decimal::Decimal| over >= least.to_i64().unwrap() * under;
        let exceeds = |most: rust_decimal::Decimal| over > most.to_i64().unwrap() * under;
        match test.bound {
            Bound::AtLeast(least) => reaches(least),
            Bound::AtMost(most) => !exceeds(most),
            Bound::Between { from, to } => reaches(from) && !exceeds(to),
        }
    };
    let counted: Vec<_> = told.iter().filter(|(_, _, value, _)| value.is_some()).collect();
    let picked = match test.pick {
        Pick::Latest => told.last(),
        Pick::First => counted.first().copied(),
        Pick::Best => {
            if matches!(test.bound, Bound::AtLeast(_)) {
                // The best is at least x exactly if any is; the strongest of these witnesses it.
                let any =
                    counted.iter().filter(|(_, _, value, is_sure)| *is_sure && is_within(value.unwrap()));
                if let Some(strength) = any.map(|(_, strength, ..)| *strength).max() {
                    return (Outcome::Met, Some(strength));
                }
            }
            let ratio = |told: &Scored| {
                let (over, under) = told.2.unwrap();
                // Exact: numerators over the common multiple of 1 to 10.
                over * 2520 / under
            };
            counted.iter().copied().max_by_key(|told| (ratio(told), told.3, told.1))
        }
    };
    match picked {
        Some((.., false)) => (Outcome::Unknown, None),
        Some((_, strength, Some(value), true)) if is_within(*value) => (Outcome::Met, Some(*strength)),
        Some((_, _, Some(_), true)) => (Outcome::NotMet, None),
        _ => (Outcome::Unknown, None),
    }
}
