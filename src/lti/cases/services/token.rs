//! T01-T16: access tokens (§16).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{answer, now};
use crate::{
    Refusal,
    cases::fixture::P1_A,
    claims::DEPLOYMENT_ID,
    keys::KeySet,
    services::{
        Answer, Method, Next, Scopes,
        scope::{LINEITEM, LINEITEM_READONLY, MEMBERSHIP_READONLY, RESULT_READONLY, SCORE},
        token::{Asking, Party, REFUSED_FOR, Step, read},
    },
};

const TOKEN_URL: &str = "https://lms.campus.example/token";

fn party<'a>() -> Party<'a> {
    Party {
        client_id: "client-abc",
        token_endpoint: TOKEN_URL,
        token_audience: None,
        deployment_id: Some("dep-9"),
    }
}

fn scopes(list: &[&str]) -> Scopes {
    list.iter().collect()
}

/// The form's fields, decoded, in order.
fn form(party: Party<'_>, scopes: &Scopes, jti: u8) -> Vec<(String, String)> {
    let request = party.request(&P1_A, scopes, &[jti; 16], now()).unwrap();
    url::form_urlencoded::parse(&request.body.unwrap().bytes).into_owned().collect()
}

fn claims(party: Party<'_>, jti: u8) -> (Value, Value) {
    let assertion = form(party, &scopes(&[SCORE]), jti).swap_remove(2).1;
    let part = |at: usize| {
        let part = assertion.split('.').nth(at).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    (part(0), part(1))
}

#[test]
fn t01_t03_the_request_is_a_form_with_four_fields() {
    let wanted = scopes(&[SCORE, LINEITEM]);
    let request = party().request(&P1_A, &wanted, &[7; 16], now()).unwrap();
    assert_eq!((request.method, request.url.as_str()), (Method::Post, TOKEN_URL));
    assert_eq!(request.accept, "application/json");
    assert_eq!(request.scope, None, "asking for a token needs no token");
    assert_eq!(request.body.as_ref().unwrap().content_type, "application/x-www-form-urlencoded");
    let fields = form(party(), &wanted, 7);
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "client_assertion_type", "client_assertion", "scope"]);
    assert_eq!(fields[0].1, "client_credentials");
    assert_eq!(fields[1].1, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(fields[3].1, format!("{LINEITEM} {SCORE}"));
}

#[test]
fn t02_the_assertion() {
    let (header, claims) = claims(party(), 1);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["typ"], "JWT");
    assert_eq!(header["kid"], P1_A.kid());
    assert_eq!(claims["iss"], "client-abc");
    assert_eq!(claims["sub"], "client-abc");
    assert_eq!(claims["aud"], TOKEN_URL);
    assert_eq!(claims[DEPLOYMENT_ID], "dep-9");
    let (issued, expires) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert!(issued < now().timestamp() && issued >= now().timestamp() - 30, "a few seconds back");
    assert!(expires <= issued + 300 && expires > now().timestamp());
    assert!(claims["jti"].as_str().unwrap().len() >= 22, "128 bits");
    let (_, other) = self::claims(party(), 2);
    assert_ne!(claims["jti"], other["jti"]);
}

#[test]
fn t02_the_signature_is_good_under_the_published_key() {
    let assertion = form(party(), &scopes(&[SCORE]), 3).swap_remove(2).1;
    let set = KeySet::from_jwks(json!({"keys": [P1_A.public_jwk()]}).to_string().as_bytes());
    assert!(set.is_ok());
    let key = jsonwebtoken::DecodingKey::from_rsa_pem(P1_A.public_pem().as_bytes()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[TOKEN_URL]);
    assert!(jsonwebtoken::decode::<Value>(&assertion, &key, &validation).is_ok());
}

#[test]
fn t08_the_audience_and_the_deployment_are_switches() {
    let other = "https://api.brightspace.com/auth/token";
    let changed = Party { token_audience: Some(other), deployment_id: None, ..party() };
    let (_, claims) = claims(changed, 1);
    assert_eq!(claims["aud"], other);
    assert!(claims.get(DEPLOYMENT_ID).is_none());
}

