//! Section 2: state, nonce, the platform's errors.

use practice::{Bend, browser::Visit, fields};
use serde_json::json;

use crate::support::{
    app::TestApp,
    attempt::{Attempt, refused},
};
use laurel::domain::platform::Details;

#[tokio::test]
async fn s01_s18_a_straight_launch_and_one_with_unknown_fields() {
    let app = TestApp::new().await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("S01");
    assert_eq!(attempt.follow(&tried).await.status, 200);
    let more = [Bend::set_answer("session_state", "x"), Bend::set_answer("lti_storage_target", "_parent")];
    app.launch(&more).await.assert_ok("S18");
}

#[tokio::test]
async fn s02_s03_s13_s11_forms_without_a_good_state_or_token() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let fetches = app.lms.keys().fetches();
    app.launch(&[Bend::drop_answer("state")]).await.assert_refused("S02", 400, "lti.launch.state_missing");
    for state in ["x", &"A".repeat(190), &"é".repeat(50), &"A".repeat(5000)] {
        let tried = app.launch(&[Bend::set_answer("state", state)]).await;
        tried.assert_refused("S03", 401, "lti.launch.state_invalid");
    }
    assert_eq!(app.lms.keys().fetches(), fetches, "S03: no keys are fetched for a stranger");
    assert_eq!(app.rows().await, before, "before the browser binding nothing is left");

    let tried = app.launch(&[Bend::drop_answer("id_token")]).await;
    tried.assert_refused("S13", 400, "lti.launch.token_missing");
    let tried = app.launch(&[Bend::error_answer("login_required", "Please <b>sign in</b>")]).await;
    tried.assert_refused("S11", 401, "lti.launch.platform_error");
    assert!(tried.page.contains("did not sign you in"), "a human text: {}", tried.page.text());
    assert!(!tried.page.contains("<b>sign in</b>"), "somebody else's words are escaped");
    assert_eq!(app.rows().await, before.with_launches(2), "later refusals leave their record only");
}

#[tokio::test]
async fn s04_a_state_ends() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    app.advance(599);
    let in_time = attempt.fields(&handshake, &[]);
    let other = attempt.login(&[]).await;
    app.advance(601);
    let page = attempt.deliver(attempt.fields(&other, &[])).await;
    refused("S04", &page, 401, "lti.launch.state_expired");
    let page = attempt.deliver(in_time).await;
    refused("S04", &page, 401, "lti.launch.state_expired");
    assert_eq!(app.rows().await, before);
}

#[tokio::test]
async fn s05_a_launch_works_once() {
    let app = TestApp::new().await;
    app.badge_for_opening("Once").await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("S05");
    let after = app.rows().await;
    // The cookie is gone by now: a reloaded page says the same as an attacker is told.
    let page = attempt.deliver(tried.fields.clone()).await;
    refused("S05 without cookie", &page, 401, "lti.launch.state_replayed");
    // Somebody who kept it.
    let cookie = tried.handshake.page.hop.set_cookies[0].split(';').next().unwrap().to_owned();
    let form = Visit::form(app.tool.launch_url(), tried.fields.clone()).header("cookie", &cookie);
    let page = app.browser().visit(form).await.unwrap();
    refused("S05 with cookie", &page, 401, "lti.launch.state_replayed");
    assert_eq!(page.header("set-cookie"), None, "one session");
    assert_eq!(app.rows().await, after);
}

#[tokio::test]
async fn s06_s09_a_token_belongs_to_its_login() {
    let app = TestApp::new().await;
    let attempt = app.attempt();
    let (first, second) = (attempt.login(&[]).await, attempt.login(&[]).await);
    let token = fields::first(&attempt.fields(&first, &[]), "id_token").unwrap().to_owned();
    let before = app.rows().await;
    let crossed = fields::owned(&[("id_token", &token), ("state", &second.state)]);
    refused("S09", &attempt.deliver(crossed).await, 401, "lti.jwt.nonce_mismatch");
    attempt.deliver(fields::owned(&[("id_token", &token), ("state", &first.state)])).await;
    let third = attempt.login(&[]).await;
    let again = fields::owned(&[("id_token", &token), ("state", &third.state)]);
    refused("S06", &attempt.deliver(again).await, 401, "lti.jwt.nonce_mismatch");
    let rows = app.rows().await;
    assert_eq!((rows.learners, rows.launches), (before.learners + 1, before.launches + 3));
}

