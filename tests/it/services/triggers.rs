//! Trigger columns (issue 4, item 1; spec/signals.md, trick i): made by one call, begun only where the platform needs
//! it, marked by teachers, heard by rules. In the manners of every product.

use laurel::{
    domain::line_item::{
        TRIGGER_TAG, manage,
        trigger::{self, NewTrigger},
    },
    error::Result,
    store::{
        Effect, Topic,
        entity::{
            line_item::{LineItemPurpose, LineItemState, Model},
            signal,
        },
        signal as signals,
    },
};
use practice::{
    Profile, Quirks, Service, demo,
    services::{
        ALL_SCOPES, LineItemId,
        quirks::{Audience, SubjectShape},
    },
};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::Class;
use crate::support::app::TestApp;

/// A class whose platform is of this family and behaves so, but for the shapes of ids.
pub async fn of_product(family: &str, profile: Profile, change: impl FnOnce(&mut Quirks)) -> Class {
    let app = TestApp::new().await;
    let tx = app.app.store.write().await.unwrap();
    tx.execute_unprepared(&format!("UPDATE platform SET family = '{family}'")).await.unwrap();
    tx.on_commit(Effect::Changed(Topic::Platform(app.platform.id)));
    tx.commit().await.unwrap();
    Class::on(app, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| {
            *quirks = Quirks {
                subjects: SubjectShape::AsIs,
                tells_names: true,
                token_audience: Audience::Ignored,
                ..profile.quirks()
            };
            change(quirks);
        });
    })
    .await
}

impl Class {
    async fn trigger(&self) -> Result<Model> {
        let new = NewTrigger { course: self.course, label: None, maximum: None, activity: None };
        trigger::make(&self.app.app, &self.app.operator(), new).await
    }

    /// A badge for what this node says.
    pub async fn badge(&self, name: &str, node: Value) {
        let version = self.app.achievement(name).await;
        self.app.place(version, Some(self.course), node).await;
        self.settle().await;
    }

    /// Reads a column a moment later.
    pub async fn reads(&self, column: &Model) {
        self.app.advance(2);
        manage::read(&self.app.app, &self.app.operator(), column.id).await.unwrap();
        self.settle().await;
    }

    /// What the registers of a learner say.
    pub async fn registers(&self, sub: &str) -> Vec<signal::Model> {
        let learner = self.app.learner(sub).await.unwrap();
        let db = self.app.app.store.read();
        let mut all = signals::of_learner(db, self.app.organization, learner.id).await.unwrap();
        all.retain(|row| row.form == signal::SignalForm::Reading);
        all
    }

    /// Who has an award, by `sub`, in order.
    pub async fn awarded(&self) -> Vec<String> {
        let mut subs = Vec::new();
        for user in [demo::ADA, demo::ALAN, demo::EMMY, demo::GRACE] {
            let Some(learner) = self.app.learner(user).await else { continue };
            let awards = self.app.awards().await;
            subs.extend(
                awards.iter().filter(|award| award.learner_id == learner.id).map(|_| user.to_owned()),
            );
        }
        subs
    }

    fn mark(&self, column: LineItemId, user: &str, points: f64) {
        self.app.lms.grade(demo::ADA, column, user, points).unwrap();
    }
}

fn trigger_done() -> Value {
    json!({ "type": "all_of", "of": [
        { "type": "completed", "subject": { "activity": "trigger" }, "min_strength": "medium" },
        { "type": "score", "subject": { "activity": "trigger" }, "unit": "points", "at_least": "1" }
    ] })
}

#[tokio::test]
async fn a_teachers_mark_in_the_trigger_column_awards_at_every_product() {
    let products = [
        ("other", Profile::Plain),
        ("moodle", Profile::Moodle),
        ("canvas", Profile::Canvas),
        ("blackboard", Profile::Blackboard),
        ("brightspace", Profile::Brightspace),
        ("sakai", Profile::Sakai),
        ("schoology", Profile::Schoology),
    ];
    for (family, profile) in products {
        let class = of_product(family, profile, |_| {}).await;
        class.badge("Done", trigger_done()).await;
        class.visit(demo::GRACE).await;
        class.visit(demo::EMMY).await;
        let wanted = class.trigger().await.unwrap();
        assert_eq!((wanted.purpose, wanted.state), (LineItemPurpose::Trigger, LineItemState::Wanted));
        class.settle().await;
        let again = class.trigger().await.unwrap();
        assert_eq!(
            (again.id, again.state),
            (wanted.id, LineItemState::Found),
            "{family}: found, not made twice"
        );
        class.settle().await;
        let columns = class.app.lms.line_items(demo::COURSE);
        assert_eq!(columns.len(), 1, "{family}");
        assert_eq!((columns[0].text("tag"), columns[0].maximum()), (Some(TRIGGER_TAG), 1.0), "{family}");
        let theirs = columns[0].id;

        let seeded: Vec<Value> = class.posted();
        let expected = if family == "canvas" { 2 } else { 0 };
        assert_eq!(seeded.len(), expected, "{family}: who learns here is told of only where that is needed");
        class.mark(theirs, demo::GRACE, 1.0);
        class.mark(theirs, demo::EMMY, 0.5);
        class.reads(&again).await;
        assert_eq!(class.awarded().await, [demo::GRACE], "{family}: half a mark is none");
        let award = class.app.awards().await.remove(0);
        assert_eq!(award.strength, 2, "{family}: medium");

        // Somebody who comes later.
        class.visit(demo::ALAN).await;
        class.reads(&again).await;
        class.mark(theirs, demo::ALAN, 1.0);
        class.mark(theirs, demo::EMMY, 1.0);
        class.reads(&again).await;
        assert_eq!(class.awarded().await, [demo::ALAN, demo::EMMY, demo::GRACE], "{family}");
        let posted = class.posted();
        assert_eq!(posted.len(), if family == "canvas" { 3 } else { 0 }, "{family}: once each, staff never");
        for score in posted {
            assert!(score.get("scoreGiven").is_none(), "{family}: never a number: {score}");
            assert_ne!(score["gradingProgress"], "FullyGraded", "{family}");
        }
        assert_eq!(class.seen(Service::LineItems, "POST").len(), 1, "{family}");
        class.app.stop().await;
    }
}

