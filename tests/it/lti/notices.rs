//! Section 13's notices: handlers are asked for by a job after a launch, and what platforms post is taken in once
//! (X07-X12). What a copied course gets prepared (X09) is not here.

use practice::{
    Activity, Bend, Notice,
    course::CourseId,
    demo,
    manners::NOTICE_SCOPE,
    notices::{CONTEXT_COPY, HELLO_WORLD},
};
use serde_json::json;

use crate::support::app::{CLIENT, DEPLOYMENT, TestApp};

const BADGE: &str = "open-badge";

/// P1 offers notices, and the demo's course has a link to us.
async fn telling() -> TestApp {
    let mut app = TestApp::new().await;
    app.lms.set_manners(|manners| manners.notices.offered = true);
    let jwks = app.tool.jwks_url.clone().unwrap();
    app.tool = app.tool.clone().with_services(&jwks);
    if !app.tool.scopes.iter().any(|scope| scope == NOTICE_SCOPE) {
        app.tool.scopes.push(NOTICE_SCOPE.to_owned());
    }
    app.lms.register(app.tool.clone());
    app.lms.world(|world| {
        let mut course = world.course(demo::COURSE).unwrap().clone();
        course.activities.push(Activity::tool(BADGE, "Badge", CLIENT));
        world.put_course(course);
    });
    app
}

fn handler(app: &TestApp) -> String {
    app.at(&format!("/lti/notices/{}", app.platform.id))
}

/// X07: the platform holds the handler that we registered. X12: it is on our host, one for each registration.
#[tokio::test]
async fn x07_x12_a_launch_that_offers_notices_makes_us_ask_for_them() {
    let app = telling().await;
    let outcome = app.browser().launch(&app.lms, demo::GRACE, BADGE).await.unwrap();
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert_eq!(app.lms.notice_handler(CLIENT, DEPLOYMENT, HELLO_WORLD), None, "nothing inside the launch");
    app.run_jobs().await;
    for kind in [HELLO_WORLD, CONTEXT_COPY] {
        // Our own host, and the platform in the path.
        assert_eq!(app.lms.notice_handler(CLIENT, DEPLOYMENT, kind), Some(handler(&app)), "X12: {kind}");
    }
    // Other people's launches ask nothing again.
    app.browser().launch(&app.lms, demo::EMMY, BADGE).await.unwrap();
    assert_eq!(app.run_jobs().await.done, 0, "asked once");
}