#[tokio::test]
async fn s07_s08_nonces_that_are_none() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    app.launch(&[Bend::drop_claim("nonce")]).await.assert_refused("S07", 401, "lti.jwt.nonce_missing");
    app.launch(&[Bend::claim("nonce", "")]).await.assert_refused("S08", 401, "lti.jwt.nonce_missing");
    app.launch(&[Bend::claim("nonce", 7)]).await.assert_refused("S08", 400, "lti.jwt.claim_type");
    assert_eq!(app.rows().await, before.with_launches(3));
}

/// S10: a token of P3, signed by P3, with a state made for P1 is refused with 401 by P1's keys, never treated
/// as P3's.
#[tokio::test]
async fn s10_the_state_chooses_the_platform() {
    let app = TestApp::new().await;
    // P3 has the same client_id.
    let (p3, p3_tool, _) = app.another_platform(crate::support::app::CLIENT, "p3").await;
    let before = app.rows().await;
    let attempt = app.attempt();
    for as_p1 in [false, true] {
        let handshake = attempt.login(&[]).await;
        let mut claims = p3.valid_claims(&p3_tool, &handshake.nonce);
        if as_p1 {
            claims["iss"] = json!(app.lms.issuer());
        }
        let token = p3.mint(&claims);
        let page = attempt.deliver(fields::owned(&[("id_token", &token), ("state", &handshake.state)])).await;
        assert_eq!(page.status, 401, "{}", page.text());
        assert!(page.contains("lti.jwt.kid_unknown") || page.contains("lti.jwt.signature_invalid"));
    }
    assert_eq!(app.rows().await, before.with_launches(2));
    Attempt::at(&p3, &p3_tool, app.browser()).launch(&[]).await.assert_ok("P3's own");
}

#[tokio::test]
async fn s12_a_failed_launch_spends_its_state() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    let bad = attempt.fields(&handshake, &[Bend::claim(practice::claims::VERSION, "11.3")]);
    refused("S12", &attempt.deliver(bad).await, 400, "lti.msg.version_unsupported");
    let good = attempt.fields(&handshake, &[]);
    refused("S12", &attempt.deliver(good).await, 401, "lti.launch.state_replayed");
    assert_eq!(app.rows().await, before.with_launches(1));
}

#[tokio::test]
async fn s14_a_launch_is_a_post() {
    let app = TestApp::new().await;
    let page = app.browser().get(app.tool.launch_url()).await.unwrap();
    refused("S14", &page, 405, "lti.launch.method_not_allowed");
    assert!(page.header("allow").unwrap().contains("POST"));
    assert!(page.contains("<h1>"), "a help page");
}

#[tokio::test]
async fn s15_a_registration_disabled_after_the_login() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    app.correct(Details { is_enabled: Some(false), ..Details::default() }).await;
    let page = attempt.deliver(attempt.fields(&handshake, &[])).await;
    refused("S15", &page, 403, "lti.login.registration_disabled");
    assert_eq!(app.rows().await, before.with_launches(1));
}

#[tokio::test]
async fn s16_login_on_one_process_launch_on_another() {
    let app = TestApp::new().await;
    app.badge_for_opening("Two of us").await;
    let second = app.second().await;
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    let form = Visit::form(&second.at("/lti/launch"), attempt.fields(&handshake, &[]));
    let page = attempt.browser().visit(form).await.unwrap();
    assert_eq!(page.status, 303, "S16: {}", page.text());
    // The page is asked of the first process again.
    let location = page.location().unwrap();
    let home = app.at(&format!("{}?{}", location.path(), location.query().unwrap()));
    let home = attempt.browser().get(&home).await.unwrap();
    assert!(home.status == 200 && home.contains("Two of us"), "{}", home.text());
    // What was used on one is used on the other.
    let form = Visit::form(app.tool.launch_url(), attempt.fields(&handshake, &[]));
    let page = attempt.browser().visit(form).await.unwrap();
    refused("S16", &page, 401, "lti.launch.state_replayed");
    assert_eq!(app.rows().await.awards, 1);
}

#[tokio::test]
async fn s17_a_restart_between_login_and_launch() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let handshake = app.attempt_from(browser).login(&[]).await;
    let cookie = handshake.page.hop.set_cookies[0].split(';').next().unwrap().to_owned();
    let app = app.restart().await;
    let attempt = app.attempt();
    let form = Visit::form(app.tool.launch_url(), attempt.fields(&handshake, &[])).header("cookie", &cookie);
    let page = attempt.browser().visit(form).await.unwrap();
    assert_eq!(page.status, 303, "S17: {}", page.text());
}
