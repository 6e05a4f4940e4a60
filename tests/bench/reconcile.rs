//! A course of ten thousand is reconciled (design §11, issue 4): its list of people read, everybody's completion read from
//! the platform's own record, evaluated, awarded and signed, up to the stored statement, on a `SQLite` file with
//! `synchronous=FULL`. The record is canned, a list of a hundred per page as Canvas gives it; the list of people is the
//! practice LMS's, whose own work counts against us. Then what a signal costs that changes nothing.
//! `cargo bench --bench reconcile`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a bench that cannot start should say so; its record's server ends with it"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use laurel::{
    config::Secret,
    domain::{
        learner::LearnerIn,
        pass,
        reconcile::{self, Statement},
        records::source::{self, Credential, NewSource},
        signal::{self, CourseIn, EventIn, Reporter, Said},
    },
    ids::{CourseId, LearnerId},
    store::{
        self, PageQuery,
        entity::{
            pass::PassCause,
            reconcile_run::{ReconcileCause, ReconcileState},
            record_source::RecordKind,
        },
    },
};
use poem::{Response, endpoint::make_sync, http::StatusCode, listener::TcpAcceptor};
use practice::{Activity, ToolRegistration, demo, services::ALL_SCOPES};
use serde_json::{Value, json};
use support::app::{CLIENT, TestApp};

mod due;
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../it/support"]
mod support {
    pub mod app;
    pub mod attempt;
    pub mod database;
}

const PEOPLE: usize = 10_000;
/// How many Canvas gives on a page.
const PER_PAGE: usize = 100;

/// A record that says of everybody whether they have completed the course.
async fn record(numbers: &[u64], is_done: bool) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let one = |number: &u64| {
        json!({ "id": number, "display_name": "Somebody", "progress": {
            "requirement_count": 2, "requirement_completed_count": if is_done { 2 } else { 1 },
            "completed_at": is_done.then_some("2030-03-17T12:00:00Z") } })
    };
    let page = |numbers: &[u64]| Value::Array(numbers.iter().map(one).collect()).to_string();
    let pages: Arc<Vec<String>> = Arc::new(numbers.chunks(PER_PAGE).map(page).collect());
    let course =
        json!({ "id": 101, "name": "Introduction to Computing", "course_code": "CS101" }).to_string();
    let here = base.clone();
    let endpoint = make_sync(move |request: poem::Request| {
        let json = Response::builder().status(StatusCode::OK).content_type("application/json");
        if !request.uri().path().ends_with("/bulk_user_progress") {
            return json.body(course.clone());
        }
        let query = request.uri().query().unwrap_or_default();
        let at = query.split('&').find_map(|part| part.strip_prefix("page=")?.parse::<usize>().ok());
        let at = at.unwrap_or(1);
        let next =
            format!("<{here}{}?per_page={PER_PAGE}&page={}>; rel=\"next\"", request.uri().path(), at + 1);
        let json = if at < pages.len() { json.header("link", next) } else { json };
        json.body(pages[at - 1].clone())
    });
    let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
    tokio::spawn(async move { poem::Server::new_with_acceptor(acceptor).run(endpoint).await.unwrap() });
    base
}

/// A course with so many people, whose teacher has opened the tool, and a badge for whoever completes it.
struct Crowd {
    test: TestApp,
    course: CourseId,
    numbers: Vec<u64>,
}

impl Crowd {
    /// It has been reconciled once, when nobody had completed it.
    async fn new() -> Self {
        let test = TestApp::new().await;
        let scopes = ALL_SCOPES.map(str::to_owned).to_vec();
        test.lms.register(ToolRegistration { scopes, ..test.tool.clone() });
        test.lms.quirks(|quirks| (quirks.product_family, quirks.roster_page) = ("canvas", Some(500)));
        let link = Activity::tool("badge", "Your badge", CLIENT)
            .custom("canvas_user_id", "$Canvas.user.id")
            .custom("canvas_course_id", "$Canvas.course.id");
        test.lms.add_activity(demo::COURSE, link);
        test.lms.add_crowd(demo::COURSE, PEOPLE);
        let browser = test.browser();
        browser.sign_in(&test.lms, demo::ADA).await.unwrap();
        browser.launch(&test.lms, demo::ADA, "badge").await.unwrap();
        let courses = store::course::list(test.app.store.read(), test.organization, PageQuery::default());
        let course = courses.await.unwrap().items[0].id;
        let people = test.lms.roster(demo::COURSE).into_iter().filter(|(user, _)| user.as_str() != demo::ADA);
        let numbers = people.map(|(user, _)| test.lms.number_of(user.as_str())).collect();
        let crowd = Self { test, course, numbers };
        let rule = json!({ "type": "completed", "subject": { "course": "this" }, "min_strength": "strong" });
        let version = crowd.test.achievement("Completed").await;
        crowd.test.place(version, Some(course), rule).await;
        crowd.works().await;
        crowd.records(false).await;
        let (_, said) = crowd.reconciles().await;
        assert_eq!((said.checked, said.awarded, said.unreadable), (PEOPLE as u64 + 3, 0, 0), "{said:?}");
        crowd
    }

