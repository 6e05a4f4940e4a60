//! Moodle: completions one person after the other, grades of everybody in one answer; numbers are the `sub` of launches.

use chrono::Duration;
use criteria::Strength;
use laurel::{
    domain::records::{Why, moodle, sources_of_course},
    store::entity::record_source::RecordKind,
};
use practice::{Service, demo, services::Column};
use serde_json::json;

use super::{NUMBER, PAGES, School, visit};

#[tokio::test]
async fn who_completed_the_course_has_a_strong_reading_with_moodles_own_date() {
    let school = School::with_learners(RecordKind::Moodle).await;
    school.badge_for_completing().await;
    school.consents().await;
    school.finishes(demo::GRACE);
    let finished = school.app.lms.now();
    school.app.advance(3_600);
    let reading = school.read().await;
    assert_eq!((reading.new, reading.unknown, reading.people, reading.looked_at), (1, 1, Some(2), Some(2)));
    assert!(reading.is_complete, "{reading:?}");
    let kept = school.readings().await;
    assert_eq!(
        (kept.len(), kept[0].subject.as_str(), kept[0].strength),
        (1, "course", i16::from(Strength::Strong))
    );
    assert_eq!(kept[0].happened_at.timestamp(), finished.timestamp());
    visit(&school.app, demo::GRACE).await;
    assert_eq!(school.app.awards().await.len(), 1);
    assert_eq!(school.read().await.new, 0);

    let asked = school.app.lms.requests_to(Service::MoodleRest);
    assert!(!asked.is_empty());
    for request in &asked {
        assert_eq!(
            (request.method.as_str(), request.target.contains('?')),
            ("POST", false),
            "{}",
            request.target
        );
        assert!(request.form().iter().any(|(name, _)| name == "wstoken"));
    }
}

#[tokio::test]
async fn activities_and_grades_are_those_that_rules_name() {
    let school = School::with_learners(RecordKind::Moodle).await;
    let quiz = school.app.lms.add_column(NUMBER, Column::own("Quiz", 30.0).link(PAGES[0]));
    let manual = school.app.lms.add_column(NUMBER, Column::own("Talk", 10.0));
    let hidden =
        school.app.lms.add_column(NUMBER, Column::own("Exam", 10.0).link(PAGES[1]).with("hidden", "yes"));
    let talk = format!("grade:{}", manual.id.0 + 1_000);
    school
        .badge("Page", json!({ "type": "completed", "subject": { "course": "this", "activity": PAGES[0] } }))
        .await;
    school.badge_for_scoring("Quiz", Some(PAGES[0]), 70).await;
    school.badge_for_scoring("Talk", Some(&talk), 50).await;
    school.badge_for_scoring("Exam", Some(PAGES[1]), 50).await;
    school.consents().await;
    school.app.lms.complete(PAGES[0], demo::EMMY);
    school.app.lms.grade(demo::ADA, quiz.id, demo::GRACE, 21.3).unwrap();
    school.app.lms.grade(demo::ADA, manual.id, demo::EMMY, 7.0).unwrap();
    school.app.lms.grade(demo::ADA, hidden.id, demo::EMMY, 10.0).unwrap();
    let reading = school.read().await;
    assert!(reading.is_complete, "{reading:?}");
    let mut said: Vec<String> = school
        .readings()
        .await
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {}",
                row.kind, row.subject, row.value["said"]["given"], row.value["said"]["state"]
            )
        })
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            r#"completed activity:41 null null"#.to_owned(),
            r#"score activity:41 "21.3" "graded""#.to_owned(),
            r#"score activity:42 null "unreleased""#.to_owned(),
            format!(r#"score activity:{talk} "7" "graded""#),
        ]
    );
}

#[tokio::test]
async fn grades_that_are_too_long_in_one_answer_are_read_one_by_one() {
    use practice::{Fault, Misbehaviour};
    let school = School::with_learners(RecordKind::Moodle).await;
    let quiz = school.app.lms.add_column(NUMBER, Column::own("Quiz", 30.0).link(PAGES[0]));
    school.badge_for_scoring("Quiz", Some(PAGES[0]), 70).await;
    school.consents().await;
    school.app.lms.grade(demo::ADA, quiz.id, demo::GRACE, 30.0).unwrap();
    let long = Misbehaviour::of(Service::MoodleRest, Fault::Padded(20 * 1024 * 1024)).after(1).times(1);
    school.app.lms.misbehave(long);
    let reading = school.read().await;
    assert!(reading.is_complete, "{reading:?}");
    assert_eq!((reading.new, reading.looked_at), (1, Some(2)));
}

