//! Approvals by the API and by teachers: who waits, who decides, what follows (design §5, §6.11).

use laurel::{
    domain::approval::{self, Approver, Of},
    ids::{LearnerId, PlacementId},
    store::{self, PageQuery},
};
use practice::demo;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, completes, done, get, north};
use crate::{
    services::Class,
    support::{
        api::{self, Answer},
        app::TestApp,
    },
};

/// A live badge of the course `north`, and its placement's id.
async fn placed(app: &TestApp, name: &str, node: Value) -> PlacementId {
    let course = north(app).await.parse().unwrap();
    let version = app.achievement(name).await;
    let id = app.place(version, Some(course), node).await.placement.id;
    app.run_jobs().await;
    id
}

async fn decides(app: &TestApp, placement: PlacementId, learner: &str, by: &Value, approves: bool) -> Answer {
    let body = json!({ "learner_id": learner, "by": by, "roles": ["dean"], "approves": approves });
    ask(app, Method::POST, &format!("/placements/{placement}/approvals"), &body).await
}

fn person(name: &str) -> Value {
    json!({ "email": format!("{name}@school.example"), "name": name })
}

/// Who waits in the course, by name.
async fn queue(app: &TestApp) -> Vec<String> {
    let course = north(app).await;
    let page = get(app, &format!("/courses/{course}/approvals")).await;
    let mut names: Vec<String> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn whoever_lacks_only_people_waits_and_is_awarded_by_the_decision_that_completes_it() {
    let app = api::app().await;
    let (grace, _) = completes(&app, "grace", "visit").await;
    let (linus, _) = completes(&app, "linus", "visit").await;
    let node =
        json!({ "type": "all_of", "of": [done("essay"), { "type": "approved", "roles": ["dean"], "n": 2 }] });
    let placement = placed(&app, "Mastery", node).await;
    assert!(queue(&app).await.is_empty());
    assert_eq!(completes(&app, "grace", "essay").await.1, 0);
    assert_eq!(queue(&app).await, ["grace"]);
    let page = get(&app, &format!("/placements/{placement}/approvals")).await;
    let wanted = &page["items"][0]["wanted"][0];
    assert_eq!(wanted["placement_id"], placement.to_string());
    let words = wanted["explained"]["en"].to_string();
    assert!(words.contains("Still needed: the approval of two people"), "{words}");
    let words = wanted["explained"]["de"].to_string();
    assert!(words.contains("Genehmigung"), "{words}");

    // One is not enough, nor is the same person twice, nor by two accounts that are known to be theirs.
    let first = decides(&app, placement, &grace, &person("ruth"), true).await;
    assert_eq!((first.status, &first.json["award_id"]), (200, &Value::Null), "{}", first.json);
    let decision = &first.json["waiting"]["decisions"][0];
    assert_eq!((&decision["name"], &decision["approves"]), (&json!("ruth"), &json!(true)));
    let again = decides(&app, placement, &grace, &person("ruth"), true).await;
    assert_eq!(again.json["waiting"]["decisions"].as_array().map(Vec::len), Some(1), "{}", again.json);
    let other =
        json!({ "platform_id": app.platform.id, "sub": "ruth-at-the-lms", "email": "RUTH@school.example" });
    let other = decides(&app, placement, &grace, &other, true).await;
    assert_eq!((other.status, &other.json["award_id"]), (200, &Value::Null), "{}", other.json);
    assert_eq!(app.count("award").await, 0);
    // Without the role it does not count; declined it says so; taken back is taken back.
    let body = json!({ "learner_id": grace, "by": person("sam"), "approves": true });
    let plain = ask(&app, Method::POST, &format!("/placements/{placement}/approvals"), &body).await;
    assert_eq!(plain.json["award_id"], Value::Null);
    let declined = decides(&app, placement, &grace, &person("ruth"), false).await;
    let words = declined.json["waiting"]["explained"]["en"].to_string();
    assert!(words.contains("Declined by a person. Still needed: the approval of two people"), "{words}");
    decides(&app, placement, &grace, &person("tom"), true).await;
    assert_eq!(app.count("award").await, 0, "one approves, one declines");
    let last = decides(&app, placement, &grace, &person("ruth"), true).await;
    assert_eq!(last.status, 200, "{}", last.json);
    assert!(last.json["award_id"].is_string(), "{}", last.json);
    assert!(queue(&app).await.is_empty());

    // Attested, by people, and the badge names none of them.
    let award = app.awards().await.remove(0);
    assert_eq!(award.strength, 3, "the event is the weaker part");
    let said = award.evidence.to_string();
    assert!(!said.contains("ruth") && !said.contains("tom"), "{said}");
    assert_eq!(app.count("audit_event WHERE action = 'approval.given'").await, 6);
    assert_eq!(app.count("audit_event WHERE action = 'approval.declined'").await, 1);

    // In advance: the essay completes it.
    for who in ["ruth", "tom"] {
        let early = decides(&app, placement, &linus, &person(who), true).await;
        assert_eq!((early.status, &early.json["award_id"]), (200, &Value::Null), "{}", early.json);
    }
    assert_eq!(completes(&app, "linus", "essay").await.1, 1);
    app.run_jobs().await;
}

#[tokio::test]
async fn nobody_decides_on_their_own_badge() {
    let app = api::app().await;
    let (grace, _) = completes(&app, "grace", "visit").await;
    let placement = placed(&app, "Mastery", json!({ "type": "approved" })).await;
    let before = (app.rows().await, app.count("audit_event").await);
    let own = [
        json!({ "id": grace }),
        json!({ "email": "Grace@example.org" }),
        // Another account with the same address.
        json!({ "platform_id": app.platform.id, "sub": "g-2", "email": " grace@EXAMPLE.org" }),
    ];
    for by in own {
        for approves in [true, false] {
            let answer = decides(&app, placement, &grace, &by, approves).await;
            assert_eq!((answer.status, answer.code()), (403, "approval.own"), "{by}");
        }
    }
    assert_eq!((app.rows().await, app.count("audit_event").await), before, "refused is without a trace");
    let nobody = decides(&app, placement, &uuid::Uuid::from_u128(7).to_string(), &person("ruth"), true).await;
    assert_eq!((nobody.status, nobody.code()), (404, "not_found"));
    let done = decides(&app, placement, &grace, &person("ruth"), true).await;
    assert!(done.json["award_id"].is_string(), "{}", done.json);
    let award = app.awards().await.remove(0);
    assert_eq!(award.strength, 4, "a person's decision is attested");
    app.run_jobs().await;
}

#[tokio::test]
async fn what_needs_nobody_cannot_be_approved() {
    let app = api::app().await;
    let (grace, _) = completes(&app, "grace", "visit").await;
    let placement = placed(&app, "Essay", done("essay")).await;
    let answer = decides(&app, placement, &grace, &person("ruth"), true).await;
    assert_eq!((answer.status, answer.code()), (409, "approval.not_needed"), "{}", answer.json);
    let course = north(&app).await.parse().unwrap();
    let version = app.achievement("Draft").await;
    let draft = laurel::domain::placement::NewPlacement {
        version,
        course: Some(course),
        link: None,
        rule: Some(json!({ "version": 1, "node": { "type": "approved" } })),
        mode: store::entity::placement::PlacementMode::Ever,
        live: false,
    };
    let draft = laurel::domain::placement::place(&app.app, &app.operator(), draft).await.unwrap();
    let answer = decides(&app, draft.placement.id, &grace, &person("ruth"), true).await;
    assert_eq!((answer.status, answer.code()), (409, "placement.not_live"), "{}", answer.json);
    let long =
        json!({ "learner_id": grace, "by": person("ruth"), "approves": true, "note": "x".repeat(2_001) });
    let long = ask(&app, Method::POST, &format!("/placements/{placement}/approvals"), &long).await;
    assert_eq!((long.status, &long.json["field"]), (422, &json!("note")));
    app.run_jobs().await;
}

#[tokio::test]
async fn retention_keeps_what_people_decided() {
    let app = api::app().await;
    let (grace, _) = completes(&app, "grace", "visit").await;
    let node = json!({ "type": "all_of", "of": [done("essay"), { "type": "approved" }] });
    let placement = placed(&app, "Mastery", node).await;
    decides(&app, placement, &grace, &person("ruth"), true).await;
    app.advance(400 * 86_400);
    let now = app.app.clock.now();
    assert_eq!(store::signal::prune(&app.app.store, now).await.unwrap(), 1, "the visit goes");
    assert_eq!(app.count("signal").await, 1);
    assert_eq!(completes(&app, "grace", "essay").await.1, 1);
    app.run_jobs().await;
}

#[tokio::test]
async fn a_teacher_decides_in_their_course_and_as_long_as_they_teach_there() {
    let class = Class::new().await;
    let app = &class.app;
    class.visit(demo::GRACE).await;
    let id = async |user: &str| -> LearnerId {
        let db = app.app.store.read();
        let found =
            store::learner::of_sub(db, app.organization, &app.platform.issuer_url, user).await.unwrap();
        found.unwrap().id
    };
    let (ada, grace) = (id(demo::ADA).await, id(demo::GRACE).await);
    let version = app.achievement("Mastery").await;
    let node = json!({ "type": "approved", "roles": ["instructor"] });
    let placement = app.place(version, Some(class.course), node).await.placement.id;
    app.run_jobs().await;
    let waiting = async || {
        let page = PageQuery::default();
        let page =
            approval::waiting(&app.app, app.organization, Of::Course(class.course), page).await.unwrap();
        page.items.into_iter().map(|waiting| waiting.learner.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [grace], "who teaches here waits for nothing");
    let teacher = |learner| Approver::Teacher { learner, course: class.course };
    let decide = async |who: &Approver, learner: LearnerId, note: Option<&str>| {
        approval::decide(&app.app, &app.operator(), who, placement, learner, true, note).await
    };
    // Learners do not teach.
    let refused = decide(&teacher(grace), grace, None).await.unwrap_err();
    assert_eq!(refused.code(), "approval.not_teaching");
    let refused = decide(&teacher(ada), ada, None).await.unwrap_err();
    assert_eq!(refused.code(), "approval.own");
    let settled = decide(&teacher(ada), grace, Some("Well done.")).await.unwrap();
    let award = settled.award.expect("awarded by the decision");
    assert_eq!((award.learner_id, award.strength), (grace, 4));
    assert!(waiting().await.is_empty());
    app.run_jobs().await;
}
