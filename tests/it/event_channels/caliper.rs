//! Caliper envelopes (1.1 and 1.2) from sensors.

use laurel::store::entity::event_channel::ChannelKind;
use practice::demo;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, bearer, words};
use crate::support::api::Answer;

fn envelope(data: &[Value]) -> Value {
    json!({
        "sensor": "https://lms.example/sensors/1",
        "sendTime": "2030-03-17T17:46:40.000Z",
        "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "data": data,
    })
}

fn grade(stage: &Stage, id: &str, user: &str, given: Value) -> Value {
    let site = stage.app.lms.issuer();
    json!({
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "id": format!("urn:uuid:{id}"), "type": "GradeEvent", "profile": "GradingProfile", "action": "Graded",
        "actor": { "id": format!("{site}/user/profile.php?id=user-ada"), "type": "Person" },
        "object": {
            "id": format!("{site}/attempt/1"), "type": "Attempt",
            "assignee": { "id": format!("{site}/user/profile.php?id={user}"), "type": "Person" },
            "assignable": { "id": format!("{site}/mod/quiz/view.php?id=12"), "type": "Assessment" },
        },
        "generated": { "id": "urn:uuid:1", "type": "Score", "maxScore": 15.0, "scoreGiven": given },
        "eventTime": "2030-03-17T17:46:40.000Z",
        "group": {
            "id": format!("{site}/course/view.php?id={}/section/1", demo::COURSE), "type": "CourseSection",
            "subOrganizationOf": { "id": format!("{site}/course/view.php?id={}", demo::COURSE), "type": "CourseOffering" }
        },
    })
}

async fn post(stage: &Stage, secret: &str, body: &Value) -> Answer {
    stage.send(Method::POST, "/caliper", Some(&bearer(secret)), &[], body.to_string()).await
}

#[tokio::test]
async fn grades_and_completions_of_an_envelope_count() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let activity = format!("{}/mod/quiz/view.php?id=12", stage.app.lms.issuer());
    stage
        .badge(
            "Quiz",
            json!({ "type": "score", "subject": { "activity": activity }, "unit": "percent", "at_least": 80 }),
        )
        .await;
    let (channel, secret) = stage.channel(ChannelKind::Caliper).await;
    let mut low = grade(&stage, "1", demo::GRACE, json!(11.9));
    // Of two grades of one moment neither would be the latest.
    low["eventTime"] = json!("2030-03-17T17:46:39.000Z");
    let high = grade(&stage, "2", demo::GRACE, json!(12));
    let view =
        json!({ "id": "urn:uuid:3", "type": "ViewEvent", "action": "Viewed", "actor": "x", "object": "y" });
    let entity = json!({ "id": "https://lms.example/quiz/1", "type": "Assessment" });
    let mut without = grade(&stage, "4", demo::GRACE, json!(12));
    without["object"].as_object_mut().unwrap().remove("assignee");
    let sent = post(&stage, &secret, &envelope(&[low, view, entity, without, json!(7)])).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_eq!(words(&sent.json), ["recorded", "ignored", "ignored", "refused", "refused"], "{}", sent.text);
    assert_eq!(sent.json["sensor"], "https://lms.example/sensors/1");
    assert_eq!(stage.awards().await.len(), 0, "a hair below");
    let sent = post(&stage, &secret, &envelope(&[high.clone(), high])).await;
    assert_eq!(words(&sent.json), ["recorded", "repeated"], "{}", sent.text);
    assert_eq!(stage.awards().await.len(), 1);
    assert_eq!(sent.json["outcomes"][0]["award_ids"][0], stage.awards().await[0].id.to_string());
    let counts = stage.counts(&channel).await;
    assert_eq!((counts["refused"].as_u64(), counts["recorded"].as_u64()), (Some(2), Some(2)));
    for body in [json!(7), json!({}), json!({ "data": {} })] {
        let refused = post(&stage, &secret, &body).await;
        assert_eq!((refused.status, refused.code()), (400, "envelope.malformed"), "{body}");
    }
}

#[tokio::test]
async fn handing_in_proves_little_and_completing_what_was_granted() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (_, secret) = stage.channel(ChannelKind::Caliper).await;
    let site = stage.app.lms.issuer();
    let event = |id: &str, kind: &str, action: &str| {
        json!({
            "id": format!("urn:uuid:{id}"), "type": kind, "action": action,
            "actor": { "id": format!("{site}/user/profile.php?id={}", demo::GRACE), "type": "Person" },
            "object": { "id": "https://lms.example/quiz/1", "type": "Assessment" },
            "eventTime": "2030-03-17T17:46:40.000Z",
            "federatedSession": {
                "id": "urn:uuid:s", "type": "LtiSession",
                "messageParameters": { "iss": site, "sub": demo::GRACE, "context_id": demo::COURSE }
            },
        })
    };
    let mut own = grade(&stage, "4", demo::GRACE, json!(15));
    own["actor"] = own["object"]["assignee"].clone();
    let all = [
        event("1", "AssignableEvent", "Completed"),
        event("2", "AssessmentEvent", "Submitted"),
        event("3", "http://purl.imsglobal.org/caliper/v1/AssignableEvent", "Submitted"),
        own,
        event("5", "AssessmentEvent", "Started"),
    ];
    let sent = post(&stage, &secret, &envelope(&all)).await;
    assert_eq!(
        words(&sent.json),
        ["recorded", "recorded", "recorded", "recorded", "ignored"],
        "{}",
        sent.text
    );
    let strengths: Vec<i16> = stage.signals().await.iter().map(|row| row.strength).collect();
    assert_eq!(strengths, [3, 1, 1, 1]);
    assert!(stage.signals().await.iter().all(|row| row.course_id == Some(stage.course)));
}
