//! The dry run: who would be awarded, who nearly, who is left out and why; nothing is written.

use criteria::{Language, Strength};
use laurel::{
    domain::{
        award::{manual, revoke},
        dry_run::{self, Group, Proposal},
        learner::LearnerIn,
        placement::{self, NewPlacement},
    },
    ids::LearnerId,
    store::{PageQuery, entity::placement::PlacementMode},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Someone, complete, done, hall, sum};
use crate::{
    services::Class,
    support::api::{Sent, send},
};

const STRONG: Strength = Strength::Strong;

fn both() -> Value {
    json!({ "type": "all_of", "of": [complete("lab"), complete("quiz")] })
}

async fn everything(class: &Class) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "award",
        "signal",
        "job",
        "pass",
        "hold",
        "audit_event",
        "enrollment",
        "learner",
        "generation",
        "credential",
        "placement",
        "placement_rule",
        "status_list",
        "idempotency",
    ] {
        counts.push(class.app.count(table).await);
    }
    counts
}

async fn award(
    class: &Class,
    version: laurel::ids::AchievementVersionId,
    learner: LearnerId,
) -> laurel::ids::AwardId {
    let new = manual::NewAward {
        version,
        learner: LearnerIn::Id(learner),
        narrative: None,
        evidence: Vec::new(),
        placement: None,
        period: None,
        awarded_at: None,
        reason: None,
        by: None,
    };
    manual::create(&class.app.app, &class.app.operator(), new).await.unwrap().id
}

/// Everybody stands somewhere, with reasons; before and after, the database is the same.
#[tokio::test]
async fn a_dry_run_says_who_and_why_and_writes_nothing() {
    let class = hall().await;
    let two = || Someone { done: vec![("lab", STRONG), ("quiz", STRONG)], ..Someone::default() };
    let mut people = vec![two(); 5];
    people.extend(vec![done(STRONG); 4]);
    people.extend(vec![Someone::default(); 6]);
    people.extend(vec![Someone { is_staff: true, ..two() }; 2]);
    people.push(Someone { is_test: true, ..two() });
    people.extend(vec![Someone { is_gone: true, ..two() }; 3]);
    people.push(Someone { permission: "observe", ..two() });
    people.extend(vec![two(); 2]);
    let ids = class.seats(&people).await;
    let version = class.app.achievement("Lab").await;
    award(&class, version, ids[22]).await;
    let vetoed = award(&class, version, ids[23]).await;
    let (app, organization, operator) = (&class.app.app, class.app.organization, class.app.operator());
    revoke::revoke(app, &operator, vetoed, "By mistake").await.unwrap();
    let new = NewPlacement {
        version,
        course: Some(class.course),
        link: None,
        rule: Some(json!({ "version": 1, "node": both() })),
        mode: PlacementMode::Ever,
        live: false,
    };
    let id = placement::place(app, &operator, new).await.unwrap().placement.id;
    class.app.run_jobs().await;
    let before = everything(&class).await;

    let asked = dry_run::of_placement(app, organization, id).await.unwrap();
    let totals = dry_run::totals(app, organization, &asked).await.unwrap();
    // The teacher is in the course, too.
    assert_eq!((totals.now, totals.nearly, totals.not_yet, totals.already), (5, 4, 6, 1), "{totals:?}");
    assert_eq!((totals.staff, totals.test_users, totals.inactive), (3, 1, 3), "{totals:?}");
    assert_eq!((totals.other_roles, totals.vetoed, totals.checked), (1, 1, 25), "{totals:?}");
    assert_eq!(sum(&totals), totals.checked);

    // Page by page everybody comes once.
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = PageQuery { after, limit: 3 };
        let page = dry_run::list(app, organization, &asked, None, page).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|line| line.learner.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 25);

    // Who lacks one thing is told which, and what to do.
    let page = PageQuery { after: None, limit: 3 };
    let first = dry_run::list(app, organization, &asked, Some(Group::Nearly), page).await.unwrap();
    let rest = PageQuery { after: first.next, limit: 3 };
    let rest = dry_run::list(app, organization, &asked, Some(Group::Nearly), rest).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (3, 1, None));
    let reasons = dry_run::reasons(&asked, &first.items[0].weighed, Language::English);
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].path, "node.of[1]");
    assert!(reasons[0].note.is_some() && !reasons[0].text.is_empty());

    // The same over the API, with another rule; and of a rule that is stored nowhere.
    let ask = async |path: &str, body: Value| {
        let body = Sent::Text("application/json", body.to_string());
        let answer = send(&class.app, &Method::POST, path, Some(&class.app.api_key), &[], body).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    };
    let lab = json!({ "version": 1, "node": complete("lab") });
    let told = ask(&format!("/placements/{id}/dry-run?limit=200"), json!({ "rule": lab })).await;
    assert_eq!((told["totals"]["now"].as_i64(), told["totals"]["nearly"].as_i64()), (Some(9), Some(6)));
    let excluded: Vec<&str> =
        told["items"].as_array().unwrap().iter().filter_map(|item| item["excluded"].as_str()).collect();
    for why in ["staff", "test_user", "inactive", "other_role", "vetoed"] {
        assert!(excluded.contains(&why), "{why}: {excluded:?}");
    }
    let proposal =
        json!({ "version_id": version, "course_id": class.course, "rule": lab, "mode": "standing" });
    let told = ask("/placements/dry-run?standing=nearly&language=de", proposal).await;
    // Of mode `standing`, what was just done has yet to settle: for everybody it is nearly there.
    assert_eq!((told["totals"]["now"].as_i64(), told["totals"]["nearly"].as_i64()), (Some(0), Some(15)));
    assert_eq!(everything(&class).await, before, "nothing is written");
}

/// What a rule in the whole organization says is asked of everybody.
#[tokio::test]
async fn a_rule_for_everybody_is_tried_on_everybody() {
    let class = hall().await;
    class.seats(&vec![done(STRONG); 3]).await;
    let (app, organization) = (&class.app.app, class.app.organization);
    let proposal = Proposal {
        version: class.app.achievement("Lab").await,
        course: None,
        rule: Some(json!({ "version": 1, "node": complete("lab") })),
        mode: PlacementMode::Ever,
    };
    let asked = dry_run::proposed(app, organization, &proposal).await.unwrap();
    let totals = dry_run::totals(app, organization, &asked).await.unwrap();
    assert_eq!((totals.now, totals.staff, totals.checked), (3, 1, 4));
}

/// What it costs grows with chunks of people and not with people.
#[tokio::test]
async fn the_statements_of_a_dry_run_are_bounded() {
    let class = hall().await;
    let placed = class.offers("Lab").await;
    let (app, organization) = (&class.app.app, class.app.organization);
    let mut costs = Vec::new();
    for _ in 0..2 {
        class.seats(&vec![done(STRONG); 199]).await;
        let asked = dry_run::of_placement(app, organization, placed.placement.id).await.unwrap();
        let before = app.store.counted();
        dry_run::totals(app, organization, &asked).await.unwrap();
        let after = app.store.counted();
        assert_eq!(after.writes, before.writes);
        costs.push(after.reads - before.reads);
    }
    assert!(costs[0] <= 6 && costs[1] <= 2 * costs[0], "{costs:?}");
}
