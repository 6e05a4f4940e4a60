//! Tests of the practice LMS against a tiny tool of its own, written from lti-1.3-tool.md §7–§10 and judging our
//! tokens with jsonwebtoken.

mod authorize;
mod bends;
mod branches;
mod browser;
mod deep_linking;
mod grades;
mod key_set;
mod launch;
mod misbehaviour;
mod notices;
mod openings;
mod pages;
mod paths;
mod people;
mod products;
mod profiles;
mod registration;
mod roster;
mod round;
mod service_user;
mod storage;
mod token;
mod tokens;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use poem::{
    Body, EndpointExt as _, Request, Response, Route, get, handler, http::StatusCode, listener::TcpAcceptor,
    post, web::Data,
};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use crate::{
    Activity, Options, Practice, ToolRegistration, browser::Browser, demo, dice, fields, fields::Fields,
    lms::lock, wire::Wire,
};

pub(super) const CLIENT: &str = "client-abc";
pub(super) const BADGE: &str = "badge-17";

/// What the tool saw.
#[derive(Debug, Default)]
struct ToolState {
    base_url: String,
    lms: Option<(String, String)>,
    /// state → nonce
    pending: HashMap<String, String>,
    logins: Vec<(String, Fields)>,
    launches: Vec<Value>,
    notices: Vec<Value>,
    /// The client id, where it is not [`CLIENT`].
    client_id: Option<String>,
    /// The LMS's origin, when the tool relies on platform storage.
    stores: Option<String>,
}

type Shared = Arc<Mutex<ToolState>>;

pub(super) struct FakeTool {
    pub base_url: String,
    state: Shared,
    _stop: DropGuard,
}

impl FakeTool {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let state: Shared = Arc::default();
        lock(&state).base_url.clone_from(&base_url);
        let routes = Route::new()
            .at("/login", get(login).post(login))
            .at("/launch", post(receive))
            .at("/home", get(home))
            .at("/notices", post(take_notices))
            .data(state.clone());
        let stop = CancellationToken::new();
        let until = stop.clone();
        TaskTracker::new().spawn(async move {
            poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap())
                .run_with_graceful_shutdown(routes, async move { until.cancelled().await }, None)
                .await
        });
        Self { base_url, state, _stop: stop.drop_guard() }
    }

    pub(super) fn registration(&self) -> ToolRegistration {
        let at = |path: &str| format!("{}{path}", self.base_url);
        ToolRegistration::new(CLIENT, &at("/login"), &at("/launch"), &at("/home?x=1"))
    }

    /// The claims of the launches that were good, in order.
    pub(super) fn launches(&self) -> Vec<Value> {
        lock(&self.state).launches.clone()
    }

    /// The envelopes that arrived, in order.
    pub(super) fn notices(&self) -> Vec<Value> {
        lock(&self.state).notices.clone()
    }

    /// Knows this LMS from now on, under this client id.
    pub(super) fn knows(&self, lms: &Practice, client_id: &str) {
        let mut state = lock(&self.state);
        state.lms = Some((lms.authorization_endpoint(), lms.jwks_url()));
        state.client_id = Some(client_id.to_owned());
    }

    /// From now on the tool binds the browser by what the page around it keeps, and only by that.
    pub(super) fn stores(&self, lms: &Practice) {
        lock(&self.state).stores = Some(lms.base_url().to_owned());
    }

    /// Method and fields of the logins, in order.
    pub(super) fn logins(&self) -> Vec<(String, Fields)> {
        lock(&self.state).logins.clone()
    }
}

async fn read(request: &Request, body: Body) -> Fields {
    match request.method().as_str() {
        "POST" => fields::parse(&body.into_bytes().await.unwrap()),
        _ => fields::parse(request.uri().query().unwrap_or_default().as_bytes()),
    }
}

#[handler]
async fn login(Data(state): Data<&Shared>, request: &Request, body: Body) -> Response {
    let sent = read(request, body).await;
    let mut tool = lock(state);
    tool.logins.push((request.method().to_string(), sent.clone()));
    let field = |name: &str| fields::first(&sent, name);
    let (Some(hint), Some(client_id)) = (field("login_hint"), field("client_id")) else {
        return Response::builder().status(StatusCode::BAD_REQUEST).body("login: missing parameter");
    };
    let (login_state, nonce) = (dice::token(), dice::token());
    let mut url = Url::parse(&tool.lms.clone().unwrap().0).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", client_id),
        ("redirect_uri", &format!("{}/launch", tool.base_url)),
        ("login_hint", hint),
        ("state", &login_state),
        ("nonce", &nonce),
    ]);
    if let Some(hint) = field("lti_message_hint") {
        url.query_pairs_mut().append_pair("lti_message_hint", hint);
    }
    tool.pending.insert(login_state.clone(), nonce);
    if let (Some(origin), Some(frame)) = (&tool.stores, field("lti_storage_target")) {
        let plan = plan(origin, frame, "put_data", Some(&login_state));
        return page(&json!({"plan": plan, "next": url.as_str()}), "");
    }
    Response::builder()
        .status(StatusCode::FOUND)
        .header("location", url.as_str())
        .header("set-cookie", "__Host-tool=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned")
        .finish()
}

