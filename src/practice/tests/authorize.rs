//! The authorization endpoint is as strict as the strictest real one.

use super::{BADGE, CLIENT, FakeTool, campus};
use crate::{
    Practice,
    browser::{Browser, Page, Visit},
    demo,
    fields::{self, Fields},
    tool::ToolRegistration,
};

/// A launch begun as Grace, and the authentication request that would end it well.
async fn request(lms: &Practice, tool: &FakeTool, browser: &Browser) -> Fields {
    browser.sign_in(lms, demo::GRACE).await.unwrap();
    another_request(lms, tool, browser).await
}

/// The same in the session that is there.
async fn another_request(lms: &Practice, tool: &FakeTool, browser: &Browser) -> Fields {
    let page = browser.get(&format!("{}/activities/{BADGE}/launch", lms.base_url())).await.unwrap();
    let login = page.self_submitting_form().unwrap().fields;
    let field = |name: &str| fields::first(&login, name).unwrap().to_owned();
    fields::owned(&[
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", CLIENT),
        ("redirect_uri", &format!("{}/launch", tool.base_url)),
        ("login_hint", &field("login_hint")),
        ("lti_message_hint", &field("lti_message_hint")),
        ("state", "state-1"),
        ("nonce", "nonce-1"),
    ])
}

async fn ask(lms: &Practice, browser: &Browser, request: &Fields) -> Page {
    browser.get(&format!("{}?{}", lms.authorization_endpoint(), fields::encode(request))).await.unwrap()
}

/// The error that the answer posts to the tool, with its state.
fn posted_error(page: &Page, tool: &FakeTool) -> Option<String> {
    let form = page.self_submitting_form()?;
    assert_eq!(form.action, format!("{}/launch", tool.base_url), "posted only to the registered address");
    assert_eq!(fields::first(&form.fields, "state"), Some("state-1"));
    assert!(fields::first(&form.fields, "id_token").is_none());
    fields::first(&form.fields, "error").map(str::to_owned)
}

#[tokio::test]
async fn a_right_request_is_answered_by_a_form_with_token_and_state() {
    let (lms, tool, browser) = campus().await;
    let right = request(&lms, &tool, &browser).await;
    let page = ask(&lms, &browser, &right).await;
    assert_eq!(page.status, 200);
    let form = page.self_submitting_form().unwrap();
    assert_eq!((form.method.as_str(), form.fields.len()), ("post", 2));
    assert_eq!(fields::first(&form.fields, "state"), Some("state-1"));
    let token = fields::first(&form.fields, "id_token").unwrap();
    let claims = super::verified(&lms.jwks_url(), token).await.unwrap();
    assert_eq!(claims["nonce"], "nonce-1");
}

