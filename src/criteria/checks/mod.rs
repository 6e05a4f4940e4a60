//! Tests of the package, by concern; here what they share: times, ids, builders and generators.

mod agreement;
mod cycles;
mod evaluation;
mod explained;
mod form;
mod frames;
mod laws;
mod near;
mod nodes;
mod oracle;
mod slots;
mod time;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::*;

/// 3 May 2026, 08:00 UTC, plus hours.
fn hour(hours: i64) -> DateTime<Utc> {
    "2026-05-03T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn rule(node: Node) -> Rule {
    Rule::new(node).unwrap()
}

fn json_rule(node: serde_json::Value) -> Rule {
    Rule::parse(&serde_json::json!({ "version": 1, "node": node })).unwrap()
}

/// A strong event in course 1 at hour 0, heard at once.
fn signal(number: u128, kind: Kind) -> Signal {
    Signal {
        id: id(number),
        kind,
        form: Form::Event,
        course: Some(id(1)),
        channel: Channel::Event,
        source: "Registrar".into(),
        strength: Strength::Strong,
        happened_at: hour(0),
        heard_at: hour(0),
        not_before: None,
    }
}

impl Signal {
    fn at(self, hours: i64) -> Self {
        Self { happened_at: hour(hours), heard_at: hour(hours), ..self }
    }

    fn with_strength(self, strength: Strength) -> Self {
        Self { strength, ..self }
    }
}

fn completed(number: u128, activity: &str) -> Signal {
    signal(number, Kind::Completed { subject: Subject::Activity(activity.into()) })
}

fn graded(number: u128, given: &str, maximum: &str) -> Signal {
    let (given, maximum) = (Some(self::number(given)), Some(self::number(maximum)));
    let subject = Subject::Activity("quiz".into());
    signal(number, Kind::Score { subject, given, maximum, state: ScoreState::Graded })
}

fn launched(number: u128, link: u128, custom: &[(&str, &str)]) -> Signal {
    let custom = custom.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Signal {
        channel: Channel::Launch,
        strength: Strength::Weak,
        ..signal(number, Kind::Launched { link: Some(id(link)), custom })
    }
}

fn roles(number: u128, names: &[&str]) -> Signal {
    let names = names.iter().map(|name| (*name).into()).collect();
    Signal {
        form: Form::Reading,
        channel: Channel::Launch,
        strength: Strength::Weak,
        ..signal(number, Kind::Role { names })
    }
}

/// Placement 5, in course 1.
fn here() -> Placement {
    Placement { id: Some(id(5)), course: Some(id(1)), mode: Mode::Ever }
}