#[handler]
async fn receive(Data(state): Data<&Shared>, request: &Request, body: Body) -> Response {
    let sent = read(request, body).await;
    let refuse = |status: StatusCode, why: String| Response::builder().status(status).body(why);
    let field = |name: &str| fields::first(&sent, name);
    if let Some(error) = field("error") {
        return refuse(StatusCode::UNAUTHORIZED, format!("platform error: {error}"));
    }
    let origin = lock(state).stores.clone();
    if let Some(origin) = origin {
        match field("browser_secret") {
            Some(secret) if Some(secret) == field("state") => {}
            Some(_) => return refuse(StatusCode::UNAUTHORIZED, "another browser".to_owned()),
            None if field("asked").is_some() => {
                return refuse(StatusCode::UNAUTHORIZED, "unbound".to_owned());
            }
            None => {
                let logins = lock(state).logins.clone();
                let frame = logins.last().and_then(|(_, sent)| fields::first(sent, "lti_storage_target"));
                let plan = plan(&origin, frame.unwrap(), "get_data", None);
                let hidden = |(name, value): &(String, String)| {
                    format!("<input type=hidden name=\"{name}\" value=\"{value}\">")
                };
                let form: String = sent.iter().map(hidden).collect();
                return page(&plan, &format!("<form method=post><input name=asked value=1>{form}</form>"));
            }
        }
    }
    let nonce = field("state").and_then(|handle| lock(state).pending.remove(handle));
    let Some(nonce) = nonce else { return refuse(StatusCode::UNAUTHORIZED, "state".to_owned()) };
    let Some(token) = field("id_token") else {
        return refuse(StatusCode::BAD_REQUEST, "no token".to_owned());
    };
    let (jwks, client_id) = {
        let tool = lock(state);
        (tool.lms.clone().unwrap().1, tool.client_id.clone())
    };
    match verified_for(client_id.as_deref().unwrap_or(CLIENT), &jwks, token).await {
        Err(why) => refuse(StatusCode::UNAUTHORIZED, why),
        Ok(claims) if claims["nonce"] != nonce.as_str() => {
            refuse(StatusCode::UNAUTHORIZED, "nonce".to_owned())
        }
        Ok(claims) => {
            let target = claims[crate::claims::TARGET_LINK_URI].as_str().unwrap_or("/home?x=0").to_owned();
            let mut tool = lock(state);
            tool.launches.push(claims);
            let location = format!("{target}&launch={}", tool.launches.len());
            Response::builder().status(StatusCode::SEE_OTHER).header("location", location).finish()
        }
    }
}

#[handler]
fn home(request: &Request) -> String {
    format!("tool home {}", request.uri().query().unwrap_or_default())
}

#[handler]
async fn take_notices(Data(state): Data<&Shared>, body: Body) -> StatusCode {
    let envelope = serde_json::from_slice(&body.into_bytes().await.unwrap()).unwrap();
    lock(state).notices.push(envelope);
    StatusCode::OK
}

fn page(json: &Value, html: &str) -> Response {
    let json = json.to_string().replace('<', "\\u003c");
    let body = format!("<!doctype html><script type=\"application/json\" id=plan>{json}</script>{html}");
    Response::builder().content_type("text/html").body(body)
}

/// What the tool's page says to the page around it (lti-1.3-tool.md §9.2), in both forms.
fn plan(origin: &str, frame: &str, verb: &str, value: Option<&str>) -> Value {
    let both = |verb: &str, value: Option<&str>| -> Vec<Value> {
        let message = |prefix: &str| {
            let mut message = json!({"subject": format!("{prefix}{verb}"), "message_id": dice::token()});
            if verb != "capabilities" {
                message["key"] = json!("lti_state");
            }
            if let Some(value) = value {
                message["value"] = json!(value);
            }
            json!({"reply": format!("{prefix}{verb}.response"), "message": message})
        };
        ["lti.", "org.imsglobal.lti."].map(message).into()
    };
    let frame = if frame == "_parent" { Value::Null } else { frame.into() };
    json!({"frame": frame, "origins": [origin], "capabilities": both("capabilities", None),
           "exchanges": both(verb, value), "capabilities_ms": 300, "total_ms": 900})
}

/// Judges a token by a JWKS fetched over HTTP: jsonwebtoken does all the checking.
pub(super) async fn verified(jwks_url: &str, token: &str) -> Result<Value, String> {
    verified_for(CLIENT, jwks_url, token).await
}

async fn verified_for(client_id: &str, jwks_url: &str, token: &str) -> Result<Value, String> {
    let answer = Wire::default()
        .send(Method::GET, &Url::parse(jwks_url).unwrap(), HeaderMap::new(), None)
        .await
        .map_err(|error| error.to_string())?;
    let keys: JwkSet = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let header = decode_header(token).map_err(|error| error.to_string())?;
    let key = keys.find(&header.kid.ok_or("no kid")?).ok_or("unknown kid")?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[client_id]);
    decode::<Value>(token, &DecodingKey::from_jwk(key).map_err(|error| error.to_string())?, &validation)
        .map(|data| data.claims)
        .map_err(|error| error.to_string())
}

/// A demo LMS, a registered tool, and a tool link that opens after the lesson.
pub(super) async fn campus() -> (Practice, FakeTool, Browser) {
    let lms = Practice::start(Options { seed_demo: true, ..Options::default() }).await.unwrap();
    let tool = FakeTool::start().await;
    lock(&tool.state).lms = Some((lms.authorization_endpoint(), lms.jwks_url()));
    lms.register(tool.registration());
    lms.add_activity(
        demo::COURSE,
        Activity::tool(BADGE, "Your badge", CLIENT)
            .after(demo::LESSON)
            .custom("badge", "17")
            .custom("who", "$User.id"),
    );
    lms.complete(demo::LESSON, demo::GRACE);
    (lms, tool, Browser::new())
}

/// One part of a compact token as JSON.
pub(super) fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
