//! Badges that need other badges (`holds`), and rules about time, by the API: what follows at once, what by job,
//! what is refused where a rule is published (design §4.3, §5).

use laurel::{
    domain::{
        achievement,
        issuer::{self, NewIssuer},
    },
    ids::AchievementVersionId,
    outbox::Ran,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    open_badges::definition,
    support::{
        api::{self, Answer, Sent, send},
        app::TestApp,
    },
};

async fn ask(app: &TestApp, method: Method, path: &str, body: &Value) -> Answer {
    send(app, &method, path, Some(&app.api_key), &[], Sent::json(body)).await
}

/// The achievement of a version.
async fn badge_of(app: &TestApp, version: AchievementVersionId) -> String {
    let version = achievement::find_version(&app.app, app.organization, version).await.unwrap();
    version.achievement_id.to_string()
}

async fn place(
    app: &TestApp,
    version: AchievementVersionId,
    course: Option<&str>,
    node: &Value,
    live: bool,
) -> Answer {
    let mut body = json!({
        "version_id": version.to_string(), "rule": { "version": 1, "node": node }, "live": live,
    });
    if let Some(course) = course {
        body["course_id"] = course.into();
    }
    ask(app, Method::POST, "/placements", &body).await
}

async fn placed(app: &TestApp, version: AchievementVersionId, course: Option<&str>, node: &Value) -> String {
    let answer = place(app, version, course, node, true).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer.json["id"].as_str().unwrap().to_owned()
}

