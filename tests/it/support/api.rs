//! The API as integrators find it: its document and a client. `play.rs` plays through it.

use laurel::domain::{
    access::Scope,
    api_key::{self, NewKey},
};
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

use super::app::TestApp;

/// One operation of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `award_find`.
    pub id: String,
    pub method: Method,
    /// `/awards/{id}`.
    pub path: String,
    /// The scope its description names.
    pub scope: Option<Scope>,
    /// As documented.
    pub raw: Value,
}

impl Operation {
    /// The example of its JSON body, if it takes one.
    pub fn body(&self, document: &Value) -> Option<Value> {
        let schema = self.raw.pointer("/requestBody/content/application~1json/schema")?;
        Some(resolve(document, schema)["example"].clone())
    }

    /// Whether it takes a picture.
    pub fn takes_png(&self) -> bool {
        self.raw.pointer("/requestBody/content/image~1png").is_some()
    }

    /// Status and JSON schema of its success.
    pub fn success(&self) -> (u16, Option<Value>) {
        let responses = self.raw["responses"].as_object().unwrap();
        let (status, answer) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        let schema = answer.pointer("/content/application~1json/schema").cloned();
        (status.parse().unwrap(), schema)
    }
}

/// The document as the program prints it.
pub fn document() -> Value {
    serde_yaml::from_str(&laurel::web::api::document()).unwrap()
}

/// Every operation of the document.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, raw) in methods.as_object().unwrap() {
            let described = raw["description"].as_str().unwrap_or_default();
            let scope = described.split("Scope: `").nth(1).and_then(|rest| rest.split('`').next());
            found.push(Operation {
                id: raw["operationId"].as_str().unwrap_or_default().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                scope: scope.map(|scope| Scope::parse(scope).unwrap()),
                raw: raw.clone(),
            });
        }
    }
    found
}

/// What a `$ref` points to.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// A schema with what it is made of (`$ref`, `allOf`) in it; its fields stay as they are.
pub fn whole(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    let mut all = schema.as_object().cloned().unwrap_or_default();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(whole(document, part).as_object().cloned().unwrap_or_default());
    }
    Value::Object(all)
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body, where it is JSON.
    pub json: Value,
    /// The body to the letter, where it is text.
    pub text: String,
}

impl Answer {
    /// The content type.
    pub fn kind(&self) -> &str {
        self.headers.get("content-type").map_or("", |kind| kind.to_str().unwrap())
    }

    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
}

/// A body to send.
#[derive(Clone, Debug)]
pub enum Sent {
    Nothing,
    /// Of this content type.
    Text(&'static str, String),
    Png(Vec<u8>),
}

impl Sent {
    pub fn json(value: &Value) -> Self {
        Self::Text("application/json", value.to_string())
    }
}

/// One without limits on its rate, so that a walk is not stopped half-way.
pub async fn app() -> TestApp {
    TestApp::with(|sources| sources.with("limits.api_per_minute", "0")).await
}

thread_local! {
    // Each test has a thread and a runtime of its own. Connections are not kept: the server may close one
    // whose body it did not read.
    static CLIENT: reqwest::Client = client();
}

#[expect(clippy::disallowed_methods, reason = "an integrator's client, not the program's")]
fn client() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

/// Sends a request to `/api/v1{path}`.
pub async fn send(
    app: &TestApp,
    method: &Method,
    path: &str,
    key: Option<&str>,
    headers: &[(&str, &str)],
    body: Sent,
) -> Answer {
    let client = CLIENT.with(reqwest::Client::clone);
    let mut request = client.request(method.clone(), app.at(&format!("/api/v1{path}")));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request = match body {
        Sent::Nothing => request,
        Sent::Text(kind, text) => request.header("content-type", kind).body(text),
        Sent::Png(bytes) => request.header("content-type", "image/png").body(bytes),
    };
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status, headers, json: serde_json::from_slice(&bytes).unwrap_or_default(), text }
}

/// A key of the organization (or the server) with these scopes.
pub async fn key(app: &TestApp, scopes: &[Scope]) -> String {
    let owner = (!scopes.contains(&Scope::Server)).then_some(app.organization);
    let new = NewKey {
        name: "Walk".to_owned(),
        scopes: scopes.to_vec(),
        expires_at: None,
        event_strength: criteria::Strength::Strong,
    };
    api_key::create(&app.app, &app.operator(), owner, new).await.unwrap().secret.unwrap()
}
