//! Rules that time alone decides: a standing rule settles for ten minutes and is looked at again by a job of
//! its own, without another launch or event (design §5, `recheck_at`).

use laurel::{
    domain::{
        learner::{LearnerIn, PersonIn},
        placement::{self, NewPlacement},
        signal::{EventIn, Reporter, Said, receive},
    },
    outbox::{Ran, queue},
    store::{PageQuery, entity::job, entity::placement::PlacementMode},
};
use serde_json::{Value, json};

use crate::support::app::TestApp;

const SETTLING: i64 = 600;

/// A badge for at least half of the points in the quiz, which must stand.
async fn standing_badge(test: &TestApp) {
    let version = test.achievement("Steady").await;
    let node = json!({
        "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": "50",
    });
    let new = NewPlacement {
        version,
        course: None,
        link: None,
        rule: Some(json!({ "version": 1, "node": node })),
        mode: PlacementMode::Standing,
        live: true,
    };
    placement::place(&test.app, &test.operator(), new).await.unwrap();
    test.run_jobs().await;
}

/// Somebody's result in the quiz, out of ten.
async fn scored(test: &TestApp, event: &str, points: i64) {
    let event = EventIn {
        source_id: event.to_owned(),
        learner: LearnerIn::Account {
            platform: test.platform.id,
            sub: "patient".to_owned(),
            person: PersonIn {
                name: Some("Test Person".to_owned()),
                email: Some("patient@campus.example".to_owned()),
                language: None,
            },
        },
        course: None,
        activity: Some("quiz".to_owned()),
        said: Said::Scored {
            given: Some(points.into()),
            maximum: Some(10.into()),
            state: criteria::ScoreState::Graded,
        },
        happened_at: None,
    };
    let reporter = Reporter {
        source: "key:test".to_owned(),
        label: "Test".to_owned(),
        strength: criteria::Strength::Strong,
    };
    receive(&test.app, &test.operator(), &reporter, &event).await.unwrap();
}

/// Jobs that wait for their time.
async fn waiting(test: &TestApp) -> Vec<job::Model> {
    let state = Some(job::JobState::Ready);
    queue::unscoped_list(test.app.store.read(), state, PageQuery::default()).await.unwrap().items
}

#[tokio::test]
async fn what_has_settled_is_awarded_by_the_clock_alone() {
    let test = TestApp::new().await;
    standing_badge(&test).await;
    scored(&test, "first", 8).await;
    assert_eq!(test.run_jobs().await, Ran::default(), "nothing is due before it has settled");
    assert_eq!(test.count("award").await, 0);
    let jobs = waiting(&test).await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(
        (jobs[0].kind.as_str(), jobs[0].run_at),
        ("evaluate_learner", test.clock.now() + chrono::Duration::seconds(SETTLING))
    );

    // However often it is judged meanwhile, it is looked at again once.
    let learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
    test.launch_as("patient", &[learner]).await.assert_ok("a launch between");
    scored(&test, "same again", 8).await;
    let kinds: Vec<Value> = waiting(&test).await.into_iter().map(|job| job.payload).collect();
    assert!(kinds.len() <= 2, "a job for each moment at most: {kinds:?}");

    test.advance(SETTLING - 1);
    assert_eq!(test.run_jobs().await.done, 0, "a second too early");
    test.advance(1);
    let ran = test.run_jobs().await;
    assert!(ran.done >= 2 && ran.dead == 0 && ran.retried == 0, "the look and the mail: {ran:?}");
    let awards = test.awards().await;
    assert_eq!(awards.len(), 1);
    assert_eq!(test.mails().len(), 1);
    test.advance(24 * 3600);
    test.run_jobs().await;
    assert_eq!((test.awards().await.len(), test.mails().len()), (1, 1), "once");
    assert!(waiting(&test).await.is_empty(), "nothing is left to be looked at");
}

#[tokio::test]
async fn a_slip_that_is_put_right_while_it_settles_awards_nothing() {
    let test = TestApp::new().await;
    standing_badge(&test).await;
    scored(&test, "slip", 8).await;
    test.advance(60);
    scored(&test, "put right", 3).await;
    test.advance(24 * 3600);
    test.run_jobs().await;
    assert_eq!((test.count("award").await, test.mails().len()), (0, 0));
    assert!(waiting(&test).await.is_empty(), "the look has been taken");

    // And a result that holds again settles anew.
    scored(&test, "again", 9).await;
    test.advance(SETTLING);
    test.run_jobs().await;
    assert_eq!(test.count("award").await, 1);
}

/// The look is kept in the database: another process takes it when the first is gone.
#[tokio::test]
async fn another_process_takes_the_look() {
    let test = TestApp::new().await;
    standing_badge(&test).await;
    scored(&test, "first", 10).await;
    let second = test.second().await;
    test.stop().await;
    second.advance(SETTLING);
    second.run_jobs().await;
    assert_eq!((second.awards().await.len(), second.mails().len()), (1, 1));
}
