//! Rules that name another course: what happens there is told to whoever asks about it, by event, by reading and by
//! reconcile; never across organizations; and promised for what it is.

use laurel::{
    domain::{
        line_item::{
            manage::{self, NewColumn},
            results,
        },
        placement,
        promise::{Because, Better, Promise, of_placement},
        reconcile::{self, Statement, schedule},
        roster,
        signal::{CourseIn, EventIn, Said},
    },
    ids::{CourseId, PlacementId},
    store::{
        self, PageQuery,
        entity::{
            pass::PassCause, placement::PlacementState, reconcile_run::ReconcileCause,
            record_source::RecordKind,
        },
        pass as passes,
    },
};
use practice::{
    Activity, Course, User,
    course::{INSTRUCTOR, LEARNER},
    demo,
};
use serde_json::{Value, json};

use super::{Registrar, completed, ended};
use crate::{
    records::{NUMBER, School},
    services::visit_link,
    support::app::{CLIENT, TestApp},
};

/// Two courses of one Moodle: in `here` a badge asks about what is done `there`, where there is no badge.
struct Two {
    school: School,
    here: CourseId,
    there: CourseId,
}

impl Two {
    async fn new() -> Self {
        let school = School::new(RecordKind::Moodle).await;
        let (app, there) = (&school.app, school.course);
        app.lms.add_course(Course::new("18", "CS18", "More machines"));
        app.lms.add_activity("18", Activity::tool("badge-18", "Your badge", CLIENT));
        app.lms.enroll("18", demo::ADA, &[INSTRUCTOR]);
        for learner in [demo::GRACE, demo::EMMY] {
            app.lms.enroll("18", learner, &[LEARNER]);
        }
        visit_link(app, demo::ADA, "badge-18").await;
        let all = store::course::list(app.app.store.read(), app.organization, PageQuery::default());
        let here = all.await.unwrap().items.into_iter().find(|course| course.id != there).unwrap().id;
        let two = Self { school, here, there };
        for course in [here, there] {
            two.reads_people(course).await;
        }
        two
    }

    fn app(&self) -> &TestApp {
        &self.school.app
    }

    async fn reads_people(&self, course: CourseId) {
        let app = self.app();
        app.advance(61);
        let row = roster::ask(&app.app, &app.operator(), course, None).await.unwrap();
        app.run_jobs().await;
        let row = store::roster::find(app.app.store.read(), app.organization, row.id).await.unwrap();
        assert!(row.unwrap().complete_at.is_some());
    }

    fn completed_there(&self) -> Value {
        json!({ "type": "completed", "subject": { "course": self.there } })
    }

    async fn badge(&self, name: &str, course: CourseId, node: Value) -> PlacementId {
        let version = self.app().achievement(name).await;
        let placed = self.app().place(version, Some(course), node).await.placement.id;
        self.app().run_jobs().await;
        placed
    }

    async fn reconciled(&self, course: CourseId) -> Statement {
        let app = self.app();
        app.advance(61);
        let asked = reconcile::ask(&app.app, &app.operator(), course, ReconcileCause::Asked).await.unwrap();
        ended(app, asked.run.id).await.1
    }

    /// Who has what, by the platform's name of them.
    async fn awarded(&self) -> Vec<(String, PlacementId)> {
        let app = self.app();
        let mut all = Vec::new();
        for award in app.awards().await {
            let db = app.app.store.read();
            let learner = store::learner::find(db, app.organization, award.learner_id).await.unwrap();
            all.push((learner.unwrap().sub, award.placement_id.unwrap()));
        }
        all.sort();
        all
    }

    fn sub(&self, user: &str) -> String {
        self.app().lms.subject(user)
    }
}

