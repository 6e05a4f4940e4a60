//! Section 15: operation. Records, logs, the clean-up, many at once, and what a launch costs.

use futures_util::future::join_all;
use laurel::{
    domain::{
        access::{Actor, Caller},
        organization::{self, NewOrganization},
        platform::{self, Details, NewPlatform},
    },
    jobs::retention,
    store::{Engine, PageQuery, audit},
};
use practice::{Bend, browser::Visit, claims as names};
use serde_json::json;

use super::launches::LEARNER;
use crate::support::{app::TestApp, attempt::refused, log::Log, stored::Rows};

#[tokio::test]
async fn s01_a_launch_makes_an_award_and_a_mail() {
    let app = TestApp::new().await;
    app.badge_for_opening("Lab safety").await;
    app.run_jobs().await;
    let before = app.rows().await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("S01");
    let page = attempt.follow(&tried).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.contains("Lab safety"));
    let jobs = app.run_jobs().await;
    assert_eq!((jobs.done, jobs.dead, app.mails().len()), (1, 0, 1));
    let rows = app.rows().await;
    let gained = Rows {
        courses: before.courses + 1,
        links: before.links + 1,
        learners: before.learners + 1,
        enrollments: before.enrollments + 1,
        signals: before.signals + 1,
        awards: before.awards + 1,
        credentials: before.credentials + 2,
        jobs: before.jobs + 1,
        launches: before.launches + 1,
        ..before
    };
    assert_eq!(rows, gained);
}

#[tokio::test]
async fn o01_every_launch_leaves_a_readable_record() {
    let app = TestApp::new().await;
    let good = app.launch(&[]).await;
    let record = app.launch_record(&good.assert_ok("O01")).await;
    assert_eq!(record.outcome, "ok");
    let checks = record.checks.to_string();
    for check in ["state", "signature", "issuer", "audience", "expiry", "nonce", "roles", "target_allowed"] {
        assert!(checks.contains(check), "{check} in {checks}");
    }
    assert!(record.claim_names.to_string().contains(names::ROLES));
    assert_eq!(good.page.header("x-correlation-id"), Some(record.correlation_id.as_str()));
    assert!(record.learner_id.is_some() && record.course_id.is_some() && record.link_id.is_some());

    let bad = app.launch(&[Bend::flipped_signature()]).await;
    bad.assert_refused("O01", 401, "lti.jwt.signature_invalid");
    let record = app.launches("lti.jwt.signature_invalid").await.remove(0);
    assert_eq!(bad.page.header("x-correlation-id"), Some(record.correlation_id.as_str()));
    assert!(record.checks.to_string().contains("browser"), "what was passed is there: {}", record.checks);
    assert!(!record.checks.to_string().contains("\"signature\""));
    assert_eq!(record.claim_names, json!([]), "nothing of an unsigned payload, not even names");
    assert_eq!((record.session_hash, record.learner_id), (None, None));
}

#[tokio::test]
async fn o02_nothing_secret_or_personal_in_logs_and_error_pages() {
    let log = Log::start();
    let app = TestApp::new().await;
    app.badge_for_opening("Quiet").await;
    let mut pages = String::new();
    let mut secrets: Vec<String> =
        ["Zoë", "Łukasz", "zoe@campus.example", "u-5f2e"].map(str::to_owned).to_vec();
    let good = app.attempt();
    let tried = good.launch(&[]).await;
    tried.assert_ok("O02");
    let bends = [
        vec![Bend::flipped_signature()],
        vec![Bend::claim("exp", 5)],
        vec![Bend::claim("aud", "client-other")],
        vec![Bend::drop_claim(names::ROLES)],
        vec![Bend::claim("nonce", 7)],
        vec![Bend::claim(names::TARGET_LINK_URI, "https://evil.example/")],
        vec![Bend::set_answer("state", "made-up-state")],
    ];
    for bends in bends {
        let refused = app.launch(&bends).await;
        assert!(refused.page.status >= 400);
        pages.push_str(&refused.page.text());
        secrets.extend(refused.fields.iter().map(|(_, value)| value.clone()));
        secrets.push(refused.handshake.nonce.clone());
    }
    for line in tried.handshake.page.hop.set_cookies.iter().chain(&tried.page.hop.set_cookies) {
        let value = line.split(';').next().unwrap().split_once('=').unwrap().1;
        secrets.push(value.to_owned());
    }
    secrets.retain(|secret| !secret.is_empty());
    app.run_jobs().await;
    // What libraries say below a warning is never written (`telemetry/logs.rs`), and the LMS is not ours.
    let written = [" WARN ", "ERROR ", " laurel", " lti", " criteria", " open_badges"];
    let is_written = |line: &&str| written.iter().any(|mark| line.contains(mark));
    let log: String = log.text().lines().filter(is_written).collect::<Vec<_>>().join("\n");
    assert!(log.contains("a launch") && log.contains("lti.jwt.signature_invalid"), "the log speaks: {log}");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "O02: {secret} in the log:\n{log}");
        assert!(!pages.contains(secret.as_str()), "O02: {secret} on a page");
    }
}