fn done(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

fn holds(badges: &[&str]) -> Value {
    json!({ "type": "holds", "achievements": badges })
}

/// Reports that somebody has completed an activity; how many awards that made at once.
async fn completes(
    app: &TestApp,
    who: &str,
    course: Option<&Value>,
    activity: &str,
    at: Option<&str>,
) -> usize {
    let mut event = json!({
        "id": format!("{who}:{activity}:{}", at.unwrap_or_default()),
        "type": "completed", "activity": activity, "learner": { "email": format!("{who}@example.org") },
    });
    if let Some(course) = course {
        event["course"] = course.clone();
    }
    if let Some(at) = at {
        event["happened_at"] = at.into();
    }
    let sent = ask(app, Method::POST, "/events", &event).await;
    assert_eq!(sent.status, 201, "{}", sent.json);
    sent.json["award_ids"].as_array().map_or(0, Vec::len)
}

/// Two courses of the platform, as events name them, and their ids. Whoever is named is in both.
async fn two_courses(app: &TestApp, who: &[&str]) -> [(Value, String); 2] {
    let deployments = send(app, &Method::GET, "/deployments", Some(&app.api_key), &[], Sent::Nothing).await;
    let deployment = deployments.json["items"][0]["id"].as_str().unwrap();
    let courses =
        ["north", "south"].map(|context| json!({ "deployment_id": deployment, "context_id": context }));
    for course in &courses {
        for who in who {
            completes(app, who, Some(course), course["context_id"].as_str().unwrap(), None).await;
        }
    }
    let found = send(app, &Method::GET, "/courses", Some(&app.api_key), &[], Sent::Nothing).await;
    let items = found.json["items"].as_array().unwrap();
    courses.map(|course| {
        let id = items.iter().find(|one| one["context_id"] == course["context_id"]).unwrap()["id"].clone();
        (course, id.as_str().unwrap().to_owned())
    })
}

/// The badges somebody has, by what they are called, and what their evidence says.
async fn earned(app: &TestApp) -> Vec<(String, String)> {
    let mut earned = Vec::new();
    for award in app.awards().await {
        let version = achievement::find_version(&app.app, app.organization, award.achievement_version_id);
        let said = award.evidence[0]["narrative"].as_str().unwrap_or_default().to_owned();
        earned.push((version.await.unwrap().name, said));
    }
    earned
}

#[tokio::test]
async fn a_badge_that_needs_others_follows_at_once_in_its_course_and_by_job_elsewhere() {
    let app = api::app().await;
    let [(north, north_id), (_, south_id)] = two_courses(&app, &["ada"]).await;
    let basics = app.achievement("Basics").await;
    let depth = app.achievement("Depth").await;
    let master = app.achievement("Master").await;
    let abroad = app.achievement("Abroad").await;
    let (b, d, m) = (badge_of(&app, basics).await, badge_of(&app, depth).await, badge_of(&app, master).await);
    // In the wrong order on purpose: what needs most is looked at first.
    placed(&app, master, Some(&north_id), &holds(&[&b, &d])).await;
    placed(&app, depth, Some(&north_id), &holds(&[&b])).await;
    placed(&app, basics, Some(&north_id), &done("essay")).await;
    placed(&app, abroad, Some(&south_id), &holds(&[&m])).await;
    app.run_jobs().await;
    assert_eq!(app.count("award").await, 0);

    assert_eq!(completes(&app, "ada", Some(&north), "essay", None).await, 3, "in the same course at once");
    let names: Vec<_> = earned(&app).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(!names.contains(&"Abroad".to_owned()), "elsewhere not before the job");
    app.run_jobs().await;
    let earned = earned(&app).await;
    let (_, said) = earned.iter().find(|(name, _)| name == "Abroad").expect("elsewhere by job");
    assert!(said.contains("held the badge “Master”"), "{said}");
    assert!(said.contains("by an award"), "{said}");
    let (_, said) = earned.iter().find(|(name, _)| name == "Master").unwrap();
    assert!(said.contains("held the badges “Basics” and “Depth”"), "{said}");
    // What is inherited is no stronger than what it rests on.
    assert!(app.awards().await.iter().all(|award| award.strength == 3));
    assert_eq!(app.run_jobs().await, Ran::default(), "no endless chain");

    // Taken back: what rests on it stays, and nothing follows.
    let award = app.awards().await.into_iter().find(|award| award.achievement_version_id == basics).unwrap();
    let path = format!("/awards/{}/revoke", award.id);
    let revoked = ask(&app, Method::POST, &path, &json!({ "reason": "A mistake." })).await;
    assert_eq!(revoked.status, 200, "{}", revoked.json);
    app.run_jobs().await;
    let states: Vec<_> = app.awards().await.into_iter().map(|award| award.revoked_at.is_some()).collect();
    assert_eq!((states.len(), states.iter().filter(|is_revoked| **is_revoked).count()), (4, 1));
    // A badge that asks for it now is not met by it any more.
    let late = app.achievement("Late").await;
    placed(&app, late, Some(&north_id), &holds(&[&b])).await;
    app.run_jobs().await;
    assert_eq!(app.awards().await.len(), 4);
}

#[tokio::test]
async fn a_badge_given_by_hand_counts_for_what_needs_it() {
    let app = api::app().await;
    let [(_, north_id), _] = two_courses(&app, &["ada"]).await;
    let basics = app.achievement("Basics").await;
    let depth = app.achievement("Depth").await;
    let needs = holds(&[&badge_of(&app, basics).await]);
    placed(&app, depth, Some(&north_id), &needs).await;
    app.run_jobs().await;
    let by_hand = json!({ "version_id": basics.to_string(), "learner": { "email": "ada@example.org" } });
    let given = ask(&app, Method::POST, "/awards", &by_hand).await;
    assert_eq!(given.status, 201, "{}", given.json);
    assert_eq!(app.awards().await.len(), 1);
    app.run_jobs().await;
    let awards = app.awards().await;
    assert_eq!(awards.len(), 2);
    assert!(awards.iter().all(|award| award.strength == 4), "attested is inherited");
}

#[tokio::test]
async fn badges_that_need_each_other_are_refused_with_the_path_of_the_node() {
    let app = api::app().await;
    let basics = app.achievement("Basics").await;
    let depth = app.achievement("Depth").await;
    let master = app.achievement("Master").await;
    let (b, d, m) = (badge_of(&app, basics).await, badge_of(&app, depth).await, badge_of(&app, master).await);
    let and = |badges: &[&str]| json!({ "type": "all_of", "of": [done("essay"), holds(badges)] });
    let refused = |answer: &Answer, code: &str, field: &str| {
        assert_eq!((answer.status, answer.code()), (422, code), "{}", answer.json);
        assert_eq!(answer.json["field"], field, "{}", answer.json);
    };
    let itself = place(&app, basics, None, &and(&[&b]), false).await;
    refused(&itself, "rule.cycle", "rule.node.of[1].achievements[0]");
    // A draft is in force only once it is live.
    let draft = place(&app, basics, None, &and(&[&m]), false).await;
    assert_eq!(draft.status, 201, "{}", draft.json);
    let deep = placed(&app, depth, None, &and(&[&b])).await;
    placed(&app, master, None, &holds(&[&d])).await;
    let draft = draft.json["id"].as_str().unwrap();
    let live =
        ask(&app, Method::PUT, &format!("/placements/{draft}/state"), &json!({ "state": "live" })).await;
    refused(&live, "rule.cycle", "rule.node.of[1].achievements[0]");
    let words = live.json["detail"].as_str().unwrap_or_default();
    assert!(words.contains("“Basics” needs “Master” needs “Depth” needs “Basics”"), "{}", live.json);
    let before =
        (app.count("placement").await, app.count("placement_rule").await, app.count("audit_event").await);
    let again = place(&app, basics, None, &holds(&[&d, &m]), true).await;
    refused(&again, "rule.cycle", "rule.node.achievements[0]");
    let rule = json!({ "rule": { "version": 1, "node": and(&[&m]) } });
    let set = ask(&app, Method::PUT, &format!("/placements/{deep}/rule"), &rule).await;
    refused(&set, "rule.cycle", "rule.node.of[1].achievements[0]");
    let after =
        (app.count("placement").await, app.count("placement_rule").await, app.count("audit_event").await);
    assert_eq!(before, after, "a refused rule leaves nothing");
    // What has ended is in force no more.
    let end =
        ask(&app, Method::PUT, &format!("/placements/{deep}/state"), &json!({ "state": "ended" })).await;
    assert_eq!(end.status, 200, "{}", end.json);
    let live =
        ask(&app, Method::PUT, &format!("/placements/{draft}/state"), &json!({ "state": "live" })).await;
    assert_eq!(live.status, 200, "{}", live.json);
    app.run_jobs().await;
}

/// An achievement of somebody else.
async fn foreign_badge(app: &TestApp) -> String {
    let caller = app.tenant("elsewhere").await;
    let new = NewIssuer {
        slug: "elsewhere".to_owned(),
        name: "Elsewhere".to_owned(),
        url: "https://elsewhere.example".to_owned(),
        email: "badges@elsewhere.example".to_owned(),
        description: None,
        language: None,
        base_url: None,
    };
    let issuer = issuer::create(&app.app, &caller, new).await.unwrap();
    let defined =
        achievement::define(&app.app, &caller, issuer.id, "foreign", definition("Foreign")).await.unwrap();
    defined.achievement.id.to_string()
}

#[tokio::test]
async fn what_another_organization_has_is_as_unknown_as_what_nobody_has() {
    let app = api::app().await;
    let foreign = foreign_badge(&app).await;
    let version = app.achievement("Curious").await;
    let nobodys = uuid::Uuid::from_u128(7).to_string();
    let cases = [
        (holds(&[&foreign]), "rule.node.achievements[0]"),
        (holds(&[&nobodys]), "rule.node.achievements[0]"),
        (json!({ "type": "released", "link": nobodys }), "rule.node.link"),
        (
            json!({ "type": "any_of", "of": [done("a"), { "type": "launched", "link": nobodys }] }),
            "rule.node.of[1].link",
        ),
        (json!({ "type": "completed", "subject": { "course": nobodys } }), "rule.node.subject.course"),
    ];
    let mut words = Vec::new();
    for (node, field) in cases {
        let answer = place(&app, version, None, &node, true).await;
        assert_eq!((answer.status, answer.code()), (422, "rule.reference_unknown"), "{}", answer.json);
        assert_eq!(answer.json["field"], field);
        words.push(answer.json["detail"].clone());
    }
    assert_eq!(words[0], words[1], "nothing tells them apart");
}

/// Design §5: half open, in the zone's time, on the time it happened. 31 March 2030 has 23 hours in Berlin.
#[tokio::test]
async fn a_day_on_which_the_clock_is_set_forward_counts_from_midnight_to_midnight() {
    let app = api::app().await;
    let version = app.achievement("Spring").await;
    let node = json!({
        "type": "during", "from": "2030-03-31T00:00", "to": "2030-04-01T00:00", "zone": "Europe/Berlin",
        "of": [done("essay")],
    });
    let id = placed(&app, version, None, &node).await;
    let shown =
        send(&app, &Method::GET, &format!("/placements/{id}"), Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(
        shown.json["sentence"]["en"],
        "The learner completes “essay”. Only what happens from 31 March 2030, 00:00 until before 1 April 2030, 00:00 \
         (Europe/Berlin) counts."
    );
    app.run_jobs().await;
    app.advance(30 * 86_400);
    for (at, awards) in
        [("2030-03-30T22:59:59.999999Z", 0), ("2030-03-31T22:00:00Z", 0), ("2030-03-31T21:59:59.999999Z", 1)]
    {
        assert_eq!(completes(&app, "ada", None, "essay", Some(at)).await, awards, "{at}");
    }
    assert_eq!(completes(&app, "bob", None, "essay", Some("2030-03-30T23:00:00Z")).await, 1);
    app.run_jobs().await;
}

#[tokio::test]
async fn what_must_lie_together_does_or_does_not() {
    let app = api::app().await;
    let version = app.achievement("Sprint").await;
    let node = json!({ "type": "all_of", "within": "P2D", "of": [done("essay"), done("quiz")] });
    placed(&app, version, None, &node).await;
    app.run_jobs().await;
    app.advance(30 * 86_400);
    assert_eq!(completes(&app, "ada", None, "essay", Some("2030-03-20T12:00:00Z")).await, 0);
    assert_eq!(
        completes(&app, "ada", None, "quiz", Some("2030-03-22T12:00:01Z")).await,
        0,
        "a second too far apart"
    );
    assert_eq!(completes(&app, "ada", None, "essay", Some("2030-03-24T12:00:00Z")).await, 1);
    let award = app.awards().await.remove(0);
    assert_eq!(award.awarded_at.to_rfc3339(), "2030-03-24T12:00:00+00:00");
    app.run_jobs().await;
}