/// An event there awards here at once, without a reconcile. Whoever is only there has nothing here. An event that
/// nobody asks about, of an activity say, is one write: no job follows from it.
#[tokio::test]
async fn an_event_about_the_other_course_awards_here() {
    let two = Two::new().await;
    let app = two.app();
    let badge = two.badge("Both", two.here, two.completed_there()).await;
    let registrar = Registrar::new(app).await;
    let writes = async |event: EventIn| {
        let before = app.app.store.counted();
        registrar.sends(app, event).await;
        app.app.store.counted().writes - before.writes
    };
    let grace = completed(app, two.there, &two.sub(demo::GRACE), "1");
    let quiz = EventIn { activity: Some("a quiz".to_owned()), source_id: "0".to_owned(), ..grace.clone() };
    let unasked = writes(quiz).await;
    assert_eq!(app.count("job WHERE state = 'ready'").await, 0, "nobody asks about the quiz");
    let asked = writes(grace).await;
    assert_eq!(asked, unasked + 1, "the job that looks at her elsewhere");
    app.run_jobs().await;
    assert_eq!(two.awarded().await, [(two.sub(demo::GRACE), badge)]);

    // Alan is in the other course only.
    registrar.tells_of(app, two.there, &two.sub(demo::ALAN), "2", None).await;
    app.run_jobs().await;
    assert_eq!(two.awarded().await.len(), 1);

    // A rule that does not ask any more is told no more; one that asks again is.
    let launched = json!({ "version": 1, "node": { "type": "launched" } });
    placement::set_rule(&app.app, &app.operator(), badge, launched).await.unwrap();
    app.run_jobs().await;
    let emmy = writes(completed(app, two.there, &two.sub(demo::EMMY), "3")).await;
    assert_eq!(emmy, unasked);
    let again = json!({ "version": 1, "node": two.completed_there() });
    placement::set_rule(&app.app, &app.operator(), badge, again).await.unwrap();
    app.run_jobs().await;
    assert_eq!(two.awarded().await.len(), 2, "what was said before counts");
}

/// A reading there awards here: of few people each is looked at, of many a pass weighs everybody.
#[tokio::test]
async fn a_reading_of_the_other_course_awards_here() {
    for crowd in [0, 30] {
        let two = Two::new().await;
        let app = two.app();
        let names: Vec<String> = (0..crowd).map(|number| format!("many-{number:02}")).collect();
        for name in &names {
            app.lms.add_user(User::new(name.as_str(), name));
            app.lms.enroll(NUMBER, name.as_str(), &[LEARNER]);
            app.lms.enroll("18", name.as_str(), &[LEARNER]);
        }
        for course in [two.here, two.there] {
            two.reads_people(course).await;
        }
        let new = NewColumn {
            course: two.there,
            link: None,
            label: "Workshop".to_owned(),
            maximum: Some("10".parse().unwrap()),
            activity: Some("workshop".to_owned()),
        };
        let column = manage::watch(&app.app, &app.operator(), new).await.unwrap();
        app.run_jobs().await;
        let asks = json!({ "type": "score", "subject": { "course": two.there, "activity": "workshop" },
                           "unit": "percent", "at_least": "80" });
        let badge = two.badge("Workshop", two.here, asks).await;
        let theirs = app.lms.line_items(NUMBER)[0].id;
        for name in names.iter().map(String::as_str).chain([demo::GRACE, demo::ALAN]) {
            app.lms.grade(demo::ADA, theirs, name, 9.0).unwrap();
        }
        app.lms.grade(demo::ADA, theirs, demo::EMMY, 7.9).unwrap();
        app.advance(2);
        results::read(&app.app, app.organization, column.id, uuid::Uuid::from_u128(1)).await.unwrap();
        app.run_jobs().await;
        let held = app.count("hold WHERE state = 'open'").await;
        if crowd > 0 {
            // So many at once without strong proof wait for a click, as in a course of its own.
            assert_eq!((held, app.awards().await.len()), (1, 0));
            let asked = passes::Filter { placement: Some(badge), ..passes::Filter::default() };
            let page = passes::list(app.app.store.read(), app.organization, asked, PageQuery::default());
            assert!(page.await.unwrap().items.iter().any(|pass| pass.cause == PassCause::Column));
        } else {
            assert_eq!(two.awarded().await, [(two.sub(demo::GRACE), badge)]);
        }
    }
}

