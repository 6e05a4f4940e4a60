//! `POST /platforms/{id}/check`: each diagnosis, provoked at the practice LMS, over real HTTP.

use laurel::domain::platform::{self, Details};
use practice::{Fault, JwksAnswer, Misbehaviour, Service, ToolRegistration, services::ALL_SCOPES};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Shared, tenant};
use crate::support::{
    api::{Sent, key, send},
    app::TestApp,
};

/// The LMS lives in the test's time, but its server in ours: its answers must say so.
fn in_time(app: &TestApp, seconds: i64) -> Misbehaviour {
    let at = app.clock.now() + chrono::Duration::seconds(seconds);
    let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    Misbehaviour::of(Service::Token, Fault::Header("date".to_owned(), date))
}

/// P1 grants every scope and tells the right time.
async fn granting() -> TestApp {
    let app = TestApp::new().await;
    let scopes = ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
    app.lms.register(ToolRegistration { scopes, ..app.tool.clone() });
    app.lms.misbehave(in_time(&app, 0));
    app
}

/// P1 as a product of this family.
async fn known_as(app: &TestApp, family: &str) {
    let tx = app.app.store.write().await.unwrap();
    let row = laurel::store::platform::unscoped_find(&tx, app.platform.id).await.unwrap().unwrap();
    let row = laurel::store::entity::platform::Model { family: family.to_owned(), ..row };
    assert!(laurel::store::platform::update(&tx, Some(app.organization), row).await.unwrap());
    tx.commit().await.unwrap();
}

