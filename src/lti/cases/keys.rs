//! K01, K03, K04, and the ageing of a platform's keys: J02, J03, J31, J33, J34 (§4.2).

use chrono::Duration;
use serde_json::{Value, json};

use super::fixture::*;
use crate::{
    Refusal,
    keys::{
        CachePolicy, Decision, KeyCache, KeySet, KeySetError, ToolKey, ToolKeyError, jwks_document,
        public_pem,
    },
    launch::token::Header,
    registration::Algorithm,
};

fn header(kid: &str) -> Header {
    Header { alg: Algorithm::RS256, kid: Some(kid.into()) }
}

fn decide(cache: &KeyCache, kid: &str, after: i64) -> &'static str {
    match cache.decide(&header(kid), t0() + Duration::seconds(after)) {
        Decision::Use(_) => "use",
        Decision::Fetch { forced: false } => "fetch",
        Decision::Fetch { forced: true } => "force",
        Decision::Refuse(refusal) => refusal.code(),
    }
}

fn filled() -> KeyCache {
    let mut cache = KeyCache::default();
    cache.fetched(p1_keys(), Duration::seconds(3600), false, t0());
    cache
}

/// K01: a published key has `kty`, `use` sig, `alg` RS256, `kid`, `n` and `e`, and no private member.
#[test]
fn k01_only_public_members_are_published() {
    let mut stored = P1_A.public_jwk();
    stored["d"] = json!("secret");
    let document = jwks_document([&stored, &P1_B.public_jwk()]);
    let keys = document["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let names: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e"]);
        assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
    }
    assert_eq!(jwks_document([]), json!({"keys": []}));
}

#[test]
fn k03_a_kid_is_the_thumbprint_of_its_key() {
    let again = ToolKey::from_pkcs8(P1_A.pkcs8()).unwrap();
    assert_eq!(again.kid(), P1_A.kid());
    assert_eq!(again.public_jwk(), P1_A.public_jwk());
    assert_eq!(P1_A.kid().len(), 43);
    assert_ne!(P1_A.kid(), P1_B.kid());
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(P1_A.public_jwk()).unwrap();
    let judged = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
    assert_eq!(judged, P1_A.kid(), "another implementation of RFC 7638 agrees");
    assert_eq!(ToolKey::from_pkcs8(b"no key").unwrap_err(), ToolKeyError::NotAKey);
    assert!(!format!("{:?}", *P1_A).contains("pkcs8"));
}

