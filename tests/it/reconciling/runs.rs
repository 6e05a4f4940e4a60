//! Reconciles over real HTTP: what the platform knows is found although nobody told it, and stated.

use criteria::{Rule, Test};
use laurel::{
    domain::{
        channel_health, placement,
        reconcile::{
            self, Source, SourceKind, Statement, schedule,
            unread::{Relieved, is_unread, relieved},
        },
    },
    ids::CourseId,
    jobs::worker,
    store::{
        self, PageQuery,
        entity::{
            channel_health::ChannelAlarm,
            reconcile_run::{Model, ReconcileCause, ReconcileState},
        },
    },
    texts::Language,
};
use practice::{Fault, Misbehaviour, Service, demo, services::LineItemId};
use serde_json::{Value, json};

use crate::{services::Class, support::app::TestApp};

/// A badge for at least 80 % in a watched column; no learner ever launches.
struct Watched {
    class: Class,
    placement: laurel::ids::PlacementId,
    theirs: LineItemId,
}

fn at_least_80() -> Value {
    json!({ "type": "score", "subject": { "activity": "workshop" }, "unit": "percent", "at_least": "80" })
}

impl Watched {
    async fn new() -> Self {
        let class = Class::new().await;
        class.watches("workshop", None).await;
        let version = class.app.achievement("Workshop passed").await;
        let placed = class.app.place(version, Some(class.course), at_least_80()).await;
        class.settle().await;
        let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
        Self { class, placement: placed.placement.id, theirs }
    }

    fn grade(&self, user: &str, score: f64) {
        self.class.app.lms.grade(demo::ADA, self.theirs, user, score).unwrap();
    }

    async fn ask(&self, cause: ReconcileCause) -> Model {
        let app = &self.class.app;
        app.advance(61);
        reconcile::ask(&app.app, &app.operator(), self.class.course, cause).await.unwrap().run
    }

    /// Asks, and lets jobs run until it has ended.
    async fn reconciled(&self) -> (Model, Statement) {
        let asked = self.ask(ReconcileCause::Asked).await;
        ended(&self.class.app, asked.id).await
    }
}

pub async fn ended(app: &TestApp, id: laurel::ids::ReconcileRunId) -> (Model, Statement) {
    for _ in 0..100 {
        app.run_jobs().await;
        let run = reconcile::find(&app.app, app.organization, id).await.unwrap();
        if run.state == ReconcileState::Done {
            let said = reconcile::statement_of(&run).unwrap().unwrap();
            return (run, said);
        }
        app.advance(2);
    }
    panic!("a reconcile without end");
}

fn sources(run: &Model) -> Vec<Source> {
    reconcile::sources_of(run).unwrap()
}

/// What nothing told is found: who was rescued, by which channel, in one sentence; the second time there is nothing.
#[tokio::test]
async fn a_reconcile_finds_what_nobody_told() {
    let watched = Watched::new().await;
    watched.grade(demo::GRACE, 8.0);
    watched.grade(demo::EMMY, 7.999);
    let before = watched.class.app.lms.service_requests().len();
    let (run, said) = watched.reconciled().await;
    let asked = watched.class.app.lms.service_requests().len() - before;
    assert!(asked <= 10, "{asked} requests");
    assert_eq!((said.checked, said.awarded, said.missing, said.unreadable), (3, 1, 0, 0));
    assert!(sources(&run).iter().all(|source| source.is_complete && source.trouble.is_none()));
    assert_eq!(sources(&run).len(), 2, "the roster and the column");
    let grace = watched.class.app.learner(&watched.class.app.lms.subject(demo::GRACE)).await.unwrap();
    assert_eq!(said.rescued.len(), 1);
    assert_eq!((said.rescued[0].learner, &said.rescued[0].channels), (grace.id, &vec!["column".to_owned()]));
    assert_eq!(said.sentence(Language::En), "3 learners checked, 1 awarded, 0 missing, 0 unreadable.");
    assert_eq!(said.sentence(Language::De), "3 Lernende geprüft, 1 verliehen, 0 fehlen, 0 nicht lesbar.");
    let (_, said) = watched.reconciled().await;
    assert_eq!((said.checked, said.awarded, said.missing), (3, 0, 0), "nothing twice");
    assert_eq!(watched.class.app.awards().await.len(), 1);
}

