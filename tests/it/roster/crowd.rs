//! Many people: how many statements one costs, and how long ten thousand take (design §11).

use std::time::Instant;

use practice::{demo, services::ALL_SCOPES};
use serde_json::json;

use super::said;
use crate::{services::Class, support::app::TestApp};

async fn crowded(people: usize) -> Class {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.roster_page = Some(500));
    })
    .await;
    class.app.lms.add_crowd(demo::COURSE, people);
    class
}

async fn rewarded(class: &Class) {
    let version = class.app.achievement("Member").await;
    class.app.place(version, Some(class.course), json!({ "type": "role", "any_of": ["learner"] })).await;
    class.app.run_jobs().await;
}

/// Statements and not people are what a database counts: a chunk of 64 costs the same few, whatever follows.
#[tokio::test]
async fn the_statements_of_a_member_are_bounded() {
    let class = crowded(640).await;
    rewarded(&class).await;
    let ask = async |limit: u64, why: &str| {
        class.app.advance(61);
        let (app, operator) = (&class.app.app, class.app.operator());
        let row = laurel::domain::roster::ask(app, &operator, class.course, None).await.unwrap();
        let before = app.store.counted();
        let said = class.app.read_roster(row.id).await;
        let after = app.store.counted();
        let all = after.reads + after.writes - before.reads - before.writes;
        assert!(all <= limit, "{why}: {all} statements");
        said
    };
    // 644 people are 2 pages and 12 chunks.
    let said = ask(12 * 12 + 40, "everybody is new").await;
    assert_eq!((said.members, said.new, said.news), (644, 643, 643));
    let said = ask(12 * 8 + 40, "nothing is new").await;
    assert_eq!((said.new, said.changed, said.news), (0, 0, 0));
    // A role is weak proof: so many at once wait for a click.
    class.app.run_jobs().await;
    assert_eq!(class.app.count("award").await, 0);
    class.confirms_all().await;
    assert_eq!(class.app.count("award").await, 643);
}

/// A placement that goes live awards everybody who is there by the chunk, too.
#[tokio::test]
async fn a_placement_that_goes_live_awards_by_the_chunk() {
    let class = crowded(256).await;
    let row = class.read().await;
    assert_eq!((said(&row).members, said(&row).awarded), (260, 0));
    let version = class.app.achievement("Member").await;
    class.app.place(version, Some(class.course), json!({ "type": "role", "any_of": ["learner"] })).await;
    let before = class.app.app.store.counted();
    class.app.run_jobs().await;
    assert_eq!(class.app.count("award").await, 0, "so many at once wait for a click");
    class.confirms_all().await;
    let after = class.app.app.store.counted();
    assert_eq!(class.app.count("award").await, 259);
    // Their mails wait.
    let all = after.reads + after.writes - before.reads - before.writes;
    assert!(all < 5 * 40, "{all} statements");
}

/// `cargo test --test it ten_thousand -- --ignored --nocapture`
#[tokio::test]
#[ignore = "takes a while in a debug build; the bench `roster` is what counts"]
async fn ten_thousand_people() {
    let class = crowded(10_000).await;
    reads(&class, "everybody is new").await;
    let version = class.app.achievement("Member").await;
    let learners = json!({ "type": "role", "any_of": ["learner"] });
    class.app.place(version, Some(class.course), learners).await;
    let started = Instant::now();
    step(&class).await;
    for hold in class.holds(laurel::store::entity::hold::HoldState::Open).await {
        let confirmed = laurel::domain::hold::confirm(&class.app.app, &class.app.operator(), hold.id).await;
        confirmed.unwrap();
    }
    while class.app.count("job WHERE kind = 'run_pass' AND state = 'ready'").await > 0 {
        step(&class).await;
    }
    skipped!("everybody is awarded: {:?}", started.elapsed());
    reads(&class, "nothing is new").await;
}

/// Reads the roster and says how long that took.
async fn reads(class: &Class, why: &str) {
    class.app.advance(61);
    let (app, operator) = (&class.app.app, class.app.operator());
    let row = laurel::domain::roster::ask(app, &operator, class.course, None).await.unwrap();
    let started = Instant::now();
    let said = class.app.read_roster(row.id).await;
    skipped!("{why}: {:?} for {} people, {} new", started.elapsed(), said.members, said.new);
}

/// One chunk of the evaluation, without the mails that follow.
async fn step(class: &Class) {
    use laurel::outbox::Runner as _;
    let app = &class.app.app;
    let jobs = laurel::outbox::queue::lease(
        &app.store,
        class.app.clock.now(),
        "test",
        chrono::Duration::seconds(60),
        1000,
    )
    .await
    .unwrap();
    for job in jobs {
        if job.payload.kind() == "run_pass" {
            laurel::jobs::Jobs::new(app).run(job.clone()).await;
        }
        laurel::outbox::queue::finish(&app.store, class.app.clock.now(), &job).await.unwrap();
    }
}