/// Every event lost: the other course comes due by itself although it has no badge of its own, and its statement says
/// who was rescued elsewhere. Its next finds nothing.
#[tokio::test]
async fn a_reconcile_there_rescues_here() {
    let two = Two::new().await;
    let app = two.app();
    two.school.consents().await;
    let badge = two.badge("Both", two.here, two.completed_there()).await;
    two.school.finishes(demo::GRACE);
    two.school.finishes(demo::ALAN);
    app.advance(61);
    schedule::enqueue_due(&app.app).await.unwrap();
    let mut statements = Vec::new();
    for _ in 0..3 {
        app.advance(7 * 3600);
        schedule::enqueue_due(&app.app).await.unwrap();
        let db = app.app.store.read();
        if let Some(run) = store::reconcile::running(db, app.organization, two.there).await.unwrap() {
            assert_eq!(run.cause, ReconcileCause::Due);
            statements.push(ended(app, run.id).await.1);
        }
        app.run_jobs().await;
    }
    assert!(statements.len() >= 2, "it comes due: {statements:?}");
    let grace = app.learner(&two.sub(demo::GRACE)).await.unwrap();
    let said = &statements[0];
    assert_eq!((said.awarded, said.missing, said.unreadable), (1, 0, 0), "{said:?}");
    let rescued = &said.rescued[0];
    assert_eq!((rescued.learner, rescued.placement), (grace.id, Some(badge)));
    assert_eq!(rescued.channels, ["record"]);
    assert!(statements[1..].iter().all(|said| said.awarded == 0), "{statements:?}");
    assert_eq!(two.awarded().await, [(two.sub(demo::GRACE), badge)]);
    placement::set_state(&app.app, &app.operator(), badge, PlacementState::Ended).await.unwrap();
    app.run_jobs().await;
    app.advance(24 * 3600);
    schedule::enqueue_due(&app.app).await.unwrap();
    let db = app.app.store.read();
    let running = store::reconcile::running(db, app.organization, two.there).await.unwrap();
    assert!(running.is_none(), "nobody asks about it any more");
}

/// What could not be read there leaves people here unreadable.
#[tokio::test]
async fn what_is_unread_there_is_unreadable_here() {
    let two = Two::new().await;
    let app = two.app();
    two.school.consents().await;
    two.badge("Both", two.here, two.completed_there()).await;
    two.school.finishes(demo::GRACE);
    app.lms.withdraw_record_tokens();
    let said = two.reconciled(two.there).await;
    assert_eq!((said.checked, said.awarded, said.unreadable), (2, 0, 2), "Grace and Emmy are here: {said:?}");
}

/// Two courses whose rules name each other: both are awarded, and nothing goes round.
#[tokio::test]
async fn courses_that_name_each_other_begin_nothing_anew() {
    let two = Two::new().await;
    let app = two.app();
    two.school.consents().await;
    let here = two.badge("There", two.here, two.completed_there()).await;
    let back = json!({ "type": "any_of", "of": [
        { "type": "completed", "subject": { "course": two.here } }, two.completed_there() ] });
    let there = two.badge("Either", two.there, back).await;
    two.school.finishes(demo::GRACE);
    let before = app.count("pass").await;
    let said = two.reconciled(two.there).await;
    assert_eq!((said.awarded, said.missing, said.unreadable), (2, 0, 0), "{said:?}");
    let grace = two.sub(demo::GRACE);
    let mut expected = [(grace.clone(), here), (grace, there)];
    expected.sort();
    assert_eq!(two.awarded().await, expected);
    app.advance(3600);
    app.run_jobs().await;
    assert_eq!(app.count("pass").await, before + 2, "its own and one elsewhere");
    assert_eq!(app.count("job WHERE state = 'ready'").await, 0);
    let registrar = Registrar::new(app).await;
    registrar.tells_of(app, two.here, &two.sub(demo::EMMY), "1", None).await;
    app.run_jobs().await;
    assert_eq!(two.awarded().await.len(), 3, "Emmy's, for what is said of the other one");
    assert_eq!(app.count("job WHERE state = 'ready'").await, 0);
}