#[tokio::test]
async fn whatever_is_wrong_with_the_request_is_posted_back_as_an_error() {
    let (lms, tool, browser) = campus().await;
    let wrong = [
        ("scope", "openid profile", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("response_type", "code", "unsupported_response_type"),
        ("response_mode", "query", "invalid_request"),
        ("prompt", "login", "invalid_request"),
        ("nonce", "", "invalid_request"),
        ("login_hint", demo::ADA, "access_denied"),
    ];
    for (name, value, error) in wrong {
        let mut bad = request(&lms, &tool, &browser).await;
        fields::set(&mut bad, name, value);
        let page = ask(&lms, &browser, &bad).await;
        assert_eq!(posted_error(&page, &tool).as_deref(), Some(error), "{name}={value}");
    }
    for name in ["scope", "response_type", "response_mode", "prompt", "nonce"] {
        let mut bad = request(&lms, &tool, &browser).await;
        fields::drop(&mut bad, name);
        let page = ask(&lms, &browser, &bad).await;
        assert!(posted_error(&page, &tool).is_some(), "{name} missing");
    }
    assert!(tool.launches().is_empty());
}

#[tokio::test]
async fn nothing_is_posted_anywhere_when_the_client_or_the_address_is_in_doubt() {
    let (lms, tool, browser) = campus().await;
    let address = format!("{}/launch", tool.base_url);
    let wrong = [
        ("client_id", "client-xyz".to_owned()),
        ("redirect_uri", format!("{address}?a=1")),
        ("redirect_uri", format!("{address}/")),
        ("redirect_uri", "https://evil.example/launch".to_owned()),
        ("state", String::new()),
        ("lti_message_hint", "{}".to_owned()),
    ];
    for (name, value) in wrong {
        let mut bad = request(&lms, &tool, &browser).await;
        fields::set(&mut bad, name, &value);
        let page = ask(&lms, &browser, &bad).await;
        assert_eq!(page.status, 400, "{name}={value}");
        assert!(page.self_submitting_form().is_none(), "{name}={value}");
    }
    for name in ["client_id", "redirect_uri", "state", "lti_message_hint"] {
        let mut bad = request(&lms, &tool, &browser).await;
        fields::drop(&mut bad, name);
        assert_eq!(ask(&lms, &browser, &bad).await.status, 400, "{name} missing");
        let mut bad = request(&lms, &tool, &browser).await;
        bad.push((name.to_owned(), "again".to_owned()));
        assert_eq!(ask(&lms, &browser, &bad).await.status, 400, "{name} twice");
    }
}

#[tokio::test]
async fn a_message_hint_is_good_once_and_only_in_its_own_session() {
    let (lms, tool, browser) = campus().await;
    let right = request(&lms, &tool, &browser).await;
    let thief = browser.another();
    thief.sign_in(&lms, demo::GRACE).await.unwrap();
    assert_eq!(ask(&lms, &thief, &right).await.status, 400, "another session of the same person");
    assert_eq!(ask(&lms, &browser, &right).await.status, 200);
    assert_eq!(ask(&lms, &browser, &right).await.status, 400, "a reload");
    // Parallel launches of one person end well in any order.
    let first = another_request(&lms, &tool, &browser).await;
    let second = another_request(&lms, &tool, &browser).await;
    assert!(ask(&lms, &browser, &second).await.contains("id_token"));
    assert!(ask(&lms, &browser, &first).await.contains("id_token"));
}

#[tokio::test]
async fn a_hint_of_another_tool_is_unauthorized() {
    let (lms, tool, browser) = campus().await;
    let address = format!("{}/launch", tool.base_url);
    lms.register(ToolRegistration::new("client-2", &address, &address, &address));
    let mut foreign = request(&lms, &tool, &browser).await;
    fields::set(&mut foreign, "client_id", "client-2");
    let page = ask(&lms, &browser, &foreign).await;
    assert_eq!(posted_error(&page, &tool).as_deref(), Some("unauthorized_client"));
}

#[tokio::test]
async fn without_a_session_a_request_is_reposted_once_and_then_refused() {
    let (lms, tool, browser) = campus().await;
    let right = request(&lms, &tool, &browser).await;
    let nobody = browser.another();
    let page = ask(&lms, &nobody, &right).await;
    let page = nobody.submit(&page, &page.self_submitting_form().unwrap()).await.unwrap();
    assert_eq!(posted_error(&page, &tool).as_deref(), Some("login_required"));
    // Moodle's rescue: a cross-site POST carries no Lax cookie, the repost from the LMS's own page does.
    let elsewhere = url::Url::parse("https://tool.example/").unwrap();
    let visit = Visit::form(&lms.authorization_endpoint(), right.clone()).from(&elsewhere);
    let page = browser.visit(visit).await.unwrap();
    let form = page.self_submitting_form().unwrap();
    assert_eq!(fields::first(&form.fields, "repost"), Some("true"));
    assert!(page.hop.cookie.is_none(), "Lax cookies do not travel with a cross-site POST");
    let page = browser.submit(&page, &form).await.unwrap();
    assert!(page.contains("id_token"), "{}", page.text());
    let page = nobody.visit(Visit::form(&lms.authorization_endpoint(), {
        let mut again = right;
        again.push(("repost".to_owned(), "true".to_owned()));
        again
    }));
    assert_eq!(posted_error(&page.await.unwrap(), &tool).as_deref(), Some("login_required"));
}

#[tokio::test]
async fn requests_are_remembered_as_they_were_sent() {
    let (lms, tool, browser) = campus().await;
    let mut odd = request(&lms, &tool, &browser).await;
    fields::set(&mut odd, "login_hint", "a+b/c=&%#\"é\u{1f98a}");
    ask(&lms, &browser, &odd).await;
    let seen = lms.authentication_requests().pop().unwrap();
    assert_eq!(seen.fields, odd, "case L03: byte for byte");
    assert_eq!(seen.method, "GET");
    assert_eq!(seen.refusal.as_deref(), Some("access_denied"));
}
