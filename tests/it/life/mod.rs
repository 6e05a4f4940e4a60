//! The life of a rule, from outside (design §2, §5): periods and earning again, expiry and reminders, withdrawal,
//! versions and floors, who may place, and that mail never decides on awards.

mod ending;
mod files;

mod mail;
mod periods;
mod versions;
mod withdrawal;

use laurel::{
    domain::achievement,
    ids::AchievementVersionId,
    store::{self, entity::award},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Sent, send},
    app::TestApp,
};

/// A badge's version by what it is called, with terms of its own.
pub async fn version(app: &TestApp, name: &str, more: &Value) -> AchievementVersionId {
    let version = published(app, None, name, more).await;
    version["version"]["id"].as_str().unwrap().parse().unwrap()
}

/// A version of a new achievement, or another one of a known achievement.
pub async fn published(app: &TestApp, of: Option<&str>, name: &str, more: &Value) -> Value {
    let mut version = json!({
        "name": name, "description": "What it says.", "criteria_narrative": "Do it.",
    });
    for (member, value) in more.as_object().unwrap() {
        version[member] = value.clone();
    }
    let (path, body) = match of {
        Some(of) => (format!("/achievements/{of}/versions"), version),
        None => {
            let slug = name.to_lowercase().replace(' ', "-");
            (
                "/achievements".to_owned(),
                json!({ "issuer_id": app.issuer.id, "slug": slug, "version": version }),
            )
        }
    };
    let answer = ask(app, Method::POST, &path, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer.json
}

pub async fn ask(app: &TestApp, method: Method, path: &str, body: &Value) -> Answer {
    send(app, &method, path, Some(&app.api_key), &[], Sent::json(body)).await
}

pub async fn look(app: &TestApp, path: &str) -> Value {
    send(app, &Method::GET, path, Some(&app.api_key), &[], Sent::Nothing).await.json
}

/// A rule node: this activity is completed.
pub fn done(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

/// Places a version with this node, live; `more` are further members of the request.
pub async fn placed(app: &TestApp, version: AchievementVersionId, node: &Value, more: &Value) -> String {
    let answer = place(app, version, node, more).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    app.run_jobs().await;
    answer.json["id"].as_str().unwrap().to_owned()
}

pub async fn place(app: &TestApp, version: AchievementVersionId, node: &Value, more: &Value) -> Answer {
    let mut body = json!({
        "version_id": version.to_string(), "rule": { "version": 1, "node": node }, "live": true,
    });
    for (member, value) in more.as_object().unwrap() {
        body[member] = value.clone();
    }
    ask(app, Method::POST, "/placements", &body).await
}

/// Says that somebody has completed something at a moment; how many awards that made at once.
pub async fn completes(app: &TestApp, who: &str, activity: &str, at: &str) -> usize {
    let event = json!({
        "id": format!("{who}:{activity}:{at}"), "type": "completed", "activity": activity, "happened_at": at,
        "learner": { "email": format!("{who}@example.org") },
    });
    let sent = ask(app, Method::POST, "/events", &event).await;
    assert_eq!(sent.status, 201, "{}", sent.json);
    sent.json["award_ids"].as_array().map_or(0, Vec::len)
}

/// Puts the clock to a moment; the test world begins on 17 March 2030.
pub fn until(app: &TestApp, moment: &str) {
    let moment: chrono::DateTime<chrono::Utc> = moment.parse().unwrap();
    app.advance((moment - app.clock.now()).num_seconds());
}

/// The awards so far: period, day and state.
pub async fn standing(app: &TestApp) -> Vec<(String, String, award::AwardState)> {
    let mut awards = app.awards().await;
    // Ids of one moment are in no order.
    awards.sort_by_key(|award| (award.created_at, award.awarded_at));
    awards
        .into_iter()
        .map(|award| (award.period.clone(), award.awarded_at.date_naive().to_string(), award.state))
        .collect()
}

/// The documents of an award: the OB 2.0 assertion and the OB 3.0 credential.
pub async fn documents(app: &TestApp, award: &award::Model) -> [Value; 2] {
    let found = store::credential::of_award(app.app.store.read(), app.organization, award.id).await.unwrap();
    let read = |kind| {
        let document = found.iter().find(|document| document.kind == kind).unwrap();
        serde_json::from_str(&document.document).unwrap()
    };
    [store::entity::credential::CredentialKind::Ob2, store::entity::credential::CredentialKind::Ob3].map(read)
}

/// The achievement of a version.
pub async fn achievement_of(app: &TestApp, version: AchievementVersionId) -> String {
    let version = achievement::find_version(&app.app, app.organization, version).await.unwrap();
    version.achievement_id.to_string()
}
