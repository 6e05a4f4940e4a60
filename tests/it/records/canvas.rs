//! Canvas: whole lists of everybody, joined to learners by the number that launches and rosters tell.

use criteria::Strength;
use laurel::{
    config::Secret,
    domain::records::{Why, source::Credential},
    store::entity::record_source::RecordKind,
};
use practice::{Service, demo, services::Column};
use serde_json::json;

use super::{NUMBER, School, visit};
use crate::support::app::TestApp;

#[tokio::test]
async fn who_completed_the_course_has_a_strong_reading_with_canvass_own_date() {
    let school = School::with_learners(RecordKind::Canvas).await;
    school.badge_for_completing().await;
    school.consents().await;
    school.finishes(demo::GRACE);
    let finished = school.app.lms.now();
    school.app.advance(3_600);

    let reading = school.read().await;
    assert_eq!((reading.read, reading.new, reading.unknown), (2, 1, 1), "Alan is not known here yet");
    assert!(reading.is_complete && reading.trouble.is_none(), "{reading:?}");
    let kept = school.readings().await;
    assert_eq!(kept.len(), 1, "not done is nothing to somebody who has done nothing yet");
    let row = &kept[0];
    assert_eq!(row.learner_id, school.learner(demo::GRACE).await.id);
    assert_eq!((row.kind.as_str(), row.subject.as_str()), ("completed", "course"));
    assert_eq!(row.strength, i16::from(Strength::Strong));
    assert_eq!(row.course_id, Some(school.course));
    assert_eq!(row.happened_at.timestamp(), finished.timestamp());

    visit(&school.app, demo::GRACE).await;
    let awards = school.app.awards().await;
    assert_eq!(awards.len(), 1);
    assert_eq!(awards[0].strength, i16::from(Strength::Strong));
    assert_eq!(awards[0].awarded_at.timestamp(), finished.timestamp(), "with the original date");
}

#[tokio::test]
async fn nothing_is_written_twice_and_what_is_taken_back_is_contrary() {
    let school = School::with_learners(RecordKind::Canvas).await;
    school.badge_for_completing().await;
    school.consents().await;
    school.finishes(demo::GRACE);
    assert_eq!(school.read().await.new, 1);
    let before = school.readings().await;
    school.app.advance(60);
    assert_eq!(school.read().await.new, 0);
    assert_eq!(school.readings().await, before, "read again, unchanged: nothing is written");

    school.app.lms.world(|world| world.reopen(&"42".into(), &demo::GRACE.into()));
    assert_eq!(school.read().await.new, 1);
    let after = school.readings().await;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].value["done"], false);
    assert_eq!(after[0].previous.as_ref(), Some(&before[0].value));
    visit(&school.app, demo::GRACE).await;
    assert!(school.app.awards().await.is_empty(), "what is taken back is no completion");

    // Done again, with a date that Canvas puts before the contrary reading.
    school.app.lms.world(|world| world.complete(&"42".into(), &demo::GRACE.into(), before[0].happened_at));
    assert_eq!(school.read().await.new, 1);
    let again = school.readings().await;
    assert_eq!(again[0].value, before[0].value);
    assert!(again[0].happened_at > after[0].happened_at, "a register only moves forward");
}

#[tokio::test]
async fn somebody_unknown_counts_as_soon_as_the_platform_has_named_them() {
    let school = School::with_learners(RecordKind::Canvas).await;
    school.badge_for_completing().await;
    school.consents().await;
    school.finishes(demo::ALAN);
    assert_eq!(school.read().await.unknown, 1);
    assert!(school.readings().await.is_empty());
    visit(&school.app, demo::ALAN).await;
    let reading = school.read().await;
    assert_eq!((reading.unknown, reading.new), (0, 1));
    assert_eq!(school.readings().await[0].learner_id, school.learner(demo::ALAN).await.id);
}

