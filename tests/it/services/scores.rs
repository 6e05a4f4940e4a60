//! A04, A15-A20, A22, A23, A29, A31: scores (§17.4).

use chrono::{DateTime, Duration};
use laurel::{
    domain::{
        award::revoke,
        job as jobs,
        line_item::{REPORT_TAG, manage},
        placement,
    },
    outbox::queue,
    store::{
        PageQuery,
        entity::{job::JobState, score_report::ReportState},
    },
};
use practice::{
    Bend, Fault, Misbehaviour, Service, claims,
    course::{INSTRUCTOR, LEARNER},
    demo,
    services::{ServiceRequest, TYPE_SCORE},
};
use serde_json::{Value, json};

use super::Class;

/// The first learners of a crowd.
fn crowd(n: usize) -> String {
    format!("crowd-{n:06}")
}

async fn revoke_all(class: &Class) {
    for award in class.app.awards().await {
        revoke::revoke(&class.app.app, &class.app.operator(), award.id, "A mistake").await.unwrap();
    }
}

#[tokio::test]
async fn a04_a15_a23_an_award_is_posted_as_full_points() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.app.lms.forget_service_requests();
    class.visit(demo::GRACE).await;
    assert_eq!(class.app.lms.service_requests().len(), 0, "no service call inside a launch's request");
    class.app.run_jobs().await;
    let seen = class.seen(Service::Scores, "POST").remove(0);
    assert_eq!(seen.header("content-type"), Some(TYPE_SCORE), "A04: bare");
    let score = seen.json();
    let expected = json!({
        "userId": demo::GRACE, "timestamp": score["timestamp"], "activityProgress": "Completed",
        "gradingProgress": "FullyGraded", "scoreGiven": 100, "scoreMaximum": 100,
        "comment": "Badge awarded: Lab safety",
    });
    assert_eq!(score, expected, "A04, A23");
    let timestamp = score["timestamp"].as_str().unwrap();
    let fraction = timestamp.split_once('.').unwrap().1;
    assert_eq!((fraction.len(), fraction.ends_with('Z')), (4, true), "A15: {timestamp}");
    let at = DateTime::parse_from_rfc3339(timestamp).unwrap();
    assert_eq!(at.timestamp(), seen.at.timestamp(), "the time of the decision");
    let theirs = &class.app.lms.line_items(demo::COURSE)[0];
    assert_eq!(class.app.lms.grade_of(theirs.id, demo::GRACE).unwrap().value(), 100.0);
    assert_eq!(class.scores().await[0].state, ReportState::Sent);

    // Nothing is told twice.
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!(class.posted().len(), 1);
}

#[tokio::test]
async fn a16_a22_a_revocation_clears_later_than_the_score() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    revoke_all(&class).await;
    class.app.run_jobs().await;
    assert_eq!(class.posted().len(), 1, "A16: not within the same second");
    class.app.advance(1);
    class.app.run_jobs().await;
    let seen = class.seen(Service::Scores, "POST");
    assert_eq!(seen.len(), 2);
    assert!(seen[1].at - seen[0].at >= Duration::seconds(1), "A16: apart on the wire");
    let times: Vec<_> = seen.iter().map(time_of).collect();
    assert!(times[1] - times[0] >= Duration::seconds(1), "A16: {times:?}");
    let cleared = seen[1].json();
    assert_eq!(cleared["activityProgress"], "Initialized", "A22");
    assert_eq!(cleared["gradingProgress"], "NotReady", "A22");
    assert!(cleared.get("scoreGiven").is_none() && cleared.get("scoreMaximum").is_none(), "A22: {cleared}");
    let theirs = &class.app.lms.line_items(demo::COURSE)[0];
    assert!(class.app.lms.grade_of(theirs.id, demo::GRACE).is_none(), "A22: cleared over there");
}

