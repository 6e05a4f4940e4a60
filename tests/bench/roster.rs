//! Ten thousand people (design §11): read page by page from the practice LMS over HTTP, stored, evaluated, awarded
//! and signed, on a `SQLite` file with `synchronous=FULL`. The LMS answers from the same process, so its own work
//! counts against us. `cargo bench --bench roster`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot start should say so"
)]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use laurel::{
    domain::roster,
    ids::CourseId,
    jobs::Jobs,
    outbox::{Runner as _, queue},
    store::{self, PageQuery},
};
use practice::{Activity, ToolRegistration, demo, services::ALL_SCOPES};
use serde_json::json;
use support::app::{CLIENT, TestApp};

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../it/support"]
mod support {
    pub mod app;
    pub mod attempt;
    pub mod database;
}

const PEOPLE: usize = 10_000;

/// A course with so many people, whose teacher has opened the tool.
struct Crowd {
    test: TestApp,
    course: CourseId,
}

impl Crowd {
    async fn new() -> Self {
        let test = TestApp::new().await;
        let scopes = ALL_SCOPES.map(str::to_owned).to_vec();
        test.lms.register(ToolRegistration { scopes, ..test.tool.clone() });
        test.lms.quirks(|quirks| quirks.roster_page = Some(500));
        test.lms.add_activity(demo::COURSE, Activity::tool("badge", "Your badge", CLIENT));
        test.lms.add_crowd(demo::COURSE, PEOPLE);
        let browser = test.browser();
        browser.sign_in(&test.lms, demo::ADA).await.unwrap();
        browser.launch(&test.lms, demo::ADA, "badge").await.unwrap();
        let courses = store::course::list(test.app.store.read(), test.organization, PageQuery::default());
        let course = courses.await.unwrap().items[0].id;
        Self { test, course }
    }

    /// A badge for every learner of the course.
    async fn places(&self) {
        let version = self.test.achievement("Member").await;
        let learners = json!({ "type": "role", "any_of": ["learner"] });
        self.test.place(version, Some(self.course), learners).await;
    }

    /// Reads the roster; how long that took.
    async fn reads(&self, awarded: u64) -> Duration {
        self.test.advance(61);
        let (app, operator) = (&self.test.app, self.test.operator());
        let row = roster::ask(app, &operator, self.course, None).await.unwrap();
        let began = Instant::now();
        let said = self.test.read_roster(row.id).await;
        let took = began.elapsed();
        assert_eq!((said.is_complete, said.awarded), (true, awarded));
        took
    }

    /// Runs the evaluations that a placement asked for, without the mails that follow; how long that took.
    async fn evaluates(&self) -> Duration {
        let app = &self.test.app;
        let mut took = Duration::ZERO;
        loop {
            let (now, length) = (app.clock.now(), chrono::Duration::seconds(60));
            let mut jobs = queue::lease(&app.store, now, "bench", length, 1000).await.unwrap();
            if jobs.is_empty() {
                return took;
            }
            jobs.retain(|job| job.payload.kind() == "run_pass");
            for job in jobs {
                let began = Instant::now();
                Jobs::new(app).run(job).await;
                took += began.elapsed();
            }
        }
    }
}

fn roster_of_many(bench: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut group = bench.benchmark_group("roster");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("10000_new_awarded", |b| {
        b.to_async(&runtime).iter_custom(|times| async move {
            let mut all = Duration::ZERO;
            for _ in 0..times {
                let crowd = Crowd::new().await;
                crowd.places().await;
                crowd.evaluates().await;
                // Grace, Emmy and Alan are in the course, too.
                all += crowd.reads(PEOPLE as u64 + 3).await;
            }
            all
        });
    });
    group.bench_function("10000_known_awarded", |b| {
        b.to_async(&runtime).iter_custom(|times| async move {
            let mut all = Duration::ZERO;
            for _ in 0..times {
                let crowd = Crowd::new().await;
                crowd.reads(0).await;
                crowd.places().await;
                all += crowd.evaluates().await;
            }
            all
        });
    });
    let crowd = runtime.block_on(Crowd::new());
    runtime.block_on(crowd.reads(0));
    group.bench_function("10000_nothing_new", |b| {
        b.to_async(&runtime).iter_custom(|times| {
            let crowd = &crowd;
            async move {
                let mut all = Duration::ZERO;
                for _ in 0..times {
                    all += crowd.reads(0).await;
                }
                all
            }
        });
    });
    group.finish();
    runtime.block_on(crowd.test.stop());
}

criterion_group!(benches, roster_of_many);
criterion_main!(benches);