#[test]
fn t04_t05_t09_how_long_a_token_may_be_used() {
    let usable = |expires: Value| {
        let mut body = json!({"access_token": "abc", "token_type": "bearer"});
        if !expires.is_null() {
            body["expires_in"] = expires;
        }
        let granted = read(&answer(200, &body.to_string()), &scopes(&[SCORE]), now()).unwrap();
        assert!(granted.is_usable(granted.usable_until() - Duration::seconds(1)));
        assert!(!granted.is_usable(granted.usable_until()));
        (granted.usable_until() - now()).num_seconds()
    };
    assert_eq!(usable(json!(3600)), 3540);
    assert_eq!(usable(json!("3600")), 3540, "a number as text");
    assert_eq!(usable(json!(3600.7)), 3540);
    assert_eq!(usable(json!(120)), 60);
    assert_eq!(usable(json!(119)), 59, "half of it when shorter than two minutes");
    assert_eq!(usable(json!(60)), 30);
    assert_eq!(usable(json!(0)), 0);
    assert_eq!(usable(json!(-5)), 0);
    assert!(usable(Value::Null) <= 300, "T09");
    assert!(usable(json!(1e18)) <= 86_400, "nobody keeps a token for ever");
}

#[test]
fn the_reply_is_read_whatever_its_dress() {
    for body in [
        r#"{"access_token":"a.b-c","token_type":"Bearer","expires_in":3600,"scope":"x y"}"#,
        "\u{feff}{\"access_token\":\"a.b-c\",\"token_type\":\"BEARER\",\"scope\":\"y  x\"}",
        r#"{"access_token":"a.b-c","scope":["x","y"],"refresh_token":5}"#,
    ] {
        let granted = read(&answer(200, body), &scopes(&["z"]), now()).unwrap();
        assert_eq!((granted.token(), granted.scopes()), ("a.b-c", &scopes(&["x", "y"])));
    }
    let html: [(&str, &[u8]); 1] = [("content-type", b"text/html; charset=utf-8")];
    let body = br#"{"access_token":"a","token_type":"bearer"}"#;
    let granted = read(&Answer::new(200, html, body), &scopes(&["z"]), now()).unwrap();
    assert_eq!(granted.scopes(), &scopes(&["z"]), "an absent scope is the scope asked for");
}

/// T13, T16: an answer 200 with HTML, or with `token_type` MAC, is `lti.token.invalid_response`.
#[test]
fn t13_t16_what_is_no_token() {
    for body in [
        "<html><body>Maintenance</body></html>",
        "",
        "[]",
        "null",
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":5,"token_type":"bearer"}"#,
        r#"{"access_token":"a b","token_type":"bearer"}"#,
        "{\"access_token\":\"a\\nX: y\",\"token_type\":\"bearer\"}",
        r#"{"access_token":"a","token_type":"MAC"}"#,
        r#"{"access_token":"a","token_type":7}"#,
        r#"{"access_token":"a","token_type":"bearer","expires_in":{}}"#,
    ] {
        let failure = read(&answer(200, body), &scopes(&[SCORE]), now()).unwrap_err();
        assert_eq!((failure.refusal, failure.next), (Refusal::TokenInvalidResponse, Next::Alarm), "{body}");
    }
}