/// A source that fails stops no other. Whom it left unread is unreadable, not "not met"; it is an alarm until it is read.
#[tokio::test]
async fn a_source_that_fails_leaves_people_unreadable() {
    for fault in [Fault::Status(500), Fault::Html, Fault::Drop] {
        let watched = Watched::new().await;
        watched.reconciled().await;
        watched.grade(demo::GRACE, 9.0);
        watched.class.app.lms.misbehave(Misbehaviour::of(Service::Results, fault.clone()));
        let (run, said) = watched.reconciled().await;
        assert_eq!((said.awarded, said.missing, said.unreadable), (0, 0, 3), "{fault:?}: {said:?}");
        let of = sources(&run);
        assert!(of[0].is_complete && !of[1].is_complete && of[1].trouble.is_some(), "{of:?}");
        let app = &watched.class.app;
        let alarms = async || {
            let page = channel_health::alarms(&app.app, app.organization, None, PageQuery::default()).await;
            page.unwrap().items.into_iter().map(|row| row.alarm.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(alarms().await, [ChannelAlarm::Unreadable]);
        app.lms.behave();
        let (_, said) = watched.reconciled().await;
        assert_eq!((said.awarded, said.unreadable), (1, 0));
        assert!(alarms().await.is_empty());
    }
}

/// Who asks while one runs joins it, of any number of replicas; a replay reads nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_at_a_time_whoever_asks() {
    let watched = Watched::new().await;
    watched.grade(demo::GRACE, 10.0);
    let two = watched.class.app.second().await;
    let (first, course) = (watched.ask(ReconcileCause::Asked).await, watched.class.course);
    let joined = reconcile::ask(&two.app, &two.operator(), course, ReconcileCause::Asked).await.unwrap();
    assert!(joined.is_joined);
    assert_eq!(joined.run.id, first.id);
    for _ in 0..30 {
        let (one, other) = (worker(&watched.class.app.app), worker(&two.app));
        let (left, right) = tokio::join!(one.run_due(), other.run_due());
        left.and(right).unwrap();
        watched.class.app.advance(2);
    }
    let (_, said) = ended(&watched.class.app, first.id).await;
    assert_eq!((said.awarded, said.missing), (1, 0));
    assert_eq!(watched.class.app.awards().await.len(), 1);
    two.stop().await;
    let before = watched.class.app.lms.service_requests().len();
    let replay = watched.ask(ReconcileCause::Replay).await;
    let (run, said) = ended(&watched.class.app, replay.id).await;
    assert_eq!((said.checked, said.awarded, sources(&run).len()), (3, 0, 0));
    assert_eq!(watched.class.app.lms.service_requests().len(), before);
}

/// A restart in the middle loses nothing, and a rule that is edited in the middle is the one that counts.
#[tokio::test]
async fn a_restart_and_an_edit_in_the_middle() {
    let watched = Watched::new().await;
    watched.grade(demo::GRACE, 7.0);
    let asked = watched.ask(ReconcileCause::Asked).await;
    let Watched { class, placement, .. } = watched;
    let course = class.course;
    let app = class.app.restart().await;
    let mut easier = at_least_80();
    easier["at_least"] = json!("60");
    placement::set_rule(&app.app, &app.operator(), placement, json!({ "version": 1, "node": easier }))
        .await
        .unwrap();
    let (_, said) = ended(&app, asked.id).await;
    assert_eq!((said.missing, said.unreadable), (0, 0));
    assert_eq!(app.awards().await.len(), 1, "by the rule as it is now");
    let again = reconcile::ask(&app.app, &app.operator(), course, ReconcileCause::Asked).await.unwrap();
    assert_eq!(ended(&app, again.run.id).await.1.awarded, 0);
}

/// Courses are spread over the interval, each at its own offset; what is due begins, and not too much at once.
#[tokio::test]
async fn courses_come_due_spread_over_time() {
    let interval = chrono::Duration::hours(6);
    let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let mut hours = [0; 6];
    for _ in 0..6_000 {
        let course = CourseId(laurel::clock::Dice::system().row_id(now));
        let at = schedule::next(course, now, interval);
        assert!(at > now && at <= now + interval);
        assert_eq!(schedule::next(course, at, interval), at + interval, "always at its own offset");
        hours[usize::try_from((at - now).num_minutes() / 60).unwrap().min(5)] += 1;
    }
    assert!(hours.iter().all(|count| (800..1_200).contains(count)), "{hours:?}");

    let watched = Watched::new().await;
    watched.grade(demo::GRACE, 10.0);
    let app = &watched.class.app;
    app.advance(61);
    assert_eq!(schedule::enqueue_due(&app.app).await.unwrap(), 0, "its time has not come");
    app.advance(6 * 3600);
    assert_eq!(schedule::enqueue_due(&app.app).await.unwrap(), 1);
    assert_eq!(schedule::enqueue_due(&app.app).await.unwrap(), 0, "once");
    let db = app.app.store.read();
    let run = store::reconcile::running(db, app.organization, watched.class.course).await.unwrap().unwrap();
    assert_eq!(run.cause, ReconcileCause::Due);
    // One that nothing has happened to for hours is abandoned, and takes nobody's place.
    let running = async |at| store::reconcile::unscoped_running(app.app.store.read(), at).await.unwrap();
    assert_eq!(running(run.updated_at - chrono::Duration::hours(3)).await, 1);
    assert_eq!(running(run.updated_at).await, 0);
    assert_eq!(ended(app, run.id).await.1.awarded, 1);
}

/// Every course where a badge is live can be reconciled at once, the newest too, which has no schedule yet.
#[tokio::test]
async fn all_courses_are_reached_at_once() {
    let watched = Watched::new().await;
    watched.grade(demo::GRACE, 10.0);
    let app = &watched.class.app;
    let all = schedule::make_all_due(&app.app, &app.operator()).await.unwrap();
    assert_eq!((all.courses, all.begun), (0, 1), "it came a moment ago");
    let running = async || {
        let db = app.app.store.read();
        store::reconcile::running(db, app.organization, watched.class.course).await.unwrap()
    };
    assert_eq!(ended(app, running().await.unwrap().id).await.1.awarded, 1);
    app.advance(61);
    let all = schedule::make_all_due(&app.app, &app.operator()).await.unwrap();
    assert_eq!((all.courses, all.begun), (1, 0), "it has a schedule");
    assert_eq!(schedule::enqueue_due(&app.app).await.unwrap(), 1);
    assert_eq!(ended(app, running().await.unwrap().id).await.1.awarded, 0);
}

/// With the leaves that could not be read taken for met, what is left decides who is unreadable.
#[test]
fn what_could_not_be_read_is_taken_for_met() {
    let rule = |node: &Value| Rule::parse(&json!({ "version": 1, "node": node })).unwrap();
    let (read, unread) = (json!({ "type": "launched" }), at_least_80());
    let is_unread = |test: &Test| matches!(test, Test::Score(_));
    let of = |node: Value| relieved(&rule(&node), is_unread);
    assert_eq!(of(read.clone()), Relieved::Untouched);
    assert_eq!(of(unread.clone()), Relieved::Nothing);
    let left = Relieved::Rest(rule(&json!({ "type": "all_of", "of": [read] })));
    assert_eq!(of(json!({ "type": "all_of", "of": [read, unread] })), left);
    assert_eq!(of(json!({ "type": "any_of", "of": [read, unread] })), Relieved::Nothing);
    let done = json!({ "type": "completed", "subject": { "course": "this" } });
    let two = json!({ "type": "at_least", "n": 2, "of": [read, unread, done] });
    let one = rule(&json!({ "type": "at_least", "n": 1, "of": [read, done] }));
    assert_eq!(of(two), Relieved::Rest(one));
}

/// A completion of an activity rests on what can tell of it: a trigger column, a record that has activities. A watched
/// column, and a record of whole courses only, neither hide it nor vouch for it.
#[test]
fn a_completion_is_unread_where_what_tells_of_it_is() {
    let source = |kind: SourceKind, completes: bool, is_complete: bool| Source {
        kind,
        id: None,
        activity: (kind == SourceKind::Column).then(|| "workshop".to_owned()),
        completes,
        for_names: false,
        name: String::new(),
        is_done: true,
        tries: 1,
        looks: 0,
        read_at: None,
        read: 0,
        new: 0,
        is_complete,
        trouble: None,
        platform_says: None,
    };
    let course = CourseId(uuid::Uuid::from_u128(8));
    let node = json!({ "type": "completed", "subject": { "activity": "workshop" } });
    let rule = Rule::parse(&json!({ "version": 1, "node": node })).unwrap();
    let is_unread = |sources: &[Source]| is_unread(&rule.root().test, course, sources);
    let trigger = source(SourceKind::Column, true, false);
    assert!(is_unread(std::slice::from_ref(&trigger)));
    assert!(!is_unread(&[source(SourceKind::Column, true, true)]));
    assert!(!is_unread(&[source(SourceKind::Column, false, false)]), "a watched column never tells");
    assert!(is_unread(&[trigger.clone(), source(SourceKind::Record, false, true)]), "whole courses only");
    assert!(!is_unread(&[trigger, source(SourceKind::Record, true, true)]), "the record was read");
}