#[tokio::test]
async fn where_marks_are_never_shown_there_is_no_trigger_column() {
    let class = of_product("open-edx", Profile::OpenEdx, |_| {}).await;
    assert_eq!(class.trigger().await.unwrap_err().code(), "column.marks_hidden");
    class.settle().await;
    assert_eq!(class.seen(Service::LineItems, "POST").len(), 0);
}

#[tokio::test]
async fn a_mark_that_is_taken_back_is_no_completion_any_more() {
    let class = of_product("other", Profile::Plain, |_| {}).await;
    class.visit(demo::GRACE).await;
    let column = class.trigger().await.unwrap();
    class.settle().await;
    let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
    class.mark(theirs, demo::GRACE, 1.0);
    class.reads(&column).await;
    class.mark(theirs, demo::GRACE, 0.0);
    class.reads(&column).await;
    let told = class.registers(demo::GRACE).await;
    assert_eq!(told.len(), 2);
    let completed = told.iter().find(|row| row.kind == "completed").unwrap();
    assert_eq!(
        (&completed.value["done"], &completed.previous.as_ref().unwrap()["done"]),
        (&json!(false), &json!(true))
    );
    class.badge("Done", json!({ "type": "completed", "subject": { "activity": "trigger" } })).await;
    assert_eq!(class.awarded().await, [] as [&str; 0]);
}

#[tokio::test]
async fn what_names_the_same_activity_twice_is_refused() {
    let class = of_product("other", Profile::Plain, |_| {}).await;
    class.watches("trigger", None).await;
    assert_eq!(class.trigger().await.unwrap_err().code(), "line_item.exists");
    // Removed, it can be made again.
    let mut column = class.column().await;
    class.settle().await;
    manage::remove(&class.app.app, &class.app.operator(), column.id).await.unwrap();
    class.settle().await;
    column = class.trigger().await.unwrap();
    class.settle().await;
    manage::remove(&class.app.app, &class.app.operator(), column.id).await.unwrap();
    class.settle().await;
    assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 0);
    class.app.advance(1);
    assert_eq!(class.trigger().await.unwrap().id, column.id);
    class.settle().await;
    assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 1);
}

/// Design §5: "a reading that straddles the edge goes to approval".
#[tokio::test]
async fn a_mark_read_after_the_edge_and_perhaps_made_before_it_waits_for_a_person() {
    let class = of_product("other", Profile::Plain, |_| {}).await;
    for student in [demo::GRACE, demo::EMMY, demo::ALAN] {
        class.visit(student).await;
    }
    let column = class.trigger().await.unwrap();
    class.settle().await;
    let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
    let edge = class.app.clock.now() + chrono::Duration::hours(24);
    let within = json!({ "type": "during", "from": edge, "of": [
        { "type": "score", "subject": { "activity": "trigger" }, "unit": "points", "at_least": "1" }
    ] });
    class.badge("In time", within).await;
    class.mark(theirs, demo::ALAN, 0.5);
    class.reads(&column).await;
    let first_read = class.registers(demo::ALAN).await[0].heard_at;
    class.reads(&column).await;
    let last_with_half = class.registers(demo::ALAN).await[0].seen_at.unwrap();
    assert!(last_with_half > first_read, "read again, the same");

    class.mark(theirs, demo::GRACE, 1.0);
    class.mark(theirs, demo::ALAN, 1.0);
    class.app.advance(25 * 3600);
    class.reads(&column).await;
    let grace = class.registers(demo::GRACE).await;
    let score = grace.iter().find(|row| row.kind == "score").unwrap();
    assert_eq!(score.not_before, Some(last_with_half), "the reading before had nothing of her");
    let alan = class.registers(demo::ALAN).await;
    let score = alan.iter().find(|row| row.kind == "score").unwrap();
    assert_eq!(score.not_before, Some(last_with_half), "and half a mark of him");
    assert_eq!(class.awarded().await, [] as [&str; 0], "perhaps before the edge");

    class.mark(theirs, demo::EMMY, 1.0);
    class.reads(&column).await;
    assert_eq!(class.awarded().await, [demo::EMMY], "surely after it");
}
