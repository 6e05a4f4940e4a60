//! How surely placements find who has met their rule: the leaves' table, groups, and what a course can tell.

use std::collections::{HashMap, HashSet};

use criteria::{Rule, Strength};
use laurel::domain::promise::{
    Because, Better, Means, Promise, Scene, Teller, of_course, of_placement, of_rule,
};
use practice::services::{ALL_SCOPES, SCOPE_LINE_ITEM};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Registrar;
use crate::{services::Class, support::app::TestApp};

const COURSE: Uuid = Uuid::from_u128(8);
const LINK: &str = "00000000-0000-0000-0000-000000000009";
const SURE: &str = "00000000-0000-0000-0000-00000000000a";
const UNSURE: &str = "00000000-0000-0000-0000-00000000000b";

fn teller(name: &str, strength: Strength) -> Teller {
    Teller { name: name.to_owned(), strength, completions: true, activities: true, scores: true }
}

/// A course in which everything tells.
fn everything() -> Means {
    Means {
        roster: true,
        groups: true,
        columns: HashSet::from(["workshop".to_owned()]),
        triggers: HashSet::from(["workshop".to_owned()]),
        gradebook: HashSet::from(["exam".to_owned()]),
        records: vec![teller("Moodle", Strength::Strong)],
        events: vec![teller("Registrar", Strength::Medium)],
        is_unopened: false,
    }
}

fn scene(means: Means) -> Scene {
    let badges = HashMap::from([
        (SURE.parse().unwrap(), Promise::Guaranteed),
        (UNSURE.parse().unwrap(), Promise::BestEffort),
    ]);
    Scene { course: Some(COURSE), means: HashMap::from([(COURSE, means)]), apart: HashSet::new(), badges }
}

fn judged(means: Means, node: &Value) -> (Promise, Because, Option<Better>) {
    let rule = Rule::parse(&json!({ "version": 1, "node": node })).unwrap();
    let promised = of_rule(&rule, &scene(means));
    let leaf = &promised.leaves[0];
    (promised.promise, leaf.because, leaf.better)
}

fn score(activity: &str) -> Value {
    json!({ "type": "score", "subject": { "activity": activity }, "unit": "percent", "at_least": 50 })
}

fn completed() -> Value {
    json!({ "type": "completed", "subject": { "course": "this" } })
}

/// Each kind of leaf by its best channel, and by none.
#[test]
fn leaves_are_as_sure_as_what_tells_of_them() {
    use Promise::{BestEffort, Guaranteed, NeedsClick};
    let cases = [
        (json!({ "type": "launched" }), NeedsClick, Because::Launch, NeedsClick, Because::Launch),
        (
            json!({ "type": "released", "link": LINK }),
            Guaranteed,
            Because::LinkRoster,
            NeedsClick,
            Because::Launch,
        ),
        (completed(), Guaranteed, Because::Record, NeedsClick, Because::Nobody),
        (score("workshop"), Guaranteed, Because::Record, NeedsClick, Because::Nobody),
        (
            json!({ "type": "role", "any_of": ["learner"] }),
            Guaranteed,
            Because::Roster,
            NeedsClick,
            Because::Launch,
        ),
        (
            json!({ "type": "member_of", "group": "g" }),
            Guaranteed,
            Because::Groups,
            NeedsClick,
            Because::Nobody,
        ),
        (json!({ "type": "approved", "n": 1 }), NeedsClick, Because::Person, NeedsClick, Because::Person),
        (
            json!({ "type": "holds", "achievements": [SURE], "n": 1 }),
            Guaranteed,
            Because::Badges,
            Guaranteed,
            Because::Badges,
        ),
    ];
    for (node, full, why, bare, why_bare) in cases {
        let (promise, because, better) = judged(everything(), &node);
        assert_eq!((promise, because), (full, why), "{node}");
        assert_eq!(better.is_none(), full == Guaranteed || why == Because::Person, "{node}: advice");
        let (promise, because, _) = judged(Means::default(), &node);
        assert_eq!((promise, because), (bare, why_bare), "{node} where nothing tells");
    }
    let pushed = Means { records: Vec::new(), ..everything() };
    assert_eq!(
        judged(pushed.clone(), &completed()),
        (BestEffort, Because::Events, Some(Better::ConnectRecords))
    );
    assert_eq!(
        judged(pushed.clone(), &score("workshop")),
        (Guaranteed, Because::Column, None),
        "read beats told"
    );
    assert_eq!(judged(pushed.clone(), &score("quiz")).0, BestEffort, "another activity has no column");
    let mut exam = score("exam");
    exam["min_strength"] = json!("strong");
    assert_eq!(
        judged(pushed.clone(), &exam),
        (Guaranteed, Because::Gradebook, None),
        "the platform's own grade"
    );
    let marked = json!({ "type": "completed", "subject": { "activity": "workshop" } });
    assert_eq!(
        judged(pushed.clone(), &marked),
        (Guaranteed, Because::Column, None),
        "full marks in a trigger column"
    );
    let watched = Means { triggers: HashSet::new(), ..pushed };
    assert_eq!(judged(watched, &marked).0, BestEffort, "a watched column completes nothing");
    let of_courses = Teller { activities: false, ..teller("Canvas", Strength::Strong) };
    let canvas = Means { records: vec![of_courses], ..Means::default() };
    assert_eq!(judged(canvas.clone(), &completed()).0, Guaranteed);
    assert_eq!(judged(canvas, &marked).1, Because::Nobody, "it completes whole courses only");
}