/// So many random cases, or as many as `PROPTEST_CASES` says; a failure prints its seed and values, and
/// no file is written.
fn cases(count: u32) -> ProptestConfig {
    let wanted = ProptestConfig::default().cases;
    let cases = if wanted == DEFAULT_CASES { count } else { wanted };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// What proptest runs when nothing is said.
const DEFAULT_CASES: u32 = 256;

// Small worlds, so that rules and signals meet often.

fn any_strength() -> impl Strategy<Value = Strength> + Clone {
    prop::sample::select(Strength::ALL)
}

fn any_subject() -> impl Strategy<Value = Subject> + Clone {
    prop_oneof![Just(Subject::Course), Just(Subject::Activity("a".into()))]
}

fn any_custom() -> impl Strategy<Value = BTreeMap<String, String>> {
    let value = prop::sample::select(vec!["x", "y", "7", "5", "$User.Id", "$5", ""]);
    prop::collection::btree_map(Just("track".to_owned()), value.prop_map(str::to_owned), 0..=1)
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let states = [ScoreState::Graded, ScoreState::Missing, ScoreState::Excused, ScoreState::Unreleased];
    let state = prop_oneof![4 => Just(ScoreState::Graded), 1 => prop::sample::select(states.to_vec())];
    let points = || prop::option::weighted(0.9, (0_i64..=10).prop_map(Decimal::from));
    prop_oneof![
        (prop::option::weighted(0.8, (11_u128..=12).prop_map(id)), any_custom())
            .prop_map(|(link, custom)| Kind::Launched { link, custom }),
        any_subject().prop_map(|subject| Kind::Completed { subject }),
        (any_subject(), points(), points(), state).prop_map(|(subject, given, maximum, state)| Kind::Score {
            subject,
            given,
            maximum,
            state
        }),
        prop::sample::select(vec!["learner", "instructor"])
            .prop_map(|name| Kind::Role { names: vec![name.into()] }),
        (11_u128..=12).prop_map(|link| Kind::Released { link: id(link) }),
        any_decision(),
        (any_membership(), prop::sample::subsequence(vec!["red".to_owned(), "blue".to_owned()], 0..=2))
            .prop_map(|(of, ids)| Kind::Member { of, ids }),
        (21_u128..=23, prop::option::weighted(0.3, 3_i64..8)).prop_map(|(achievement, end)| Kind::Held {
            achievement: id(achievement),
            expires_at: end.map(hour),
        }),
    ]
}

fn any_membership() -> impl Strategy<Value = Membership> + Clone {
    prop::sample::select(Membership::ALL)
}

fn any_decision() -> impl Strategy<Value = Kind> {
    let by = prop::sample::select(vec!["ada", "bob", "cy"]);
    let roles = prop::sample::subsequence(vec!["instructor".to_owned(), "mentor".to_owned()], 0..=2);
    let placement = prop_oneof![5 => Just(id(5)), 1 => Just(id(6))];
    (placement, by, roles, prop::bool::weighted(0.8)).prop_map(|(placement, by, roles, approves)| {
        Kind::Approved { placement, by: by.into(), roles, approves }
    })
}

fn any_signal() -> impl Strategy<Value = Signal> {
    let course = prop_oneof![5 => Just(Some(id(1))), 1 => Just(Some(id(2))), 1 => Just(None)];
    // In half hours before it was told, so at other moments than everything else.
    let before =
        prop::option::weighted(0.2, (0_i64..8).prop_map(|halves| TimeDelta::minutes(halves * 60 + 30)));
    (any_kind(), course, any_strength(), 0_i64..6, -1_i64..3, 1000_u128..9_999_999, before).prop_map(
        |(kind, course, strength, happened, delay, number, before)| Signal {
            id: id(number),
            kind,
            form: Form::Event,
            course,
            channel: Channel::Event,
            source: "Registrar".into(),
            strength,
            happened_at: hour(happened),
            heard_at: hour(happened + delay),
            not_before: before.map(|before| hour(happened) - before),
        },
    )
}

fn any_signals() -> impl Strategy<Value = Vec<Signal>> {
    prop::collection::vec(any_signal(), 0..12)
}

/// What a generated rule may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    Everything,
    /// No roles and memberships.
    NoRegisters,
    /// Only what stays met, whatever is told later.
    Lasting,
}

