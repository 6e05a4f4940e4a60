//! Ten thousand people (design §11): read page by page from the practice LMS over HTTP, stored, evaluated, awarded
//! and signed, on a `SQLite` file with `synchronous=FULL`. The LMS answers from the same process, so its own work
//! counts against us. `cargo bench --bench roster`. Says also, on Linux, how much memory reading and awarding took at the
//! most; `LAUREL_BENCH_PEOPLE` makes the crowd larger or smaller, which must not change that.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench that cannot start should say so, is told its size by the environment, and prints"
)]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use laurel::{
    domain::{hold, pass, roster},
    ids::CourseId,
    store::{self, PageQuery, entity::pass::PassCause},
};
use practice::{Activity, ToolRegistration, demo, services::ALL_SCOPES};
use serde_json::json;
use support::app::{CLIENT, TestApp};

mod due;
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../it/support"]
mod support {
    pub mod app;
    pub mod attempt;
    pub mod database;
}

/// How many people there are.
fn people() -> usize {
    std::env::var("LAUREL_BENCH_PEOPLE").map_or(10_000, |given| given.parse().unwrap())
}

/// A number of `/proc/self/status`, in KiB; `None` elsewhere than on Linux.
fn memory(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// From here on the peak counts anew (proc(5), `clear_refs`). What is used now, in KiB.
fn reset_peak() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    memory("VmRSS")
}

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
        test.lms.add_crowd(demo::COURSE, people());
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
    async fn reads(&self) -> Duration {
        self.test.advance(61);
        let (app, operator) = (&self.test.app, self.test.operator());
        let row = roster::ask(app, &operator, self.course, None).await.unwrap();
        let began = Instant::now();
        let said = self.test.read_roster(row.id).await;
        let took = began.elapsed();
        assert!(said.is_complete);
        took
    }

    /// Weighs everybody and awards who is to be awarded, with the click that so many at once need (a role is weak
    /// proof), without the mails; how long that took.
    async fn awards(&self) -> Duration {
        let (app, operator) = (&self.test.app, self.test.operator());
        let mut took = self.evaluates().await;
        let (filter, page) = (store::hold::Filter::default(), PageQuery::default());
        let holds = store::hold::list(app.store.read(), self.test.organization, filter, page).await.unwrap();
        assert_eq!(holds.items.len(), 1);
        // The pass that follows is newer than the one that asked.
        self.test.advance(1);
        hold::confirm(app, &operator, holds.items[0].id).await.unwrap();
        took += self.evaluates().await;
        let passes = store::pass::list(app.store.read(), self.test.organization, Default::default(), page);
        let newest = pass::tallies(&passes.await.unwrap().items[0]).unwrap();
        // Grace, Emmy and Alan are in the course, too.
        assert_eq!(newest[0].awarded, people() as u64 + 3);
        took
    }

    /// Weighs everybody where nothing is to be done; how long that took.
    async fn weighs(&self) -> Duration {
        let app = &self.test.app;
        let tx = app.store.write().await.unwrap();
        let whom = pass::Whom::course(self.course);
        pass::begin(app, &tx, self.test.organization, whom, PassCause::Reconcile).await.unwrap();
        tx.commit().await.unwrap();
        self.evaluates().await
    }

    /// Runs the passes that were begun, without the mails that follow; how long that took.
    async fn evaluates(&self) -> Duration {
        due::runs(&self.test.app, &["run_pass"]).await
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
                let before = reset_peak();
                all += crowd.reads().await;
                all += crowd.awards().await;
                if let (Some(before), Some(peak)) = (before, memory("VmHWM")) {
                    println!("{} KiB more at the peak than the {before} before", peak.saturating_sub(before));
                }
            }
            all
        });
    });
    group.bench_function("10000_known_awarded", |b| {
        b.to_async(&runtime).iter_custom(|times| async move {
            let mut all = Duration::ZERO;
            for _ in 0..times {
                let crowd = Crowd::new().await;
                crowd.reads().await;
                crowd.evaluates().await;
                crowd.places().await;
                all += crowd.awards().await;
            }
            all
        });
    });
    let crowd = runtime.block_on(async {
        let crowd = Crowd::new().await;
        crowd.reads().await;
        crowd.evaluates().await;
        crowd.places().await;
        crowd.awards().await;
        crowd
    });
    group.bench_function("10000_weighed_nothing_due", |b| {
        b.to_async(&runtime).iter_custom(|times| {
            let crowd = &crowd;
            async move {
                let mut all = Duration::ZERO;
                for _ in 0..times {
                    all += crowd.weighs().await;
                }
                all
            }
        });
    });
    group.bench_function("10000_nothing_new", |b| {
        b.to_async(&runtime).iter_custom(|times| {
            let crowd = &crowd;
            async move {
                let mut all = Duration::ZERO;
                for _ in 0..times {
                    all += crowd.reads().await;
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
