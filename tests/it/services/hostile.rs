//! Platforms whose services fail, hang, page without end, lie about pages, or answer with too much.

use laurel::{domain::line_item::manage, store::entity::line_item::LineItemState};
use practice::{Fault, Misbehaviour, Service, demo, services::ALL_SCOPES};
use serde_json::{Value, json};

use super::Class;
use crate::support::app::TestApp;

/// An impatient server: a service has a second.
async fn impatient() -> Class {
    let app = TestApp::with(|sources| sources.with("client.total_seconds", "1")).await;
    Class::on(app, &ALL_SCOPES, |_| {}).await
}

#[tokio::test]
async fn a_list_that_cannot_be_read_to_its_end_makes_no_column() {
    let elsewhere = || Fault::NextElsewhere("http://localhost:1".to_owned());
    let lies = [
        (Fault::EndlessPages, "lti.ags.paging"),
        (Fault::SamePage, "lti.ags.paging"),
        (elsewhere(), "lti.ags.paging"),
        (Fault::Html, "lti.ags.invalid_response"),
        (Fault::Body("{}".to_owned()), "lti.ags.invalid_response"),
        (Fault::Padded(30 * 1024 * 1024), "lti.ags.invalid_response"),
        (Fault::Status(302), "lti.ags.invalid_response"),
    ];
    for (fault, code) in lies {
        let class = impatient().await;
        class.app.lms.misbehave(Misbehaviour::of(Service::LineItems, fault.clone()));
        class.reports("Lab safety", None).await;
        class.app.run_jobs().await;
        let column = class.column().await;
        assert_eq!(
            (column.state, column.trouble.as_deref()),
            (LineItemState::Refused, Some(code)),
            "{fault:?}"
        );
        assert_eq!(class.seen(Service::LineItems, "POST").len(), 0, "{fault:?}: no second column");
        let asked = class.app.lms.count_of(Service::LineItems);
        assert!(asked <= 2000, "{fault:?}: {asked} requests");
        assert!(class.dead("settle_column").await >= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_service_that_hangs_is_tried_again_later() {
    let class = impatient().await;
    class.app.lms.misbehave(Misbehaviour::of(Service::LineItems, Fault::Hang).times(1));
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    let column = class.column().await;
    assert_eq!(column.trouble.as_deref(), Some("lti.ags.unavailable"));
    class.settle().await;
    assert_eq!(class.column().await.state, LineItemState::Found);
    // While one hangs, launches go on.
    class.app.lms.misbehave(Misbehaviour::of_all(Fault::Hang));
    class.visit(demo::GRACE).await;
    assert_eq!(class.app.awards().await.len(), 1);
}

#[tokio::test]
async fn a_partial_reading_counts_for_whom_it_names_and_says_so() {
    let lies = [
        (Misbehaviour::of(Service::Results, Fault::SamePage), Some("lti.ags.paging")),
        (
            Misbehaviour::of(Service::Results, Fault::NextElsewhere("https://evil.example".to_owned())),
            Some("lti.ags.paging"),
        ),
        (Misbehaviour::of(Service::Results, Fault::Status(403)).after(1), Some("lti.ags.scope_not_granted")),
    ];
    for (lie, code) in lies {
        let class = impatient().await;
        let column = class.watches("workshop", None).await;
        let version = class.app.achievement("Workshop passed").await;
        let rule = json!({ "type": "score", "subject": { "activity": "workshop" }, "unit": "points", "at_least": "5" });
        class.app.place(version, Some(class.course), rule).await;
        for student in [demo::ALAN, demo::GRACE] {
            class.visit(student).await;
        }
        class.settle().await;
        let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
        // Alan comes first in the list, and alone on its first page.
        for student in [demo::ALAN, demo::GRACE] {
            class.app.lms.grade(demo::ADA, theirs, student, 9.0).unwrap();
        }
        class.app.lms.quirks(|quirks| quirks.grade_page = Some(1));
        class.app.lms.misbehave(lie);
        let (app, operator) = (&class.app.app, class.app.operator());
        manage::read(app, &operator, column.id).await.unwrap();
        class.settle().await;
        let row = manage::find(app, class.app.organization, column.id).await.unwrap();
        let said: Value = row.reading.unwrap();
        assert_eq!((&said["is_complete"], &said["results"]), (&json!(false), &json!(1)), "{code:?}: {said}");
        assert_eq!(said["trouble"].as_str(), code);
        let awards = class.app.awards().await;
        assert_eq!(awards.len(), 1, "{code:?}: whom it names is awarded");
        assert_eq!(awards[0].learner_id, class.app.learner(demo::ALAN).await.unwrap().id);
    }
}

#[tokio::test]
async fn results_that_are_too_long_or_no_results_change_nothing() {
    for fault in
        [Fault::Padded(30 * 1024 * 1024), Fault::Html, Fault::Body("null".to_owned()), Fault::CutShort]
    {
        let class = impatient().await;
        let column = class.watches("workshop", None).await;
        class.visit(demo::GRACE).await;
        class.settle().await;
        let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
        class.app.lms.grade(demo::ADA, theirs, demo::GRACE, 9.0).unwrap();
        class.app.lms.misbehave(Misbehaviour::of(Service::Results, fault.clone()));
        let signals = class.app.count("signal").await;
        let (app, operator) = (&class.app.app, class.app.operator());
        manage::read(app, &operator, column.id).await.unwrap();
        class.app.run_jobs().await;
        assert_eq!(class.app.count("signal").await, signals, "{fault:?}");
        let row = manage::find(app, class.app.organization, column.id).await.unwrap();
        assert_eq!(row.reading.unwrap()["is_complete"], json!(false), "{fault:?}");
        class.app.lms.behave();
        class.settle().await;
    }
}

/// A class of a thousand is read in one piece, as Moodle gives it.
#[tokio::test]
async fn a_long_column_is_read_with_one_statement_for_many() {
    let class = Class::new().await;
    let column = class.watches("workshop", None).await;
    class.settle().await;
    let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
    class.app.lms.add_crowd(demo::COURSE, 1000);
    for n in 1..=1000 {
        class.app.lms.grade(demo::ADA, theirs, format!("crowd-{n:06}"), 5.0).unwrap();
    }
    let before = class.app.app.store.counted();
    let (app, operator) = (&class.app.app, class.app.operator());
    manage::read(app, &operator, column.id).await.unwrap();
    class.settle().await;
    let after = class.app.app.store.counted();
    let row = manage::find(app, class.app.organization, column.id).await.unwrap();
    let said = row.reading.unwrap();
    assert_eq!(
        (&said["results"], &said["unknown"], &said["is_complete"]),
        (&json!(1000), &json!(1000), &json!(true))
    );
    assert!(after.reads - before.reads < 100, "{} reads", after.reads - before.reads);
}
