//! Versions, floors, and who may place.

use laurel::{
    domain::{
        access::{Actor, Caller},
        placement::{self, NewPlacement},
    },
    ids::LaunchId,
    store::entity::placement::PlacementMode,
};
use reqwest::Method;
use serde_json::json;

use super::{achievement_of, ask, completes, done, look, placed, published, version};
use crate::support::api;

/// Design §2: a version's floor holds for every placement, whatever its rule says.
#[tokio::test]
async fn a_floor_holds_in_every_placement() {
    let app = api::app().await;
    let floor = json!({ "floor": { "min_strength": "attested" } });
    let badge = version(&app, "Floored", &floor).await;
    placed(&app, badge, &done("essay"), &json!({})).await;
    placed(&app, badge, &json!({ "type": "role", "any_of": ["learner"] }), &json!({})).await;
    assert_eq!(completes(&app, "ada", "essay", "2030-03-01T10:00:00Z").await, 0, "an event is only strong");
    let strong = version(&app, "Strong", &json!({ "floor": { "min_strength": "strong" } })).await;
    placed(&app, strong, &done("essay"), &json!({})).await;
    app.run_jobs().await;
    let awards = app.awards().await;
    assert_eq!((awards.len(), awards[0].achievement_version_id), (1, strong));
    let shown = look(&app, &format!("/versions/{badge}")).await;
    assert_eq!(shown["floor"], json!({ "min_strength": "attested" }));
    let refused = json!({ "floor": { "approval": { "n": 21 } } });
    let body =
        json!({ "name": "N", "description": "D", "criteria_narrative": "C", "floor": refused["floor"] });
    let achievement = achievement_of(&app, badge).await;
    let answer = ask(&app, Method::POST, &format!("/achievements/{achievement}/versions"), &body).await;
    assert_eq!((answer.status, answer.code()), (422, "floor.approval_invalid"), "{}", answer.json);
}

/// Design §5: old awards keep the version they met, of the rule and of the badge.
#[tokio::test]
async fn old_awards_keep_what_they_met() {
    let app = api::app().await;
    let first = version(&app, "Moving", &json!({})).await;
    let achievement = achievement_of(&app, first).await;
    let id = placed(&app, first, &done("essay"), &json!({})).await;
    completes(&app, "ada", "essay", "2030-03-01T10:00:00Z").await;
    let before = app.awards().await.remove(0);

    let rule = json!({ "rule": { "version": 1, "node": done("exam") } });
    let set = ask(&app, Method::PUT, &format!("/placements/{id}/rule"), &rule).await;
    assert_eq!((set.status, &set.json["rule_number"]), (200, &json!(2)));
    let second = published(&app, Some(&achievement), "Moved", &json!({ "validity_days": 30 })).await;
    let second = second["version"]["id"].as_str().unwrap().to_owned();
    let path = format!("/placements/{id}/version");
    let moved = ask(&app, Method::PUT, &path, &json!({ "version_id": second })).await;
    assert_eq!(
        (moved.status, moved.json["version_id"].as_str()),
        (200, Some(second.as_str())),
        "{}",
        moved.json
    );
    app.run_jobs().await;
    assert_eq!(app.awards().await, std::slice::from_ref(&before), "nothing of it has changed");
    assert_eq!(completes(&app, "bob", "essay", "2030-03-02T10:00:00Z").await, 0);
    assert_eq!(completes(&app, "bob", "exam", "2030-03-02T10:00:00Z").await, 1);
    let mut awards = app.awards().await;
    awards.retain(|award| award.id != before.id);
    let later = awards.remove(0);
    assert_eq!(later.achievement_version_id.to_string(), second);
    assert_ne!(later.rule_id, before.rule_id);
    assert!(later.valid_until.is_some() && before.valid_until.is_none());

    let back = ask(&app, Method::PUT, &path, &json!({ "version_id": first.to_string() })).await;
    assert_eq!((back.status, back.code()), (409, "placement.version_older"));
    let other = version(&app, "Other", &json!({})).await;
    let other = ask(&app, Method::PUT, &path, &json!({ "version_id": other.to_string() })).await;
    assert_eq!((other.status, other.code()), (422, "placement.version_other"));
    app.run_jobs().await;
}