#[test]
fn k04_our_signatures_verify_with_the_listed_key() {
    let assertion = P1_A.sign(&json!({"iss": "client-abc", "exp": 1_900_000_300})).unwrap();
    let header = jsonwebtoken::decode_header(&assertion).unwrap();
    assert_eq!((header.alg, header.kid.as_deref()), (jsonwebtoken::Algorithm::RS256, Some(P1_A.kid())));
    let listed = jwks_document([&P1_A.public_jwk()]);
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(listed["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let (message, signature) = assertion.rsplit_once('.').unwrap();
    let good = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, header.alg).unwrap();
    assert!(good);
}

#[test]
fn k04_the_pem_is_the_same_key() {
    assert_eq!(public_pem(&P1_A.public_jwk()), Some(P1_A.public_pem()), "written from the published numbers");
    let set = KeySet::from_pem(&P1_A.public_pem()).unwrap();
    assert!(set.has(&header("any")));
    assert_eq!(
        KeySet::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").unwrap_err(),
        KeySetError::NotAPublicKey
    );
    assert_eq!(KeySet::from_pem("ssh-rsa AAAA").unwrap_err(), KeySetError::NotAPublicKey);
}

/// J32: garbage beside the right key is left out (`token.rs`); what is no key set at all, or too large, is
/// refused.
#[test]
fn j32_key_sets_have_limits() {
    for body in [&b"<html>"[..], b"[]", b"{}", br#"{"keys":{}}"#, b"", b"\xff"] {
        assert_eq!(KeySet::from_jwks(body).unwrap_err(), KeySetError::NotAKeySet);
    }
    let many = json!({"keys": vec![jwk(&P1_A, "x"); 101]}).to_string();
    assert_eq!(KeySet::from_jwks(many.as_bytes()).unwrap_err(), KeySetError::TooLarge);
    let long = format!(r#"{{"keys":[],"x":"{}"}}"#, "y".repeat(512 * 1024));
    assert_eq!(KeySet::from_jwks(long.as_bytes()).unwrap_err(), KeySetError::TooLarge);
    let empty = KeySet::from_jwks(br#"{"keys":[]}"#).unwrap();
    assert!(empty.is_empty());
    assert_eq!(p1_keys().len(), 2);
}

#[test]
fn j32_sloppy_numbers_are_still_the_key() {
    let mut sloppy = jwk(&P1_A, "p1-a");
    let n = sloppy["n"].as_str().unwrap().to_owned();
    let mut bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, n).unwrap();
    bytes.insert(0, 0);
    sloppy["n"] = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes).into();
    assert_eq!(code(|case| case.keys = key_set(&[sloppy])), "OK", "leading zero, padding, standard alphabet");
    let mut nameless = jwk(&P1_A, "p1-a");
    nameless["kid"] = Value::Null;
    assert_eq!(code(|case| case.keys = key_set(&[nameless])), "lti.jwt.kid_unknown");
}

#[test]
fn j02_j03_an_unknown_kid_forces_one_refetch_in_thirty_seconds() {
    let mut cache = filled();
    assert_eq!(decide(&cache, "p1-z", 1), "force", "even right after a fetch: keys may just have rotated");
    cache.fetched(p1_keys(), Duration::seconds(3600), true, t0() + Duration::seconds(1));
    for after in 1..30 {
        assert_eq!(decide(&cache, "p1-z", after), "lti.jwt.kid_unknown");
        assert_eq!(decide(&cache, "p1-a", after), "use");
    }
    assert_eq!(decide(&cache, "p1-z", 31), "force");
}

#[test]
fn j02_a_removed_key_is_no_longer_accepted() {
    let mut cache = filled();
    cache.fetched(key_set(&[jwk(&P1_B, "p1-b")]), Duration::seconds(3600), false, t0());
    assert_eq!(decide(&cache, "p1-a", 1), "force");
    assert_eq!(decide(&cache, "p1-b", 1), "use");
}

#[test]
fn j31_unreachable_keys_are_asked_for_again_after_five_seconds() {
    let mut cache = KeyCache::default();
    assert_eq!(decide(&cache, "p1-a", 0), "fetch");
    cache.failed(t0());
    assert_eq!(decide(&cache, "p1-a", 4), "lti.jwt.jwks_unavailable");
    assert_eq!(decide(&cache, "p1-a", 5), "fetch");
    assert_eq!(Refusal::JwksUnavailable.status(), 503);
    cache.fetched(p1_keys(), Duration::seconds(60), false, t0() + Duration::seconds(5));
    assert_eq!(decide(&cache, "p1-a", 6), "use");
}

#[test]
fn j31_old_keys_serve_a_day_while_the_platform_is_away() {
    let mut cache = filled();
    let day = 24 * 3600;
    for after in [3600, 3600 + 100, 3600 + day - 1] {
        assert_eq!(decide(&cache, "p1-a", after), "fetch", "first ask");
        cache.failed(t0() + Duration::seconds(after));
        assert_eq!(decide(&cache, "p1-a", after), "use", "then make do");
        assert_eq!(decide(&cache, "p1-z", after), "lti.jwt.jwks_unavailable");
    }
    cache.failed(t0() + Duration::seconds(3600 + day));
    assert_eq!(decide(&cache, "p1-a", 3600 + day), "lti.jwt.jwks_unavailable");
    assert!(cache.set().is_some());
}

#[test]
fn j31_a_failed_forced_fetch_does_not_harm_known_keys() {
    let mut cache = filled();
    cache.failed(t0() + Duration::seconds(10));
    assert_eq!(decide(&cache, "p1-a", 11), "use");
    assert_eq!(decide(&cache, "p1-z", 11), "lti.jwt.jwks_unavailable");
    assert_eq!(decide(&cache, "p1-z", 15), "force");
}

#[test]
fn j33_j34_a_set_is_fetched_once_per_lifetime() {
    let cache = filled();
    assert_eq!(decide(&cache, "p1-a", 60), "use");
    assert_eq!(decide(&cache, "p1-a", 3599), "use");
    assert_eq!(decide(&cache, "p1-a", 3600), "fetch");
    assert_eq!(decide(&cache, "p1-z", 3600), "force", "one fetch answers both questions");
}

#[test]
fn j34_the_platforms_wish_is_heard_within_bounds() {
    let seconds = |header| CachePolicy::from_cache_control(header).num_seconds();
    assert_eq!(seconds(None), 3600);
    assert_eq!(seconds(Some("")), 3600);
    assert_eq!(seconds(Some("public, max-age=600")), 600);
    assert_eq!(seconds(Some("Max-Age = \"600\"")), 600);
    assert_eq!(seconds(Some("max-age=0")), 60);
    assert_eq!(seconds(Some("max-age=99999999")), 24 * 3600);
    assert_eq!(seconds(Some("max-age=99999999999999999999999")), 24 * 3600);
    assert_eq!(seconds(Some("no-store, max-age=600")), 60);
    assert_eq!(seconds(Some("No-Cache")), 60);
    assert_eq!(seconds(Some("max-age=-5")), 3600);
    assert_eq!(seconds(Some("max-age=")), 3600);
}