fn any_leaf(kinds: Kinds) -> BoxedStrategy<Test> {
    let course = || prop::option::weighted(0.2, (1_u128..=2).prop_map(id));
    let target = move || (course(), any_subject()).prop_map(|(course, subject)| Target { course, subject });
    let expected = prop_oneof![
        Just(Expected::Equals("x".into())),
        Just(Expected::OneOf(vec!["x".into(), "y".into()])),
        (5_i64..=6).prop_map(|least| Expected::AtLeast(least.into())),
    ];
    let custom = prop::collection::vec(
        expected.prop_map(|expected| Condition { name: "track".into(), expected }),
        0..=1,
    );
    let link = prop::option::of((11_u128..=12).prop_map(id));
    let launched = (link, custom).prop_map(|(link, custom)| Test::Launched { link, custom });
    let completed = target().prop_map(Test::Completed);
    let pick = prop::sample::select(vec![Pick::Latest, Pick::Best, Pick::First]);
    let percent = any::<bool>();
    let score = (target(), percent, 0_i64..=3, 0_i64..=5, 0_i64..=5, pick).prop_map(
        move |(target, is_percent, form, from, more, pick)| {
            let (unit, step) = if is_percent { (Unit::Percent, 10) } else { (Unit::Points, 1) };
            let (from, to) = (Decimal::from(from * step), Decimal::from((from + more) * step));
            let lasting = kinds == Kinds::Lasting;
            let bound = match form {
                1 if !lasting => Bound::AtMost(from),
                2 if !lasting => Bound::Between { from, to },
                _ => Bound::AtLeast(from),
            };
            let pick = if lasting { Pick::Best } else { pick };
            Test::Score(ScoreTest { target, unit, bound, pick })
        },
    );
    let released = (11_u128..=12).prop_map(|link| Test::Released { link: id(link) });
    let achievements = prop::sample::subsequence(vec![id(21), id(22), id(23)], 1..=3);
    let holds = (achievements, 1_usize..=3).prop_map(|(achievements, n)| {
        let n = u32::try_from(n.min(achievements.len())).unwrap();
        Test::Holds { achievements, n }
    });
    let roles = prop::sample::subsequence(vec!["instructor".to_owned(), "mentor".to_owned()], 0..=2);
    let approved = (roles, 1_u32..=3).prop_map(|(roles, n)| Test::Approved { roles, n });
    let names = prop::sample::subsequence(vec!["learner".to_owned(), "instructor".to_owned()], 1..=2);
    let member = (any_membership(), prop::sample::select(vec!["red", "blue"]))
        .prop_map(|(of, id)| Test::MemberOf { of, id: id.into() });
    match kinds {
        Kinds::Everything => prop_oneof![
            launched,
            completed,
            score,
            released,
            holds,
            approved,
            names.prop_map(Test::Role),
            member
        ]
        .boxed(),
        Kinds::NoRegisters => prop_oneof![launched, completed, score, released, holds, approved].boxed(),
        Kinds::Lasting => prop_oneof![launched, completed, score, released, holds].boxed(),
    }
}

/// Edges on the hour, where things happen.
fn any_period() -> impl Strategy<Value = Period> {
    (-1_i64..6, 1_i64..5, 0_usize..3).prop_map(|(from, length, form)| {
        let edge = |hours: i64| Some(Edge::Instant(hour(hours)));
        match form {
            0 => Period::new(edge(from), None, Zone::UTC),
            1 => Period::new(None, edge(from), Zone::UTC),
            _ => Period::new(edge(from), edge(from + length), Zone::UTC),
        }
    })
}

/// Without any `within`, so that it may stand in a group that has one.
fn loosened(node: Node) -> Node {
    let all = |of: Vec<Node>| of.into_iter().map(loosened).collect();
    let test = match node.test {
        Test::AllOf(of) => Test::AllOf(all(of)),
        Test::AnyOf(of) => Test::AnyOf(all(of)),
        Test::AtLeast { n, of } => Test::AtLeast { n, of: all(of) },
        Test::During { period, of } => Test::During { period, of: all(of) },
        other => other,
    };
    Node { test, within: None, ..node }
}

fn any_node(kinds: Kinds) -> impl Strategy<Value = Node> {
    let demand = || prop::option::weighted(0.2, any_strength());
    let leaf =
        (any_leaf(kinds), demand()).prop_map(|(test, min_strength)| Node { min_strength, ..Node::new(test) });
    leaf.prop_recursive(3, 20, 4, move |inner| {
        let members = prop::collection::vec(inner, 1..=4);
        let within =
            prop::option::weighted(0.3, (1_u64..4).prop_map(|hours| Span::of_seconds(hours * 3600).unwrap()));
        (members, 0_usize..4, 1_usize..=4, any_period(), within, demand()).prop_map(
            |(of, form, n, period, within, min_strength)| {
                let mut unlike: Vec<Node> = Vec::new();
                for child in of {
                    let child = if within.is_some() { loosened(child) } else { child };
                    if !unlike.contains(&child) {
                        unlike.push(child);
                    }
                }
                let test = match form {
                    0 => Test::AllOf(unlike),
                    1 => Test::AnyOf(unlike),
                    2 => Test::During { period, of: unlike },
                    _ => Test::AtLeast { n: u32::try_from(n.min(unlike.len())).unwrap(), of: unlike },
                };
                Node { test, min_strength, within }
            },
        )
    })
}

fn any_rule(kinds: Kinds) -> impl Strategy<Value = Rule> {
    any_node(kinds).prop_filter_map("members alike in another order", |node| Rule::new(node).ok())
}
