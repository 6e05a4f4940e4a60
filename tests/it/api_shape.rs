//! Requests that are not as documented (issue 2, "Bad input"): every operation of the document, every field
//! of every body. Each gets a problem with a stable code, our own sentence and the place, and leaves nothing.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::support::{
    api::{Answer, Operation, Sent, app, document, operations, resolve, send, whole},
    app::TestApp,
    play::Play,
};

const JSON: &str = "application/json";

/// One who sends what should not be sent.
struct Rude {
    app: TestApp,
    document: Value,
    operations: Vec<Operation>,
}

impl Rude {
    async fn new() -> Self {
        let document = document();
        Self { app: app().await, operations: operations(&document), document }
    }

    /// Operations with a JSON body, and its example.
    fn with_bodies(&self) -> impl Iterator<Item = (&Operation, Value)> {
        // A list is read as it arrives, and wrong rows are refused one by one (`queue/bulk`).
        let whole = self.operations.iter().filter(|operation| operation.id != "bulk_upload");
        whole.filter_map(|operation| Some((operation, operation.body(&self.document)?)))
    }

    async fn send(&self, operation: &Operation, query: &str, body: Sent) -> Answer {
        let (path, _) = Play::default().request(&self.document, operation);
        let path = format!("{path}{query}");
        send(&self.app, &operation.method, &path, Some(&self.app.api_key), &[], body).await
    }

    /// The body of an operation is refused with this code, at this place.
    async fn is_refused(&self, operation: &Operation, body: &Value, code: &str, pointer: &str) {
        let answer = self.send(operation, "", Sent::json(body)).await;
        let what = format!("{} with {body}: {}", operation.id, answer.text);
        assert_problem(&answer, 400, code, &what);
        assert_eq!(answer.json["pointer"], pointer, "{what}");
    }
}

fn assert_problem(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{what}");
    assert_eq!(answer.kind(), "application/problem+json", "{what}");
    assert_eq!(answer.json["status"], status, "{what}");
    assert!(answer.json["correlation_id"].is_string(), "{what}");
    let detail = answer.json["detail"].as_str().unwrap();
    for foreign in ["parse", "Expected input", "occurred while", "serde", "expected value", "`"] {
        assert!(!detail.contains(foreign), "not our sentence: {what}");
    }
}

#[tokio::test]
async fn unknown_parameters_are_named() {
    let rude = Rude::new().await;
    let before = rude.app.rows().await;
    for operation in &rude.operations {
        let (_, body) = Play::default().request(&rude.document, operation);
        let answer = rude.send(operation, "?offset=3", body).await;
        assert_problem(&answer, 400, "parameter.unknown", &format!("{}: {}", operation.id, answer.text));
        assert_eq!(answer.json["field"], "offset", "{}", operation.id);
    }
    assert_eq!(rude.app.rows().await, before);
}

