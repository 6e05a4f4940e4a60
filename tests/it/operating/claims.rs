//! Shared platforms belong to the server's operators; their deployments to whoever entered an organization's
//! claim code in a launch (lti-1.3-tool §2.3).

use laurel::{
    domain::{
        access::{Actor, Caller},
        deployment, deployment_claim,
        platform::{self, Details},
    },
    jobs::retention,
    store::{self, PageQuery, entity::deployment::DeploymentState},
};
use practice::browser::{Browser, BrowserOptions, Page, jar::CookieRules};
use reqwest::Method;
use serde_json::json;

use super::{Shared, tenant};
use crate::{
    lti::launches::{INSTRUCTOR, LEARNER},
    support::{
        api::{Sent, send},
        app::TestApp,
    },
};

const ADMINISTRATOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";
const DAY: i64 = 24 * 3600;

async fn code(app: &TestApp, key: &str) -> (String, String) {
    let made = send(app, &Method::POST, "/deployment-claims", Some(key), &[], Sent::Nothing).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.headers["cache-control"], "no-store");
    let text = |name: &str| made.json[name].as_str().unwrap().to_owned();
    (text("id"), text("code"))
}

async fn enter(browser: &Browser, page: &Page, code: &str) -> Page {
    let mut form = page.forms().remove(0);
    assert_eq!((form.method.as_str(), form.action.as_str()), ("post", "/lti/claim"));
    form.set("code", code);
    browser.submit(page, &form).await.unwrap()
}

/// An instructor enters the code of their organization, and the next launch is good.
#[tokio::test]
async fn an_organization_takes_over_its_part_of_a_shared_platform_with_a_code() {
    let shared = Shared::new().await;
    let app = &shared.app;
    let (id, code) = code(app, &app.api_key).await;
    let plain: Vec<char> = code.chars().filter(char::is_ascii_alphanumeric).collect();
    assert_eq!(plain.len(), 26, "128 bits: {code}");

    let browser = app.browser();
    let tried = shared.launch(&browser, "d-x", INSTRUCTOR).await;
    tried.assert_refused("M09", 403, "lti.msg.deployment_unknown");
    for fact in [super::CLOUD, "c-200", "d-x"] {
        assert!(tried.page.contains(fact), "the administrator is told {fact}");
    }
    // As people type: spaces for hyphens, small letters.
    let typed = code.to_lowercase().replace('-', " ");
    let page = enter(&browser, &tried.page, &typed).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.contains("Campus"), "whose it is now: {}", page.text());
    shared.launch(&browser, "d-x", INSTRUCTOR).await.assert_ok("claimed");
    shared.launch(&app.browser(), "d-x", LEARNER).await.assert_ok("everybody");

    let db = app.app.store.read();
    let row = store::deployment::unscoped_of_launch(db, shared.platform.id, "d-x").await.unwrap().unwrap();
    assert_eq!((row.state, row.organization_id), (DeploymentState::Accepted, Some(app.organization)));
    let listed = send(app, &Method::GET, "/deployment-claims", Some(&app.api_key), &[], Sent::Nothing).await;
    let claim = &listed.json["items"][0];
    assert_eq!((&claim["id"], &claim["deployment_id"]), (&json!(id), &json!(row.id)));
    assert!(claim["used_at"].is_string() && claim["code"].is_null(), "{claim}");
    let audit = store::audit::list(db, app.organization, None, PageQuery { after: None, limit: 200 });
    let audit = audit.await.unwrap().items;
    let line = audit.iter().find(|line| line.action == "deployment.claimed").expect("an audit line");
    assert_eq!(line.actor, format!("claim code {id}"));
    assert!(line.correlation_id.is_some());
    let stored = app.count(&format!("deployment_claim WHERE code_hash LIKE '%{}%'", &code[..5])).await;
    assert_eq!(stored, 0, "the code is not kept");
    let revoked = send(
        app,
        &Method::POST,
        &format!("/deployment-claims/{id}/revoke"),
        Some(&app.api_key),
        &[],
        Sent::Nothing,
    )
    .await;
    assert_eq!((revoked.status, revoked.code()), (409, "deployment_claim.used"));
}