fn time_of(request: &ServiceRequest) -> DateTime<chrono::FixedOffset> {
    DateTime::parse_from_rfc3339(request.json()["timestamp"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn only_the_newest_state_is_sent_and_nothing_is_cleared_that_never_was() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    revoke_all(&class).await;
    class.settle().await;
    assert_eq!(class.posted(), Vec::<Value>::new(), "awarded and revoked before anything was sent");
    assert_eq!(class.scores().await[0].state, ReportState::Withheld);
}

#[tokio::test]
async fn a17_every_success_counts() {
    let class = Class::new().await;
    class.app.lms.add_crowd(demo::COURSE, 4);
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    for (n, status) in [200, 201, 202, 204].into_iter().enumerate() {
        class.app.lms.quirks(|quirks| quirks.score_status = status);
        class.visit(&crowd(n + 1)).await;
        class.app.run_jobs().await;
    }
    assert_eq!(class.posted().len(), 4);
    for report in class.scores().await {
        assert_eq!((report.state, report.trouble), (ReportState::Sent, None), "A17");
    }
}

#[tokio::test]
async fn a18_something_newer_over_there_is_no_failure() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.app.lms.quirks(|quirks| quirks.manual_grade_blocks = true);
    class.visit(demo::GRACE).await;
    let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
    class.app.advance(5);
    class.app.lms.grade(demo::ADA, theirs, demo::GRACE, 42.0).unwrap();
    class.settle().await;
    assert_eq!(class.seen(Service::Scores, "POST")[0].status, Some(409));
    assert_eq!(class.posted().len(), 1, "A18: no retry");
    let report = class.scores().await.remove(0);
    assert_eq!(report.state, ReportState::Superseded);
    assert_eq!(report.trouble.as_deref(), Some("lti.ags.superseded"), "A18");
    assert_eq!(class.dead("report_score").await, 0);
    assert_eq!(class.app.lms.grade_of(theirs, demo::GRACE).unwrap().value(), 42.0, "the teacher's stays");
}

#[tokio::test]
async fn a19_a_refused_score_is_final_and_the_teacher_sees_it() {
    for status in [422, 400] {
        let class = Class::new().await;
        class.reports("Lab safety", None).await;
        class.app.run_jobs().await;
        class.app.lms.quirks(|quirks| quirks.not_gradable_status = status);
        class.visit(demo::GRACE).await;
        // Who has left the course cannot be graded.
        class.app.lms.unenroll(demo::COURSE, demo::GRACE);
        class.settle().await;
        assert_eq!(class.posted().len(), 1, "A19: no retry");
        let report = class.scores().await.remove(0);
        assert_eq!(report.state, ReportState::Failed);
        assert_eq!(report.trouble.as_deref(), Some("lti.ags.rejected"), "A19");
        assert!(report.trouble_words.unwrap().contains("not a student here"), "the platform's words");
        assert_eq!(class.dead("report_score").await, 1, "A19: among the jobs");

        let browser = class.app.browser();
        browser.sign_in(&class.app.lms, demo::ADA).await.unwrap();
        let page = browser.launch(&class.app.lms, demo::ADA, super::LINK).await.unwrap().page;
        assert!(page.contains("One score could not be put into your gradebook"), "A19: {}", page.text());
        assert!(page.contains("has left the course") || page.contains("have left the course"), "A19: why");

        // Dead is not gone: an operator tries again, and it goes through.
        class.app.lms.enroll(demo::COURSE, demo::GRACE, &[LEARNER]);
        let page = PageQuery { after: None, limit: 200 };
        let dead =
            queue::list(class.app.app.store.read(), class.app.organization, Some(JobState::Dead), page);
        let dead = dead.await.unwrap().items.remove(0);
        jobs::retry(&class.app.app, &class.app.operator(), dead.id).await.unwrap();
        class.settle().await;
        assert_eq!(class.scores().await[0].state, ReportState::Sent);
        let posted = class.posted();
        assert_eq!(posted[0], posted[1], "the same timestamp and body");
    }
}

#[tokio::test]
async fn a20_trouble_is_retried_with_the_very_same_score() {
    let faults = [Fault::Status(500), Fault::Status(429), Fault::Drop];
    for fault in faults {
        let class = Class::new().await;
        class.reports("Lab safety", None).await;
        class.app.run_jobs().await;
        class.app.lms.misbehave(Misbehaviour::of(Service::Scores, fault.clone()).times(2));
        class.visit(demo::GRACE).await;
        class.settle().await;
        let posted = class.posted();
        assert_eq!(posted.len(), 3, "A20: {fault:?}");
        assert!(posted.iter().all(|score| *score == posted[0]), "A20: {posted:?}");
        assert_eq!(class.dead("report_score").await, 0);
        let state = class.scores().await[0].state;
        // A lost answer to a score that was stored comes back as 409: it is there.
        assert!(matches!(state, ReportState::Sent | ReportState::Superseded), "A20: {fault:?}: {state}");
    }
}

#[tokio::test]
async fn a29_no_score_for_test_users_the_anonymous_and_staff() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.visit(demo::ADA).await;
    let test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    for bends in [
        vec![Bend::claim(claims::ROLES, json!([LEARNER, test_user]))],
        vec![Bend::drop_claim("sub")],
        vec![Bend::claim(claims::ROLES, json!([INSTRUCTOR]))],
    ] {
        let browser = class.app.browser();
        browser.sign_in(&class.app.lms, demo::EMMY).await.unwrap();
        browser.launch_bent(&class.app.lms, demo::EMMY, super::LINK, &bends).await.unwrap();
        class.settle().await;
        assert_eq!(class.posted(), Vec::<Value>::new(), "A29");
    }
    // Awarded as a learner, and seen teaching before the score was sent.
    class.visit(demo::GRACE).await;
    let browser = class.app.browser();
    browser.sign_in(&class.app.lms, demo::GRACE).await.unwrap();
    let teaches = [Bend::claim(claims::ROLES, json!([INSTRUCTOR]))];
    browser.launch_bent(&class.app.lms, demo::GRACE, super::LINK, &teaches).await.unwrap();
    class.settle().await;
    assert_eq!(class.posted(), Vec::<Value>::new(), "A29");
    let report = class.scores().await.remove(0);
    assert_eq!((report.state, report.trouble.as_deref()), (ReportState::Withheld, Some("score.staff")));
}