/// O03: the page of a refused launch shows the correlation id under which the log has it, with its code.
#[tokio::test]
async fn o03_the_page_names_the_line_of_the_log() {
    let log = Log::start();
    let app = TestApp::new().await;
    let refused = app.launch(&[Bend::flipped_signature()]).await;
    refused.assert_refused("O03", 401, "lti.jwt.signature_invalid");
    let record = app.launches("lti.jwt.signature_invalid").await.remove(0);
    assert!(refused.page.contains(&record.correlation_id), "{}", refused.page.text());
    let log = log.text();
    let line = log.lines().find(|line| line.contains("a launch was refused")).expect("a line of the log");
    assert!(line.contains(&record.correlation_id) && line.contains("lti.jwt.signature_invalid"), "{line}");
}

#[tokio::test]
async fn o04_the_clean_up_keeps_what_could_be_replayed() {
    let app = TestApp::with(|sources| sources.with("retention.launch_record_days", "1")).await;
    app.badge_for_opening("Kept").await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("O04");
    app.run_jobs().await;
    let audited =
        || audit::list(app.app.store.read(), app.organization, None, PageQuery { after: None, limit: 200 });
    let events = audited().await.unwrap().items.len();
    assert!(events > 0);
    let rows = app.rows().await;
    retention::sweep(&app.app).await.unwrap();
    assert_eq!(app.rows().await, rows, "nothing is old yet");
    refused("O04", &attempt.deliver(tried.fields.clone()).await, 401, "lti.launch.state_replayed");

    app.advance(2 * 24 * 3600);
    retention::sweep(&app.app).await.unwrap();
    assert_eq!(app.rows().await, Rows { launches: 0, ..rows });
    assert_eq!(audited().await.unwrap().items.len(), events, "0 days: the audit is kept for ever");
    refused("O04", &attempt.deliver(tried.fields.clone()).await, 401, "lti.launch.state_expired");
}

/// O05: 200 launches in parallel are all good, and nobody sees anything of another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o05_two_hundred_launches_in_parallel() {
    let app = TestApp::new().await;
    app.badge_for_opening("Crowd").await;
    let launches = (0..200).map(|n| {
        let app = &app;
        async move {
            let sub = format!("crowd-{n}");
            let bends = [Bend::claim("sub", sub.as_str()), Bend::claim("given_name", format!("Person{n}x"))];
            let attempt = app.attempt();
            let tried = attempt.launch(&bends).await;
            let id = tried.assert_ok(&sub);
            let page = attempt.follow(&tried).await;
            assert_eq!(page.status, 200);
            assert!(page.contains(&format!("Person{n}x")), "no cross-talk: {}", page.text());
            let record = app.launch_record(&id).await;
            assert_eq!(record.learner_id, app.learner(&sub).await.map(|learner| learner.id));
        }
    });
    join_all(launches).await;
    let rows = app.rows().await;
    assert_eq!((rows.learners, rows.awards, rows.launches), (200, 200, 200));
    assert_eq!((rows.courses, rows.links, rows.enrollments), (1, 1, 200));
}

/// Issue 2: 50 concurrent launches of one learner make one award.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_launches_of_one_learner_make_one_award() {
    let app = TestApp::new().await;
    app.badge_for_opening("One").await;
    let launches = (0..50).map(|_| app.launch(&[]));
    for tried in join_all(launches).await {
        tried.assert_ok("concurrent");
    }
    let rows = app.rows().await;
    assert_eq!((rows.learners, rows.awards, rows.credentials, rows.signals, rows.launches), (1, 1, 2, 1, 50));
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_never_award_twice_nor_accept_a_launch_twice() {
    let app = TestApp::new().await;
    app.badge_for_opening("Race").await;
    let second = app.second().await;
    let races = (0..12).map(|_| {
        let (app, second) = (&app, &second);
        async move {
            let attempt = app.attempt();
            let handshake = attempt.login(&[]).await;
            let cookie = handshake.page.hop.set_cookies[0].split(';').next().unwrap().to_owned();
            let fields = attempt.fields(&handshake, &[]);
            let post = |process: &TestApp| {
                let form = Visit::form(&process.at("/lti/launch"), fields.clone()).header("cookie", &cookie);
                let browser = app.browser();
                async move { browser.visit(form).await.unwrap() }
            };
            let (one, other) = tokio::join!(post(app), post(second));
            let mut answers = [one, other];
            answers.sort_by_key(|page| page.status);
            assert_eq!(answers[0].status, 303, "{}", answers[0].text());
            refused("the other", &answers[1], 401, "lti.launch.state_replayed");
        }
    });
    join_all(races).await;
    let rows = app.rows().await;
    assert_eq!((rows.learners, rows.awards, rows.signals, rows.launches), (1, 1, 1, 12));
    assert_eq!(rows.credentials, 2, "no documents of a lost race");
    app.run_jobs().await;
    assert_eq!((app.mails().len(), second.mails().len()), (1, 0));
}

