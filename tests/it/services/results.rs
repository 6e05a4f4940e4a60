//! A05, A26-A28: results of a watched column become readings (§17.5, design §5).

use laurel::{
    domain::line_item::manage,
    ids::AchievementVersionId,
    store::{
        entity::{hold::HoldState, line_item, signal},
        signal as signals,
    },
};
use practice::{
    Fault, Misbehaviour, Service, demo,
    services::{Column, LineItemId, SCOPE_LINE_ITEM, SCOPE_SCORE, TYPE_RESULTS},
};
use serde_json::{Value, json};

use super::Class;
use crate::support::app::CLIENT;

/// A badge for at least 80 % in a watched column.
struct Watched {
    class: Class,
    column: line_item::Model,
    theirs: LineItemId,
}

impl Watched {
    async fn new() -> Self {
        let class = Class::new().await;
        let column = class.watches("workshop", None).await;
        let version: AchievementVersionId = class.app.achievement("Workshop passed").await;
        let rule = json!({ "type": "score", "subject": { "activity": "workshop" }, "unit": "percent",
                           "at_least": "80", "min_strength": "medium" });
        class.app.place(version, Some(class.course), rule).await;
        for student in [demo::GRACE, demo::EMMY, demo::ALAN] {
            class.visit(student).await;
        }
        class.settle().await;
        let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
        Self { class, column, theirs }
    }

    fn grade(&self, user: &str, score: impl Into<Option<f64>>) {
        self.class.app.lms.grade(demo::ADA, self.theirs, user, score).unwrap();
    }

    async fn read(&self) -> Value {
        self.class.app.advance(2);
        let (app, operator) = (&self.class.app.app, self.class.app.operator());
        manage::read(app, &operator, self.column.id).await.unwrap();
        self.class.settle().await;
        let row = manage::find(app, self.class.app.organization, self.column.id).await.unwrap();
        row.reading.unwrap()
    }

    async fn readings(&self, sub: &str) -> Vec<signal::Model> {
        let learner = self.class.app.learner(sub).await.unwrap();
        let db = self.class.app.app.store.read();
        let mut all = signals::of_learner(db, self.class.app.organization, learner.id).await.unwrap();
        all.retain(|row| row.form == signal::SignalForm::Reading);
        all
    }
}

/// News of many at once are weighed together: a column is medium proof, so somebody looks before so many are awarded.
#[tokio::test]
async fn results_of_many_are_weighed_together() {
    let watched = Watched::new().await;
    let class = &watched.class;
    class.app.lms.add_crowd(demo::COURSE, 25);
    class.read().await;
    for number in 1..=25 {
        watched.grade(&format!("crowd-{number:06}"), 9.0);
    }
    watched.read().await;
    let open = class.holds(HoldState::Open).await;
    assert_eq!((class.app.count("award").await, open.len(), open[0].would_award), (0, 1, 25));
    assert_eq!(class.app.count("pass WHERE cause = 'column'").await, 1);
    class.confirms_all().await;
    assert_eq!(class.app.count("award").await, 25);
}

#[tokio::test]
async fn a05_a27_a28_results_are_read_and_meet_a_rule() {
    let watched = Watched::new().await;
    watched.grade(demo::GRACE, 8.0);
    watched.grade(demo::EMMY, 7.999);
    watched.grade("nobody-we-know", 10.0);
    let said = watched.read().await;
    let seen = watched.class.app.lms.requests_to(Service::Results).remove(0);
    assert_eq!((seen.method.as_str(), seen.header("accept")), ("GET", Some(TYPE_RESULTS)), "A05");
    assert!(seen.target.ends_with("/lineitem/results"), "A05: {}", seen.target);
    assert_eq!(
        (&said["results"], &said["unknown"], &said["changed"]),
        (&json!(3), &json!(1), &json!(2)),
        "A27"
    );
    assert_eq!((&said["is_complete"], &said["trouble"]), (&json!(true), &Value::Null));

    let awards = watched.class.app.awards().await;
    assert_eq!(awards.len(), 1, "A28: 8 of 10 is 80 %, 7.999 is not");
    assert_eq!(awards[0].learner_id, watched.class.app.learner(demo::GRACE).await.unwrap().id);
    assert_eq!(awards[0].strength, 2, "a column is medium proof");
    let reading = watched.readings(demo::GRACE).await.remove(0);
    assert_eq!((reading.channel.as_str(), reading.subject.as_str()), ("column", "activity:workshop"));
    assert_eq!(reading.value["said"]["given"], "8");
    assert_eq!(watched.readings(demo::EMMY).await[0].value["said"]["given"], "7.999", "exact");
    assert!(watched.class.app.learner("nobody-we-know").await.is_none(), "A27: ignored");
    assert_eq!(watched.class.seen(Service::Scores, "POST").len(), 0, "no number is written to begin with");

    // Read again, the same says nothing new; a change does.
    let said = watched.read().await;
    assert_eq!((&said["results"], &said["changed"]), (&json!(3), &json!(0)));
    watched.grade(demo::EMMY, 9.5);
    let said = watched.read().await;
    assert_eq!(said["changed"], json!(1));
    assert_eq!(watched.class.app.awards().await.len(), 2);
    let reading = watched.readings(demo::EMMY).await.remove(0);
    assert_eq!(reading.previous.unwrap()["said"]["given"], "7.999", "what it was before");
}