/// Design §6.11: an instructor places only what `may_place` allows, in every way there is.
#[tokio::test]
async fn teachers_put_into_force_only_what_they_may() {
    let app = api::app().await;
    let badge = version(&app, "Kept", &json!({ "may_place": "operators" })).await;
    let achievement = achievement_of(&app, badge).await;
    let teacher = Caller::new(app.organization, Actor::Instructor(LaunchId(uuid::Uuid::from_u128(1))));
    let new = |live| NewPlacement {
        version: badge,
        course: None,
        link: None,
        rule: Some(json!({ "version": 1, "node": done("essay") })),
        mode: PlacementMode::Ever,
        live,
    };
    for live in [true, false] {
        let refused = placement::place(&app.app, &teacher, new(live)).await.unwrap_err();
        assert_eq!(refused.code(), "placement.operators_only");
    }
    assert_eq!(app.count("placement").await, 0);
    let drafted = placement::place(&app.app, &app.operator(), new(false)).await.unwrap().placement.id;
    let live = laurel::store::entity::placement::PlacementState::Live;
    let refused = placement::set_state(&app.app, &teacher, drafted, live).await.unwrap_err();
    assert_eq!(refused.code(), "placement.operators_only");
    let rule = json!({ "version": 1, "node": done("exam") });
    let refused = placement::set_rule(&app.app, &teacher, drafted, rule).await.unwrap_err();
    assert_eq!(refused.code(), "placement.operators_only");
    let refused = placement::set_terms(&app.app, &teacher, drafted, Default::default()).await.unwrap_err();
    assert_eq!(refused.code(), "placement.operators_only");
    // From what they may to what they may not: no.
    let open = published(&app, Some(&achievement), "Open", &json!({})).await;
    let open = open["version"]["id"].as_str().unwrap().parse().unwrap();
    let kept = published(&app, Some(&achievement), "Kept again", &json!({ "may_place": "operators" })).await;
    let kept = kept["version"]["id"].as_str().unwrap().parse().unwrap();
    placement::set_version(&app.app, &teacher, drafted, open).await.unwrap();
    let refused = placement::set_version(&app.app, &teacher, drafted, kept).await.unwrap_err();
    assert_eq!(refused.code(), "placement.operators_only");
    placement::set_state(&app.app, &teacher, drafted, live).await.unwrap();
    app.run_jobs().await;
}

/// What is archived is placed nowhere anew and gets no new version; what is in force goes on, and it can be taken back.
#[tokio::test]
async fn what_is_archived_goes_on_and_begins_nowhere() {
    let app = api::app().await;
    let badge = version(&app, "Shelved", &json!({})).await;
    let achievement = achievement_of(&app, badge).await;
    placed(&app, badge, &done("essay"), &json!({})).await;
    let shelve = async |verb: &str| {
        let answer =
            ask(&app, Method::POST, &format!("/achievements/{achievement}/{verb}"), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json["archived_at"].clone()
    };
    let first = shelve("archive").await;
    app.advance(60);
    assert!(first.is_string());
    assert_eq!(shelve("archive").await, first, "twice is once");

    let body = json!({ "version_id": badge, "rule": { "version": 1, "node": done("exam") } });
    let refused = ask(&app, Method::POST, "/placements", &body).await;
    assert_eq!((refused.status, refused.code()), (409, "achievement.archived"), "{}", refused.json);
    let text = json!({ "name": "N", "description": "D", "criteria_narrative": "C" });
    let refused = ask(&app, Method::POST, &format!("/achievements/{achievement}/versions"), &text).await;
    assert_eq!((refused.status, refused.code()), (409, "achievement.archived"));
    assert_eq!(completes(&app, "ada", "essay", "2030-03-01T10:00:00Z").await, 1, "its placement goes on");

    assert!(shelve("restore").await.is_null());
    assert_eq!(ask(&app, Method::POST, "/placements", &body).await.status, 201);
    let lines = "audit_event WHERE action IN ('achievement.archived', 'achievement.restored')";
    assert_eq!(app.count(lines).await, 2);
}
