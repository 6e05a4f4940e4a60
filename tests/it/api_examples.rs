//! Every example of the API document, executed against a real server; and the API's manners that no
//! single operation owns: methods, rates, pages (design §9). `api_once.rs` has promises, `api_shape.rs` bad
//! input.

use std::collections::BTreeSet;

use laurel::domain::access::Scope;
use reqwest::Method;
use serde_json::Value;

use super::{
    openapi::assert_fits,
    support::{
        api::{Operation, Sent, app, document, key, operations, resolve, send},
        app::TestApp,
        play::{ORDER, Play, prepare},
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
    assert_eq!(named, ordered, "put new operations into ORDER of tests/it/support/play.rs");
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
    for (path, status) in
        [("/issuers?x=1", 400), ("/keys/00000000-0000-0000-0000-000000000000", 404), ("/none", 404)]
    {
        let refused = send(&app, &Method::GET, path, Some(&app.api_key), &[], Sent::Nothing).await;
        assert_eq!(
            (refused.status, &refused.headers["ratelimit-limit"]),
            (status, &answer.headers["ratelimit-limit"])
        );
    }
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

/// Every list of the document, read one by one, is what it is in one piece.
#[tokio::test]
async fn a_page_leads_to_the_next_until_all_was_seen() {
    let app = app().await;
    prepare(&app).await;
    let document = document();
    let known = operations(&document);
    let of = |id: &str| known.iter().find(|operation| operation.id == id).unwrap();
    // Twice what can be made twice, so that most lists have more than one thing.
    let (mut play, mut again) = (
        Play::default(),
        Play::saying(&[("school-of-design", "school-two"), ("moodle.example.org", "moodle.example.net")]),
    );
    for play in [&mut again, &mut play] {
        for id in ORDER.iter().filter(|id| of(id).scope != Some(Scope::Server)) {
            play.perform(&app, &document, of(id), Some(&app.api_key)).await;
        }
    }
    let (mut lists, mut long) = (0, 0);
    for operation in known.iter().filter(|operation| is_list(&document, operation)) {
        let id = &operation.id;
        let parameters = operation.raw["parameters"].as_array().cloned().unwrap_or_default();
        let takes = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
        if id == "organization_list" || operation.scope == Some(Scope::Server) {
            continue;
        }
        assert!(takes("limit") && takes("cursor"), "{id} has no pages");
        lists += 1;
        let (path, _) = play.request(&document, operation);
        let whole = page(&app, &format!("{path}?limit=200")).await;
        let (mut ask, mut seen) = (format!("{path}?limit=1"), Vec::new());
        loop {
            let one = page(&app, &ask).await;
            seen.extend(one["items"].as_array().unwrap().clone());
            let Some(next) = one["next"].as_str() else { break };
            assert_eq!(one["items"].as_array().map(Vec::len), Some(1), "{id}");
            ask = format!("{path}?limit=1&cursor={next}");
        }
        assert_eq!(&Value::Array(seen.clone()), &whole["items"], "{id}");
        long += usize::from(seen.len() > 1);
        // A cursor of somewhere else finds nothing that is not there anyway.
        page(&app, &format!("{path}?cursor={}", uuid::Uuid::nil())).await;
    }
    assert!(lists >= 16 && long >= 13, "{lists} lists, {long} of them long");
}

fn is_list(document: &Value, operation: &Operation) -> bool {
    let schema = operation.success().1.unwrap_or_default();
    let fields = &resolve(document, &schema)["properties"];
    operation.method == Method::GET && fields["items"].is_object() && fields["next"].is_object()
}

async fn page(app: &TestApp, path: &str) -> Value {
    let answer = send(app, &Method::GET, path, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json
}
