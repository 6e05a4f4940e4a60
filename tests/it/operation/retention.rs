//! Retention: what is older than its time goes, and nothing that an award rests on.

use laurel::{
    domain::{
        learner::{LearnerIn, PersonIn},
        signal::{EventIn, Reporter, Said, receive},
    },
    jobs::retention,
    store::signal,
};
use serde_json::json;

use crate::support::app::TestApp;

const DAY: i64 = 24 * 3600;

async fn completed(test: &TestApp, sub: &str, activity: &str) {
    let event = EventIn {
        source_id: format!("{sub}:{activity}"),
        learner: LearnerIn::Account {
            platform: test.platform.id,
            sub: sub.to_owned(),
            person: PersonIn { name: None, email: Some(format!("{sub}@campus.example")), language: None },
        },
        course: None,
        activity: Some(activity.to_owned()),
        said: Said::Completed,
        happened_at: None,
    };
    let reporter = Reporter {
        source: "key:test".to_owned(),
        label: "Test".to_owned(),
        strength: criteria::Strength::Strong,
    };
    receive(&test.app, &test.operator(), &reporter, &event).await.unwrap();
}

/// What is still known of somebody, by activity.
async fn known(test: &TestApp, sub: &str) -> Vec<String> {
    let learner = test.learner(sub).await.unwrap().id;
    let signals = signal::of_learner(test.app.store.read(), test.organization, learner).await.unwrap();
    let mut names: Vec<String> =
        signals.into_iter().map(|row| row.source_id.rsplit(':').next().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn old_signals_go_unless_an_award_rests_on_them() {
    let test = TestApp::with(|sources| sources.with("retention.signal_days", "30")).await;
    let version = test.achievement("Both").await;
    let half = |activity: &str| json!({ "type": "completed", "subject": { "activity": activity } });
    test.place(version, None, json!({ "type": "all_of", "of": [half("essay"), half("quiz")] })).await;
    test.run_jobs().await;
    for activity in ["essay", "quiz", "walk"] {
        completed(&test, "grace", activity).await;
    }
    completed(&test, "alan", "essay").await;
    test.run_jobs().await;
    assert_eq!(test.count("award").await, 1);

    test.advance(20 * DAY);
    completed(&test, "alan", "walk").await;
    retention::sweep(&test.app).await.unwrap();
    assert_eq!(known(&test, "grace").await, ["essay", "quiz", "walk"], "not old yet");
    test.advance(11 * DAY);
    retention::sweep(&test.app).await.unwrap();
    assert_eq!(known(&test, "grace").await, ["essay", "quiz"], "the award rests on these");
    assert_eq!(known(&test, "alan").await, ["walk"], "what is young stays");
    assert_eq!(test.count("award").await, 1);
}

#[tokio::test]
async fn nothing_is_set_and_signals_stay_for_ever() {
    let test = TestApp::new().await;
    completed(&test, "grace", "essay").await;
    test.advance(3000 * DAY);
    retention::sweep(&test.app).await.unwrap();
    assert_eq!(known(&test, "grace").await, ["essay"]);
}

/// More than one sweep takes at once.
#[tokio::test]
async fn many_old_signals_go_in_pieces() {
    let test = TestApp::with(|sources| sources.with("retention.signal_days", "1")).await;
    for number in 0..600 {
        completed(&test, "grace", &format!("walk {number}")).await;
    }
    test.advance(2 * DAY);
    completed(&test, "grace", "essay").await;
    retention::sweep(&test.app).await.unwrap();
    assert_eq!(known(&test, "grace").await, ["essay"]);
}