#[tokio::test]
async fn a_code_counts_once_for_a_week_and_only_for_what_is_nobodys() {
    let shared = Shared::new().await;
    let app = &shared.app;
    let browser = app.browser();
    let (_, first) = code(app, &app.api_key).await;
    let page = shared.launch(&browser, "d-x", ADMINISTRATOR).await.page;
    let done = enter(&browser, &page, &first).await;
    assert_eq!(done.status, 200, "an administrator may, too: {}", done.text());

    // The same form with another organization's code: it is somebody's already, and the code stays good.
    let other = tenant(app, "college").await;
    let (_, second) = code(app, &other.key).await;
    let taken = enter(&browser, &page, &second).await;
    assert_eq!(taken.status, 409, "{}", taken.text());
    // Used once.
    let page = shared.launch(&browser, "d-y", INSTRUCTOR).await.page;
    let again = enter(&browser, &page, &first).await;
    assert_eq!(again.status, 403, "{}", again.text());
    assert!(again.contains("role=\"alert\""), "{}", again.text());
    // The page that says so goes on, now with the good one.
    let done = enter(&browser, &again, &second).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let db = app.app.store.read();
    for (name, owner) in [("d-x", app.organization), ("d-y", other.organization)] {
        let row = store::deployment::unscoped_of_launch(db, shared.platform.id, name).await.unwrap().unwrap();
        assert_eq!(row.organization_id, Some(owner), "{name}");
    }
    // Taken back, or too old.
    let (id, revoked) = code(app, &app.api_key).await;
    let path = format!("/deployment-claims/{id}/revoke");
    assert_eq!(send(app, &Method::POST, &path, Some(&app.api_key), &[], Sent::Nothing).await.status, 200);
    let (_, old) = code(app, &app.api_key).await;
    let page = shared.launch(&browser, "d-z", INSTRUCTOR).await.page;
    assert_eq!(enter(&browser, &page, &revoked).await.status, 403);
    app.advance(7 * DAY + 1);
    let page = shared.launch(&browser, "d-z", INSTRUCTOR).await.page;
    assert_eq!(enter(&browser, &page, &old).await.status, 403);
    assert_eq!(enter(&browser, &page, "").await.status, 403);
}