/// What tells of a leaf must prove what the rule demands, there or in a group around it.
#[test]
fn a_channel_that_proves_too_little_does_not_count() {
    let pushed = Means { records: Vec::new(), ..everything() };
    let mut strong = completed();
    strong["min_strength"] = json!("strong");
    assert_eq!(
        judged(pushed.clone(), &strong),
        (Promise::NeedsClick, Because::TooWeak, Some(Better::AskLess))
    );
    let within = json!({ "type": "all_of", "of": [completed()], "min_strength": "strong" });
    assert_eq!(judged(pushed, &within).1, Because::TooWeak);
    assert_eq!(judged(everything(), &within).0, Promise::Guaranteed, "the record is strong");
}

/// `all_of` is as sure as its least sure child, `any_of` as its surest, `at_least` as the n-th surest; so are badges.
#[test]
fn groups_are_as_sure_as_the_children_it_takes() {
    let (sure, best, click) = (score("workshop"), completed(), json!({ "type": "launched" }));
    let means = || Means { records: Vec::new(), ..everything() };
    let of = |node: Value| judged(means(), &node).0;
    let all = [sure, best, click];
    assert_eq!(of(json!({ "type": "all_of", "of": all })), Promise::NeedsClick);
    assert_eq!(of(json!({ "type": "any_of", "of": all })), Promise::Guaranteed);
    for (n, expected) in [(1, Promise::Guaranteed), (2, Promise::BestEffort), (3, Promise::NeedsClick)] {
        assert_eq!(of(json!({ "type": "at_least", "n": n, "of": all })), expected, "{n} of 3");
    }
    let badges = [SURE, UNSURE];
    for (n, expected) in [(1, Promise::Guaranteed), (2, Promise::BestEffort)] {
        assert_eq!(
            of(json!({ "type": "holds", "achievements": badges, "n": n })),
            expected,
            "{n} of 2 badges"
        );
    }
}

/// What one course can tell is found out: its roster, its columns, who has reported.
#[tokio::test]
async fn a_course_knows_what_its_channels_can_tell() {
    let class = Class::new().await;
    let app = &class.app;
    let version = app.achievement("Done").await;
    let placed = app.place(version, Some(class.course), completed()).await.placement.id;
    let told = async || {
        let known = of_placement(&app.app, app.organization, placed, None).await.unwrap().promised;
        (known.promise, known.leaves[0].because, known.leaves[0].told_by.clone())
    };
    assert_eq!(told().await, (Promise::NeedsClick, Because::Nobody, Vec::<String>::new()));
    let registrar = Registrar::new(app).await;
    registrar.tells(&class, practice::demo::GRACE, "1").await;
    app.advance(61);
    laurel::domain::channel_health::sweep(&app.app).await.unwrap();
    assert_eq!(told().await, (Promise::BestEffort, Because::Events, vec!["Registrar".to_owned()]));

    let version = app.achievement("Workshop").await;
    app.place(version, Some(class.course), score("workshop")).await;
    let version = app.achievement("Everywhere").await;
    let everywhere =
        app.place(version, None, json!({ "type": "role", "any_of": ["learner"] })).await.placement.id;
    class.watches("workshop", None).await;
    class.settle().await;
    let all = of_course(&app.app, app.organization, class.course).await.unwrap();
    let all: Vec<Promise> = all.iter().map(|known| known.promised.promise).collect();
    assert_eq!(all, [Promise::BestEffort, Promise::Guaranteed, Promise::Guaranteed]);
    let error = of_placement(&app.app, app.organization, everywhere, None).await.unwrap_err();
    assert_eq!(error.code(), "promise.needs_course");
    let there = of_placement(&app.app, app.organization, everywhere, Some(class.course)).await.unwrap();
    assert_eq!(there.promised.promise, Promise::Guaranteed);

    // A key that was taken back tells nothing any more.
    laurel::domain::api_key::revoke(&app.app, &app.operator(), registrar.key.id).await.unwrap();
    assert_eq!(told().await.0, Promise::NeedsClick);
}

/// Where the platform offers no roster, belonging to the course is known by launches only.
#[tokio::test]
async fn without_a_roster_roles_need_a_click() {
    let scopes = ALL_SCOPES.into_iter().filter(|scope| *scope == SCOPE_LINE_ITEM).collect::<Vec<_>>();
    let class = Class::on(TestApp::new().await, &scopes, |_| {}).await;
    let version = class.app.achievement("Member").await;
    let member = json!({ "type": "role", "any_of": ["learner"] });
    class.app.place(version, Some(class.course), member).await;
    let known = of_course(&class.app.app, class.app.organization, class.course).await.unwrap().remove(0);
    let leaf = &known.promised.leaves[0];
    assert_eq!((known.promised.promise, leaf.better), (Promise::NeedsClick, Some(Better::AllowRoster)));
}