#[tokio::test]
async fn a_large_course_is_looked_at_in_turn_and_the_statement_says_so() {
    let school = School::new(RecordKind::Moodle).await;
    school.badge_for_completing().await;
    school.consents().await;
    school.crowd(420).await;
    let people = school.app.lms.roster(NUMBER);
    let crowd = people.iter().filter(|(user, _)| user.as_str().starts_with("crowd"));
    for (user, _) in crowd.clone() {
        school.finishes(user.as_str());
    }
    let first = school.read().await;
    assert!(
        first.trouble.is_none() && !first.is_complete,
        "not everybody was looked at in this one: {first:?}"
    );
    assert_eq!((first.people, first.readings_for_all), (Some(423), 3));
    assert!(first.requests <= 400 + 10, "{first:?}");
    let mut new = first.new;
    // A reading may be cut short by a busy machine; the next goes on.
    for _ in 0..10 {
        if new == 420 {
            break;
        }
        school.app.advance(600);
        new += school.read().await.new;
    }
    assert_eq!(new, 420, "everybody had their turn");
    let sources = sources_of_course(&school.app.app, school.app.organization, school.course).await.unwrap();
    assert_eq!(sources[0].last.as_ref().unwrap().people, Some(423));
}

#[tokio::test]
async fn what_moodle_does_not_let_us_see_is_said_and_the_rest_is_read() {
    let school = School::with_learners(RecordKind::Moodle).await;
    school.badge_for_completing().await;
    school.badge_for_scoring("Course", None, 50).await;
    let few: Vec<&str> = moodle::FUNCTIONS.into_iter().filter(|name| *name != moodle::GRADES).collect();
    school.consents_with(&school.app.lms.record_token_for(&few), school.app.lms.base_url()).await;
    school.finishes(demo::GRACE);
    let reading = school.read().await;
    let fault = reading.trouble.unwrap();
    assert_eq!((fault.why, reading.new, reading.is_complete), (Why::FunctionMissing, 1, false));
    school.app.lms.hide_grades(true);
    school.consents().await;
    let reading = school.read().await;
    let fault = reading.trouble.unwrap();
    assert_eq!((fault.why, fault.words.as_deref()), (Why::Forbidden, Some("nopermissiontoviewgrades")));
}

#[tokio::test]
async fn numbers_of_another_moodle_are_not_ours() {
    let school = School::with_learners(RecordKind::Moodle).await;
    school.badge_for_completing().await;
    let elsewhere = school.app.stranger_lms(practice::Options::default()).await;
    elsewhere.quirks(|quirks| quirks.product_family = "moodle");
    school.consents_with(&elsewhere.record_token(), elsewhere.base_url()).await;
    assert_eq!(school.read().await.trouble.map(|fault| fault.why), Some(Why::OtherSite));
    assert_eq!(elsewhere.count_of(Service::MoodleRest), 1, "nothing else is asked there");
}

#[tokio::test]
async fn two_readings_of_one_course_do_not_run_at_once() {
    use laurel::domain::{records, trouble::Trouble};
    let school = School::with_learners(RecordKind::Moodle).await;
    school.badge_for_completing().await;
    school.consents().await;
    let slow = practice::Misbehaviour::of(
        Service::MoodleRest,
        practice::Fault::Late(std::time::Duration::from_secs(2)),
    );
    school.app.lms.misbehave(slow.times(1));
    let (app, organization, course) = (&school.app.app, school.app.organization, school.course);
    let first = records::read(app, organization, course, uuid::Uuid::from_u128(1));
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        records::read(app, organization, course, uuid::Uuid::from_u128(2)).await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.unwrap().unwrap().is_complete);
    assert!(matches!(second, Err(Trouble::Busy(wait)) if wait < Duration::minutes(1)));
}
