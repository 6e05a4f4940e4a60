//! Ends of awards, earning them again, and reminders.

use laurel::{
    domain::award::expire,
    store::entity::award::AwardState::{Active, Expired},
};
use mail_parser::MessageParser;
use practice::Bend;
use reqwest::Method;
use serde_json::json;

use super::{ask, completes, documents, done, placed, standing, until, version};
use crate::support::{api, app::TestApp};

/// An end says the same in the row and in both documents; of several the soonest counts.
#[tokio::test]
async fn an_end_is_the_same_in_both_documents() {
    let app = api::app().await;
    let year = json!({ "periods": { "yearly": [{ "from": "01-01" }] }, "expires": { "with_period": true } });
    let cases = [
        ("Days", json!({ "validity_days": 40 }), json!({}), Some("2030-04-10T10:00:00Z")),
        ("Date", json!({ "valid_until": "2030-06-30T22:00:00Z" }), json!({}), Some("2030-06-30T22:00:00Z")),
        ("Period", json!({ "validity_days": 3650 }), year, Some("2031-01-01T00:00:00Z")),
        (
            "Sooner",
            json!({ "validity_days": 3650 }),
            json!({ "expires": { "at": "2030-04-01T00:00:00Z" } }),
            Some("2030-04-01T00:00:00Z"),
        ),
        ("Own", json!({}), json!({ "expires": { "days": 31 } }), Some("2030-04-01T10:00:00Z")),
        ("Never", json!({}), json!({}), None),
    ];
    for (name, more, terms, end) in cases {
        let badge = version(&app, name, &more).await;
        placed(&app, badge, &done(name), &json!({ "terms": terms })).await;
        assert_eq!(completes(&app, "ada", name, "2030-03-01T10:00:00Z").await, 1, "{name}");
        let mut awards = app.awards().await;
        awards.retain(|award| award.achievement_version_id == badge);
        let award = awards.remove(0);
        let end = end.map(str::to_owned);
        let [ob2, ob3] = documents(&app, &award).await;
        assert_eq!(award.valid_until.map(|end| end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)), end);
        assert_eq!(ob2["expires"].as_str().map(str::to_owned), end, "{name}: {ob2}");
        assert_eq!(ob3["validUntil"].as_str().map(str::to_owned), end, "{name}");
    }
    app.run_jobs().await;
}

/// What has expired is earned again by what happened after it was earned, not by the same thing.
#[tokio::test]
async fn an_expired_award_is_earned_again_by_new_evidence_only() {
    let app = api::app().await;
    let badge = version(&app, "Renewed", &json!({ "validity_days": 100 })).await;
    placed(&app, badge, &done("safety"), &json!({})).await;
    completes(&app, "ada", "safety", "2030-03-01T10:00:00Z").await;
    completes(&app, "bob", "safety", "2030-03-02T10:00:00Z").await;
    // Ada does it once more while hers is valid; nothing follows yet.
    until(&app, "2030-06-01T00:00:00Z");
    assert_eq!(completes(&app, "ada", "safety", "2030-05-20T10:00:00Z").await, 0);
    until(&app, "2030-06-20T00:00:00Z");
    assert_eq!(expire::sweep(&app.app).await.unwrap(), 2);
    app.run_jobs().await;
    let state = |day: &str, state| (String::new(), day.to_owned(), state);
    assert_eq!(
        standing(&app).await,
        [state("2030-03-01", Expired), state("2030-03-02", Expired), state("2030-05-20", Active)],
        "renewed without a click; the other's old evidence is used up"
    );
    app.run_jobs().await;
    assert_eq!(
        completes(&app, "bob", "safety", "2030-02-01T10:00:00Z").await,
        0,
        "older evidence is not new"
    );
    assert_eq!(completes(&app, "bob", "safety", "2030-06-19T10:00:00Z").await, 1);
    // What would be over already is not made.
    assert_eq!(completes(&app, "cy", "safety", "2029-06-19T10:00:00Z").await, 0);
    app.run_jobs().await;
}

/// Who opens the link once more after the end is heard once more.
#[tokio::test]
async fn a_launch_after_the_end_earns_again() {
    let test = TestApp::new().await;
    let badge = version(&test, "Opened", &json!({ "validity_days": 10 })).await;
    placed(&test, badge, &json!({ "type": "launched" }), &json!({})).await;
    let launch = async || {
        test.launch(&[Bend::claim("email", "grace@campus.example")]).await.assert_ok("opens");
        test.run_jobs().await;
        test.advance(60);
    };
    launch().await;
    launch().await;
    assert_eq!(test.awards().await.len(), 1);
    test.advance(11 * 86_400);
    assert_eq!(expire::sweep(&test.app).await.unwrap(), 1);
    test.run_jobs().await;
    assert_eq!(test.awards().await.len(), 1, "the end alone earns nothing");
    launch().await;
    launch().await;
    let states: Vec<_> = standing(&test).await.into_iter().map(|(.., state)| state).collect();
    assert_eq!(states, [Expired, Active]);
}