/// Another organization can neither name the course nor hear of it.
#[tokio::test]
async fn nothing_is_told_across_organizations() {
    let two = Two::new().await;
    let app = two.app();
    let badge = two.badge("Both", two.here, two.completed_there()).await;
    let stranger = app.tenant("elsewhere").await;
    let named = async |organization| {
        let db = app.app.store.read();
        store::placement::that_name(db, organization, two.there).await.unwrap()
    };
    assert_eq!(named(app.organization).await[0].0.id, badge);
    assert!(named(stranger.organization).await.is_empty());
    let rule = json!({ "version": 1, "node": two.completed_there() });
    let refused =
        laurel::domain::rule::checked(app.app.store.read(), stranger.organization, None, &rule).await;
    let error = refused.unwrap_err();
    assert_eq!(error.code(), "rule.reference_unknown");
    assert!(error.to_string().contains("no such course"), "{error}");
}

/// The promise is what it is: read there, guaranteed here; only told, best effort; a course that was only named and
/// one of another platform are said to be so.
#[tokio::test]
async fn the_promise_about_another_course_is_true() {
    let two = Two::new().await;
    let app = two.app();
    let badge = two.badge("Both", two.here, two.completed_there()).await;
    let promised = async |placement| {
        let known = of_placement(&app.app, app.organization, placement, None).await.unwrap().promised;
        (known.promise, known.leaves[0].because, known.leaves[0].better)
    };
    let click = Promise::NeedsClick;
    assert_eq!(promised(badge).await, (click, Because::Nobody, Some(Better::ConnectRecords)));
    two.school.consents().await;
    assert_eq!(promised(badge).await, (Promise::Guaranteed, Because::Record, None));
    two.school.finishes(demo::GRACE);
    two.reconciled(two.there).await;
    assert_eq!(promised(badge).await.0, Promise::Guaranteed);

    // Made by an event that named it; nobody has ever opened anything there.
    let (lms, _, other) = app.another_platform("another", "another").await;
    let deployments =
        store::deployment::of_platform(app.app.store.read(), app.organization, other.id).await.unwrap();
    let other = deployments[0].id;
    let registrar = Registrar::new(app).await;
    let names = async |deployment, id: &str, sub: &str| {
        let course = CourseIn::Context { deployment, context_id: id.to_owned(), title: Some(id.to_owned()) };
        let event =
            EventIn { course: Some(course), said: Said::Completed, ..completed(app, two.here, sub, id) };
        registrar.sends(app, event).await;
        let all = store::course::list(app.app.store.read(), app.organization, PageQuery::default());
        let all = all.await.unwrap().items;
        all.into_iter().find(|course| course.context_id == id).unwrap().id
    };
    let db = app.app.store.read();
    let own = store::course::find(db, app.organization, two.here).await.unwrap().unwrap().deployment_id;
    app.lms.withdraw_record_tokens();
    let sources = store::record_source::list(db, app.organization, PageQuery::default()).await.unwrap();
    let source = sources.items[0].id;
    laurel::domain::records::source::remove(&app.app, &app.operator(), source).await.unwrap();
    let unopened = names(own, "99", &two.sub(demo::EMMY)).await;
    let asks = |course: CourseId| json!({ "type": "completed", "subject": { "course": course } });
    let about = two.badge("Unopened", two.here, asks(unopened)).await;
    assert_eq!(promised(about).await, (click, Because::Unopened, Some(Better::OpenThere)));
    app.advance(61);
    laurel::domain::channel_health::sweep(&app.app).await.unwrap();
    assert_eq!(
        promised(about).await,
        (Promise::BestEffort, Because::Events, Some(Better::OpenThere)),
        "somebody has told of it"
    );
    let foreign = names(other, "100", &two.sub(demo::EMMY)).await;
    let apart = two.badge("Apart", two.here, asks(foreign)).await;
    assert_eq!(promised(apart).await, (click, Because::OtherPlatform, Some(Better::NameHere)));
    lms.shutdown().await;
}