#[tokio::test]
async fn learners_and_strangers_get_no_form() {
    let shared = Shared::new().await;
    let app = &shared.app;
    let test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    let student = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor";
    for role in [LEARNER, "Learner", "", student, test_user] {
        let tried = shared.launch(&app.browser(), "d-x", role).await;
        tried.assert_refused(role, 403, "lti.msg.deployment_unknown");
        assert!(tried.page.forms().is_empty(), "{role}: {}", tried.page.text());
    }
    // Moodle's "switch role": an administrator who is a learner just now.
    let tool = shared.tool("d-x");
    let bends = [
        practice::Bend::set_login("iss", super::CLOUD),
        practice::Bend::claim("iss", super::CLOUD),
        practice::Bend::claim(practice::claims::ROLES, json!([ADMINISTRATOR, LEARNER])),
    ];
    let attempt = crate::support::attempt::Attempt::at(&app.lms, &tool, app.browser());
    assert!(attempt.launch(&bends).await.page.forms().is_empty());

    // An organization's own platform: approved as ever, by that organization, without any code.
    app.switch(json!({ "auto_accept_deployments": false })).await;
    let own = [
        practice::Bend::drop_login("lti_deployment_id"),
        practice::Bend::claim(practice::claims::DEPLOYMENT_ID, "dep-new"),
        practice::Bend::claim(practice::claims::ROLES, json!([INSTRUCTOR])),
    ];
    let tried = app.launch(&own).await;
    tried.assert_refused("own", 403, "lti.msg.deployment_unknown");
    assert!(tried.page.forms().is_empty() && tried.page.contains("laurel deployment approve"));
    let pending = format!("/deployments/pending/{}", app.platform.id);
    let waits = send(app, &Method::GET, &pending, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(waits.json["items"][0]["deployment_id"], "dep-new");
    let accept = json!({ "platform_id": app.platform.id, "deployment_id": "dep-new" });
    let accepted =
        send(app, &Method::POST, "/deployments", Some(&app.api_key), &[], Sent::json(&accept)).await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    app.launch(&own).await.assert_ok("approved");
}

#[tokio::test]
async fn a_form_belongs_to_its_browser_and_its_quarter_of_an_hour() {
    let shared = Shared::new().await;
    let app = &shared.app;
    let (_, code) = code(app, &app.api_key).await;
    let browser = app.browser();
    let page = shared.launch(&browser, "d-x", INSTRUCTOR).await.page;
    let rows = app.rows().await;
    // Another browser has the page, not the cookie.
    let stolen = enter(&app.browser(), &page, &code).await;
    assert_eq!(stolen.status, 401, "{}", stolen.text());
    // Another deployment's name under the same seal.
    let mut form = page.forms().remove(0);
    let (mut ticket, csrf) = (String::new(), form.fields.clone());
    for (name, value) in &csrf {
        if name == "ticket" {
            ticket = value.clone();
        }
    }
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let said = String::from_utf8(BASE64.decode(&ticket).unwrap()).unwrap();
    form.set("ticket", &BASE64.encode(said.replace("d-x", "d-y")));
    form.set("code", &code);
    let forged = browser.submit(&page, &form).await.unwrap();
    assert_eq!(forged.status, 403, "{}", forged.text());
    assert!(forged.contains("csrf.invalid"));
    app.advance(15 * 60 + 1);
    assert_eq!(enter(&browser, &page, &code).await.status, 401, "too late");
    assert_eq!(app.rows().await, rows, "nothing changed");

    // A browser that keeps no cookies is bound by the form alone.
    let operator = Caller::server(Actor::CommandLine);
    let unbound = Details { settings: Some(json!({ "allow_unbound_launch": true })), ..Details::default() };
    platform::update(&app.app, &operator, shared.platform.id, &unbound).await.unwrap();
    let careful = app.browser_that(|options| BrowserOptions {
        cookies: CookieRules { block_all: true, ..CookieRules::default() },
        ..options
    });
    let page = shared.launch(&careful, "d-x", INSTRUCTOR).await.page;
    let done = enter(&careful, &page, &code).await;
    assert_eq!(done.status, 200, "{}", done.text());
}

/// O06: codes cannot be tried as fast as the machine answers.
#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let app =
        TestApp::with(|sources| sources.with("limits.claim_per_minute", "1").with("limits.claim_burst", "3"))
            .await;
    let shared = Shared::on(app).await;
    let browser = shared.app.browser();
    let mut page = shared.launch(&browser, "d-x", INSTRUCTOR).await.page;
    for _ in 0..3 {
        page = enter(&browser, &page, "00000-00000-00000-00000-000000").await;
        assert_eq!(page.status, 403, "{}", page.text());
    }
    let late = enter(&browser, &page, "00000-00000-00000-00000-000001").await;
    assert_eq!(late.status, 429, "{}", late.text());
    shared.launch(&browser, "d-x", INSTRUCTOR).await.assert_refused(
        "launches",
        403,
        "lti.msg.deployment_unknown",
    );
}

