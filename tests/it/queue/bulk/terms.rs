//! Rows that name a placement, a period, or what belongs to somebody else.

use laurel::{
    domain::{
        access::Scope,
        api_key::{self, NewKey},
    },
    store::entity::award::{self, AwardState},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{csv_of, id_of, outcome};
use crate::{
    queue::{ask, done, get, north},
    support::{
        api::{self, Sent, send},
        app::TestApp,
    },
};

/// A live badge of the course `north` that is earned once in each year by who does the essay; its placement's id.
async fn yearly(app: &TestApp, scope: &str) -> String {
    let course = north(app).await.parse().unwrap();
    let version = app.achievement(&format!("Yearly, by {scope}")).await;
    let id = app.place(version, Some(course), done("essay")).await.placement.id;
    let terms = json!({ "scope": scope, "periods": { "yearly": [{ "from": "01-01" }] }, "expires": { "with_period": true } });
    let set = ask(app, Method::PUT, &format!("/placements/{id}/terms"), &terms).await;
    assert_eq!(set.status, 200, "{}", set.json);
    app.run_jobs().await;
    id.to_string()
}

/// The terms of a placement hold for what a person gives on its occasion: its scope, its period, its end, its vetoes.
#[tokio::test]
async fn rows_and_people_give_on_a_placements_terms() {
    let app = api::app().await;
    crate::queue::completes(&app, "ada", "visit").await;
    let placement = yearly(&app, "course").await;
    let text = format!(
        "email,placement_id,awarded_at,period\n\
         ada@example.org,{placement},2029-03-01,\n\
         ada@example.org,{placement},2029-07-01,\n\
         ada@example.org,{placement},2028-12-31,\n\
         ada@example.org,{placement},2029-03-01,2029\n"
    );
    let id = id_of(&csv_of(&app, &text).await);
    app.run_jobs().await;
    let (_, rows) = outcome(&app, &id).await;
    let said: Vec<_> =
        rows.iter().map(|row| (row["state"].as_str().unwrap(), row["code"].as_str())).collect();
    let expected =
        [("awarded", None), ("already", None), ("awarded", None), ("refused", Some("period.of_placement"))];
    assert_eq!(said, expected, "{rows:#?}");
    let mut awards = app.awards().await;
    awards.sort_by(|one, other| one.period.cmp(&other.period));
    let periods: Vec<&str> = awards.iter().map(|award| award.period.as_str()).collect();
    assert_eq!(periods, ["2028", "2029"]);
    assert!(awards.iter().all(|award| award.scope.starts_with("course:")), "{awards:?}");
    let placed = |award: &award::Model| award.placement_id.map(|id| id.to_string());
    assert!(awards.iter().all(|award| placed(award).as_ref() == Some(&placement)), "{awards:?}");
    assert!(awards.iter().all(|award| award.rule_id.is_none()), "no rule gave them: {awards:?}");
    assert_eq!(awards[1].valid_until.unwrap().to_rfc3339(), "2030-01-01T00:00:00+00:00");

    // Taken back in one year, it is given again in that year only by a person who is named, and the other year's veto
    // stays.
    for award in &awards {
        let path = format!("/awards/{}/revoke", award.id);
        assert_eq!(ask(&app, Method::POST, &path, &json!({ "reason": "No." })).await.status, 200);
    }
    let version = awards[0].achievement_version_id;
    let mut given = json!({
        "version_id": version, "learner": { "email": "ada@example.org" }, "placement_id": placement,
        "awarded_at": "2029-05-01T00:00:00Z",
    });
    let refused = ask(&app, Method::POST, "/awards", &given).await;
    assert_eq!((refused.status, refused.code()), (409, "award.vetoed"), "{}", refused.json);
    given["by"] = json!({ "email": "ruth@school.example", "name": "Ruth" });
    let made = ask(&app, Method::POST, "/awards", &given).await;
    assert_eq!((made.status, &made.json["period"]), (201, &json!("2029")), "{}", made.json);
    let lifted: Vec<(String, bool)> = app
        .awards()
        .await
        .into_iter()
        .filter(|award| award.state == AwardState::Revoked)
        .map(|award| (award.period, award.veto_lifted_by.is_some()))
        .collect();
    assert!(
        lifted.contains(&("2029".to_owned(), true)) && lifted.contains(&("2028".to_owned(), false)),
        "{lifted:?}"
    );

    // What makes no sense on that occasion.
    let other = app.achievement("Another").await;
    for (change, code) in [
        (json!({ "version_id": other }), "placement.other_badge"),
        (json!({ "period": "2029" }), "period.of_placement"),
        (json!({ "placement_id": uuid::Uuid::from_u128(7) }), "not_found"),
    ] {
        let mut body = given.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = ask(&app, Method::POST, "/awards", &body).await;
        assert_eq!(answer.code(), code, "{}", answer.json);
    }
}

/// Without a placement a period that is named lets the same be given again.
#[tokio::test]
async fn a_named_period_lets_the_same_be_given_again() {
    let app = api::app().await;
    let version = app.achievement("Thanks").await;
    let text = format!(
        "email,version_id,period\nada@example.org,{version},2028\nada@example.org,{version},2029\n\
         ada@example.org,{version},2029\n"
    );
    let id = id_of(&csv_of(&app, &text).await);
    app.run_jobs().await;
    let (found, _) = outcome(&app, &id).await;
    let by_hand =
        json!({ "version_id": version, "learner": { "email": "ada@example.org" }, "period": "2030" });
    let made = ask(&app, Method::POST, "/awards", &by_hand).await;
    assert_eq!((made.status, &made.json["period"]), (201, &json!("2030")), "{}", made.json);
    let always = json!({ "version_id": version, "learner": { "email": "ada@example.org" } });
    let refused = ask(&app, Method::POST, "/awards", &always).await;
    assert_eq!((refused.status, refused.code()), (409, "award.exists"), "it stands for all of time");
    assert_eq!((&found["rows"]["awarded"], &found["rows"]["already"]), (&json!(2), &json!(1)), "{found}");
}

/// Design §6.4: what a row names of another organization is not there, and nothing of it changes.
#[tokio::test]
async fn another_organizations_ids_are_refused_row_by_row() {
    let app = api::app().await;
    let (learner, _) = crate::queue::completes(&app, "ada", "visit").await;
    let placement = yearly(&app, "achievement").await;
    let version = app.achievement("Saw").await;
    let achievement = get(&app, &format!("/placements/{placement}")).await["achievement_id"].clone();
    let (achievement, platform) = (achievement.as_str().unwrap(), app.platform.id);
    let mallory = app.tenant("elsewhere").await;
    let new = NewKey {
        name: "Mallory".to_owned(),
        scopes: vec![Scope::Award, Scope::Read],
        expires_at: None,
        event_strength: criteria::Strength::Strong,
    };
    let key = api_key::create(&app.app, &mallory, Some(mallory.organization), new).await.unwrap();
    let key = key.secret.unwrap();
    let text = format!(
        "email,learner_id,platform_id,sub,version_id,achievement_id,placement_id\n\
         m@example.org,,,,{version},,\n\
         m@example.org,,,,,{achievement},\n\
         m@example.org,,,,,,{placement}\n\
         ,{learner},,,{version},,\n\
         ,,{platform},u-1,{version},,\n"
    );
    let before = (app.count("award").await, app.count("learner").await);
    let sent = send(&app, &Method::POST, "/bulk-awards", Some(&key), &[], Sent::Text("text/csv", text)).await;
    let id = id_of(&sent);
    app.run_jobs().await;
    let rows =
        send(&app, &Method::GET, &format!("/bulk-awards/{id}/rows"), Some(&key), &[], Sent::Nothing).await;
    let rows = rows.json["items"].as_array().unwrap().clone();
    let said: Vec<_> = rows.iter().map(|row| row["code"].as_str().unwrap_or_default()).collect();
    assert_eq!(said, ["not_found"; 5], "{rows:#?}");
    assert_eq!((app.count("award").await, app.count("learner").await), before);
    // Nor is her list anybody else's.
    for path in ["", "/rows", "/outcomes"] {
        let path = format!("/bulk-awards/{id}{path}");
        let answer = ask(&app, Method::GET, &path, &Value::Null).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{path}");
    }
    assert_eq!(get(&app, "/bulk-awards").await["items"], json!([]));
}
