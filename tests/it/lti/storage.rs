//! Section 7: binding by the platform's storage, where the browser keeps no cookies in frames (B02-B05, B09).

use std::time::Duration;

use practice::{
    Activity,
    browser::{Browser, LaunchOutcome, Visit, html, jar::CookieRules},
    demo,
    fields::{self, Fields},
    manners::StorageAnswer,
};
use serde_json::Value;

use crate::support::{
    app::{CLIENT, TestApp},
    attempt::refused,
};

const BADGE: &str = "open-badge";

/// P1 offers storage here, and the demo's course has a link to us.
async fn storing(target: &str) -> TestApp {
    let app = TestApp::new().await;
    app.badge_for_opening("Bound").await;
    app.lms.set_manners(|manners| manners.storage.target = Some(target.to_owned()));
    app.lms.world(|world| {
        let mut course = world.course(demo::COURSE).unwrap().clone();
        course.activities.push(Activity::tool(BADGE, "Badge", CLIENT));
        world.put_course(course);
    });
    app
}

/// A browser that blocks cookies of third parties; LMS and tool are two sites.
fn careful(app: &TestApp) -> Browser {
    app.browser_that(|options| practice::browser::BrowserOptions {
        cookies: CookieRules { block_third_party: true, ports_are_sites: true, ..CookieRules::default() },
        ..options
    })
}

async fn launch(app: &TestApp, browser: &Browser) -> LaunchOutcome {
    browser.launch(&app.lms, demo::GRACE, BADGE).await.unwrap()
}

