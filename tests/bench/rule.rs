//! Bench: evaluating a rule of 20 nodes (budget of design §11: 5 µs), with its whole explanation.
//!
//! `cargo bench --bench rule`. Three learners: one who has done everything, one who has done nothing,
//! and one whose score rose and fell, so that the rule must be judged at every moment in turn.

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criteria::{Channel, Form, Kind, Mode, Placement, Rule, ScoreState, Signal, Strength, Subject, evaluate};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use uuid::Uuid;

const COURSE: Uuid = Uuid::from_u128(1);

/// A rule of 20 nodes: five groups and fifteen leaves of every kind.
fn rule() -> Option<Rule> {
    let link = |number: u128| json!({ "type": "launched", "link": Uuid::from_u128(number) });
    let done = |name: &str| json!({ "type": "completed", "subject": { "activity": name } });
    let quiz = |name: &str| {
        json!({
            "type": "score", "subject": { "activity": name }, "unit": "percent", "at_least": "62.5",
        })
    };
    let node = json!({ "type": "all_of", "of": [
        { "type": "role", "any_of": ["learner"] },
        { "type": "all_of", "of": [link(10), link(11), link(12), link(13)] },
        { "type": "at_least", "n": 3, "of": [done("a"), done("b"), done("c"), done("d")] },
        { "type": "any_of", "min_strength": "medium", "of": [quiz("q1"), quiz("q2"), quiz("q3")] },
        { "type": "any_of", "of": [
            { "type": "completed", "subject": { "course": "this" } }, quiz("q4"), done("e"),
        ]},
    ]});
    let rule = Rule::parse(&json!({ "version": 1, "node": node })).ok()?;
    (rule.nodes().count() == 20).then_some(rule)
}

fn signal(number: u128, minutes: i64, kind: Kind) -> Signal {
    let at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minutes);
    Signal {
        id: Uuid::from_u128(number),
        kind,
        form: Form::Event,
        course: Some(COURSE),
        channel: Channel::Event,
        source: "Registrar's key".to_owned(),
        strength: Strength::Strong,
        happened_at: at,
        heard_at: at,
        not_before: None,
    }
}

fn score(name: &str, given: i64) -> Kind {
    Kind::Score {
        subject: Subject::Activity(name.to_owned()),
        given: Some(given.into()),
        maximum: Some(40.into()),
        state: ScoreState::Graded,
    }
}

/// What a diligent learner leaves behind: twenty signals.
fn diligent() -> Vec<Signal> {
    let mut kinds = vec![Kind::Role { names: vec!["learner".to_owned()] }];
    kinds.extend((10..18).map(|link| Kind::Launched {
        link: Some(Uuid::from_u128(link)),
        custom: [("track".to_owned(), "advanced".to_owned())].into(),
    }));
    let subject = |name: &str| Subject::Activity(name.to_owned());
    kinds.extend(["a", "b", "c", "d", "e"].map(|name| Kind::Completed { subject: subject(name) }));
    kinds.push(Kind::Completed { subject: Subject::Course });
    kinds.extend(["q1", "q2", "q3", "q4", "q5"].map(|name| score(name, 30)));
    (0_u32..).zip(kinds).map(|(index, kind)| signal(u128::from(index), i64::from(index), kind)).collect()
}

fn bench(criterion: &mut Criterion) {
    let Some(rule) = rule() else { return };
    let placement = Placement { id: None, course: Some(COURSE), mode: Mode::Ever };
    let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1);
    let done = diligent();
    let mut fallen = done.clone();
    fallen.extend((0_u32..4).map(|index| {
        signal(u128::from(100 + index), i64::from(20 + index), score("q1", 40 - 10 * i64::from(index)))
    }));
    for (name, signals) in
        [("everything done", done.as_slice()), ("nothing done", &[]), ("a score that fell", &fallen)]
    {
        criterion.bench_function(&format!("rule of 20 nodes, {name}"), |bencher| {
            bencher.iter(|| evaluate(black_box(&rule), &placement, black_box(signals), now));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
