//! Every example of the API document, executed against a real server; and the API's manners that no
//! single operation owns: methods, rates, pages (design §9). `api_once.rs` has promises, `api_shape.rs` bad
//! input.

use std::collections::BTreeSet;

use laurel::domain::access::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    openapi::assert_fits,
    support::{
        api::{ORDER, Play, Sent, app, document, key, operations, prepare, send},
        app::TestApp,
    },
};

#[tokio::test]
async fn every_example_of_the_document_works() {
    let app = app().await;
    prepare(&app).await;
    let document = document();
    let known = operations(&document);
    let named: BTreeSet<&str> = known.iter().map(|operation| operation.id.as_str()).collect();
    let ordered: BTreeSet<&str> = ORDER.iter().copied().collect();
    assert_eq!(named, ordered, "put new operations into ORDER of tests/it/support/api.rs");
    let server = key(&app, &[Scope::Server]).await;
    let mut play = Play::default();
    for id in ORDER {
        let operation = known.iter().find(|operation| operation.id == *id).unwrap();
        let key = if operation.scope == Some(Scope::Server) { &server } else { &app.api_key };
        let answer = play.perform(&app, &document, operation, Some(key)).await;
        let (status, schema) = operation.success();
        assert_eq!(answer.status, status, "{id}: {}", answer.json);
        if let Some(schema) = schema.filter(|_| *id != "schema_rule") {
            assert_fits(&document, &schema, &answer.json, id);
        }
        let documented = operation.raw["responses"][status.to_string()]["content"].as_object().unwrap();
        let kinds: Vec<&str> = documented.keys().map(String::as_str).collect();
        assert_eq!(kinds, [answer.kind()], "{id}: the content type");
        assert!(answer.headers.contains_key("x-correlation-id"), "{id} has no correlation id");
    }
}

fn issuer(slug: &str) -> Value {
    json!({ "slug": slug, "name": "A", "url": "https://a.example.org", "email": "a@example.org" })
}

#[tokio::test]
async fn addresses_answer_as_http_says() {
    let app = TestApp::new().await;
    let ask = async |method: Method, path: &str| send(&app, &method, path, None, &[], Sent::Nothing).await;
    let unknown = ask(Method::GET, "/nothing").await;
    assert_eq!((unknown.status, unknown.code()), (404, "not_found"));
    let wrong = ask(Method::DELETE, "/issuers").await;
    assert_eq!((wrong.status, wrong.code()), (405, "method_not_allowed"));
    let allowed = wrong.headers["allow"].to_str().unwrap().to_owned();
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        assert!(allowed.contains(method), "{allowed}");
    }
    assert_eq!(ask(Method::OPTIONS, "/issuers").await.status, 204);
    let stranger = ask(Method::GET, "/issuers").await;
    assert_eq!(stranger.status, 401);
    assert!(stranger.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_come_back() {
    let app = TestApp::with(|sources| {
        sources.with("limits.api_per_minute", "6000").with("limits.api_burst", "3000")
    })
    .await;
    let ask = async |key: &str| send(&app, &Method::GET, "/issuers", Some(key), &[], Sent::Nothing).await;
    let answer = ask(&app.api_key).await;
    assert_eq!(answer.headers["ratelimit-limit"], "3000");
    assert_eq!(answer.headers["ratelimit-remaining"], "2999");
    assert!(answer.headers.contains_key("ratelimit-reset"));
    let tight =
        TestApp::with(|sources| sources.with("limits.api_per_minute", "1").with("limits.api_burst", "2"))
            .await;
    let ask = async || send(&tight, &Method::GET, "/issuers", Some(&tight.api_key), &[], Sent::Nothing).await;
    assert_eq!(ask().await.status, 200);
    assert_eq!(ask().await.status, 200);
    let late = ask().await;
    assert_eq!((late.status, late.code()), (429, "too_many_requests"));
    assert!(late.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
}

#[tokio::test]
async fn a_page_leads_to_the_next_until_all_was_seen() {
    let app = TestApp::new().await;
    for slug in ["one", "two", "three"] {
        let made =
            send(&app, &Method::POST, "/issuers", Some(&app.api_key), &[], Sent::json(&issuer(slug))).await;
        assert_eq!(made.status, 201);
    }
    let (mut path, mut seen) = ("/issuers?limit=2".to_owned(), Vec::new());
    loop {
        let page = send(&app, &Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await;
        let items = page.json["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["slug"].as_str().unwrap().to_owned()));
        let Some(next) = page.json["next"].as_str() else { break };
        path = format!("/issuers?limit=2&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, ["campus", "one", "three", "two"]);
}