#[tokio::test]
async fn b02_b03_the_login_stores_the_secret_at_the_authorization_origin_and_goes_on() {
    let app = storing("_parent").await;
    let before = app.rows().await;
    let mut login = app.lms.valid_login(&app.tool);
    login.push(("lti_storage_target".to_owned(), "_parent".to_owned()));
    let page = app.browser().send_login(&app.lms, &app.tool, login).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let told = html::embedded_json(&page.text()).remove(0);
    let origin = url::Url::parse(&app.lms.authorization_endpoint()).unwrap().origin().ascii_serialization();
    assert_eq!(told["plan"]["origins"], serde_json::json!([origin]), "B02");
    assert_eq!(told["plan"]["frame"], Value::Null, "B02: the parent itself");
    let message = &told["plan"]["exchanges"][0]["message"];
    assert_eq!(message["subject"], "lti.put_data", "B02");
    let cookie =
        page.hop.set_cookies.iter().find(|line| line.starts_with("lti_") && !line.contains("lti_kept"));
    let (name, rest) = cookie.unwrap().split_once('=').unwrap();
    assert_eq!(message["key"], format!("lti_state_{}", name.trim_start_matches("lti_")));
    assert_eq!(message["value"], rest.split(';').next().unwrap(), "both ways hold the same secret");
    assert!(told["plan"]["total_ms"].as_u64().unwrap() < 1000, "B03");
    let next = told["next"].as_str().unwrap();
    assert!(next.starts_with(&app.lms.authorization_endpoint()), "B02: {next}");
    assert!(page.text().replace("&amp;", "&").replace("&#38;", "&").contains(&format!("href=\"{next}")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(app.rows().await, before, "a login leaves nothing");

    // B03: a platform that never answers does not hold up a browser that keeps cookies.
    app.lms.set_manners(|manners| manners.storage.answer = StorageAnswer::Never);
    let outcome = launch(&app, &app.browser()).await;
    assert_eq!(outcome.status(), 200, "B03: {}", outcome.page.text());
    assert!(outcome.launch_id().is_some());
}

#[tokio::test]
async fn b04_the_stored_secret_binds_the_launch_and_uses_the_state_up_only_then() {
    for target in ["_parent", "post_message_forwarding"] {
        let app = storing(target).await;
        let browser = careful(&app);
        let outcome = launch(&app, &browser).await;
        assert_eq!(outcome.status(), 200, "B04: {}", outcome.page.text());
        assert!(outcome.page.contains("Bound"), "{}", outcome.page.text());
        let asked = outcome.answer.as_ref().unwrap();
        assert_eq!(asked.status, 200, "the launch is answered by a page that asks");
        assert_eq!(asked.header("cache-control"), Some("no-store"));
        assert!(!asked.contains("Grace"), "nothing of the token is shown");
        let went_on = outcome.hops.iter().find(|hop| hop.url.path() == "/lti/launch/continue").unwrap();
        assert_eq!((went_on.status, went_on.cookie.as_deref()), (303, None), "no cookie came back");
        assert_eq!(app.launches("ok").await.len(), 1);
        assert_eq!(app.awards().await.len(), 1);

        // The page is open although no cookie was kept; its address opens nothing once more.
        let page = &outcome.hops.last().unwrap().url;
        let again = careful(&app).get(page.as_str()).await.unwrap();
        refused("a code is good once", &again, 401, "session.unknown");
        // And the state is spent.
        let visit = Visit::form(went_on.url.as_str(), went_on.fields.clone()).header("origin", &app.base);
        let replayed = browser.visit(visit).await.unwrap();
        refused("B04: used once", &replayed, 401, "lti.launch.state_replayed");
        assert_eq!(app.launches("ok").await.len(), 1);
    }
}

#[tokio::test]
async fn b04_the_state_waits_for_the_storage() {
    let app = storing("_parent").await;
    let browser = careful(&app);
    let outcome = launch(&app, &browser).await;
    let delivered = outcome.delivery().unwrap().fields.clone();
    let went_on = outcome.hops.iter().find(|hop| hop.url.path() == "/lti/launch/continue").unwrap();
    assert!(fields::first(&went_on.fields, "browser_secret").is_some());
    // Asking changes nothing, as often as one likes.
    let before = app.rows().await;
    for _ in 0..2 {
        let fields: Fields = delivered.clone();
        let page = browser.deliver_fields(&app.lms, &app.tool, fields).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
    }
    assert_eq!(app.rows().await, before);
}

#[tokio::test]
async fn b05_without_the_right_secret_only_a_new_window_helps() {
    let app = storing("_parent").await;
    let faults = [
        StorageAnswer::Never,
        StorageAnswer::Forgets,
        StorageAnswer::WrongValue,
        StorageAnswer::WrongId,
        StorageAnswer::OtherOrigin,
        StorageAnswer::Error("storage_exhaustion".to_owned()),
        StorageAnswer::Late(Duration::from_secs(2)),
    ];
    let before = app.rows().await;
    for fault in faults {
        app.lms.set_manners(|manners| manners.storage.answer = fault.clone());
        let outcome = launch(&app, &careful(&app)).await;
        refused("B05", &outcome.page, 401, "lti.launch.browser_unbound");
        assert!(outcome.page.contains("new window"), "B05: {fault:?}");
        assert_eq!(outcome.page.header("set-cookie"), None, "B05: no session");
    }
    assert_eq!(app.rows().await, before, "B05: nothing is left");
}

#[tokio::test]
async fn nobody_else_may_go_on_with_a_launch() {
    let app = storing("_parent").await;
    // An attacker knows the secret of their own login, and makes another browser post it.
    let outcome = launch(&app, &careful(&app)).await;
    let went_on = outcome.hops.iter().find(|hop| hop.url.path() == "/lti/launch/continue").unwrap();
    let from = |origin: Option<&str>| {
        let visit = Visit::form(went_on.url.as_str(), went_on.fields.clone());
        match origin {
            Some(origin) => visit.header("origin", origin),
            None => visit,
        }
    };
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let page = app.browser().visit(from(origin)).await.unwrap();
        refused("§9.3", &page, 401, "lti.launch.state_browser_mismatch");
    }
    let get = app.browser().get(&app.at("/lti/launch/continue")).await.unwrap();
    refused("S01", &get, 405, "lti.launch.method_not_allowed");
}

#[tokio::test]
async fn a_code_in_the_address_ends_with_its_minute_and_is_for_our_own_redirect() {
    let app = storing("_parent").await;
    let browser = careful(&app);
    let outcome = launch(&app, &browser).await;
    let fields = outcome.hops.iter().find(|hop| hop.url.path() == "/lti/launch/continue").unwrap();
    let location = fields.location.clone().unwrap();
    assert!(location.contains("launch=") && location.contains("&code="), "{location}");
    // Once more, by hand, and too late.
    let attempt = app.attempt_from(careful(&app));
    let (answer, url) = by_hand(&app, &attempt).await;
    assert_eq!(answer, 303);
    let stranger = Visit::new("GET", url.as_str()).header("sec-fetch-site", "cross-site");
    let page = app.browser().visit(stranger).await.unwrap();
    refused("another site's link", &page, 401, "session.unknown");
    app.advance(61);
    let late = app.browser().get(url.as_str()).await.unwrap();
    refused("§14: a minute", &late, 401, "session.unknown");
    let (_, url) = by_hand(&app, &attempt).await;
    let page = app.browser().get(url.as_str()).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    // A browser that keeps this cookie may come back.
    assert!(page.hop.set_cookies.iter().any(|line| line.starts_with("l_")), "{:?}", page.hop.set_cookies);
}

/// A launch bound by storage without following the last redirect: its status and where it leads.
async fn by_hand(app: &TestApp, attempt: &crate::support::attempt::Attempt<'_>) -> (u16, url::Url) {
    let mut login = app.lms.valid_login(&app.tool);
    login.push(("lti_storage_target".to_owned(), "_parent".to_owned()));
    let page = attempt.browser().send_login(&app.lms, &app.tool, login).await.unwrap();
    let told = html::embedded_json(&page.text()).remove(0);
    let next = url::Url::parse(told["next"].as_str().unwrap()).unwrap();
    let of = |name: &str| next.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned();
    let claims = app.lms.valid_claims(&app.tool, &of("nonce"));
    let token = app.lms.mint_bent(&claims, &[]);
    let secret = told["plan"]["exchanges"][0]["message"]["value"].as_str().unwrap();
    let form = fields::owned(&[("id_token", &token), ("state", &of("state")), ("browser_secret", secret)]);
    let visit = Visit::form(&app.at("/lti/launch/continue"), form).header("origin", &app.base);
    let page = app.browser().visit(visit).await.unwrap();
    (page.status, page.location().unwrap_or_else(|| page.url.clone()))
}

#[tokio::test]
async fn b09_a_framed_browser_that_keeps_nothing_may_begin_again_in_a_window_of_its_own() {
    let app = TestApp::production().await;
    app.badge_for_opening("Window").await;
    let login = app.lms.valid_login(&app.tool);
    let framed =
        |visit: Visit| visit.header("sec-fetch-dest", "iframe").header("sec-fetch-site", "cross-site");
    let page = app.browser().visit(framed(Visit::form(&app.tool.login_url, login.clone()))).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let probe =
        page.hop.set_cookies.iter().find(|line| line.starts_with("__Host-lti_kept=1;")).expect("a probe");
    assert!(!probe.contains("HttpOnly") && probe.contains("Partitioned"), "{probe}");
    let told = html::embedded_json(&page.text()).remove(0);
    assert_eq!((&told["plan"], told["probe"].as_str()), (&Value::Null, Some("__Host-lti_kept")));
    assert!(told["next"].as_str().unwrap().starts_with(&app.lms.authorization_endpoint()));
    let form = page.forms().into_iter().next().expect("the way to a new window");
    assert!(page.contains("target=\"_blank\"") && page.contains("rel=\"noopener\""));
    for (name, value) in &login {
        assert_eq!(fields::first(&form.fields, name), Some(value.as_str()), "the login as it came");
    }
    // In the new window the cookie is a first party's, and all is as ever.
    let window = app.browser_that(|options| practice::browser::BrowserOptions { in_window: true, ..options });
    let attempt = app.attempt_from(window);
    let again = attempt.browser().submit(&page, &form).await.unwrap();
    assert_eq!(again.status, 302, "B09: {}", again.text());
    let url = again.location().unwrap();
    let of = |name: &str| url.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned();
    let token = app.lms.mint_bent(&app.lms.valid_claims(&app.tool, &of("nonce")), &[]);
    let form = fields::owned(&[("id_token", &token), ("state", &of("state"))]);
    let page = attempt.deliver(form).await;
    assert_eq!(page.status, 303, "B09: {}", page.text());
    assert_eq!(attempt.browser().follow(page).await.unwrap().status, 200, "B09");

    // A browser that has kept a cookie here goes straight on.
    let kept = framed(Visit::form(&app.tool.login_url, login)).header("cookie", "__Host-lti_kept=1");
    assert_eq!(app.browser().visit(kept).await.unwrap().status, 302);
}