#[tokio::test]
async fn parameters_of_the_wrong_form_are_named() {
    let rude = Rude::new().await;
    for operation in &rude.operations {
        let (_, body) = Play::default().request(&rude.document, operation);
        for parameter in operation.raw["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let schema = resolve(&rude.document, &parameter["schema"]);
            let is_closed =
                schema["type"] != "string" || !schema["format"].is_null() || !schema["enum"].is_null();
            let what = format!("{} {name}", operation.id);
            if parameter["in"] == "query" {
                if is_closed {
                    for wrong in ["", "nonsense", "-1", "1%00", "999999999999999999999"] {
                        let answer = rude.send(operation, &format!("?{name}={wrong}"), body.clone()).await;
                        assert_problem(
                            &answer,
                            400,
                            "parameter.invalid",
                            &format!("{what}={wrong}: {}", answer.text),
                        );
                        assert_eq!(answer.json["field"], name, "{what}");
                    }
                }
                let answer = rude.send(operation, &format!("?{name}=1&{name}=1"), body.clone()).await;
                let code = if schema["type"] == "integer" || !is_closed {
                    "parameter.repeated"
                } else {
                    "parameter.invalid"
                };
                assert_problem(&answer, 400, code, &format!("{what} twice: {}", answer.text));
            }
            if parameter["in"] == "path" {
                let path = operation.path.replace("{id}", "17");
                let answer =
                    send(&rude.app, &operation.method, &path, Some(&rude.app.api_key), &[], body.clone())
                        .await;
                assert_problem(&answer, 400, "parameter.invalid", &format!("{what}: {}", answer.text));
                assert_eq!(answer.json["field"], "id", "{what}");
            }
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_or_of_another_kind_are_refused() {
    let rude = Rude::new().await;
    let before = (rude.app.rows().await, rude.app.count("audit_event").await);
    let mut walked = 0;
    for (operation, example) in rude.with_bodies() {
        walked += 1;
        let id = &operation.id;
        let text = example.to_string();
        let cut = text[..text.len() - 1].to_owned();
        for wrong in [cut.as_str(), "{", "\u{feff}{}", "nonsense", &"[".repeat(100_000), "{} {}", "\u{0}"] {
            let answer = rude.send(operation, "", Sent::Text(JSON, wrong.to_owned())).await;
            let shown: String = wrong.chars().take(40).collect();
            assert_problem(&answer, 400, "body.malformed_json", &format!("{id} {shown:?}: {}", answer.text));
        }
        let (name, value) = example.as_object().unwrap().iter().next().unwrap();
        let twice = format!("{{\"{name}\":{value},{}", &text[1..]);
        let answer = rude.send(operation, "", Sent::Text(JSON, twice)).await;
        assert_problem(&answer, 400, "body.repeated_field", &format!("{id}: {}", answer.text));
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin1",
            "json",
            "",
        ] {
            let answer = rude.send(operation, "", Sent::Text(kind, text.clone())).await;
            assert_problem(&answer, 415, "body.media_type", &format!("{id} as {kind}: {}", answer.text));
        }
        let missing = rude.send(operation, "", Sent::Nothing).await;
        assert_problem(&missing, 400, "body.missing", &format!("{id}: {}", missing.text));
        let large = Sent::Text(JSON, format!("\"{}\"", "a".repeat(1_100_000)));
        let large = rude.send(operation, "", large).await;
        assert_problem(&large, 413, "body.too_large", &format!("{id}: {}", large.text));
        for whole in [json!([]), json!("text"), json!(17), json!(null), json!(true)] {
            rude.is_refused(operation, &whole, "body.wrong_type", "").await;
        }
    }
    assert!(walked > 15, "the walk is too short: {walked}");
    assert_eq!((rude.app.rows().await, rude.app.count("audit_event").await), before);
}

#[tokio::test]
async fn every_field_of_every_body_is_held_to_its_form() {
    let rude = Rude::new().await;
    let before = (rude.app.rows().await, rude.app.count("audit_event").await);
    let mut walked = 0;
    for (operation, example) in rude.with_bodies() {
        let schema = &operation.raw["requestBody"]["content"][JSON]["schema"];
        let mut places = Vec::new();
        objects(&rude.document, schema, &example, String::new(), &mut places);
        for (pointer, schema) in places {
            let at = |name: &str| format!("{pointer}/{name}");
            let fields = schema["properties"].as_object().unwrap();
            let unknown =
                changed(&example, &pointer, |object| object.insert("nonsense/~1".to_owned(), json!(1)));
            rude.is_refused(operation, &unknown, "body.unknown_field", &at("nonsense~1~01")).await;
            for name in schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap())
            {
                let without = changed(&example, &pointer, |object| object.remove(name));
                rude.is_refused(operation, &without, "body.missing_field", &at(name)).await;
                let null = changed(&example, &pointer, |object| object.insert(name.to_owned(), Value::Null));
                if !wrong_for(&rude.document, &fields[name]).is_empty() {
                    rude.is_refused(operation, &null, "body.wrong_type", &at(name)).await;
                }
            }
            for (name, schema) in fields {
                for (value, code) in wrong_for(&rude.document, schema) {
                    walked += 1;
                    let wrong = changed(&example, &pointer, |object| object.insert(name.clone(), value));
                    rude.is_refused(operation, &wrong, code, &at(name)).await;
                }
            }
        }
    }
    assert!(walked > 100, "the walk is too short: {walked}");
    assert_eq!((rude.app.rows().await, rude.app.count("audit_event").await), before);
}

#[tokio::test]
async fn the_place_is_named_inside_lists_too() {
    let rude = Rude::new().await;
    let operation = rude.operations.iter().find(|operation| operation.id == "event_receive_batch").unwrap();
    let mut body = operation.body(&rude.document).unwrap();
    body["events"][1]["learner"]["platform_id"] = json!("17");
    let answer = rude.send(operation, "", Sent::json(&body)).await;
    assert_eq!(answer.json["pointer"], "/events/1/learner/platform_id", "{}", answer.text);
    assert_eq!(answer.json["field"], "events[1].learner.platform_id");
    // What was sent is not said again: it may be personal.
    body["events"][1]["learner"] = json!("grace@example.org");
    let answer = rude.send(operation, "", Sent::json(&body)).await;
    assert!(answer.code() == "body.wrong_type" && !answer.text.contains("grace"), "{}", answer.text);
}

#[tokio::test]
async fn json_with_its_charset_is_json() {
    let rude = Rude::new().await;
    let operation = rude.operations.iter().find(|operation| operation.id == "issuer_create").unwrap();
    let example = operation.body(&rude.document).unwrap().to_string();
    let kinds =
        ["application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", "application/json; q=1"];
    for (number, kind) in kinds.into_iter().enumerate() {
        let body = example.replace("school-of-design", &format!("school-{number}"));
        let made = rude.send(operation, "", Sent::Text(kind, body)).await;
        assert_eq!((made.status, made.kind()), (201, JSON), "{kind}: {}", made.text);
    }
    let absent = json!({ "slug": "null", "name": "A", "url": "https://a.example.org", "email": "a@example.org",
        "description": null, "language": null });
    let made = rude.send(operation, "", Sent::json(&absent)).await;
    assert_eq!(made.status, 201, "null is left out: {}", made.text);
}

/// A stranger learns nothing about what fits.
#[tokio::test]
async fn strangers_are_refused_before_their_request_is_read() {
    let rude = Rude::new().await;
    for operation in rude.operations.iter().filter(|operation| operation.scope.is_some()) {
        let (path, _) = Play::default().request(&rude.document, operation);
        let body =
            if operation.method == Method::GET { Sent::Nothing } else { Sent::Text(JSON, "{".to_owned()) };
        let answer = send(&rude.app, &operation.method, &format!("{path}?x=1"), None, &[], body).await;
        assert_problem(&answer, 401, "key.unknown", &operation.id);
    }
}

/// Every object with documented fields in an example, with its schema, by pointer.
fn objects(document: &Value, schema: &Value, value: &Value, at: String, found: &mut Vec<(String, Value)>) {
    let schema = whole(document, schema);
    if let (Some(fields), Some(values)) = (schema["properties"].as_object(), value.as_object()) {
        found.push((at.clone(), schema.clone()));
        for (name, value) in values {
            objects(document, &fields[name], value, format!("{at}/{name}"), found);
        }
    }
    if let (items @ Value::Object(_), Some(values)) = (&schema["items"], value.as_array()) {
        for (index, value) in values.iter().enumerate() {
            objects(document, items, value, format!("{at}/{index}"), found);
        }
    }
}

/// Values that do not fit a schema, with the code that says so.
fn wrong_for(document: &Value, schema: &Value) -> Vec<(Value, &'static str)> {
    let schema = whole(document, schema);
    let wrong_type = "body.wrong_type";
    if schema["enum"].is_array() {
        return vec![(json!("nonsense"), "body.unknown_value"), (json!(17), wrong_type)];
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some(_)) => {
            vec![
                (json!(17), wrong_type),
                (json!("nonsense"), "body.wrong_format"),
                (json!(""), "body.wrong_format"),
            ]
        }
        (Some("string"), None) => vec![(json!(17), wrong_type), (json!(["a"]), wrong_type)],
        (Some("integer"), _) => vec![
            (json!("17"), wrong_type),
            (json!(1.5), wrong_type),
            (json!(9_999_999_999_i64), "body.out_of_range"),
        ],
        (Some("boolean"), _) => vec![(json!("true"), wrong_type), (json!(1), wrong_type)],
        (Some("array"), _) => vec![(json!("text"), wrong_type), (json!({}), wrong_type)],
        (Some("object"), _) => vec![(json!("text"), wrong_type), (json!([]), wrong_type)],
        _ => Vec::new(),
    }
}

fn changed<T>(example: &Value, pointer: &str, change: impl FnOnce(&mut Map<String, Value>) -> T) -> Value {
    let mut body = example.clone();
    let _before = change(body.pointer_mut(pointer).unwrap().as_object_mut().unwrap());
    body
}
