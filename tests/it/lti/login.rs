//! Section 1: login initiation.

use practice::{
    LoginMethod,
    browser::{Page, Visit},
    fields::{self, Fields},
};
use serde_json::json;

use crate::support::{
    app::{CLIENT, DEPLOYMENT, TestApp},
    attempt::refused,
};
use laurel::domain::{deployment, platform::Details};

/// VL with one thing changed, answered and not followed.
async fn answered(app: &TestApp, change: impl FnOnce(&mut Fields)) -> Page {
    let mut login = app.lms.valid_login(&app.tool);
    change(&mut login);
    app.browser().send_login(&app.lms, &app.tool, login).await.unwrap()
}

/// What the authentication request says.
fn asked(page: &Page) -> Fields {
    assert_eq!(page.status, 302, "{}", page.text());
    page.location().unwrap().query_pairs().into_owned().collect()
}

/// L01, L02: a login by GET or by POST is redirected to the authorization endpoint with exactly §8.1's
/// parameters, the endpoint's own query kept, and state and nonce of 128 bits or more.
#[tokio::test]
async fn l01_l02_a_login_becomes_an_authentication_request() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    for method in [LoginMethod::Get, LoginMethod::Post] {
        let mut tool = app.tool.clone();
        tool.login_method = method;
        let login = app.lms.valid_login(&tool);
        let page = app.browser().send_login(&app.lms, &tool, login).await.unwrap();
        let sent = asked(&page);
        let url = page.location().unwrap();
        assert_eq!(
            format!("{}{}", url.origin().ascii_serialization(), url.path()),
            format!("{}/auth", app.lms.base_url())
        );
        let expected = [
            ("tenant", "7"),
            ("scope", "openid"),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("prompt", "none"),
            ("client_id", CLIENT),
            ("redirect_uri", app.tool.launch_url()),
            ("login_hint", "u/88+x"),
            ("lti_message_hint", r#"{"a":1}"#),
        ];
        for (name, value) in expected {
            assert_eq!(fields::first(&sent, name), Some(value), "{method:?} {name}");
        }
        assert_eq!(sent.len(), expected.len() + 2, "{sent:?}");
        for name in ["state", "nonce"] {
            assert!(fields::first(&sent, name).unwrap().len() >= 22, "128 bits: {name}");
        }
        assert!(fields::first(&sent, "state").unwrap().len() <= 200);
    }
    assert_eq!(app.rows().await, before, "a login writes nothing");
}

#[tokio::test]
async fn l03_l04_l05_l19_l20_l23_hints_and_strangers() {
    let app = TestApp::new().await;
    let hard = "a+b/c=d&e%f#g\"h ü 語 \u{1F600} %2B";
    let sent = asked(
        &answered(&app, |login| {
            fields::set(login, "login_hint", hard);
            fields::set(login, "lti_message_hint", hard);
        })
        .await,
    );
    assert_eq!(fields::first(&sent, "login_hint"), Some(hard), "L03");
    assert_eq!(fields::first(&sent, "lti_message_hint"), Some(hard), "L03");

    let sent = asked(&answered(&app, |login| fields::drop(login, "lti_message_hint")).await);
    assert_eq!(fields::first(&sent, "lti_message_hint"), None, "L04");
    let sent = asked(&answered(&app, |login| fields::set(login, "lti_message_hint", "")).await);
    assert_eq!(fields::first(&sent, "lti_message_hint"), Some(""), "L05");

    let sent = asked(
        &answered(&app, |login| {
            for name in ["canvas_region", "canvas_environment", "whatever"] {
                fields::set(login, name, "x");
            }
        })
        .await,
    );
    assert_eq!(sent.len(), 11, "L19: {sent:?}");
    asked(&answered(&app, |login| fields::set(login, "lti_deployment_id", "dep-unheard-of")).await); // L23
    // L20: Canvas's older name is the same hint, which the launch must then match.
    let attempt = app.attempt();
    let old_name = practice::Bend::set_login("deployment_id", DEPLOYMENT);
    let bends = [practice::Bend::drop_login("lti_deployment_id"), old_name];
    attempt.launch(&bends).await.assert_ok("L20");
    let other = [
        practice::Bend::drop_login("lti_deployment_id"),
        practice::Bend::set_login("deployment_id", "dep-other"),
    ];
    attempt.launch(&other).await.assert_refused("L20", 401, "lti.msg.deployment_mismatch");
}

