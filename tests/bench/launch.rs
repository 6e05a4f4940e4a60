//! A launch over HTTP: login and launch, RS256 verified, recorded with fsync (design §11). The server is the
//! real one on a `SQLite` file with `synchronous=FULL`. One after the other, only the time until Laurel's
//! answers counts (making the token is the platform's work); at once, everything counts. `cargo bench --bench launch`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot start should say so")]

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::future::join_all;
use practice::{Bend, browser::Browser};
use support::app::TestApp;

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../it/support"]
mod support {
    pub mod app;
    pub mod attempt;
    pub mod database;
}

/// How many launches run side by side in the benches of many.
const AT_ONCE: u64 = 16;

/// Who launches.
#[derive(Clone, Copy)]
enum Who {
    /// The same learner in the same place: nothing new.
    Known,
    /// Somebody never seen: an award with both documents signed.
    New,
}

fn launch(bench: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let test = runtime.block_on(async {
        let unlimited = |sources: laurel::config::Sources| sources.with("limits.lti_per_minute", "0");
        let test = TestApp::with(unlimited).await;
        test.badge_for_opening("Bench").await;
        test.run_jobs().await;
        test.launch(&[]).await.assert_ok("the first launch");
        test
    });
    let browser = test.browser();
    let mut group = bench.benchmark_group("launch");
    group.sample_size(30).measurement_time(Duration::from_secs(10));
    for (name, who) in [("nothing_new", Who::Known), ("awarding", Who::New)] {
        group.bench_function(name, |b| {
            b.to_async(&runtime).iter_custom(|launches| one_by_one(&test, &browser, launches, who));
        });
        group.bench_function(format!("{name}_{AT_ONCE}_at_once"), |b| {
            b.to_async(&runtime).iter_custom(|launches| at_once(&test, &browser, launches, who));
        });
    }
    group.finish();
    runtime.block_on(test.stop());
}

/// The time that Laurel took for so many launches.
async fn one_by_one(test: &TestApp, browser: &Browser, launches: u64, who: Who) -> Duration {
    let mut all = Duration::ZERO;
    for _ in 0..launches {
        all += one(test, browser, who).await;
    }
    all
}

/// The time that so many launches took side by side, with what the platform and the browsers did.
async fn at_once(test: &TestApp, browser: &Browser, launches: u64, who: Who) -> Duration {
    let began = Instant::now();
    join_all((0..AT_ONCE).map(|track| {
        let share = launches / AT_ONCE + u64::from(track < launches % AT_ONCE);
        one_by_one(test, browser, share, who)
    }))
    .await;
    began.elapsed()
}

async fn one(test: &TestApp, browser: &Browser, who: Who) -> Duration {
    static LEARNERS: AtomicU64 = AtomicU64::new(0);
    let bends = match who {
        Who::Known => Vec::new(),
        Who::New => {
            let learner = LEARNERS.fetch_add(1, Ordering::Relaxed);
            vec![
                Bend::claim("sub", format!("learner-{learner}")),
                Bend::claim("email", format!("learner-{learner}@campus.example")),
            ]
        }
    };
    let attempt = test.attempt_from(browser.another());
    let began = Instant::now();
    let handshake = attempt.login(&[]).await;
    let login = began.elapsed();
    let fields = attempt.fields(&handshake, &bends);
    let began = Instant::now();
    let page = attempt.deliver(fields).await;
    let launch = began.elapsed();
    assert_eq!(page.status, 303, "{}", page.text());
    login + launch
}

criterion_group!(benches, launch);
criterion_main!(benches);
