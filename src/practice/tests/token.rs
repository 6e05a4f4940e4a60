//! The token endpoint checks assertions with the tool's published keys.

use serde_json::{Value, json};

use crate::{
    Options, Practice, ToolRegistration,
    bend::{Bend, Signer},
    browser::{Browser, Page},
    manners::Activation,
};

const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

/// A second practice LMS serves as the tool: it publishes keys and mints assertions.
async fn pair() -> (Practice, Practice) {
    let lms = Practice::start(Options::default()).await.unwrap();
    let tool = Practice::start(Options { key_name: "tool".to_owned(), ..Options::default() }).await.unwrap();
    let mut registration = ToolRegistration::new("client-abc", "http://t/l", "http://t/r", "http://t/");
    registration.jwks_url = Some(tool.jwks_url());
    registration.scopes = vec![SCOPE.to_owned()];
    lms.register(registration);
    (lms, tool)
}

fn assertion(lms: &Practice, jti: &str) -> Value {
    let now = lms.now().timestamp();
    json!({"iss": "client-abc", "sub": "client-abc", "aud": lms.token_endpoint(), "iat": now - 5, "exp": now + 295,
           "jti": jti})
}

async fn ask(lms: &Practice, assertion: &str, scope: &str) -> Page {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", scope),
    ];
    Browser::new().post(&lms.token_endpoint(), &fields).await.unwrap()
}

fn body(page: &Page) -> Value {
    serde_json::from_slice(&page.body).unwrap()
}

#[tokio::test]
async fn a_right_assertion_buys_a_token_for_the_granted_scopes() {
    let (lms, tool) = pair().await;
    let page =
        ask(&lms, &tool.mint(&assertion(&lms, "1")), &format!("{SCOPE} https://other.example/scope")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let body = body(&page);
    assert_eq!((&body["token_type"], &body["scope"]), (&json!("bearer"), &json!(SCOPE)));
    let grant = lms.grant(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!((grant.client_id.as_str(), grant.scopes), ("client-abc", vec![SCOPE.to_owned()]));
    assert_eq!(lms.grant("something else"), None);
    assert_eq!(tool.keys().fetches(), 1, "the tool's JWKS was really fetched (K04)");
}

#[tokio::test]
async fn whatever_is_wrong_with_the_assertion_is_an_invalid_client() {
    let (lms, tool) = pair().await;
    let good = assertion(&lms, "2");
    let now = lms.now().timestamp();
    let wrong = [
        vec![Bend::Signer(Signer::Stranger)],
        vec![Bend::Signer(Signer::Key("tool-z".to_owned()))],
        vec![Bend::drop_header("kid")],
        vec![Bend::Algorithm("RS512")],
        vec![Bend::unsigned()],
        vec![Bend::flipped_signature()],
        vec![Bend::claim("iss", "somebody")],
        vec![Bend::claim("sub", "somebody")],
        vec![Bend::claim("aud", lms.issuer())],
        vec![Bend::claim("exp", now - 120), Bend::claim("iat", now - 400)],
        vec![Bend::claim("iat", now + 600), Bend::claim("exp", now + 900)],
        vec![Bend::claim("exp", "soon")],
        vec![Bend::claim("exp", now + 100_000)],
        vec![Bend::drop_claim("jti")],
        vec![Bend::token("abc")],
        vec![Bend::token("")],
    ];
    for bends in wrong {
        let page = ask(&lms, &tool.mint_bent(&good, &bends), SCOPE).await;
        assert_eq!((page.status, &body(&page)["error"]), (401, &json!("invalid_client")), "{bends:?}");
    }
    assert_eq!(ask(&lms, &tool.mint(&good), SCOPE).await.status, 200, "none of them used the jti up");
    assert_eq!(ask(&lms, &tool.mint(&good), SCOPE).await.status, 401, "the same assertion again");
    let page = ask(&lms, &tool.mint(&assertion(&lms, "3")), "https://other.example/scope").await;
    assert_eq!((page.status, &body(&page)["error"]), (400, &json!("invalid_scope")));
    let page = Browser::new().post(&lms.token_endpoint(), &[("grant_type", "password")]).await.unwrap();
    assert_eq!((page.status, &body(&page)["error"]), (400, &json!("unsupported_grant_type")));
}

#[tokio::test]
async fn a_tool_that_waits_for_its_administrator_gets_no_token_where_waiting_means_closed() {
    let (lms, tool) = pair().await;
    let mut registration = lms.registration("client-abc").unwrap();
    registration.pending = true;
    lms.register(registration);
    let token = |jti: &str| tool.mint(&assertion(&lms, jti));
    lms.set_manners(|manners| manners.registration.activation = Activation::Hidden);
    assert_eq!(ask(&lms, &token("a"), SCOPE).await.status, 200, "moodle-platform.md §3.6");
    lms.set_manners(|manners| manners.registration.activation = Activation::Closed);
    let page = ask(&lms, &token("b"), SCOPE).await;
    assert_eq!((page.status, &body(&page)["error"]), (401, &json!("invalid_client")));
    lms.activate("client-abc");
    assert_eq!(ask(&lms, &token("c"), SCOPE).await.status, 200);
}
