//! Platforms that refuse, fail, hang, page without end, lie about pages or answer with too much: the job ends
//! with a plain word of why, nothing half is taken for whole, and nobody is gone by it. N11.

use practice::{Change, Fault, Misbehaviour, Service, demo, services::ALL_SCOPES};
use serde_json::json;

use super::said;
use crate::{services::Class, support::app::TestApp};

/// An impatient server: a service has a second.
async fn impatient() -> Class {
    let app = TestApp::with(|sources| sources.with("client.total_seconds", "1")).await;
    Class::on(app, &ALL_SCOPES, |_| {}).await
}

/// N11: a refusal is readable and asked about no further.
#[tokio::test]
async fn n11_a_refusal_is_readable_and_no_loop() {
    let class = Class::new().await;
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Status(403)));
    let row = class.read().await;
    assert_eq!(row.trouble.as_deref(), Some("lti.nrps.scope_not_granted"), "N11");
    let words = laurel::domain::roster::explain(row.trouble.as_deref().unwrap());
    assert!(words.contains("administrator") && words.contains("names and roles"), "N11: {words}");
    assert_eq!(class.app.lms.count_of(Service::Members), 1, "N11: no loop");
    assert_eq!(class.dead("read_roster").await, 1, "N11: visible among the jobs");
    assert!(class.is_here(demo::ADA).await);
}

#[tokio::test]
async fn a_roster_that_cannot_be_read_to_its_end_takes_nobody_for_gone() {
    let lies = [
        (Fault::EndlessPages, "lti.nrps.paging"),
        (Fault::SamePage, "lti.nrps.paging"),
        (Fault::NextElsewhere("http://localhost:1".to_owned()), "lti.nrps.paging"),
        (Fault::Html, "lti.nrps.invalid_response"),
        (Fault::Body("{}".to_owned()), "lti.nrps.invalid_response"),
        (Fault::Body("{\"members\":".to_owned()), "lti.nrps.invalid_response"),
        (Fault::Padded(30 * 1024 * 1024), "lti.nrps.invalid_response"),
        (Fault::Status(302), "lti.nrps.invalid_response"),
        (
            Fault::Change(Change::set("members", json!([{ "roles": ["Learner"] }]))),
            "lti.nrps.invalid_response",
        ),
    ];
    for (fault, code) in lies {
        let class = impatient().await;
        class.visit(demo::GRACE).await;
        class.app.lms.unenroll(demo::COURSE, demo::GRACE);
        class.app.lms.misbehave(Misbehaviour::of(Service::Members, fault.clone()));
        let row = class.read().await;
        assert_eq!(row.trouble.as_deref(), Some(code), "{fault:?}");
        assert_eq!((said(&row).is_complete, said(&row).gone), (false, 0), "{fault:?}");
        assert_eq!(row.complete_at, None, "{fault:?}");
        assert!(class.is_here(demo::GRACE).await, "{fault:?}: she has left, but nobody said so");
        assert!(class.app.lms.count_of(Service::Members) <= 1001, "{fault:?}");
        assert!((row.busy_until, row.progress) == (None, None), "{fault:?}");
        class.app.lms.behave();
        let row = class.read().await;
        assert_eq!((row.trouble, said_gone(&class).await), (None, 1), "{fault:?}: and then it can");
    }
}

async fn said_gone(class: &Class) -> i64 {
    class.app.count("enrollment WHERE state = 'inactive'").await
}

/// Whom a broken reading named is known; the rest is left for the repetition.
#[tokio::test]
async fn a_reading_that_breaks_off_counts_for_whom_it_named() {
    for fault in [Fault::Status(500), Fault::Drop, Fault::CutShort, Fault::Busy(429, "600".to_owned())] {
        let class = impatient().await;
        class.app.lms.quirks(|quirks| quirks.roster_page = Some(2));
        class.app.lms.misbehave(Misbehaviour::of(Service::Members, fault.clone()).after(1).times(1));
        let row = class.read().await;
        assert!(row.trouble.is_some(), "{fault:?}");
        assert_eq!((said(&row).is_complete, said(&row).members), (false, 2), "{fault:?}");
        class.settle().await;
        let db = class.app.app.store.read();
        let again = laurel::store::roster::find(db, row.organization_id, row.id).await.unwrap().unwrap();
        assert_eq!((again.trouble.as_deref(), said(&again).is_complete), (None, true), "{fault:?}");
        assert!(class.is_here(demo::GRACE).await && class.is_here(demo::ALAN).await, "{fault:?}");
    }
}

