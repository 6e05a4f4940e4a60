//! Gradebooks that may be read (issue 4, item 1; spec/signals.md §6): Sakai with its administrator's switch.

use laurel::{
    domain::{
        line_item::{gradebook, manage, results},
        promise::{self, Because, Promise},
    },
    store::entity::line_item::{LineItemPurpose, LineItemState, Model},
};
use practice::{
    Profile, Service, demo,
    services::{Column, LineItemId},
};
use serde_json::{Value, json};

use super::{Class, triggers::of_product};

const RELEASED: &str = "https://www.sakailms.org/spec/lti-ags/v2p0/releaseToStudent";

/// A course with an exam that learners see and one that they do not see yet.
struct Sakai {
    class: Class,
    exam: LineItemId,
    hidden: LineItemId,
}

impl Sakai {
    async fn new(is_switched_on: bool) -> Self {
        let class =
            of_product("sakai", Profile::Sakai, |quirks| quirks.whole_gradebook = is_switched_on).await;
        for student in [demo::GRACE, demo::EMMY] {
            class.visit(student).await;
        }
        let exam = class.app.lms.add_column(demo::COURSE, Column::own("Final exam", 100.0)).id;
        let hidden = Column::own("Not out yet", 10.0).with(RELEASED, false);
        let hidden = class.app.lms.add_column(demo::COURSE, hidden).id;
        class.reports("Lab safety", None).await;
        class.settle().await;
        class.visit(demo::EMMY).await;
        class.settle().await;
        Self { class, exam, hidden }
    }

    /// Reads the list of columns; those that are not ours.
    async fn listed(&self) -> Vec<Model> {
        self.class.app.advance(2);
        let (app, operator) = (&self.class.app.app, self.class.app.operator());
        gradebook::ask(app, &operator, self.class.course).await.unwrap();
        self.class.settle().await;
        gradebook::known(app, self.class.app.organization, self.class.course).await.unwrap()
    }

    async fn watch(&self, label: &str, activity: &str) -> Model {
        let found = self.listed().await.into_iter().find(|column| column.label == label).unwrap();
        let (app, operator) = (&self.class.app.app, self.class.app.operator());
        let watched = gradebook::watch(app, &operator, found.id, Some(activity)).await.unwrap();
        self.class.settle().await;
        watched
    }

    fn grade(&self, column: LineItemId, user: &str, points: f64) {
        self.class.app.lms.grade(demo::ADA, column, user, points).unwrap();
    }
}

fn at_least(activity: &str, percent: &str) -> Value {
    json!({ "type": "score", "subject": { "activity": activity }, "unit": "percent", "at_least": percent,
            "min_strength": "strong" })
}

#[tokio::test]
async fn grades_of_the_whole_gradebook_award_once_learners_may_see_them() {
    let sakai = Sakai::new(true).await;
    let class = &sakai.class;
    let (before, posted) = (class.app.awards().await.len(), class.posted().len());
    let offered = sakai.listed().await;
    let mut labels: Vec<(&str, LineItemState)> =
        offered.iter().map(|column| (column.label.as_str(), column.state)).collect();
    labels.sort_unstable_by_key(|(label, _)| *label);
    let expected = [("Final exam", LineItemState::Offered), ("Not out yet", LineItemState::Offered)];
    assert_eq!(labels, expected, "and not the column that Laurel reports into");
    let unread = results::read(&class.app.app, class.app.organization, offered[0].id, offered[0].id.0).await;
    assert!(unread.is_err(), "nobody has chosen it");

    class.badge("Exam", at_least("final-exam", "80")).await;
    class.badge("Second exam", at_least("second-exam", "80")).await;
    sakai.grade(sakai.exam, demo::GRACE, 80.0);
    sakai.grade(sakai.exam, demo::EMMY, 79.99);
    sakai.grade(sakai.hidden, demo::GRACE, 10.0);
    let promised = async || {
        let all = promise::of_course(&class.app.app, class.app.organization, class.course).await.unwrap();
        let leaves = all.into_iter().flat_map(|known| known.promised.leaves);
        leaves
            .filter(|leaf| (leaf.promise, leaf.because) == (Promise::Guaranteed, Because::Gradebook))
            .count()
    };
    assert_eq!(promised().await, 0, "nobody reads it yet");
    let exam = sakai.watch("Final exam", "final-exam").await;
    assert_eq!(promised().await, 1, "at every reconcile");
    let hidden = sakai.watch("Not out yet", "second-exam").await;
    assert_eq!(promised().await, 2);
    assert_eq!((exam.purpose, exam.made_by_us), (LineItemPurpose::Gradebook, false));
    let awards = class.app.awards().await;
    assert_eq!(awards.len(), before + 1, "80 % and seen");
    assert!(awards.iter().any(|award| award.strength == 3), "strong: the platform's own grade");
    let told = class.registers(demo::GRACE).await;
    let unreleased = told.iter().find(|row| row.subject == "activity:second-exam").unwrap();
    assert_eq!(unreleased.value["said"]["state"], "unreleased");
    assert_eq!(unreleased.value["said"]["given"], Value::Null, "no number of what learners may not see");
    assert_eq!((unreleased.channel.as_str(), unreleased.strength), ("gradebook", 3));

    class.app.lms.edit_column(sakai.hidden, RELEASED, true);
    class.reads(&hidden).await;
    assert_eq!(class.app.awards().await.len(), before + 2, "now they may");
    assert_eq!(class.posted().len(), posted, "nothing was ever written there");
}

#[tokio::test]
async fn a_column_that_is_not_ours_is_never_changed() {
    let sakai = Sakai::new(true).await;
    let class = &sakai.class;
    let exam = sakai.watch("Final exam", "final-exam").await;
    let (app, operator) = (&class.app.app, class.app.operator());
    let refused = manage::rename(app, &operator, exam.id, "Mine").await.unwrap_err();
    assert_eq!(refused.code(), "line_item.not_ours");
    let made = class.seen(Service::LineItems, "POST").len();
    let left = manage::remove(app, &operator, exam.id).await.unwrap();
    assert_eq!(left.state, LineItemState::Offered);
    class.settle().await;
    assert!(class.app.lms.line_item(sakai.exam).is_some(), "let go of, not deleted");

    sakai.watch("Final exam", "final-exam").await;
    class.app.lms.remove_column(sakai.exam);
    class.reads(&exam).await;
    let gone = manage::find(app, class.app.organization, exam.id).await.unwrap();
    assert_eq!((gone.state, gone.trouble.as_deref()), (LineItemState::Lost, Some("gradebook.gone")));
    class.visit(demo::GRACE).await;
    class.settle().await;
    sakai.listed().await;
    assert_eq!(class.seen(Service::LineItems, "POST").len(), made, "nobody makes it anew");
    assert_eq!(class.seen(Service::LineItem, "PUT").len() + class.seen(Service::LineItem, "DELETE").len(), 0);
}

#[tokio::test]
async fn a_gradebook_that_is_not_shown_offers_nothing() {
    let sakai = Sakai::new(false).await;
    assert_eq!(sakai.listed().await, []);
    let moodle = of_product("moodle", Profile::Moodle, |_| {}).await;
    let asked = gradebook::ask(&moodle.app.app, &moodle.app.operator(), moodle.course).await;
    assert_eq!(asked.unwrap_err().code(), "gradebook.not_offered");
}