#[tokio::test]
async fn x08_x10_notices_are_taken_in_once() {
    let app = telling().await;
    app.browser().launch(&app.lms, demo::GRACE, BADGE).await.unwrap();
    app.run_jobs().await;
    let hello = Notice::hello_world();
    let sent = app.lms.send_notice(CLIENT, DEPLOYMENT, &hello).await.unwrap();
    assert_eq!((sent.status, sent.answer.as_str()), (Some(200), r#"{"notices":["ok"]}"#), "X08");
    let again = app.lms.send_notice(CLIENT, DEPLOYMENT, &hello).await.unwrap();
    assert_eq!(again.status, Some(200), "X10");
    assert!(again.answer.contains("lti.pns.duplicate"), "X10: {}", again.answer);
    assert_eq!(app.count("notice").await, 1, "X10: processed once");

    let origins = [CourseId::from("old-1"), CourseId::from("old-2")];
    let copy = Notice::context_copy(&CourseId::from("new"), "A copy", &origins);
    let awards = app.count("award").await;
    for _ in 0..2 {
        assert_eq!(app.lms.send_notice(CLIENT, DEPLOYMENT, &copy).await.unwrap().status, Some(200));
    }
    let deployment =
        laurel::domain::deployment::cached(&app.app, app.platform.id, DEPLOYMENT).await.unwrap().unwrap();
    let db = app.app.store.read();
    let copies = laurel::store::notice::copies(db, app.organization, deployment.id, "new").await.unwrap();
    assert_eq!(copies.len(), 1, "X09: once");
    assert_eq!(
        (&copies[0].origins, copies[0].title.as_deref()),
        (&json!(["old-1", "old-2"]), Some("A copy"))
    );
    assert_eq!(app.count("award").await, awards, "X09: awards are not copied");

    // What we do not serve is acknowledged and forgotten; the same token twice is a replay of its nonce only
    // where it names another notice.
    let before = app.count("notice").await;
    let other = Notice::new("LtiAssetProcessorSubmissionNotice");
    let token = app.lms.notice_token(&app.tool, DEPLOYMENT, &other, &[]);
    let posted = app.lms.post_envelope(&handler(&app), json!({ "notices": [{ "jwt": token }] })).await;
    assert_eq!((posted.status, app.count("notice").await), (Some(200), before));
}

#[tokio::test]
async fn x11_bad_notices_do_nothing_and_spoil_no_other() {
    let app = telling().await;
    let hello = Notice::hello_world;
    let token = |notice: &Notice, deployment: &str, bends: &[Bend]| {
        app.lms.notice_token(&app.tool, deployment, notice, bends)
    };
    let post = async |tokens: Vec<String>| {
        let tokens: Vec<_> = tokens.into_iter().map(|jwt| json!({ "jwt": jwt })).collect();
        app.lms.post_envelope(&handler(&app), json!({ "notices": tokens })).await
    };
    let handshake = app.attempt().login(&[]).await;
    let launch = app.lms.mint_bent(&app.attempt().claims(&handshake), &[]);
    let good = token(&hello(), DEPLOYMENT, &[]);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let mut bad = signature.as_bytes().to_vec();
    bad[10] = if bad[10] == b'A' { b'B' } else { b'A' };
    let forged = format!("{head}.{}", String::from_utf8(bad).unwrap());
    let cases = [
        (forged.clone(), 401, "lti.jwt.signature_invalid"),
        (launch, 400, "lti.pns.notice_missing"),
        (token(&hello(), "somewhere", &[]), 403, "lti.msg.deployment_unknown"),
        (token(&hello(), DEPLOYMENT, &[Bend::claim("aud", "somebody")]), 401, "lti.jwt.aud_mismatch"),
        (token(&hello(), DEPLOYMENT, &[Bend::drop_claim("nonce")]), 401, "lti.jwt.nonce_missing"),
    ];
    for (token, status, code) in cases {
        let posted = post(vec![token]).await;
        assert_eq!(posted.status, Some(status), "{code}: {}", posted.answer);
        assert!(posted.answer.contains(code), "{code}: {}", posted.answer);
    }
    let garbage = app.lms.post_envelope(&handler(&app), json!({ "notices": "none" })).await;
    assert_eq!(garbage.status, Some(400));
    assert!(garbage.answer.contains("lti.pns.malformed"), "{}", garbage.answer);
    assert_eq!(app.count("notice").await, 0, "X11: nothing is done");

    let posted = post(vec![forged, good.clone()]).await;
    assert_eq!(posted.status, Some(200), "the good one counts: {}", posted.answer);
    assert!(posted.answer.contains(r#"["lti.jwt.signature_invalid","ok"]"#), "{}", posted.answer);
    assert_eq!(app.count("notice").await, 1);

    // Nobody is told of a platform that is not there, nor does a notice launch.
    let nowhere = app.at("/lti/notices/00000000-0000-4000-8000-000000000000");
    assert_eq!(app.lms.post_envelope(&nowhere, json!({ "notices": [] })).await.status, Some(404));
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    let nonce = handshake.nonce.clone();
    let notice = token(&hello(), DEPLOYMENT, &[Bend::claim("nonce", nonce)]);
    let fields = practice::fields::owned(&[("id_token", &notice), ("state", &handshake.state)]);
    let page = attempt.deliver(fields).await;
    crate::support::attempt::refused("a notice at the launch", &page, 400, "lti.msg.type_missing");
}
