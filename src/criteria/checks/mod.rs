//! Tests of the package, by concern; here what they share: times, ids, builders and generators.

mod evaluation;
mod form;
mod laws;
mod oracle;
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

fn here() -> Placement {
    Placement { course: Some(id(1)), mode: Mode::Ever }
}

/// Random cases; a failure prints its seed and values, and no file is written.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

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
    ]
}

fn any_signal() -> impl Strategy<Value = Signal> {
    let course = prop_oneof![5 => Just(Some(id(1))), 1 => Just(Some(id(2))), 1 => Just(None)];
    (any_kind(), course, any_strength(), 0_i64..6, -1_i64..3, 1000_u128..9_999_999).prop_map(
        |(kind, course, strength, happened, delay, number)| Signal {
            id: id(number),
            kind,
            form: Form::Event,
            course,
            channel: Channel::Event,
            source: "Registrar".into(),
            strength,
            happened_at: hour(happened),
            heard_at: hour(happened + delay),
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
    NoRoles,
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
    if kinds == Kinds::Everything {
        let names = prop::sample::subsequence(vec!["learner".to_owned(), "instructor".to_owned()], 1..=2);
        prop_oneof![launched, completed, score, names.prop_map(Test::Role)].boxed()
    } else {
        prop_oneof![launched, completed, score].boxed()
    }
}

fn any_rule(kinds: Kinds) -> impl Strategy<Value = Rule> {
    let demand = || prop::option::weighted(0.2, any_strength());
    let node = move |test: BoxedStrategy<Test>| {
        (test, demand()).prop_map(|(test, min_strength)| Node { test, min_strength })
    };
    node(any_leaf(kinds))
        .prop_recursive(3, 20, 4, move |inner| {
            let group =
                (prop::collection::vec(inner, 1..=4), 0_usize..3, 1_usize..=4).prop_map(|(of, form, n)| {
                    let mut unlike: Vec<Node> = Vec::new();
                    for child in of {
                        if !unlike.contains(&child) {
                            unlike.push(child);
                        }
                    }
                    match form {
                        0 => Test::AllOf(unlike),
                        1 => Test::AnyOf(unlike),
                        _ => Test::AtLeast { n: u32::try_from(n.min(unlike.len())).unwrap(), of: unlike },
                    }
                });
            node(group.boxed())
        })
        .prop_filter_map("members alike in another order", |node| Rule::new(node).ok())
}
