//! What goes wrong while a course is reconciled: sources that hang or fail half way, replicas that reconcile the same
//! course at once, a rule that is edited in the middle of everything. Nobody is missed, nobody has it twice, and nobody
//! has it by a mixture of two rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use criteria::Strength;
use laurel::{
    domain::{
        placement,
        reconcile::{self, Statement},
        signal::{self, EventIn, Reporter},
    },
    ids::{PlacementId, RuleId},
    jobs::worker,
    store::{self, PageQuery, entity::reconcile_run::ReconcileCause, placement as placements},
};
use practice::{Fault, Misbehaviour, Service, demo, services::LineItemId};
use serde_json::{Value, json};

use super::{completed, ended};
use crate::{services::Class, support::app::TestApp};

/// A class with many people and a watched column, of which nobody ever launches.
struct Crowd {
    class: Class,
    column: LineItemId,
}

fn crowd(number: usize) -> String {
    format!("crowd-{number:06}")
}

impl Crowd {
    async fn new(people: usize) -> Self {
        // A request that hangs is given up soon.
        let app = TestApp::with(|sources| sources.with("client.total_seconds", "1")).await;
        let class = Class::on(app, &practice::services::ALL_SCOPES, |app| {
            app.lms.add_crowd(demo::COURSE, people);
            app.lms.quirks(|quirks| {
                (quirks.roster_page, quirks.grade_page) = (Some(10), Some(10));
            });
        })
        .await;
        class.watches("workshop", None).await;
        let version = class.app.achievement("Workshop passed").await;
        let rule = json!({ "type": "score", "subject": { "activity": "workshop" }, "unit": "percent",
                           "at_least": "80", "min_strength": "medium" });
        class.app.place(version, Some(class.course), rule).await;
        class.settle().await;
        let column = class.app.lms.line_items(demo::COURSE)[0].id;
        Self { class, column }
    }

    fn grade(&self, number: usize, points: f64) {
        self.class.app.lms.grade(demo::ADA, self.column, crowd(number), points).unwrap();
    }

    /// Asks, and lets jobs run until it has ended.
    async fn reconciled(&self) -> Statement {
        let app = &self.class.app;
        app.advance(61);
        let asked = reconcile::ask(&app.app, &app.operator(), self.class.course, ReconcileCause::Asked).await;
        ended(app, asked.unwrap().run.id).await.1
    }

    /// Who has an award.
    async fn awarded(&self) -> BTreeSet<String> {
        awarded(&self.class.app).await
    }
}

/// Who has an award, each once.
async fn awarded(app: &TestApp) -> BTreeSet<String> {
    let mut subs = BTreeSet::new();
    for award in app.awards().await {
        let db = app.app.store.read();
        let learner = store::learner::find(db, app.organization, award.learner_id).await.unwrap().unwrap();
        assert!(subs.insert(learner.sub), "twice: {award:?}");
    }
    subs
}

/// A source that fails or hangs half way leaves its people unreadable, and loses nobody: the next reconcile finds them.
#[tokio::test]
async fn a_source_that_fails_half_way_loses_nobody() {
    for (service, fault) in [
        (Service::Members, Fault::Status(503)),
        (Service::Members, Fault::CutShort),
        (Service::Results, Fault::Drop),
        (Service::Results, Fault::SamePage),
        (Service::Results, Fault::Hang),
    ] {
        let course = Crowd::new(24).await;
        course.reconciled().await;
        // Half of them come later, and are graded at once.
        course.class.app.lms.add_crowd(demo::COURSE, 40);
        let expected: BTreeSet<String> = (1..=40).filter(|number| number % 5 == 0).map(crowd).collect();
        for number in 1..=40 {
            course.grade(number, if number % 5 == 0 { 8.0 } else { 7.99 });
        }
        course.class.app.lms.misbehave(Misbehaviour::of(service, fault.clone()).after(1));
        let said = course.reconciled().await;
        let found = course.awarded().await;
        assert!(found.is_subset(&expected), "{fault:?}: {found:?}");
        let is_said = said.unreadable > 0 || service == Service::Members;
        assert!(is_said, "{fault:?}: nothing says that people could not be read: {said:?}");
        assert_eq!(said.missing, 0, "{fault:?}: what was read was awarded: {said:?}");
        course.class.app.lms.behave();
        let said = course.reconciled().await;
        assert_eq!((said.missing, said.unreadable, said.held()), (0, 0, 0), "{fault:?}: {said:?}");
        assert_eq!(course.awarded().await, expected, "{fault:?}");
    }
}

/// Two replicas are asked for the same course at the same moment, and both work: one reconcile, one statement, no award
/// twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_reconcile_one_course_at_once() {
    let course = Crowd::new(40).await;
    let one = &course.class.app;
    let two = one.second().await;
    let mut expected = BTreeSet::new();
    for round in 1..=3_usize {
        for number in 1..=40 {
            if number % 4 == round {
                course.grade(number, 10.0);
                expected.insert(crowd(number));
            }
        }
        one.advance(61);
        let (id, cause) = (course.class.course, ReconcileCause::Asked);
        let (left, right) = (one.operator(), two.operator());
        let (first, second) = tokio::join!(
            reconcile::ask(&one.app, &left, id, cause),
            reconcile::ask(&two.app, &right, id, cause)
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.run.id, second.run.id, "one of them joins");
        assert!(first.is_joined != second.is_joined);
        for _ in 0..15 {
            let (here, there) = (worker(&one.app), worker(&two.app));
            let (left, right) = tokio::join!(here.run_due(), there.run_due());
            left.and(right).unwrap();
            one.advance(2);
        }
        let (_, said) = ended(one, first.run.id).await;
        assert_eq!((said.awarded, said.missing, said.unreadable), (10, 0, 0), "round {round}: {said:?}");
        assert_eq!(course.awarded().await, expected, "round {round}");
    }
    let ended = one.count("reconcile_run WHERE ended_at IS NOT NULL").await;
    assert_eq!(ended, 3, "a statement for each time it was asked");
    assert_eq!(one.count("job WHERE state = 'dead'").await, 0);
    two.stop().await;
}

