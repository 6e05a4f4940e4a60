//! Awards ahead of their time: published then, cancelled before, addresses that arrive meanwhile.

use laurel::store::entity::award::AwardState;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, get};
use crate::support::{api, app::TestApp};

async fn states(app: &TestApp) -> Vec<AwardState> {
    app.awards().await.into_iter().map(|award| award.state).collect()
}

#[tokio::test]
async fn an_award_ahead_of_its_time_is_published_then() {
    let app = api::app().await;
    let version = app.achievement("Graduation").await;
    let day = app.app.clock.now() + chrono::Duration::days(10);
    // An account without an address; it arrives before the day.
    let body = json!({
        "version_id": version, "learner": { "platform_id": app.platform.id, "sub": "u-1" }, "awarded_at": day,
    });
    let made = ask(&app, Method::POST, "/awards", &body).await;
    assert_eq!((made.status, &made.json["state"]), (201, &json!("scheduled")), "{}", made.json);
    assert_eq!(made.json["awarded_at"], json!(day.to_rfc3339()));
    let learner = made.json["learner_id"].as_str().unwrap().to_owned();
    app.run_jobs().await;
    let address = json!({ "email": "grace@example.org" });
    let known = ask(&app, Method::PATCH, &format!("/learners/{learner}"), &address).await;
    assert_eq!(known.status, 200, "{}", known.json);
    app.advance(10 * 86_400 - 1);
    app.run_jobs().await;
    assert_eq!((states(&app).await, app.count("generation").await), (vec![AwardState::Scheduled], 0));
    assert!(app.mails().is_empty());
    let again = ask(&app, Method::POST, "/awards", &body).await;
    assert_eq!((again.status, again.code()), (409, "award.exists"));
    app.advance(1);
    app.run_jobs().await;
    assert_eq!((states(&app).await, app.mails().len()), (vec![AwardState::Active], 1));
    let id = made.json["id"].as_str().unwrap();
    let late = ask(&app, Method::POST, &format!("/awards/{id}/cancel"), &Value::Null).await;
    assert_eq!((late.status, late.code()), (409, "award.not_scheduled"), "{}", late.json);
    let shown = get(&app, &format!("/awards/{id}")).await;
    assert_eq!(shown["awarded_at"], json!(day.to_rfc3339()));
}

#[tokio::test]
async fn a_cancelled_award_never_comes_and_can_be_given_again() {
    let app = api::app().await;
    let version = app.achievement("Graduation").await;
    let day = app.app.clock.now() + chrono::Duration::days(10);
    let body = json!({
        "version_id": version, "learner": { "email": "grace@example.org" }, "awarded_at": day,
    });
    let made = ask(&app, Method::POST, "/awards", &body).await;
    let id = made.json["id"].as_str().unwrap();
    for _ in 0..2 {
        let cancelled = ask(&app, Method::POST, &format!("/awards/{id}/cancel"), &Value::Null).await;
        assert_eq!(
            (cancelled.status, &cancelled.json["state"]),
            (200, &json!("revoked")),
            "{}",
            cancelled.json
        );
    }
    app.advance(11 * 86_400);
    app.run_jobs().await;
    assert!(app.mails().is_empty());
    let past =
        json!({ "version_id": version, "learner": { "email": "grace@example.org" }, "awarded_at": day });
    let given = ask(&app, Method::POST, "/awards", &past).await;
    assert_eq!((given.status, &given.json["state"]), (201, &json!("active")), "{}", given.json);
    let far = json!({
        "version_id": version, "learner": { "email": "ada@example.org" }, "awarded_at": "2100-01-01T00:00:00Z",
    });
    let far = ask(&app, Method::POST, "/awards", &far).await;
    assert_eq!((far.status, far.code()), (422, "awarded_at.range"));
    app.run_jobs().await;
}

/// Taken back before its time it never comes; and what ends before it would begin is not promised.
#[tokio::test]
async fn what_is_taken_back_or_over_before_its_time_never_comes() {
    let app = api::app().await;
    let day = app.app.clock.now() + chrono::Duration::days(10);
    let badge = |name: &str, more: Value| {
        let mut version =
            json!({ "name": name, "description": "What it says.", "criteria_narrative": "Do it." });
        version.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "issuer_id": app.issuer.id, "slug": name.to_lowercase(), "version": version })
    };
    let until = (day - chrono::Duration::days(1)).to_rfc3339();
    let mut versions = Vec::new();
    for more in
        [json!({ "name": "Plain", "valid_until": until }), json!({ "name": "Days", "validity_days": 30 })]
    {
        let name = more["name"].as_str().unwrap().to_owned();
        let made = ask(&app, Method::POST, "/achievements", &badge(&name, more)).await;
        assert_eq!(made.status, 201, "{}", made.json);
        versions.push(made.json["version"]["id"].clone());
    }
    let give = async |version: &Value| {
        let body = json!({
            "version_id": version, "learner": { "email": "grace@example.org" }, "awarded_at": day,
        });
        ask(&app, Method::POST, "/awards", &body).await
    };
    let over = give(&versions[0]).await;
    assert_eq!((over.status, over.code()), (422, "awarded_at.after_end"), "{}", over.json);
    let made = give(&versions[1]).await;
    let end = (day + chrono::Duration::days(30)).to_rfc3339();
    assert_eq!((made.status, &made.json["valid_until"]), (201, &json!(end)), "{}", made.json);
    let path = format!("/awards/{}/revoke", made.json["id"].as_str().unwrap());
    let revoked = ask(&app, Method::POST, &path, &json!({ "reason": "A mistake." })).await;
    assert_eq!(revoked.status, 200, "{}", revoked.json);
    app.advance(11 * 86_400);
    app.run_jobs().await;
    assert_eq!((states(&app).await, app.mails().len()), (vec![AwardState::Revoked], 0));
}
