//! The picker at 1,000 badges of three versions each, over HTTP (design: at most 50 ms). `cargo bench --bench pick`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot start should say so")]

use criterion::{Criterion, criterion_group, criterion_main};
use practice::{demo, opening::Opening};
use support::app::{CLIENT, TestApp};

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../it/support"]
mod support {
    pub mod app;
    pub mod attempt;
    pub mod database;
}
#[path = "../it/picking/badges.rs"]
mod badges;

fn pick(bench: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (test, browser, page) = runtime.block_on(async {
        let unlimited = |sources: laurel::config::Sources| sources.with("limits.public_per_minute", "0");
        let test = TestApp::with(unlimited).await;
        badges::add(&test, 1_000).await;
        let browser = test.browser();
        let opening = Opening::DeepLinking { course: demo::COURSE.into(), client_id: CLIENT.to_owned() };
        let asked = browser.open(&test.lms, demo::ADA, opening, &[]).await.unwrap();
        (test, browser, asked.page)
    });
    let mut group = bench.benchmark_group("pick");
    group.bench_function("open", |b| {
        b.iter(|| {
            let opened = runtime.block_on(browser.get(page.url.as_str())).unwrap();
            assert_eq!(opened.status, 200);
        });
    });
    let mut form = page.forms().into_iter().next().expect("a form");
    form.set("q", "0007");
    form.set("do", "search");
    group.bench_function("search", |b| {
        b.iter(|| {
            let found = runtime.block_on(browser.submit(&page, &form)).unwrap();
            assert!(found.contains("1 badge<"));
        });
    });
    group.finish();
    runtime.block_on(test.stop());
}

criterion_group!(benches, pick);
criterion_main!(benches);