#[tokio::test]
async fn scores_are_the_final_ones_and_of_the_assignments_that_rules_name() {
    let school = School::with_learners(RecordKind::Canvas).await;
    let named = school.app.lms.add_column(NUMBER, Column::own("Essay", 20.0));
    let other = school.app.lms.add_column(NUMBER, Column::own("Quiz", 20.0));
    school.badge_for_scoring("Essay", Some(&named.id.to_string()), 90).await;
    school.badge_for_scoring("Course", None, 50).await;
    school.consents().await;
    school.app.lms.grade(demo::ADA, named.id, demo::GRACE, 19.5).unwrap();
    school.app.lms.grade(demo::ADA, other.id, demo::EMMY, 20.0).unwrap();
    let reading = school.read().await;
    assert!(reading.is_complete, "{reading:?}");
    let values: Vec<_> =
        school.readings().await.into_iter().map(|row| (row.subject, row.value["said"].clone())).collect();
    let course: Vec<_> =
        values.iter().filter(|(subject, _)| subject == "course").map(|(_, said)| &said["given"]).collect();
    assert_eq!(course.len(), 2);
    assert!(
        course.contains(&&json!("48.75")) && course.contains(&&json!("50")),
        "missing work counts as nothing: {course:?}"
    );
    let essay: Vec<_> =
        values.iter().filter(|(subject, _)| *subject == format!("activity:{}", named.id)).collect();
    assert_eq!(essay.len(), 1, "only the one that a rule names, only where something was given");
    assert_eq!((&essay[0].1["given"], &essay[0].1["maximum"]), (&json!("19.5"), &json!("20")));
    let asked = school.app.lms.requests_to(Service::CanvasRest);
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|request| !request.target.contains("token")), "no token in any address");
    assert!(asked.iter().all(|request| request.method == "GET"), "nothing is changed over there");
}

#[tokio::test]
async fn nothing_is_asked_where_no_rule_asks() {
    let school = School::with_learners(RecordKind::Canvas).await;
    school.consents().await;
    let reading = school.read().await;
    assert_eq!((reading.requests, reading.is_complete), (0, true));
    assert_eq!(school.app.lms.count_of(Service::CanvasRest), 0);
}

#[tokio::test]
async fn a_developer_keys_refresh_token_becomes_an_access_token() {
    let school = School::with_learners(RecordKind::Canvas).await;
    school.badge_for_completing().await;
    let (client_id, secret, token) = school.app.lms.record_refresh_token();
    let credential = |secret: &str| Credential::Refresh {
        client_id: client_id.clone(),
        client_secret: Secret::from(secret.to_owned()),
        refresh_token: Secret::from(token.clone()),
    };
    school.consents_by(credential(&secret), school.app.lms.base_url()).await;
    school.finishes(demo::GRACE);
    assert_eq!(school.read().await.new, 1);
    school.consents_by(credential("wrong"), school.app.lms.base_url()).await;
    let refused = school.read().await;
    assert_eq!(refused.trouble.map(|fault| fault.why), Some(Why::TokenRefused));
    assert!(!refused.is_complete);
}

#[tokio::test]
async fn numbers_of_another_canvas_are_not_ours() {
    let school = School::of(TestApp::new().await, RecordKind::Canvas, &[]).await;
    visit(&school.app, demo::GRACE).await;
    school.badge_for_completing().await;
    let elsewhere = school.app.stranger_lms(practice::Options::default()).await;
    elsewhere.quirks(|quirks| quirks.product_family = "canvas");
    elsewhere.add_user(practice::User::new(demo::GRACE, "Grace Murray"));
    elsewhere.add_course(practice::Course::new(NUMBER, "X1", "Something else"));
    elsewhere.add_activity(NUMBER, practice::Activity::page("x", "x", "x"));
    elsewhere.enroll(NUMBER, demo::GRACE, &[practice::course::LEARNER]);
    elsewhere.complete("x", demo::GRACE);
    school.consents_with(&elsewhere.record_token(), elsewhere.base_url()).await;
    let reading = school.read().await;
    assert_eq!(reading.trouble.map(|fault| fault.why), Some(Why::OtherSite));
    assert!(school.readings().await.is_empty(), "the same numbers mean other people there");
    // The right one knows the course by its title, although no service tells its host.
    school.consents().await;
    school.finishes(demo::GRACE);
    assert_eq!(school.read().await.new, 1);
}

/// Design §11: a course of 1,000 costs at most 10 requests and the pages, and a second of our time.
#[tokio::test]
async fn a_course_of_a_thousand_costs_its_pages() {
    let school = School::new(RecordKind::Canvas).await;
    school.badge_for_completing().await;
    school.badge_for_scoring("Course", None, 50).await;
    school.app.lms.add_column(NUMBER, Column::own("Essay", 20.0));
    school.consents().await;
    school.crowd(1_000).await;
    for (user, _) in school.app.lms.roster(NUMBER).into_iter().take(300) {
        school.finishes(user.as_str());
    }
    let started = std::time::Instant::now();
    let reading = school.read().await;
    let ours = started.elapsed() - reading.waited;
    eprintln!(
        "1,000 learners of Canvas: {} requests, {} new, {ours:?} of ours",
        reading.requests, reading.new
    );
    assert!(reading.is_complete, "{reading:?}");
    assert!(reading.read >= 2_000 && reading.new >= 298, "{reading:?}");
    assert!(reading.requests <= 10 + 2 * 11, "{reading:?}");
    let started = std::time::Instant::now();
    let again = school.read().await;
    eprintln!("again, unchanged: {:?} of ours", started.elapsed() - again.waited);
    assert_eq!(again.new, 0);
}