#[tokio::test]
async fn l06_to_l10_l14_l17_l24_bad_logins_are_refused_without_redirect() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    for (id, name) in [("L06", "iss"), ("L07", "login_hint"), ("L08", "target_link_uri")] {
        let page = answered(&app, |login| fields::drop(login, name)).await;
        refused(id, &page, 400, "lti.login.missing_parameter");
        assert!(page.contains(name), "{id} names {name}: {}", page.text());
    }
    let slashed = format!("{}/", app.lms.issuer());
    let set = [
        ("L09", "iss", "https://nobody.example", 403, "lti.login.unknown_registration"),
        ("L10", "client_id", "client-xyz", 403, "lti.login.unknown_registration"),
        ("L24", "iss", &slashed, 403, "lti.login.unknown_registration"),
        ("L14", "target_link_uri", "https://evil.example/", 400, "lti.login.target_not_allowed"),
    ];
    for (id, name, value, status, code) in set {
        let page = answered(&app, |login| fields::set(login, name, value)).await;
        refused(id, &page, status, code);
        assert_eq!(page.header("location"), None, "{id}");
        assert_eq!(page.header("set-cookie"), None, "{id}");
    }
    let json = Visit::new("POST", &app.tool.login_url).body("application/json", r#"{"iss":"x"}"#);
    let page = app.browser().visit(json).await.unwrap();
    refused("L17", &page, 415, "lti.login.unsupported_media_type");
    assert_eq!(app.rows().await, before);
}

#[tokio::test]
async fn l11_l12_a_login_without_client_id_finds_its_registration() {
    let app = TestApp::new().await;
    let sent = asked(&answered(&app, |login| fields::drop(login, "client_id")).await);
    assert_eq!(fields::first(&sent, "client_id"), Some(CLIENT), "L11");

    let mut tool = app.tool.clone();
    tool.login_url = app.at(&format!("/lti/login/{}", app.platform.id));
    let mut login = app.lms.valid_login(&tool);
    fields::drop(&mut login, "client_id");
    let page = app.browser().send_login(&app.lms, &tool, login.clone()).await.unwrap();
    assert_eq!(fields::first(&asked(&page), "client_id"), Some(CLIENT), "L12");
    fields::set(&mut login, "iss", "https://other.lms.example");
    let page = app.browser().send_login(&app.lms, &tool, login).await.unwrap();
    refused("L12", &page, 403, "lti.login.unknown_registration");

    // §7.1: two registrations of one issuer; the deployment decides, and without one nobody guesses.
    let sister = laurel::domain::platform::NewPlatform {
        family: "other".to_owned(),
        details: Details {
            issuer_url: Some(app.lms.issuer().to_owned()),
            client_id: Some("client-def".to_owned()),
            authorization_endpoint: Some(app.lms.authorization_endpoint()),
            jwks_url: Some(app.lms.jwks_url()),
            ..Details::default()
        },
        ..laurel::domain::platform::NewPlatform::default()
    };
    let sister = laurel::domain::platform::add(&app.app, &app.operator(), sister).await.unwrap();
    deployment::accept(&app.app, &app.operator(), sister.id, "dep-10").await.unwrap();
    let of = |hint: &'static str| {
        answered(&app, move |login| {
            fields::drop(login, "client_id");
            fields::set(login, "lti_deployment_id", hint);
        })
    };
    assert_eq!(fields::first(&asked(&of("dep-10").await), "client_id"), Some("client-def"));
    assert_eq!(fields::first(&asked(&of(DEPLOYMENT).await), "client_id"), Some(CLIENT));
    let page = of("").await;
    assert!(page.status >= 400 && page.contains("lti.login.ambiguous"), "{}", page.text());
}