#[test]
fn t11_a_refused_client_is_an_alarm() {
    for (status, body) in [
        (400, r#"{"error":"invalid_client","error_description":"no such key"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (400, r#"{"error":"Expired token"}"#),
        (404, "<html><head><title>Error | Campus</title></head><body>nothing</body></html>"),
        (200, r#"{"error":"unauthorized_client"}"#),
    ] {
        let failure = read(&answer(status, body), &scopes(&[SCORE]), now()).unwrap_err();
        assert_eq!((failure.refusal.code(), failure.next), ("lti.token.refused", Next::Alarm), "{body}");
    }
    let failure = read(&answer(404, "<title>Error | Campus</title>"), &scopes(&[SCORE]), now()).unwrap_err();
    assert_eq!(failure.words.as_deref(), Some("Error | Campus"));
}

#[test]
fn t12_an_outage_is_waited_for() {
    let headers: [(&str, &[u8]); 1] = [("Retry-After", b"120")];
    let failure = read(&Answer::new(503, headers, b"busy"), &scopes(&[SCORE]), now()).unwrap_err();
    assert_eq!(failure.refusal, Refusal::TokenUnreachable);
    assert_eq!(failure.next, Next::Later(Some(Duration::seconds(120))));
    assert_eq!(failure.wait(1, 0), Some(Duration::seconds(120)), "not sooner than asked");
    for status in [429, 500, 502, 504, 408] {
        let failure = read(&answer(status, ""), &scopes(&[SCORE]), now()).unwrap_err();
        assert!(matches!(failure.next, Next::Later(None)), "{status}");
        let waits: Vec<i64> = (1..16).map(|at| failure.wait(at, 0).unwrap().num_seconds()).collect();
        assert_eq!(waits[..4], [2, 4, 8, 16]);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]) && waits[14] == 3600);
        let spread = failure.wait(5, u16::MAX).unwrap();
        assert!(spread > failure.wait(5, 0).unwrap() && spread <= failure.wait(5, 0).unwrap() * 3 / 2);
    }
}

#[test]
fn retry_after_may_be_a_date_and_is_never_longer_than_a_day() {
    let wait = |text: &str| {
        let headers: [(&str, &[u8]); 1] = [("retry-after", text.as_bytes())];
        Answer::new(429, headers, b"").retry_after(now())
    };
    let date = (now() + Duration::seconds(90)).to_rfc2822();
    assert_eq!(wait(&date), Some(Duration::seconds(90)));
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::zero()), "the past");
    assert_eq!(wait("4000000000"), Some(Duration::hours(24)));
    assert_eq!(wait("soon"), None);
}

const INVALID_SCOPE: &str = r#"{"error":"invalid_scope"}"#;

fn grant(scope: &str) -> String {
    json!({"access_token": format!("token-{}", scope.len()), "token_type": "bearer", "expires_in": 3600, "scope": scope})
        .to_string()
}

#[test]
fn t10_a_refused_set_is_asked_for_one_by_one() {
    let wanted = scopes(&[LINEITEM, RESULT_READONLY, SCORE]);
    let mut asking = Asking::new(&wanted, &Scopes::default()).unwrap();
    assert_eq!(asking.now(), &wanted);
    assert!(matches!(asking.heard(&answer(400, INVALID_SCOPE), now()), Step::Ask));
    let mut asked = Vec::new();
    for _ in 0..3 {
        assert_eq!(asking.now().len(), 1);
        let one = asking.now().to_string();
        let refused = one == RESULT_READONLY;
        let body = if refused { INVALID_SCOPE.to_owned() } else { grant(&one) };
        asked.push(one);
        assert!(matches!(asking.heard(&answer(if refused { 400 } else { 200 }, &body), now()), Step::Ask));
    }
    assert_eq!(asked.iter().collect::<Scopes>(), wanted, "each once");
    // What was not refused, in one token.
    assert_eq!(asking.now(), &scopes(&[LINEITEM, SCORE]));
    let both = grant(&format!("{LINEITEM} {SCORE}"));
    let Step::Done(granted) = asking.heard(&answer(200, &both), now()) else { panic!() };
    assert_eq!(granted.scopes(), &scopes(&[LINEITEM, SCORE]));
    // Remembered: not asked for again for a day.
    assert_eq!(asking.refused(), &scopes(&[RESULT_READONLY]));
    assert_eq!(REFUSED_FOR, Duration::hours(24));
    let next = Asking::new(&wanted, asking.refused()).unwrap();
    assert_eq!(next.now(), &scopes(&[LINEITEM, SCORE]));
    assert!(granted.require(LINEITEM).is_ok());
    assert!(granted.require(LINEITEM_READONLY).is_ok(), "managing includes reading");
    let failure = granted.require(RESULT_READONLY).unwrap_err();
    assert_eq!(failure.refusal.code(), "lti.token.scope_insufficient");
    assert_eq!(failure.words.as_deref(), Some(RESULT_READONLY));
}