/// 429 with `Retry-After`: not sooner. 401 once: a fresh token, once. Hanging: later, and launches go on.
#[tokio::test]
async fn a_platform_in_trouble_is_asked_again_when_it_says() {
    let class = impatient().await;
    let busy = Fault::Busy(429, "900".to_owned());
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, busy).times(1));
    let row = class.read().await;
    assert_eq!(row.trouble.as_deref(), Some("lti.nrps.unavailable"));
    class.app.advance(890);
    class.app.run_jobs().await;
    assert_eq!(class.app.lms.count_of(Service::Members), 1, "not sooner");
    class.settle().await;
    assert_eq!(class.app.lms.count_of(Service::Members), 2);
    assert!(class.is_here(demo::GRACE).await);

    let class = impatient().await;
    class.read().await;
    class.app.lms.revoke_tokens();
    let row = class.read().await;
    let statuses: Vec<_> = class.seen(Service::Members, "GET").iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [Some(200), Some(401), Some(200)]);
    assert_eq!(row.trouble, None);
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Status(401)));
    let row = class.read().await;
    assert_eq!(row.trouble.as_deref(), Some("lti.nrps.scope_not_granted"));
    assert_eq!(class.app.lms.count_of(Service::Members), 5, "asked twice, no loop");
    class.app.lms.behave();

    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Hang).times(1));
    let row = class.read().await;
    assert_eq!(row.trouble.as_deref(), Some("lti.nrps.unavailable"));
    class.app.lms.misbehave(Misbehaviour::of_all(Fault::Hang));
    class.visit(demo::GRACE).await;
    class.app.lms.behave();
    class.settle().await;
    let db = class.app.app.store.read();
    let again = laurel::store::roster::find(db, row.organization_id, row.id).await.unwrap().unwrap();
    assert_eq!(again.trouble, None);
}

/// A long reading goes on in another job, and is still one: who was on no page is gone, who was on any is not.
#[tokio::test]
async fn a_long_reading_goes_on_in_the_next_job() {
    let class = Class::new().await;
    class.visit(demo::GRACE).await;
    class.app.lms.unenroll(demo::COURSE, demo::GRACE);
    class.app.lms.add_crowd(demo::COURSE, 150);
    class.app.lms.quirks(|quirks| quirks.roster_page = Some(1));
    let row = class.read().await;
    assert_eq!(class.app.count("job WHERE kind = 'read_roster' AND state = 'done'").await, 2);
    assert_eq!((said(&row).members, said(&row).pages, said(&row).is_complete), (153, 153, true));
    assert_eq!(said(&row).gone, 1);
    assert!(class.is_here("crowd-000001").await && class.is_here("crowd-000150").await);
    // Without end, it ends.
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::EndlessPages));
    class.app.lms.forget_service_requests();
    let row = class.read().await;
    assert_eq!((row.trouble.as_deref(), said(&row).gone), (Some("lti.nrps.paging"), 0));
    assert!(class.app.lms.count_of(Service::Members) <= 1010, "{}", class.app.lms.count_of(Service::Members));
}

/// Two replicas asked at once: one reads, and nobody is there twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_read_one_roster() {
    let class = Class::new().await;
    let two = class.app.second().await;
    let version = class.app.achievement("Member").await;
    class.app.place(version, Some(class.course), json!({ "type": "role", "any_of": ["learner"] })).await;
    class.app.run_jobs().await;
    class.app.lms.add_crowd(demo::COURSE, 40);
    let slow = Fault::Late(std::time::Duration::from_millis(50));
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, slow));
    for app in [&class.app.app, &two.app] {
        class.app.advance(61);
        laurel::domain::roster::ask(app, &class.app.operator(), class.course, None).await.unwrap();
    }
    let (one, other) = (laurel::jobs::worker(&class.app.app), laurel::jobs::worker(&two.app));
    let (left, right) = tokio::join!(one.run_due(), other.run_due());
    left.and(right).unwrap();
    class.app.run_jobs().await;
    class.confirms_all().await;
    class.settle().await;
    assert_eq!(class.app.count("learner").await, 44);
    assert_eq!(class.app.count("enrollment").await, 44);
    assert_eq!(class.app.count("award").await, 43);
    two.stop().await;
}