    /// From now on the record says this of everybody.
    async fn records(&self, is_done: bool) {
        let new = NewSource {
            platform: self.test.platform.id,
            kind: RecordKind::Canvas,
            base_url: record(&self.numbers, is_done).await,
            credential: Credential::Token { token: Secret::from("canned".to_owned()) },
            courses: Vec::new(),
            consent_by: "The bench".to_owned(),
            consent_note: None,
        };
        source::add(&self.test.app, &self.test.operator(), new).await.unwrap();
    }

    /// Reconciles, from asking to the statement, without the mails that follow; how long that took.
    async fn reconciles(&self) -> (Duration, Statement) {
        let (app, operator) = (&self.test.app, self.test.operator());
        self.test.advance(61);
        let began = Instant::now();
        let asked = reconcile::ask(app, &operator, self.course, ReconcileCause::Asked).await.unwrap();
        let mut took = began.elapsed();
        loop {
            took += self.works().await;
            let run = reconcile::find(app, self.test.organization, asked.run.id).await.unwrap();
            if run.state == ReconcileState::Done {
                return (took, reconcile::statement_of(&run).unwrap().unwrap());
            }
            // The pauses between legs are the clock's, which stands still here.
            self.test.advance(2);
        }
    }

    /// Evaluates everybody on what is stored; how long that took.
    async fn passes(&self) -> Duration {
        let app = &self.test.app;
        let tx = app.store.write().await.unwrap();
        let whom = pass::Whom::course(self.course);
        pass::begin(app, &tx, self.test.organization, whom, PassCause::Replay).await.unwrap();
        tx.commit().await.unwrap();
        self.works().await
    }

    /// Runs what is due of reconciles and passes; how long that took.
    async fn works(&self) -> Duration {
        due::runs(&self.test.app, &["run_pass", "reconcile"]).await
    }
}

/// Another system that reports what nobody asks for.
struct Registrar {
    reporter: Reporter,
    learner: LearnerId,
    sent: AtomicU64,
}

impl Registrar {
    async fn of(crowd: &Crowd) -> Self {
        let (db, organization) = (crowd.test.app.store.read(), crowd.test.organization);
        let some = store::enrollment::learners_after(db, organization, crowd.course, None, 10).await.unwrap();
        Self {
            reporter: Reporter {
                source: "key:bench".to_owned(),
                label: "Registrar".to_owned(),
                strength: criteria::Strength::Strong,
            },
            learner: *some.last().unwrap(),
            sent: AtomicU64::new(0),
        }
    }

    async fn tells(&self, crowd: &Crowd) {
        let event = EventIn {
            source_id: self.sent.fetch_add(1, Ordering::Relaxed).to_string(),
            learner: LearnerIn::Id(self.learner),
            course: Some(CourseIn::Id(crowd.course)),
            activity: Some("a page".to_owned()),
            said: Said::Completed,
            happened_at: None,
        };
        let operator = crowd.test.operator();
        signal::receive(&crowd.test.app, &operator, &self.reporter, &event).await.unwrap();
    }
}

fn reconciling(bench: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut group = bench.benchmark_group("reconcile");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("10000_completed_awarded", |b| {
        b.to_async(&runtime).iter_custom(|times| async move {
            let mut all = Duration::ZERO;
            for _ in 0..times {
                let crowd = Crowd::new().await;
                crowd.records(true).await;
                let (took, said) = crowd.reconciles().await;
                let expected = (PEOPLE as u64 + 3, 0, 0);
                assert_eq!((said.awarded, said.missing, said.unreadable), expected, "{said:?}");
                all += took;
                crowd.test.stop().await;
            }
            all
        });
    });
    let crowd = &runtime.block_on(async {
        let crowd = Crowd::new().await;
        crowd.records(true).await;
        crowd.reconciles().await;
        crowd
    });
    group.bench_function("10000_nothing_new", |b| {
        b.to_async(&runtime).iter_custom(|times| async move {
            let mut all = Duration::ZERO;
            for _ in 0..times {
                let (took, said) = crowd.reconciles().await;
                assert_eq!((said.awarded, said.missing), (0, 0));
                all += took;
            }
            all
        });
    });
    group.bench_function("10000_passed_nothing_due", |b| {
        b.to_async(&runtime).iter_custom(|times| async move {
            let mut all = Duration::ZERO;
            for _ in 0..times {
                all += crowd.passes().await;
            }
            all
        });
    });
    let registrar = &runtime.block_on(Registrar::of(crowd));
    group.bench_function("signal_that_changes_nothing", |b| {
        b.to_async(&runtime).iter(|| async move { registrar.tells(crowd).await });
    });
    group.finish();
    runtime.block_on(crowd.test.stop());
}

criterion_group!(benches, reconciling);
criterion_main!(benches);