#[test]
fn t10_asking_always_ends() {
    // Everything refused, one scope only, and a platform that changes its mind in the end.
    let mut asking = Asking::new(&scopes(&[SCORE, LINEITEM]), &Scopes::default()).unwrap();
    let mut steps = 0;
    let failure = loop {
        steps += 1;
        assert!(steps < 5);
        match asking.heard(&answer(400, INVALID_SCOPE), now()) {
            Step::Ask => {}
            Step::Failed(failure) => break failure,
            Step::Done(_) => panic!(),
        }
    };
    assert_eq!((steps, failure.refusal), (3, Refusal::TokenScopeInsufficient));
    assert_eq!(asking.refused().len(), 2);

    let mut single = Asking::new(&scopes(&[SCORE]), &Scopes::default()).unwrap();
    assert!(matches!(single.heard(&answer(400, INVALID_SCOPE), now()), Step::Failed(_)));
    assert_eq!(single.refused(), &scopes(&[SCORE]));

    let mut only_one = Asking::new(&scopes(&[SCORE, LINEITEM]), &Scopes::default()).unwrap();
    only_one.heard(&answer(400, INVALID_SCOPE), now());
    let first = only_one.now().to_string();
    assert!(matches!(only_one.heard(&answer(200, &grant(&first)), now()), Step::Ask));
    // The one that was granted is the token; nothing more is asked.
    assert!(matches!(only_one.heard(&answer(400, INVALID_SCOPE), now()), Step::Done(_)));

    assert!(Asking::new(&scopes(&[SCORE]), &scopes(&[SCORE])).is_err());
    let mut broken = Asking::new(&scopes(&[SCORE, LINEITEM]), &Scopes::default()).unwrap();
    assert!(matches!(broken.heard(&answer(503, ""), now()), Step::Failed(_)), "an outage refuses no scope");
    assert!(broken.refused().is_empty());
}

#[test]
fn t14_t15_names_are_sets_and_secrets_do_not_print() {
    assert_eq!(scopes(&[SCORE, LINEITEM]), scopes(&[LINEITEM, SCORE, SCORE, ""]));
    assert_ne!(scopes(&[SCORE]), scopes(&[MEMBERSHIP_READONLY]));
    let request = party().request(&P1_A, &scopes(&[SCORE]), &[1; 16], now()).unwrap();
    let printed = format!("{request:?}");
    assert!(!printed.contains("assertion") && !printed.contains("eyJ"), "{printed}");
    let body = r#"{"access_token":"very-secret","token_type":"bearer"}"#;
    let reply = answer(200, body);
    let granted = read(&reply, &scopes(&[SCORE]), now()).unwrap();
    assert!(!format!("{granted:?} {reply:?}").contains("very-secret"));
    let odd = r#"{"access_token":"very-secret","token_type":"MAC"}"#;
    let failure = read(&answer(200, odd), &scopes(&[SCORE]), now()).unwrap_err();
    assert!(!format!("{failure} {failure:?}").contains("very-secret"));
}

proptest! {
    /// T10: whatever is answered, asking ends after one request for each scope and two more.
    #[test]
    fn asking_ends(answers in proptest::collection::vec(any::<bool>(), 20), count in 1_usize..7) {
        let wanted: Scopes = crate::services::scope::ALL.iter().take(count).collect();
        let mut asking = Asking::new(&wanted, &Scopes::default()).unwrap();
        for (at, is_granted) in answers.into_iter().enumerate() {
            prop_assert!(at < count + 2, "no end");
            let asked = asking.now().clone();
            let body = if is_granted { grant(&asked.to_string()) } else { INVALID_SCOPE.to_owned() };
            match asking.heard(&answer(if is_granted { 200 } else { 400 }, &body), now()) {
                Step::Ask => {}
                Step::Done(granted) => {
                    prop_assert!(granted.scopes().iter().all(|scope| wanted.contains(scope)));
                    prop_assert!(granted.scopes().iter().all(|scope| !asking.refused().contains(scope)));
                    break;
                }
                Step::Failed(_) => {
                    prop_assert!(!asking.refused().is_empty());
                    break;
                }
            }
        }
    }
}