/// A hostile organization can neither change a shared platform nor help itself to a part of it.
#[tokio::test]
async fn organizations_see_shared_platforms_and_change_nothing() {
    let shared = Shared::new().await;
    let app = &shared.app;
    let mallory = tenant(app, "mallory").await;
    shared.launch(&app.browser(), "d-x", INSTRUCTOR).await.assert_refused(
        "",
        403,
        "lti.msg.deployment_unknown",
    );
    let id = shared.platform.id;
    let ask = async |method: Method, path: String, body: Sent| {
        send(app, &method, &path, Some(&mallory.key), &[], body).await
    };
    let seen = ask(Method::GET, format!("/platforms/{id}"), Sent::Nothing).await;
    assert_eq!((seen.status, &seen.json["shared"]), (200, &json!(true)));
    let before = app.rows().await;
    let patch = Sent::json(&json!({ "jwks_url": "https://evil.example/jwks" }));
    let accept = Sent::json(&json!({ "platform_id": id, "deployment_id": "d-x" }));
    for (method, path, body, code) in [
        (Method::PATCH, format!("/platforms/{id}"), patch.clone(), "platform.shared"),
        (Method::POST, format!("/platforms/{id}/rotate-key"), Sent::Nothing, "platform.shared"),
        (Method::GET, format!("/deployments/pending/{id}"), Sent::Nothing, "platform.shared"),
        (Method::POST, "/deployments".to_owned(), accept, "deployment.claim_needed"),
        (Method::PATCH, format!("/platforms/shared/{id}"), patch, "scope.missing"),
        (Method::POST, format!("/platforms/shared/{id}/rotate-key"), Sent::Nothing, "scope.missing"),
        (Method::GET, format!("/platforms/shared/{id}/pending"), Sent::Nothing, "scope.missing"),
        (Method::GET, format!("/platforms/shared/{id}/health"), Sent::Nothing, "scope.missing"),
    ] {
        let answer = ask(method.clone(), path.clone(), body).await;
        assert_eq!((answer.status, answer.code()), (403, code), "{method} {path}: {}", answer.text);
    }
    let health = ask(Method::GET, format!("/platforms/{id}/health"), Sent::Nothing).await;
    assert_eq!(health.status, 200, "{}", health.text);
    assert_eq!(health.json["pending_deployments"], json!([]), "what waits is not told to her");
    assert!(health.json["refused"].is_null(), "nor what happened to others");
    assert_eq!(app.rows().await, before);

    // The server's operators see and decide.
    let server = crate::support::api::key(app, &[laurel::domain::access::Scope::Server]).await;
    let pending = format!("/platforms/shared/{id}/pending");
    let pending = send(app, &Method::GET, &pending, Some(&server), &[], Sent::Nothing).await;
    assert_eq!(pending.json["items"][0]["deployment_id"], "d-x", "{}", pending.text);
    let rename = Sent::json(&json!({ "token_audience": "https://shared.lms.example/aud" }));
    let path = format!("/platforms/shared/{id}");
    let updated = send(app, &Method::PATCH, &path, Some(&server), &[], rename).await;
    assert_eq!((updated.status, &updated.json["shared"]), (200, &json!(true)), "{}", updated.text);
    // Not an organization's, though.
    let own = format!("/platforms/shared/{}", app.platform.id);
    let none =
        send(app, &Method::PATCH, &own, Some(&server), &[], Sent::json(&json!({ "enabled": false }))).await;
    assert_eq!((none.status, none.code()), (404, "not_found"));
    let hand = deployment::accept(&app.app, &app.operator(), id, "d-x").await.unwrap();
    assert_eq!(hand.organization_id, Some(app.organization), "the command line may, as ever");
}

#[tokio::test]
async fn codes_that_are_over_are_removed_in_time() {
    let app = TestApp::with(|sources| sources.with("retention.launch_record_days", "30")).await;
    deployment_claim::create(&app.app, &app.operator()).await.unwrap();
    app.advance(36 * DAY);
    deployment_claim::create(&app.app, &app.operator()).await.unwrap();
    retention::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("deployment_claim").await, 2, "ended 29 days ago");
    app.advance(2 * DAY);
    retention::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("deployment_claim").await, 1);
}