async fn check(app: &TestApp) -> Value {
    let path = format!("/platforms/{}/check", app.platform.id);
    let answer = send(app, &Method::POST, &path, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

/// The finding of that code; its sentence and advice in one text.
#[track_caller]
fn found(told: &Value, code: &str, level: &str) -> String {
    let all = told["findings"].as_array().unwrap();
    let finding = all.iter().find(|finding| finding["code"] == code);
    let finding = finding.unwrap_or_else(|| panic!("no {code} in {told:#}"));
    assert_eq!(finding["level"], level, "{told:#}");
    format!("{} {}", finding["sentence"].as_str().unwrap(), finding["advice"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_platform_that_works_passes_every_look() {
    let app = granting().await;
    let told = check(&app).await;
    assert_eq!((&told["well"], &told["deployment_id"]), (&json!(true), &json!("dep-9")), "{told:#}");
    found(&told, "check.authorization", "well");
    assert!(found(&told, "check.keys", "well").contains("p1-a (RSA, 2048 bits)"));
    assert!(found(&told, "check.token", "well").contains("4 of 4 scopes"));
    found(&told, "check.clock", "well");
    assert!(found(&told, "check.own", "well").contains("/lti/jwks/"));
    found(&told, "check.own_http", "mind");
    // One request for all scopes, with the deployment in the assertion.
    assert_eq!(app.lms.requests_to(Service::Token).len(), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_told_apart() {
    let app = granting().await;
    let cases = [
        (JwksAnswer::Status(404), "check.keys_status", "HTTP 404"),
        (JwksAnswer::Html, "check.keys_page", "a page for people"),
        (JwksAnswer::Body("{}".to_owned()), "check.keys_unreadable", "cannot be read"),
        (JwksAnswer::Body(r#"{"keys":[]}"#.to_owned()), "check.keys_unusable", "none that can sign by RS256"),
        (JwksAnswer::Padded(1024 * 1024), "check.too_long", "far too much"),
    ];
    for (answer, code, words) in cases {
        app.lms.keys().answer(answer);
        let told = check(&app).await;
        assert_eq!(told["well"], json!(false), "{code}");
        assert!(found(&told, code, "wrong").contains(words), "{told:#}");
    }
}

#[tokio::test]
async fn a_platform_that_does_not_know_our_key_is_told_where_to_enter_it() {
    let app = granting().await;
    let stranger = ToolRegistration { jwks_url: Some(app.lms.jwks_url()), ..app.tool.clone() };
    app.lms.register(stranger);
    known_as(&app, "brightspace").await;
    let told = check(&app).await;
    let text = found(&told, "check.token_client", "wrong");
    let ours = format!("/lti/jwks/{}", app.platform.id);
    for part in ["client-abc", "Manage Extensibility", "Keyset URL", &ours] {
        assert!(text.contains(part), "{part}: {text}");
    }

    // Moodle: an HTML page, because it may not fetch from this address or port.
    app.lms.quirks(|quirks| quirks.html_when_keys_fail = true);
    let lost = ToolRegistration { jwks_url: Some("http://localhost:9/jwks".to_owned()), ..app.tool.clone() };
    app.lms.register(lost);
    known_as(&app, "moodle").await;
    let text = found(&check(&app).await, "check.token_keys_blocked", "wrong");
    for part in
        ["curlsecurityblockedhosts", "curlsecurityallowedport", "cURL blocked hosts list", "HTTP 404", &ours]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The same page of another product means something else.
    known_as(&app, "sakai").await;
    found(&check(&app).await, "check.token_page", "wrong");
    let health = format!("/platforms/{}/health", app.platform.id);
    let health = send(&app, &Method::GET, &health, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(health.json["well"], json!(false), "health learns of it: {}", health.text);
}

#[tokio::test]
async fn scopes_that_are_not_granted_name_their_switch_in_every_family() {
    let app = TestApp::new().await;
    let grades: Vec<String> =
        ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).filter(|s| s.contains("ags")).collect();
    app.lms.register(ToolRegistration { scopes: grades, ..app.tool.clone() });
    app.lms.misbehave(in_time(&app, 0));
    let switches = [
        ("moodle", "IMS LTI Names and Role Provisioning"),
        ("canvas-self-hosted", "Can retrieve user data associated with the context"),
        ("blackboard", "Allow Membership Service Access"),
        ("brightspace", "Names and Role Provisioning Services"),
        ("sakai", "Provide Roster to External Tool"),
    ];
    for (number, (family, switch)) in switches.into_iter().enumerate() {
        known_as(&app, family).await;
        // Some refuse all for one; then each is asked for alone.
        app.lms.quirks(|quirks| quirks.refuses_any_unknown_scope = number % 2 == 1);
        let told = check(&app).await;
        let text = found(&told, "check.scope_missing", "wrong");
        assert!(text.contains("contextmembership.readonly") && text.contains(switch), "{family}: {text}");
        assert!(found(&told, "check.token", "well").contains("3 of 4"), "{told:#}");
    }
}

#[tokio::test]
async fn what_else_answers_at_the_token_address_is_told_apart() {
    let app = granting().await;
    let answers = [
        (Fault::Status(503), "check.token_unavailable", "HTTP 503"),
        (Fault::Html, "check.token_page", "a page for people"),
        (
            Fault::Body(r#"{"error":"unsupported_grant_type"}"#.to_owned()),
            "check.token_refused",
            "unsupported_grant_type",
        ),
        (Fault::Drop, "check.no_connection", "nobody answers"),
    ];
    for (fault, code, words) in answers {
        app.lms.behave();
        app.lms.misbehave(Misbehaviour::of(Service::Token, fault));
        let told = check(&app).await;
        assert!(found(&told, code, "wrong").contains(words), "{told:#}");
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_or_to_a_login_page() {
    let app = granting().await;
    let port = app.lms.address().port();
    // The practice LMS sends whoever is not signed in to its sign-in page.
    app.correct(Details {
        token_endpoint: Some(format!("{}/nothing", app.lms.base_url())),
        jwks_url: Some("http://localhost:9/jwks".to_owned()),
        authorization_endpoint: Some(format!("http://127.0.0.1:{port}/auth")),
        ..Details::default()
    })
    .await;
    let told = check(&app).await;
    found(&told, "check.no_connection", "wrong");
    assert_eq!(told["well"], json!(false), "{told:#}");

    let redirect = redirecting("/login/index.php?secret=1").await;
    app.correct(Details {
        token_endpoint: Some(redirect.clone()),
        jwks_url: Some(redirect),
        ..Details::default()
    })
    .await;
    let told = check(&app).await;
    let text = found(&told, "check.token_redirect", "wrong");
    assert!(text.contains("to a login page (/login/index.php)") && !text.contains("secret"), "{text}");
    let off = Details { is_enabled: Some(false), ..Details::default() };
    platform::update(&app.app, &app.operator(), app.platform.id, &off).await.unwrap();
    found(&check(&app).await, "check.disabled", "wrong");
}

/// Something that redirects whatever it is asked.
async fn redirecting(to: &'static str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a server of the test, not of the program")]
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 8192]).await;
            let answer = format!(
                "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://localhost:{}/token", address.port())
}

#[tokio::test]
async fn clocks_that_differ_are_told_with_how_much() {
    let app = granting().await;
    known_as(&app, "moodle").await;
    for (seconds, code, level) in
        [(3, "check.clock", "well"), (20, "check.clock_differs", "mind"), (-90, "check.clock_wrong", "wrong")]
    {
        app.lms.behave();
        app.lms.misbehave(in_time(&app, seconds));
        let text = found(&check(&app).await, code, level);
        assert!(seconds == 3 || text.contains(&format!("{} s", seconds.abs())), "{text}");
        assert!(seconds != -90 || text.contains("60 seconds"), "{text}");
    }
}

/// Asking costs the platform: not as often as one likes, and only whose platform it is.
#[tokio::test]
async fn checks_are_few_and_ones_own() {
    let shared = Shared::new().await;
    let app = &shared.app;
    let mallory = tenant(app, "mallory").await;
    let own = format!("/platforms/{}/check", app.platform.id);
    let foreign = send(app, &Method::POST, &own, Some(&mallory.key), &[], Sent::Nothing).await;
    assert_eq!((foreign.status, foreign.code()), (404, "not_found"));
    let server = key(app, &[laurel::domain::access::Scope::Server]).await;
    let path = format!("/platforms/shared/{}/check", shared.platform.id);
    let ask = async || send(app, &Method::POST, &path, Some(&server), &[], Sent::Nothing).await;
    let first = ask().await;
    assert_eq!((first.status, &first.json["deployment_id"]), (200, &Value::Null), "{}", first.text);
    // The allowance fills up by the machine's clock, one in ten seconds: many at once are too many, however slow.
    let all = futures_util::future::join_all((0..20).map(|_| ask())).await;
    let late: Vec<_> = all.iter().filter(|answer| answer.status != 200).collect();
    assert!(late.len() >= 8, "{} of 20 were refused", late.len());
    assert!(late.iter().all(|late| (late.status, late.code()) == (429, "platform_check.too_often")));
    check(app).await;
}