#[tokio::test]
async fn a26_no_score_is_no_result_and_no_maximum_is_one() {
    let watched = Watched::new().await;
    let body = json!([
        { "id": "https://x.example/1", "userId": demo::GRACE, "resultMaximum": 10 },
        { "id": "https://x.example/2", "userId": demo::EMMY, "resultScore": 0.8 },
        { "id": "https://x.example/3", "userId": demo::ALAN, "resultScore": null, "resultMaximum": 10 },
    ]);
    let told = Fault::Body(body.to_string());
    watched.class.app.lms.misbehave(Misbehaviour::of(Service::Results, told));
    let said = watched.read().await;
    assert_eq!(
        (&said["results"], &said["changed"], &said["is_complete"]),
        (&json!(3), &json!(1), &json!(true))
    );
    let awards = watched.class.app.awards().await;
    assert_eq!(awards.len(), 1, "A26: 0.8 of 1 is 80 %");
    assert_eq!(awards[0].learner_id, watched.class.app.learner(demo::EMMY).await.unwrap().id);
    assert!(watched.readings(demo::GRACE).await.is_empty(), "A26: none is not zero");
}

#[tokio::test]
async fn a_result_that_vanishes_withdraws_nothing_and_one_that_is_cleared_says_so() {
    let watched = Watched::new().await;
    watched.grade(demo::EMMY, 5.0);
    watched.grade(demo::ALAN, 0.0);
    watched.read().await;
    assert_eq!(watched.readings(demo::ALAN).await[0].value["said"]["given"], "0", "zero is zero");
    // The practice LMS leaves ungraded people out: Emmy is simply not there any more.
    watched.grade(demo::EMMY, None);
    let said = watched.read().await;
    assert_eq!((&said["results"], &said["changed"]), (&json!(1), &json!(0)));
    assert_eq!(watched.readings(demo::EMMY).await[0].value["said"]["given"], "5", "absence is no value");
    watched.class.app.lms.quirks(|quirks| quirks.lists_ungraded = true);
    let said = watched.read().await;
    assert_eq!(said["changed"], json!(1));
    let reading = watched.readings(demo::EMMY).await.remove(0);
    assert_eq!(
        (&reading.value["said"]["given"], &reading.value["said"]["state"]),
        (&Value::Null, &json!("missing"))
    );
}

#[tokio::test]
async fn an_inactive_member_is_read_and_not_awarded() {
    let watched = Watched::new().await;
    let learner = watched.class.app.learner(demo::GRACE).await.unwrap();
    let db = &watched.class.app.app.store;
    let enrolled = laurel::store::enrollment::find(
        db.read(),
        watched.class.app.organization,
        watched.class.course,
        learner.id,
    );
    let mut enrolled = enrolled.await.unwrap().unwrap();
    enrolled.state = laurel::store::entity::enrollment::EnrollmentState::Inactive;
    let tx = db.write().await.unwrap();
    laurel::store::enrollment::upsert(&tx, enrolled).await.unwrap();
    tx.commit().await.unwrap();
    watched.grade(demo::GRACE, 10.0);
    watched.grade(demo::EMMY, 10.0);
    watched.read().await;
    let awards = watched.class.app.awards().await;
    assert_eq!(awards.len(), 1, "§17.5: not on results of an inactive member");
    assert_ne!(awards[0].learner_id, learner.id);
}

/// A column is never both written and watched, so that no score of ours comes back as a signal.
#[tokio::test]
async fn what_we_report_into_is_not_watched_and_the_other_way_round() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.settle().await;
    let report = class.column().await;
    let (app, operator) = (&class.app.app, class.app.operator());
    let refused = manage::read(app, &operator, report.id).await.unwrap_err();
    assert_eq!(refused.code(), "line_item.not_watched");

    // The link's one column is watched: awards of the same link cannot go into it.
    let class =
        Class::on(crate::support::app::TestApp::new().await, &practice::services::ALL_SCOPES, |app| {
            app.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Graded", 20.0).link(super::LINK));
        })
        .await;
    let watched = class.watches("graded", Some(class.link)).await;
    class.settle().await;
    class.reports("Lab safety", Some(class.link)).await;
    class.visit(demo::GRACE).await;
    class.settle().await;
    let theirs = class.app.lms.line_items(demo::COURSE);
    let first = theirs.iter().find(|item| item.label() == "Graded").unwrap();
    assert!(class.app.lms.scores(first.id).is_empty(), "nothing was written into the watched column");
    let columns = class.columns().await;
    let report = columns.iter().find(|column| column.id != watched.id).unwrap();
    assert_eq!(report.url, None);
    assert_eq!(report.trouble.as_deref(), Some("line_item.other_purpose"), "explained");
}

#[tokio::test]
async fn a_column_that_may_not_be_read_is_refused_before_anything_is_sent() {
    let scopes = [SCOPE_LINE_ITEM, SCOPE_SCORE];
    let class = Class::on(crate::support::app::TestApp::new().await, &scopes, |_| {}).await;
    class.watches("workshop", None).await;
    class.settle().await;
    assert!(class.app.lms.service_requests().is_empty());
    assert_eq!(class.column().await.trouble.as_deref(), Some("lti.ags.scope_not_granted"));
}
