//! The published key set and its ways to misbehave.

use std::time::Duration;

use serde_json::json;

use crate::{
    Options, Practice,
    bend::Change,
    browser::{Browser, Page},
    keys::{JwksAnswer, KeyRing},
};

async fn fetched(lms: &Practice) -> Page {
    Browser::new().get(&lms.jwks_url()).await.unwrap()
}

fn kids(lms: &Practice) -> Vec<String> {
    let document = lms.keys().document();
    let keys = document["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap_or("?").to_owned()).collect()
}

#[tokio::test]
async fn the_key_set_is_published_and_every_fetch_is_counted() {
    let lms = Practice::start(Options { key_name: "p1".to_owned(), ..Options::default() }).await.unwrap();
    assert_eq!(lms.keys().fetches(), 0);
    let page = fetched(&lms).await;
    assert_eq!(page.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(page.header("content-type"), Some("application/json"));
    let document: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    let key = &document["keys"][0];
    let mut members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"], "no private members");
    assert_eq!(
        (&key["kid"], &key["alg"], &key["use"], &key["e"]),
        (&json!("p1-a"), &json!("RS256"), &json!("sig"), &json!("AQAB"))
    );
    lms.keys().cache_control(Some("max-age=61"));
    assert_eq!(fetched(&lms).await.header("cache-control"), Some("max-age=61"));
    lms.keys().cache_control(None);
    assert_eq!(fetched(&lms).await.header("cache-control"), None);
    assert_eq!(lms.keys().fetches(), 3);
}

#[tokio::test]
async fn keys_are_published_edited_withdrawn_and_rotated() {
    let lms = Practice::start(Options { key_name: "p1".to_owned(), ..Options::default() }).await.unwrap();
    let keys = lms.keys();
    keys.publish("p1-b");
    keys.publish_raw(json!({"garbage": true}));
    keys.publish_elliptic("p1-ec");
    keys.publish_weak("p1-weak");
    assert_eq!(kids(&lms), ["p1-a", "p1-b", "?", "p1-ec", "p1-weak"]);
    keys.edit("p1-b", Change::set("use", "enc"));
    keys.edit("p1-a", Change::drop("alg"));
    keys.edit("p1-a", Change::drop("use"));
    let document = keys.document();
    assert_eq!(document["keys"][1]["use"], "enc", "J29");
    assert!(document["keys"][0].get("alg").is_none() && document["keys"][0].get("use").is_none(), "J28");
    keys.withdraw("p1-a");
    assert_eq!(kids(&lms), ["p1-b", "?", "p1-ec", "p1-weak"]);
    assert_eq!(keys.active(), "p1-a", "a withdrawn key can still sign");
    let other = Practice::start(Options { key_name: "p2".to_owned(), ..Options::default() }).await.unwrap();
    assert_eq!(other.keys().rotate(), "p2-b");
    assert_eq!(other.keys().active(), "p2-b");
    assert_eq!(kids(&other), ["p2-a", "p2-b"]);
}

#[tokio::test]
async fn the_key_set_address_misbehaves_as_told() {
    let lms = Practice::start(Options::default()).await.unwrap();
    lms.keys().answer(JwksAnswer::Status(500));
    assert_eq!(fetched(&lms).await.status, 500, "J31");
    lms.keys().answer(JwksAnswer::Html);
    let page = fetched(&lms).await;
    assert!(page.status == 200 && page.contains("<!doctype html>"));
    lms.keys().answer(JwksAnswer::Padded(600_000));
    let page = fetched(&lms).await;
    assert!(page.body.len() >= 600_000, "more than 512 KiB (§4.2)");
    assert!(serde_json::from_slice::<serde_json::Value>(&page.body).is_ok(), "and still a right key set");
    lms.keys().answer(JwksAnswer::Body("[]".to_owned()));
    assert_eq!(fetched(&lms).await.text(), "[]");
    lms.keys().answer(JwksAnswer::Late(Duration::from_secs(30)));
    let late = tokio::time::timeout(Duration::from_millis(200), Browser::new().get(&lms.jwks_url())).await;
    assert!(late.is_err(), "no answer in time");
    lms.keys().answer(JwksAnswer::Keys);
    assert_eq!(fetched(&lms).await.status, 200);
}

#[test]
fn a_ring_gives_the_same_key_for_the_same_name_only() {
    let ring = KeyRing::shared();
    assert_eq!(ring.rsa("p1-a").jwk("x"), KeyRing::shared().rsa("p1-a").jwk("x"));
    assert_ne!(ring.rsa("p1-a").jwk("x"), ring.rsa("p1-b").jwk("x"));
}