/// Runs one launch and says what it asked of the database.
async fn statements(app: &TestApp, bends: &[Bend]) -> (u64, u64) {
    let before = app.app.store.counted();
    app.launch(bends).await.assert_ok("counted");
    let after = app.app.store.counted();
    (after.reads - before.reads, after.writes - before.writes)
}

/// Design §11: a launch that brings nothing new is one read and one write that it shares; one that awards a
/// known learner stays within three reads and eight writes: record, enrollment, signal, award, generation,
/// credentials, audit, job. PostgreSQL needs one more, which holds the learner against other replicas, and
/// somebody never seen before is written down first.
#[tokio::test]
async fn what_a_launch_asks_of_the_database() {
    // However slow the machine: what is warm stays warm.
    let app = TestApp::with(|sources| sources.with("cache.seconds", "3600")).await;
    let everybody = json!([LEARNER]);
    for _ in 0..2 {
        // The first makes course and link, the second fills the caches with them.
        app.launch(&[Bend::claim(names::ROLES, everybody.clone())]).await.assert_ok("warm");
    }
    let (reads, writes) = statements(&app, &[]).await;
    eprintln!("a launch with nothing new: {reads} reads, {writes} writes");
    assert!(reads <= 1 && writes <= 1, "nothing new: {reads} reads, {writes} writes");

    app.badge_for_opening("Counted").await;
    app.run_jobs().await;
    // Somebody else warms what is prepared per badge: key, templates, status indexes.
    app.launch(&[Bend::claim("sub", "first")]).await.assert_ok("first");
    let mut known = vec![Bend::claim("sub", "second"), Bend::claim(names::ROLES, json!(["Observer"]))];
    app.launch(&known).await.assert_ok("known without a role");
    known.truncate(1);
    let awards = app.awards().await.len();
    let (reads, writes) = statements(&app, &known).await;
    assert_eq!(app.awards().await.len(), awards + 1);
    eprintln!("a launch that awards a known learner: {reads} reads, {writes} writes");
    let holds_learner = u64::from(app.app.store.engine() == Engine::Postgres);
    assert!(reads <= 3 && writes <= 8 + holds_learner, "awarding: {reads} reads, {writes} writes");
    let (reads, writes) = statements(&app, &[Bend::claim("sub", "third")]).await;
    assert_eq!(app.awards().await.len(), awards + 2);
    eprintln!("a launch that awards somebody new: {reads} reads, {writes} writes");
    assert!(reads <= 3 && writes <= 9, "awarding somebody new: {reads} reads, {writes} writes");
}

/// All customers of Canvas's cloud have one issuer, and each is told its client id only after it has ours.
#[tokio::test]
async fn platforms_of_two_customers_wait_for_their_client_ids_at_once() {
    let app = TestApp::new().await;
    let nobody = Caller::new(app.organization, Actor::CommandLine);
    let college = NewOrganization { slug: "college".to_owned(), name: "College".to_owned() };
    let college = organization::create(&app.app, &nobody, college).await.unwrap().id;
    let mut waiting = Vec::new();
    for organization in [app.organization, college] {
        let caller = Caller::new(organization, Actor::CommandLine);
        let new = NewPlatform { family: "canvas".to_owned(), ..NewPlatform::default() };
        waiting.push((caller.clone(), platform::add(&app.app, &caller, new).await.unwrap()));
    }
    let told = |id: &str| Details { client_id: Some(id.to_owned()), ..Details::default() };
    let [(campus, first), (college, second)] = waiting.as_slice() else { panic!("two wait") };
    platform::update(&app.app, campus, first.id, &told("10000000000001")).await.unwrap();
    let taken = platform::update(&app.app, college, second.id, &told("10000000000001")).await.unwrap_err();
    assert_eq!(taken.code(), "platform.exists");
    platform::update(&app.app, college, second.id, &told("10000000000002")).await.unwrap();
}
