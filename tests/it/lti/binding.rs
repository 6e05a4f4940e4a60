//! Section 7: browser binding, sessions, framing.

use practice::browser::{Visit, jar::CookieRules};
use serde_json::json;

use crate::support::{app::TestApp, attempt::refused};

#[tokio::test]
async fn b01_b06_a_browser_that_keeps_no_cookies() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let careful = || {
        app.browser_that(|options| practice::browser::BrowserOptions {
            cookies: CookieRules { block_all: true, ..CookieRules::default() },
            ..options
        })
    };
    let tried = app.attempt_from(careful()).launch(&[]).await;
    tried.assert_refused("B01", 401, "lti.launch.browser_unbound");
    assert!(tried.page.contains("new window"), "B01: help: {}", tried.page.text());
    assert_eq!(tried.page.header("set-cookie"), None, "B01: no session");
    assert_eq!(app.rows().await, before, "B01: nothing is left");

    // Another login's cookie, under this login's name, is worse than none.
    let attempt = app.attempt();
    let (mine, other) = (attempt.login(&[]).await, attempt.login(&[]).await);
    let cookie = |line: &str| line.split(';').next().unwrap().to_owned();
    let (name, _) = mine.page.hop.set_cookies[0].split_once('=').unwrap();
    let forged = cookie(&other.page.hop.set_cookies[0]);
    let forged = format!("{name}={}", forged.split_once('=').unwrap().1);
    let form = Visit::form(app.tool.launch_url(), attempt.fields(&mine, &[])).header("cookie", &forged);
    let page = app.browser().visit(form).await.unwrap();
    refused("§9.3", &page, 401, "lti.launch.state_browser_mismatch");
    assert_eq!(app.rows().await, before);

    app.switch(json!({ "allow_unbound_launch": true })).await;
    app.attempt_from(careful()).launch(&[]).await.assert_ok("B06");
}

#[tokio::test]
async fn b07_o07_who_may_frame_what_in_production() {
    let app = TestApp::production().await;
    app.badge_for_opening("Framed").await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("production");
    let page = attempt.follow(&tried).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let refusal = app.launch(&[practice::Bend::drop_claim("exp")]).await;
    for page in [&page, &refusal.page] {
        assert_eq!(page.header("x-frame-options"), None, "B07");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'self' https://lms.campus.example"), "B07: {policy}");
        assert!(policy.contains("default-src 'none'"), "{policy}");
    }
    let home = app.browser().get(&app.at("/")).await.unwrap();
    assert_eq!(home.status, 200);
    assert!(home.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "B07");
    for page in [&page, &refusal.page, &home, &tried.page] {
        assert!(page.header("strict-transport-security").unwrap().contains("max-age=31536000"), "O07");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }
}

#[tokio::test]
async fn b08_the_session_cookie_and_what_it_opens() {
    let app = TestApp::production().await;
    app.badge_for_opening("Session").await;
    let attempt = app.attempt();
    let tried = attempt.launch(&[]).await;
    let id = tried.assert_ok("B08");
    assert_eq!(tried.page.refused_cookies, [], "the browser keeps it, in a frame of another site");
    let lines = &tried.page.hop.set_cookies;
    let cookie = lines.iter().find(|line| line.starts_with(&format!("__Host-l_{id}="))).expect("B08");
    for attribute in ["Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "B08: {attribute} in {cookie}");
    }
    let gone = lines.iter().find(|line| line.starts_with("__Host-lti_")).expect("the binding is spent");
    assert!(gone.ends_with("Max-Age=0"), "{gone}");

    // The id alone grants nothing; time ends it.
    let url = tried.page.location().unwrap();
    let stranger = app.browser().get(url.as_str()).await.unwrap();
    refused("a stranger", &stranger, 401, "session.unknown");
    assert_eq!(attempt.follow(&tried).await.status, 200);
    let missing = app.browser().get(&app.at("/course")).await.unwrap();
    refused("no launch", &missing, 401, "session.missing");
    app.advance(240 * 60 + 1);
    let value = cookie.split(';').next().unwrap();
    let late = app.browser().visit(Visit::new("GET", url.as_str()).header("cookie", value)).await.unwrap();
    refused("too late", &late, 401, "session.unknown");
}

#[tokio::test]
async fn o07_plain_http_is_not_served_in_production() {
    let app = TestApp::production().await;
    let before = app.rows().await;
    let plain =
        |method: &str, path: &str| Visit::new(method, &app.at(path)).header("x-forwarded-proto", "http");
    let page = app.browser().visit(plain("GET", "/course?x=1")).await.unwrap();
    assert_eq!(
        (page.status, page.header("location")),
        (308, Some("https://badges.example/course?x=1")),
        "{}",
        page.text()
    );
    let login = app.lms.valid_login(&app.tool);
    let post = Visit::form(&app.tool.login_url, login).header("x-forwarded-proto", "http");
    let page = app.browser().visit(post).await.unwrap();
    refused("O07", &page, 403, "https.required");
    assert_eq!(page.header("set-cookie"), None);
    let page = app.browser().visit(plain("GET", "/health/live")).await.unwrap();
    assert_ne!(page.status, 308, "health is asked from nearby");
    assert_eq!(app.rows().await, before);
}
