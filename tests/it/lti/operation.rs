//! Section 15: operation.

use crate::support::app::{Rows, TestApp};

#[tokio::test]
async fn s01_a_launch_makes_an_award_and_a_mail() {
    let app = TestApp::new().await;
    app.badge_for_opening("Lab safety").await;
    let before = app.rows().await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("S01");
    let page = attempt.follow(&tried).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.contains("Lab safety"));
    let jobs = app.run_jobs().await;
    assert_eq!((jobs.done, jobs.dead, app.mails().len()), (1, 0, 1));
    let rows = app.rows().await;
    let gained = Rows {
        courses: 1,
        links: 1,
        learners: 1,
        enrollments: 1,
        signals: 1,
        awards: 1,
        credentials: rows.credentials,
        jobs: 1,
        launches: 1,
        ..before
    };
    assert_eq!(rows, gained);
}