/// The reminders so far: their ids and texts.
fn reminders(app: &TestApp) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for mail in app.mails() {
        let read = MessageParser::default().parse(&mail.bytes).unwrap();
        if read.subject().unwrap().ends_with("ends soon") {
            found.push((read.message_id().unwrap().to_owned(), read.body_text(0).unwrap().into_owned()));
        }
    }
    found
}

/// By mail before the end, where it is wanted, once each and never of what is gone.
#[tokio::test]
async fn holders_are_reminded_before_the_end_where_it_is_wanted() {
    let app = api::app().await;
    let badge = version(&app, "Short", &json!({ "validity_days": 60, "remind_days": [7, 30] })).await;
    placed(&app, badge, &done("essay"), &json!({})).await;
    let quiet = version(&app, "Quiet", &json!({ "validity_days": 60 })).await;
    let quietly = placed(&app, quiet, &done("quiet"), &json!({})).await;
    for who in ["ada", "bob"] {
        completes(&app, who, "essay", "2030-03-17T00:00:00Z").await;
        completes(&app, who, "quiet", "2030-03-17T00:00:00Z").await;
    }
    app.run_jobs().await;
    let mut bobs = app.awards().await;
    bobs.retain(|award| award.achievement_version_id == badge);
    let bobs = bobs.remove(0);
    until(&app, "2030-04-15T23:00:00Z");
    app.run_jobs().await;
    assert_eq!(reminders(&app).len(), 0, "an hour too early");
    until(&app, "2030-04-16T00:00:01Z");
    app.run_jobs().await;
    let first = reminders(&app);
    assert_eq!(first.len(), 2, "{first:#?}");
    assert!(first[0].1.contains("16 May 2030"), "{}", first[0].1);
    let revoke = format!("/awards/{}/revoke", bobs.id);
    assert_eq!(ask(&app, Method::POST, &revoke, &json!({ "reason": "No." })).await.status, 200);
    // Switched on later, for awards that are there.
    let terms = json!({ "remind_days": [3] });
    let set = ask(&app, Method::PUT, &format!("/placements/{quietly}/terms"), &terms).await;
    assert_eq!(set.status, 200, "{}", set.json);
    app.run_jobs().await;
    // Mail that fails is tried again.
    until(&app, "2030-05-09T00:00:01Z");
    app.mailbox().fail_next(laurel::mail::MailError::Transient("451".to_owned()));
    app.run_jobs().await;
    app.advance(3600);
    app.run_jobs().await;
    let second = reminders(&app);
    assert_eq!(second.len(), 3, "not to the one from whom it was taken");
    assert_ne!(second[0].0, second[2].0);
    until(&app, "2030-05-13T00:00:01Z");
    app.run_jobs().await;
    assert_eq!(reminders(&app).len(), 5, "both holders of the other badge");
    // And what nobody wants any more is not sent.
    let again = version(&app, "Late", &json!({ "validity_days": 60, "remind_days": [1] })).await;
    let late = placed(&app, again, &done("late"), &json!({})).await;
    completes(&app, "ada", "late", "2030-05-13T00:00:00Z").await;
    let set =
        ask(&app, Method::PUT, &format!("/placements/{late}/terms"), &json!({ "remind_days": [] })).await;
    assert_eq!(set.status, 200);
    until(&app, "2030-07-11T00:00:01Z");
    app.run_jobs().await;
    assert_eq!(reminders(&app).len(), 5);
}

/// Who has renewed already is not reminded of the old one.
#[tokio::test]
async fn nobody_is_reminded_of_what_they_have_for_longer() {
    let app = api::app().await;
    let badge = version(&app, "Twice", &json!({ "validity_days": 60, "remind_days": [7] })).await;
    let own = json!({ "terms": { "scope": "placement" } });
    placed(&app, badge, &done("one"), &own).await;
    placed(&app, badge, &done("two"), &own).await;
    completes(&app, "ada", "one", "2030-03-17T00:00:00Z").await;
    until(&app, "2030-04-20T00:00:00Z");
    assert_eq!(completes(&app, "ada", "two", "2030-04-19T00:00:00Z").await, 1);
    until(&app, "2030-05-10T00:00:00Z");
    app.run_jobs().await;
    assert_eq!(reminders(&app).len(), 0);
    until(&app, "2030-06-12T00:00:00Z");
    app.run_jobs().await;
    assert_eq!(reminders(&app).len(), 1);
}
