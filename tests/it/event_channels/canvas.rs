//! Canvas Live Events over HTTPS: signed only (spec/signals.md §1).

use laurel::store::entity::event_channel::{ChannelKind, Model};
use practice::{Activity, Bend, bend::Signer, demo};
use serde_json::{Value, json};

use super::{Stage, words};
use crate::support::app::CLIENT;

/// Canvas's own numbers of the course and of Grace, as launches tell them.
const COURSE: u64 = 565;
const GRACE: u64 = 123;

struct Canvas {
    stage: Stage,
    channel: Model,
    address: String,
}

impl Canvas {
    async fn new() -> Self {
        Self::that(|_| {}).await
    }

    async fn that(change: impl FnOnce(&mut laurel::domain::event_channel::NewChannel)) -> Self {
        let stage = Stage::new().await;
        let (channel, secret) = stage.channel_that(ChannelKind::Canvas, change).await;
        let address = stage.app.at(&format!("/events/canvas/{secret}"));
        Self { stage, channel, address }
    }

    /// Grace opens the tool once, somewhere: the launch tells Canvas's numbers.
    async fn grace_is_known(&self) {
        let tool = Activity::tool("numbered", "Another", CLIENT)
            .custom("canvas_user_id", &GRACE.to_string())
            .custom("canvas_course_id", &COURSE.to_string());
        self.stage.app.lms.add_activity(demo::COURSE, tool);
        let browser = self.stage.app.browser();
        browser.sign_in(&self.stage.app.lms, demo::GRACE).await.unwrap();
        let opened = browser.launch(&self.stage.app.lms, demo::GRACE, "numbered").await.unwrap();
        assert_eq!(opened.status(), 200, "{}", opened.page.text());
    }

    async fn send(&self, event: &Value) -> (u16, Value) {
        self.send_bent(event, &[]).await
    }

    async fn send_bent(&self, event: &Value, bends: &[Bend]) -> (u16, Value) {
        let sent = self.stage.app.lms.send_live_event(&self.address, event, bends).await.unwrap();
        (sent.status, serde_json::from_slice(&sent.body).unwrap_or_default())
    }

    fn progress(&self, name: &str, done: u32) -> Value {
        self.stage.app.lms.progress_event(name, COURSE, GRACE, (done, 6))
    }
}

#[tokio::test]
async fn a_course_counts_when_every_requirement_is_done() {
    let canvas = Canvas::new().await;
    canvas.grace_is_known().await;
    canvas.stage.badge_for_completing("Safety").await;
    let (status, told) = canvas.send(&canvas.progress("course_progress", 5)).await;
    assert_eq!((status, words(&told)), (200, vec!["ignored".to_owned()]), "{told}");
    // It fires when a time is merely updated: counts decide.
    let mut updated = canvas.progress("course_completed", 5);
    updated["body"]["progress"]["completed_at"] = json!(canvas.stage.app.clock.now().to_rfc3339());
    assert_eq!(words(&canvas.send(&updated).await.1), ["ignored"]);
    let mut open = canvas.progress("course_completed", 6);
    open["body"]["progress"]["completed_at"] = Value::Null;
    assert_eq!(words(&canvas.send(&open).await.1), ["ignored"]);
    assert_eq!((canvas.stage.signals().await.len(), canvas.stage.awards().await.len()), (0, 0));
    let (status, told) = canvas.send(&canvas.progress("course_completed", 6)).await;
    assert_eq!((status, words(&told)), (200, vec!["recorded".to_owned()]), "{told}");
    // Both events tell of the one completion.
    assert_eq!(words(&canvas.send(&canvas.progress("course_progress", 6)).await.1), ["repeated"]);
    let awards = canvas.stage.awards().await;
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].strength, 3);
    canvas.stage.app.run_jobs().await;
    assert_eq!(canvas.stage.app.mails().len(), 1);
}

#[tokio::test]
async fn grades_are_what_canvas_has_released() {
    let canvas = Canvas::new().await;
    canvas.grace_is_known().await;
    let node =
        json!({ "type": "score", "subject": { "activity": "355" }, "unit": "percent", "at_least": 80 });
    canvas.stage.badge("Essay", node).await;
    let whole =
        json!({ "type": "score", "subject": { "course": "this" }, "unit": "percent", "at_least": 80 });
    canvas.stage.badge("Course", whole).await;
    let grade = |time: &str, score: Value, muted: bool| {
        json!({
            "metadata": {
                "event_name": "grade_change", "event_time": time, "root_account_id": "21070000000000001",
                "context_type": "Course", "context_id": "21070000000000565"
            },
            "body": {
                "assignment_id": "21070000000000355", "user_id": "21070000000000123",
                "student_id": "21070000000000123", "score": score, "points_possible": 10,
                "grading_complete": true, "muted": muted, "grade": "x"
            }
        })
    };
    for (time, score, muted) in [
        ("2030-03-01T10:00:00Z", json!(7.99), false),
        ("2030-03-01T11:00:00Z", json!(9), true),
        ("2030-03-01T12:00:00Z", Value::Null, false),
    ] {
        assert_eq!(words(&canvas.send(&grade(time, score.clone(), muted)).await.1), ["recorded"], "{score}");
    }
    assert_eq!(canvas.stage.awards().await.len(), 0);
    canvas.send(&grade("2030-03-01T13:00:00Z", json!(8), false)).await;
    assert_eq!(canvas.stage.awards().await.len(), 1);
    // One good assignment is no good course: what was not handed in counts.
    let course = |time: &str, last: f64| {
        json!({
            "metadata": { "event_name": "course_grade_change", "event_time": time },
            "body": {
                "user_id": "123", "course_id": "565", "workflow_state": "active",
                "current_score": 100.0, "final_score": last
            }
        })
    };
    canvas.send(&course("2030-03-01T14:00:00Z", 12.5)).await;
    assert_eq!(canvas.stage.awards().await.len(), 1);
    canvas.send(&course("2030-03-01T15:00:00Z", 80.0)).await;
    assert_eq!(canvas.stage.awards().await.len(), 2);
    let other = json!({ "metadata": { "event_name": "logged_in" }, "body": {} });
    assert_eq!(words(&canvas.send(&other).await.1), ["ignored"]);
}