const ACTIVITIES: [&str; 4] = ["a", "b", "c", "d"];

/// Everybody completes some of four activities: person `n` those whose bit is in `n`.
fn done_by(person: usize) -> BTreeSet<&'static str> {
    ACTIVITIES.into_iter().enumerate().filter(|(bit, _)| person >> bit & 1 == 1).map(|(_, it)| it).collect()
}

fn both(one: &str, other: &str) -> Value {
    let done = |activity: &str| {
        json!({ "type": "completed", "min_strength": "strong",
                "subject": { "course": "this", "activity": activity } })
    };
    json!({ "type": "all_of", "of": [done(one), done(other)] })
}

async fn tells(app: &TestApp, class: laurel::ids::CourseId, person: usize, activity: &str) {
    let whole = completed(app, class, &crowd(person), &format!("{person}-{activity}"));
    let event = EventIn { activity: Some(activity.to_owned()), ..whole };
    let reporter = Reporter {
        source: "key:registrar".to_owned(),
        label: "Registrar".to_owned(),
        strength: Strength::Strong,
    };
    signal::receive(&app.app, &app.operator(), &reporter, &event).await.unwrap();
}

/// The rules of a placement by their ids, each with what it asks for.
async fn rules(app: &TestApp, placement: PlacementId) -> BTreeMap<RuleId, String> {
    let db = app.app.store.read();
    let rows = placements::rules(db, app.organization, placement, PageQuery::default()).await.unwrap();
    rows.items.into_iter().map(|row| (row.id, row.rule.to_string())).collect()
}

/// Events arrive at two replicas, the course is reconciled, and the rule changes from "a and b" to "c and d", all at
/// once. In the end everybody who meets the new rule has the badge; whoever else has it met the old one whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_edited_in_the_middle_of_everything() {
    const PEOPLE: usize = 48;
    let class = Class::on(TestApp::new().await, &practice::services::ALL_SCOPES, |app| {
        app.lms.add_crowd(demo::COURSE, PEOPLE);
    })
    .await;
    let (app, course) = (&class.app, class.course);
    let version = app.achievement("Both").await;
    let placement = app.place(version, Some(course), both("a", "b")).await.placement.id;
    class.settle().await;
    let two = app.second().await;
    app.advance(61);
    reconcile::ask(&app.app, &app.operator(), course, ReconcileCause::Asked).await.unwrap();

    let told = async {
        for activity in ACTIVITIES {
            for person in 1..=PEOPLE {
                if done_by(person % 16).contains(activity) {
                    let at = if person % 2 == 0 { app } else { &two };
                    tells(at, course, person, activity).await;
                }
            }
        }
    };
    let worked = async {
        for _ in 0..40 {
            let (here, there) = (worker(&app.app), worker(&two.app));
            let (left, right) = tokio::join!(here.run_due(), there.run_due());
            left.and(right).unwrap();
            app.advance(1);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let edited = async {
        // About half of what is told has arrived.
        while app.count("signal WHERE channel = 'event'").await < 50 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let rule = json!({ "version": 1, "node": both("c", "d") });
        placement::set_rule(&two.app, &two.operator(), placement, rule).await.unwrap();
    };
    tokio::join!(told, worked, edited);
    app.advance(61);
    let asked = reconcile::ask(&app.app, &app.operator(), course, ReconcileCause::Asked).await.unwrap();
    let (_, said) = ended(app, asked.run.id).await;
    assert_eq!((said.missing, said.unreadable, said.held()), (0, 0, 0), "{said:?}");
    class.settle().await;

    let rules = rules(app, placement).await;
    assert_eq!(rules.len(), 2);
    let mut by_new = BTreeSet::new();
    for award in app.awards().await {
        let db = app.app.store.read();
        let learner = store::learner::find(db, app.organization, award.learner_id).await.unwrap().unwrap();
        let person: usize = learner.sub.strip_prefix("crowd-").unwrap().parse().unwrap();
        let done = done_by(person % 16);
        let rule = &rules[&award.rule_id.unwrap()];
        let asked: BTreeSet<&str> =
            ACTIVITIES.into_iter().filter(|activity| rule.contains(&format!("\"{activity}\""))).collect();
        assert_eq!(asked.len(), 2, "{rule}");
        assert!(asked.is_subset(&done), "{person} did {done:?} and was awarded for {asked:?}");
        by_new.insert(person);
    }
    let whole: BTreeSet<&str> = ["c", "d"].into();
    let expected: BTreeSet<usize> =
        (1..=PEOPLE).filter(|person| whole.is_subset(&done_by(person % 16))).collect();
    let missed: Vec<&usize> = expected.difference(&by_new).collect();
    assert!(missed.is_empty(), "missed by the new rule: {missed:?}");
    assert_eq!(awarded(app).await.len(), by_new.len());
    assert_eq!(app.count("job WHERE state = 'dead'").await, 0);
    two.stop().await;
}