#[tokio::test]
async fn l13_a_disabled_registration_refuses_logins() {
    let app = TestApp::new().await;
    app.correct(Details { is_enabled: Some(false), ..Details::default() }).await;
    refused("L13", &answered(&app, |_| ()).await, 403, "lti.login.registration_disabled");
}

/// L15: with `login_target_check` off a bare text like `packback.co` is redirected as in L01; the value is
/// only stored.
#[tokio::test]
async fn l15_without_the_target_check_any_text_is_a_hint() {
    let app = TestApp::new().await;
    app.switch(json!({ "login_target_check": false })).await;
    let sent = asked(&answered(&app, |login| fields::set(login, "target_link_uri", "packback.co")).await);
    assert_eq!(fields::first(&sent, "redirect_uri"), Some(app.tool.launch_url()));
    assert_eq!(sent.len(), 11, "the parameters of L01: {sent:?}");
    assert!(!sent.iter().any(|(_, value)| value.contains("packback")), "only sealed: {sent:?}");
}

#[tokio::test]
async fn l16_other_methods_are_refused_with_allow() {
    let app = TestApp::new().await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let page = app.browser().visit(Visit::new(method, &app.tool.login_url)).await.unwrap();
        refused("L16", &page, 405, "lti.login.method_not_allowed");
        let allow = page.header("allow").unwrap();
        assert!(allow.starts_with("GET, POST"), "{allow}");
    }
}

/// L18: two logins in a row have different state and nonce and a cookie each, and both can be used.
#[tokio::test]
async fn l18_two_logins_do_not_disturb_each_other() {
    let app = TestApp::new().await;
    let attempt = app.attempt();
    let (first, second) = (attempt.login(&[]).await, attempt.login(&[]).await);
    assert_ne!(first.state, second.state);
    assert_ne!(first.nonce, second.nonce);
    assert_eq!(attempt.browser().cookies().len(), 2);
    for handshake in [second, first] {
        let page = attempt.deliver(attempt.fields(&handshake, &[])).await;
        assert_eq!(page.status, 303, "{}", page.text());
    }
}

/// L21: a login is answered with `no-store` and a cookie of the prefix `__Host-` that is `Secure`, `HttpOnly`,
/// `SameSite=None`, `Partitioned` and `Path=/`.
#[tokio::test]
async fn l21_headers_of_a_login_in_production() {
    let app = TestApp::production().await;
    let page = answered(&app, |_| ()).await;
    assert_eq!(page.status, 302, "{}", page.text());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.refused_cookies, [], "the browser keeps it, in a frame of another site");
    let cookie = page.hop.set_cookies.first().unwrap();
    assert!(cookie.starts_with("__Host-lti_"), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/", "Max-Age=600"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.to_ascii_lowercase().contains("domain="));
}

/// L22: a message hint of 6,000 bytes travels in a form that posts itself, its value intact.
#[tokio::test]
async fn l22_long_hints_travel_in_a_form() {
    let app = TestApp::new().await;
    let hint = "ä<\"&'>".repeat(1000);
    let page = answered(&app, |login| fields::set(login, "lti_message_hint", &hint)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let form = page.forms().remove(0);
    let script = page.text().split("<script src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let script = app.browser().get(&app.at(&script)).await.unwrap();
    assert!(
        script.status == 200 && script.contains("submit.call(document"),
        "the form submits itself: {}",
        script.text()
    );
    assert_eq!(
        (form.method.as_str(), form.action.as_str()),
        ("post", app.lms.authorization_endpoint().as_str())
    );
    assert_eq!(fields::first(&form.fields, "lti_message_hint"), Some(hint.as_str()));
    assert_eq!(fields::first(&form.fields, "login_hint"), Some("u/88+x"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action {}", app.lms.base_url())), "{policy}");
}