/// Issue 4, "Bad input": failed signatures are counted and shown, never stored as signals.
#[tokio::test]
async fn what_canvas_did_not_sign_is_refused_and_counted() {
    let canvas = Canvas::new().await;
    canvas.grace_is_known().await;
    let event = canvas.progress("course_completed", 6);
    let plain = canvas.stage.send(
        reqwest::Method::POST,
        canvas.address.split("/events").nth(1).unwrap(),
        None,
        &[],
        event.to_string(),
    );
    let plain = plain.await;
    assert_eq!((plain.status, plain.code()), (401, "canvas.unsigned"), "{}", plain.text);
    for bend in [
        Bend::Signer(Signer::Stranger),
        Bend::Signer(Signer::Nobody),
        Bend::Signer(Signer::PublicKeyAsSecret),
        Bend::Signer(Signer::Weak("weak".to_owned())),
        Bend::claim("exp", 1_000_000_000),
    ] {
        let (status, told) = canvas.send_bent(&event, std::slice::from_ref(&bend)).await;
        assert_eq!((status, told["code"].as_str()), (401, Some("canvas.unsigned")), "{bend:?}: {told}");
    }
    assert_eq!(canvas.stage.signals().await.len(), 0);
    assert_eq!(canvas.stage.app.count("unclaimed_event").await, 0);
    let counts = canvas.stage.counts(&canvas.channel).await;
    assert_eq!((counts["unsigned"].as_u64(), counts["recorded"].as_u64()), (Some(6), Some(0)), "{counts}");
    assert!(counts["reasons"].as_array().unwrap().iter().any(|why| why["outcome"] == "unsigned"));
    // A stranger's address, and none at all.
    for path in ["/canvas/laurel-events_made_up", "/canvas"] {
        let signed = canvas.stage.app.lms.signed_event(&event, &[]);
        let sent = canvas.stage.send(reqwest::Method::POST, path, None, &[], signed).await;
        assert_eq!((sent.status, sent.code()), (401, "channel.unknown"), "{path}");
    }
    assert_eq!(words(&canvas.send(&event).await.1), ["recorded"]);
}

/// Instructure signs the events of all its customers with the same keys.
#[tokio::test]
async fn another_account_of_the_same_cloud_has_no_say() {
    let account = "VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs";
    let canvas = Canvas::that(|new| new.account = Some(account.to_owned())).await;
    canvas.grace_is_known().await;
    let mut foreign = canvas.progress("course_completed", 6);
    foreign["metadata"]["root_account_uuid"] = json!("somebody else");
    let (status, told) = canvas.send(&foreign).await;
    assert_eq!((status, words(&told)), (200, vec!["refused".to_owned()]), "{told}");
    assert_eq!(told["outcomes"][0]["problem"]["code"], "platform.not_granted");
    // A user of another shard is not ours who has the short number.
    let mut shard = canvas.progress("course_completed", 6);
    shard["body"]["user"]["id"] = json!("99990000000000123");
    assert_eq!(words(&canvas.send(&shard).await.1), ["waiting"]);
    assert_eq!(words(&canvas.send(&canvas.progress("course_completed", 6)).await.1), ["recorded"]);
    assert_eq!(canvas.stage.signals().await.len(), 1);
}

/// The name that two people have names nobody.
#[tokio::test]
async fn a_number_that_two_people_have_is_refused() {
    let canvas = Canvas::new().await;
    canvas.grace_is_known().await;
    let browser = canvas.stage.app.browser();
    browser.sign_in(&canvas.stage.app.lms, demo::EMMY).await.unwrap();
    browser.launch(&canvas.stage.app.lms, demo::EMMY, "numbered").await.unwrap();
    let (status, told) = canvas.send(&canvas.progress("course_completed", 6)).await;
    assert_eq!(status, 200, "Canvas switches off what fails");
    assert_eq!(told["outcomes"][0]["problem"]["code"], "actor.ambiguous", "{told}");
    assert_eq!(canvas.stage.signals().await.len(), 0);
}
