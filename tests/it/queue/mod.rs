//! What waits for people, and what people give: approvals, awards by hand and ahead of time, awards by the list
//! (design §2, §5, §6.11).

mod approvals;
mod bulk;
mod scheduled;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Sent, send},
    app::TestApp,
};

/// Asks with every scope.
pub async fn ask(app: &TestApp, method: Method, path: &str, body: &Value) -> Answer {
    let sent = if body.is_null() { Sent::Nothing } else { Sent::json(body) };
    send(app, &method, path, Some(&app.api_key), &[], sent).await
}

/// What is there.
pub async fn get(app: &TestApp, path: &str) -> Value {
    let answer = ask(app, Method::GET, path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.json);
    answer.json
}

/// An activity that is to be completed.
pub fn done(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

/// Reports that somebody completed an activity in the course `north`; the learner's id, and how many awards followed.
pub async fn completes(app: &TestApp, who: &str, activity: &str) -> (String, usize) {
    let deployments = get(app, "/deployments").await;
    let event = json!({
        "id": format!("{who}:{activity}"), "type": "completed", "activity": activity,
        "learner": { "email": format!("{who}@example.org"), "name": who },
        "course": { "deployment_id": deployments["items"][0]["id"], "context_id": "north" },
    });
    let sent = ask(app, Method::POST, "/events", &event).await;
    assert_eq!(sent.status, 201, "{}", sent.json);
    let awards = sent.json["award_ids"].as_array().map_or(0, Vec::len);
    (sent.json["learner_id"].as_str().unwrap().to_owned(), awards)
}

/// The id of the course `north`.
pub async fn north(app: &TestApp) -> String {
    let courses = get(app, "/courses").await;
    let found = courses["items"].as_array().unwrap().iter().find(|one| one["context_id"] == "north");
    found.unwrap()["id"].as_str().unwrap().to_owned()
}
