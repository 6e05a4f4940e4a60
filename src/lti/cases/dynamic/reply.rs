//! G09-G12, G15: the platform's reply.

use aws_lc_rs::digest::{SHA256, digest};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PLATFORM, TOOL, answer, changed, document, offer, read};
use crate::{
    Refusal,
    dynamic::{Configuration, Registered},
    hex::hex,
    services::{Answer, Failure, Method, Next, Scopes, scope::SCORE},
};

fn of(platform: &Configuration, status: u16, body: &str) -> Result<Registered, Failure> {
    let proposal = offer().propose(platform).unwrap();
    Registered::read(&answer(status, body), &proposal, platform)
}

fn registered(reply: &Value) -> Result<Registered, Failure> {
    of(&read(&document()).unwrap(), 201, &reply.to_string())
}

#[test]
fn g09_g10_g11_what_was_agreed() {
    let reply = json!({
        "client_id": "client-abc", "scope": SCORE, "grant_types": ["implict"],
        (TOOL): {"domain": "https://badges.example/", "deployment_id": "7"},
        "registration_client_uri": "https://lms.campus.example/register/7",
        "registration_access_token": "rat-1",
    });
    let agreed = registered(&reply).unwrap();
    assert_eq!(agreed.client_id, "client-abc");
    assert_eq!(agreed.scopes, [SCORE].iter().collect::<Scopes>(), "G09: fewer than asked");
    assert_eq!(agreed.deployment_id.as_deref(), Some("7"), "G10");
    assert!(!agreed.awaits_activation);
    let management = agreed.management.clone().unwrap();
    assert_eq!((management.read().method, management.remove().method), (Method::Get, Method::Delete));
    assert_eq!(management.read().url, "https://lms.campus.example/register/7");
    assert!(!format!("{agreed:?}").contains("rat-1"));

    let numeric =
        registered(&json!({"client_id": 10000000000042_u64, (TOOL): {"deployment_id": 12}})).unwrap();
    assert_eq!(numeric.client_id, "10000000000042", "G11");
    assert_eq!(numeric.deployment_id.as_deref(), Some("12"));
    assert_eq!(numeric.scopes.len(), 4, "absent means as asked");
    assert_eq!(
        registered(&json!({"client_id": "x", "deployment_id": "top"})).unwrap().deployment_id.unwrap(),
        "top"
    );
    let canvas = registered(&json!({"client_id": "x", "scope": null, (TOOL): []})).unwrap();
    assert_eq!((canvas.deployment_id, canvas.management), (None, None));
}

#[test]
fn moodles_reply_is_200_and_somebody_must_still_switch_it_on() {
    let block = json!({"product_family_code": "moodle"});
    let moodle = read(&changed(&json!({ (PLATFORM): block }))).unwrap();
    let body = json!({"client_id": "M0VuCBlaqh5CTGq", (TOOL): {"deployment_id": "1"}}).to_string();
    let agreed = of(&moodle, 200, &body).unwrap();
    assert!(agreed.awaits_activation && moodle.quirks().registered_scope_lies);
    assert_eq!(agreed.deployment_id.as_deref(), Some("1"));
}

/// G12: a platform's 400 is `lti.dr.rejected` with its words as plain text.
#[test]
fn g12_a_refusal_quotes_the_platform_as_text() {
    let platform = read(&document()).unwrap();
    for (status, body, words) in [
        (400, "missing_domain", "missing_domain"),
        (
            400,
            r#"{"error":"invalid_redirect_uri","error_description":"not yours"}"#,
            "invalid_redirect_uri: not yours",
        ),
        (400, r#"{"message":"<img src=x onerror=alert(1)> no"}"#, "no"),
        (401, "token_already_used", "token_already_used"),
        (404, "<html><title>Page not found</title></html>", "Page not found"),
        (500, "Oops", "Oops"),
    ] {
        let failure = of(&platform, status, body).unwrap_err();
        assert_eq!(failure.refusal.code(), "lti.dr.rejected");
        assert_eq!((failure.words.as_deref(), failure.status), (Some(words), Some(status)));
        assert_eq!(failure.next, Next::Stop, "the POST is never repeated by itself");
    }
    let failure = of(&platform, 400, r#"{"error":"invalid_client_metadata"}"#).unwrap_err();
    assert_eq!(failure.refusal.detail(), Some("invalid_client_metadata"));
}

#[test]
fn a_reply_without_client_id_is_none() {
    for reply in [
        json!({}),
        json!({"client_id": ""}),
        json!({"client_id": null}),
        json!({"client_id": 1.5}),
        json!({"client_id": ["x"]}),
        json!({"client_id": "a\u{0}b"}),
        json!([]),
        json!("client_id"),
    ] {
        let failure = registered(&reply).unwrap_err();
        assert_eq!((failure.refusal, failure.words), (Refusal::DrResponseInvalid, None), "{reply}");
    }
}

#[test]
fn a_registrations_own_address_stays_at_the_platform() {
    let management = |uri: Value, token: Value| {
        let reply =
            json!({"client_id": "x", "registration_client_uri": uri, "registration_access_token": token});
        registered(&reply).unwrap().management
    };
    assert!(management(json!("https://lms.campus.example/r/1?a=b"), json!("t")).is_some());
    for (uri, token) in [
        (json!("https://evil.example/r/1"), json!("t")),
        (json!("http://lms.campus.example/r/1"), json!("t")),
        (json!("https://u@lms.campus.example/r/1"), json!("t")),
        (json!("/r/1"), json!("t")),
        (json!("https://lms.campus.example/r/1"), json!("")),
        (json!("https://lms.campus.example/r/1"), json!("a b")),
        (json!("https://lms.campus.example/r/1"), Value::Null),
    ] {
        assert!(management(uri.clone(), token).is_none(), "{uri}");
    }
}

#[test]
fn an_upgraded_consumer_proves_its_secret() {
    let sign = hex(digest(&SHA256, b"key-1s3cretnonce-9").as_ref());
    for sign in [sign.clone(), sign.to_uppercase()] {
        let consumer = json!({"key": "key-1", "nonce": "nonce-9", "sign": sign});
        for reply in [
            json!({"client_id": "x", "oauth_consumer": consumer}),
            json!({"client_id": "x", (TOOL): {"oauth_consumer": consumer}}),
        ] {
            let consumer = registered(&reply).unwrap().oauth_consumer.unwrap();
            assert_eq!(consumer.key, "key-1");
            assert!(consumer.is_proven_by("s3cret") && !consumer.is_proven_by("other"));
        }
    }
    let broken = json!({"client_id": "x", "oauth_consumer": {"key": "k"}});
    assert!(registered(&broken).unwrap().oauth_consumer.is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let platform = read(&document()).unwrap();
        let proposal = offer().propose(&platform).unwrap();
        let outcome = Registered::read(&Answer::new(status, [], &body), &proposal, &platform);
        prop_assert!(outcome.is_err());
    }
}