#[tokio::test]
async fn a31_a_comment_is_plain_text() {
    let class = Class::new().await;
    class.reports("Lab <b>safety</b> & <i>order</i> first", None).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!(class.posted()[0]["comment"], "Badge awarded: Lab safety & order first", "A31");
}

#[tokio::test]
async fn reporting_is_off_by_default_and_catches_up_when_switched_on() {
    let class = Class::new().await;
    let version = class.app.achievement("Lab safety").await;
    let placed = class.app.place(version, Some(class.course), json!({ "type": "launched" })).await;
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!(class.app.awards().await.len(), 1);
    assert!(class.app.lms.service_requests().is_empty(), "off by default");

    let (app, operator) = (&class.app.app, class.app.operator());
    placement::set_report(app, &operator, placed.placement.id, true).await.unwrap();
    class.settle().await;
    assert_eq!(class.posted().len(), 1, "awards made before are reported, too");
    assert_eq!(class.column().await.tag, REPORT_TAG);

    placement::set_report(app, &operator, placed.placement.id, false).await.unwrap();
    class.visit(demo::EMMY).await;
    class.settle().await;
    assert_eq!((class.app.awards().await.len(), class.posted().len()), (2, 1), "switched off");
    manage::remove(app, &operator, class.column().await.id).await.unwrap();
    class.settle().await;
    assert!(class.app.lms.line_items(demo::COURSE).is_empty());

    // Switched on again, the column comes back and knows everybody.
    class.app.advance(5);
    placement::set_report(app, &operator, placed.placement.id, true).await.unwrap();
    class.settle().await;
    let again = class.app.lms.line_items(demo::COURSE);
    assert_eq!(again.len(), 1);
    for student in [demo::GRACE, demo::EMMY] {
        assert_eq!(class.app.lms.grade_of(again[0].id, student).unwrap().value(), 100.0, "{student}");
    }

    // Everywhere has no gradebook.
    let everywhere = class.app.badge_for_opening("Everywhere").await;
    let refused = placement::set_report(app, &operator, everywhere.placement.id, true).await.unwrap_err();
    assert_eq!(refused.code(), "placement.report_needs_course");
}
