//! The API document: it equals `openapi/laurel.yaml`, and every operation says all an integrator needs.

use std::{fs, path::Path};

use serde_json::{Value, json};

use practice::browser::Visit;

use super::support::{
    api::{document, operations, resolve},
    app::TestApp,
};

#[test]
fn the_document_equals_the_committed_file() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/laurel.yaml");
    let printed = laurel::web::api::document();
    if std::env::vars().any(|(name, value)| name == "UPDATE" && value == "1") {
        fs::write(&file, &printed).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(
        printed == committed,
        "openapi/laurel.yaml is out of date: run UPDATE=1 cargo test --test it openapi"
    );
}

#[test]
fn every_operation_has_summary_description_tag_scope_and_problems() {
    let document = document();
    for operation in operations(&document) {
        let (id, raw) = (&operation.id, &operation.raw);
        for part in ["summary", "description", "operationId"] {
            assert!(raw[part].as_str().is_some_and(|text| !text.is_empty()), "{id} lacks {part}: {raw}");
        }
        assert_eq!(raw["tags"].as_array().map(Vec::len), Some(1), "{id} lacks a tag");
        let noun = id.split('_').next().unwrap();
        assert!(operation.path.starts_with(&format!("/{noun}")), "{id} is not named after its noun");
        let is_public = id == "schema_rule";
        assert_eq!(operation.scope.is_none(), is_public, "{id} names no scope in its description");
        assert_eq!(raw["security"].is_null(), is_public, "{id} takes no key");
        let changes = operation.method != reqwest::Method::GET;
        let mut expected = vec!["429"];
        if !is_public {
            expected.extend(["400", "401", "403"]);
        }
        if operation.path.contains("{id}") || changes {
            expected.push("404");
        }
        if changes {
            expected.extend(["409", "413", "415", "422"]);
        }
        for status in expected {
            let problem = &raw["responses"][status]["content"]["application/problem+json"];
            assert!(problem.is_object(), "{id} does not document {status}");
        }
    }
}

#[test]
fn every_body_has_an_example_that_fits_its_schema() {
    let document = document();
    for operation in operations(&document) {
        let id = &operation.id;
        let sent = operation.raw.pointer("/requestBody/content/application~1json/schema").cloned();
        let answered = operation.success().1.filter(|_| id != "schema_rule");
        for schema in sent.into_iter().chain(answered) {
            let example = &resolve(&document, &schema)["example"];
            assert!(!example.is_null(), "{id}: {schema} has no example");
            assert_fits(&document, &schema, example, id);
        }
    }
}

/// The reading room runs its own scripts and no others, loads nothing, and shows the document as printed.
#[tokio::test]
async fn the_reading_room_is_closed_to_the_world() {
    let app = TestApp::new().await;
    let page = app.browser().visit(Visit::new("GET", &app.at("/docs"))).await.unwrap();
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    let of =
        |name: &str| policy.split("; ").find_map(|part| part.strip_prefix(name)).unwrap_or("missing").trim();
    assert_eq!(of("default-src"), "'none'");
    assert_eq!(of("connect-src"), "'self'");
    assert_eq!(of("frame-ancestors"), "'none'");
    let scripts: Vec<&str> = of("script-src").split(' ').collect();
    assert_eq!(scripts.len(), 2, "{policy}");
    assert!(scripts.iter().all(|source| source.starts_with("'sha256-")), "{policy}");
    let shown = page.text();
    assert!(shown.starts_with("<!DOCTYPE html>"));
    for outside in [" src=\"http", " href=\"http", "@import", "application/json; charset"] {
        assert!(!shown.contains(outside), "{outside}");
    }
    let text = app.browser().visit(Visit::new("GET", &app.at("/openapi.yaml"))).await.unwrap();
    assert_eq!(text.header("content-type"), Some("application/yaml"));
    assert_eq!(text.text(), laurel::web::api::document());
}

/// Asserts that `value` is what `schema` of the document says, and holds nothing undocumented.
pub fn assert_fits(document: &Value, schema: &Value, value: &Value, what: &str) {
    let root = json!({ "allOf": [schema], "components": document["components"] });
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&root).unwrap();
    let wrong: Vec<String> = validator.iter_errors(value).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?} in {value}");
    if let (Some(known), Some(fields)) =
        (resolve(document, schema)["properties"].as_object(), value.as_object())
    {
        for name in fields.keys() {
            assert!(known.contains_key(name), "{what}: `{name}` is not documented");
        }
    }
}
