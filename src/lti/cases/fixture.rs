//! The fixtures of the conformance cases: tool, P1, valid login and valid launch, to be changed by a case.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::{
    Launch, Progress, Refusal, Registration, Standing, State, StateKey, Switches, Tool,
    claims::*,
    deep_linking::Settings,
    keys::{KeySet, ToolKey},
    launch::{self, Form, token},
    login::{self, Begun, Request, Secrets},
};

pub const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
pub const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
pub const TARGET: &str = "https://badges.example/course/badge/17";

/// `T0`.
pub fn t0() -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000, 0).unwrap()
}

pub static P1_A: LazyLock<ToolKey> = LazyLock::new(|| ToolKey::generate().unwrap());
pub static P1_B: LazyLock<ToolKey> = LazyLock::new(|| ToolKey::generate().unwrap());
pub static P3_A: LazyLock<ToolKey> = LazyLock::new(|| ToolKey::generate().unwrap());

pub fn tool() -> Tool {
    Tool {
        login_url: "https://badges.example/lti/login".into(),
        launch_url: "https://badges.example/lti/launch".into(),
        origins: vec!["https://badges.example".into()],
        launchable: vec!["/course".into()],
        picker_url: "https://badges.example/course/pick".into(),
        allow_loopback_http: false,
    }
}

pub fn p1() -> Registration {
    Registration {
        platform: [1; 16],
        issuer: "https://lms.campus.example".into(),
        client_id: "client-abc".into(),
        authorization_endpoint: "https://lms.campus.example/auth?tenant=7".into(),
        switches: Switches::default(),
        inline_keys: false,
        active: true,
    }
}

pub fn p3() -> Registration {
    Registration {
        platform: [3; 16],
        issuer: "https://other.lms.example".into(),
        authorization_endpoint: "https://other.lms.example/auth".into(),
        ..p1()
    }
}

/// A JWK under another name than its thumbprint.
pub fn jwk(key: &ToolKey, kid: &str) -> Value {
    let mut jwk = key.public_jwk();
    jwk["kid"] = json!(kid);
    jwk
}

pub fn key_set(keys: &[Value]) -> KeySet {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

pub fn p1_keys() -> KeySet {
    key_set(&[jwk(&P1_A, "p1-a"), jwk(&P1_B, "p1-b")])
}

pub fn state_key() -> StateKey {
    StateKey::derive(&[9; 32])
}

pub fn secrets(seed: u8) -> Secrets {
    Secrets { nonce: [seed; 16], browser_secret: [seed ^ 0x55; 32], seal_nonce: [seed; 12] }
}

/// VL as read.
pub fn valid_login() -> Request {
    Request {
        iss: p1().issuer,
        login_hint: "u/88+x".into(),
        target_link_uri: TARGET.into(),
        lti_message_hint: Some("{\"a\":1}".into()),
        deployment_hint: Some("dep-9".into()),
        client_id: Some(p1().client_id),
        storage_target: None,
    }
}

/// The complete example of §11; the nonce is filled in at the launch.
pub fn valid_payload() -> Value {
    json!({
        "iss": "https://lms.campus.example", "aud": "client-abc", "sub": "u-5f2e",
        "iat": 1_900_000_000, "exp": 1_900_000_300, "nonce": "(the login's)",
        "name": "Zoë Łukasz", "given_name": "Zoë", "family_name": "Łukasz",
        "email": "zoe@campus.example", "locale": "pl-PL",
        MESSAGE_TYPE: "LtiResourceLinkRequest",
        VERSION: "1.3.0",
        DEPLOYMENT_ID: "dep-9",
        TARGET_LINK_URI: TARGET,
        RESOURCE_LINK: {"id": "rl-301", "title": "Lab safety badge"},
        ROLES: [LEARNER],
        CONTEXT: {"id": "c-77", "label": "CH101", "title": "Chemistry 1",
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"]},
        TOOL_PLATFORM: {"guid": "campus-1", "product_family_code": "moodle", "version": "2024100700"},
        LAUNCH_PRESENTATION: {"document_target": "iframe", "return_url": "https://lms.campus.example/course/77"},
        CUSTOM: {"badge": "17", "due": "$ResourceLink.submission.endDateTime"},
        AGS_ENDPOINT: {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/lineitem", "https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitems": "https://lms.campus.example/ags/c-77/lineitems?type_id=4",
            "lineitem": "https://lms.campus.example/ags/c-77/lineitems/12/lineitem?type_id=4"},
        NRPS_ENDPOINT: {
            "context_memberships_url": "https://lms.campus.example/nrps/c-77/members?type_id=4", "service_versions": ["2.0"]}
    })
}

pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs any header and payload text.
pub fn signed(key: &ToolKey, alg: Algorithm, header: &str, payload: &str) -> String {
    let pem = pem_of(key);
    let encoding = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let message = format!("{}.{}", base64(header), base64(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &encoding, alg).unwrap();
    format!("{message}.{signature}")
}

fn pem_of(key: &ToolKey) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(key.pkcs8());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

/// What a case may change.
pub struct Case {
    pub request: Request,
    pub registration: Registration,
    pub tool: Tool,
    pub standing: Standing,
    pub signer: &'static ToolKey,
    pub alg: Algorithm,
    pub header: Value,
    pub payload: Value,
    /// Instead of the signed token.
    pub token: Option<String>,
    pub keys: KeySet,
    /// `None`: the cookie is lost.
    pub cookie: Option<&'static str>,
    pub launched_at: DateTime<Utc>,
}

/// What became of it.
pub struct Outcome {
    pub launch: Result<Launch, Refusal>,
    pub progress: Progress,
    /// What the verified token says of deep linking, whether the message is refused or not.
    pub way_back: Option<Settings>,
}

impl Outcome {
    pub fn code(&self) -> &'static str {
        self.launch.as_ref().map_or_else(Refusal::code, |_| "OK")
    }

    pub fn detail(&self) -> Option<&str> {
        self.launch.as_ref().err().and_then(Refusal::detail)
    }

    pub fn has_warning(&self, code: &str) -> bool {
        self.progress.warnings().iter().any(|warning| warning.code == code)
    }
}

/// VL and VT with the change.
pub fn run(change: impl FnOnce(&mut Case)) -> Outcome {
    let mut case = Case {
        request: valid_login(),
        registration: p1(),
        tool: tool(),
        standing: Standing::Known { enabled: true },
        signer: &P1_A,
        alg: Algorithm::RS256,
        header: json!({"alg": "RS256", "typ": "JWT", "kid": "p1-a"}),
        payload: valid_payload(),
        token: None,
        keys: p1_keys(),
        cookie: Some("(the login's)"),
        launched_at: t0() + Duration::seconds(5),
    };
    let key = state_key();
    change(&mut case);
    let begun = login::begin(&case.request, &case.registration, &case.tool, &secrets(7), &key, t0()).unwrap();
    launch(&case, &begun, &key)
}

/// The code of a changed launch.
pub fn code(change: impl FnOnce(&mut Case)) -> &'static str {
    run(change).code()
}

/// The code of a launch with a changed payload.
pub fn code_with(change: impl FnOnce(&mut Value)) -> &'static str {
    code(|case| change(&mut case.payload))
}

/// A good launch with a changed payload.
pub fn good(change: impl FnOnce(&mut Value)) -> Launch {
    run(|case| change(&mut case.payload)).launch.unwrap()
}

pub fn without(payload: &mut Value, name: &str) {
    payload.as_object_mut().unwrap().remove(name).unwrap();
}

/// All steps, as the application makes them.
fn launch(case: &Case, begun: &Begun, key: &StateKey) -> Outcome {
    let mut progress = Progress::default();
    let mut way_back = None;
    let launch = steps(case, begun, key, &mut progress, &mut way_back);
    Outcome { launch, progress, way_back }
}

fn steps(
    case: &Case,
    begun: &Begun,
    key: &StateKey,
    progress: &mut Progress,
    way_back: &mut Option<Settings>,
) -> Result<Launch, Refusal> {
    let mut payload = case.payload.clone();
    if payload["nonce"] == "(the login's)" {
        payload["nonce"] = json!(State::open(&begun.state, key).unwrap().nonce());
    }
    let token = case
        .token
        .clone()
        .unwrap_or_else(|| signed(case.signer, case.alg, &case.header.to_string(), &payload.to_string()));
    let body = format!("session_state=x&state={}&id_token={token}", begun.state);
    let form = Form::parse("POST", Some("application/x-www-form-urlencoded"), body.as_bytes())?;
    let state = State::open(&form.state, key)?;
    let cookie =
        case.cookie.map(|value| if value == "(the login's)" { begun.cookie.value.as_str() } else { value });
    *progress = launch::bind(&state, cookie, &case.registration.switches, case.launched_at)?;
    let token = token::peek(form.token()?, &case.registration, progress)?;
    let token = token::verify(token, &state, &case.registration, &case.keys, case.launched_at, progress)?;
    *way_back = token.deep_linking(&case.tool);
    launch::validate(token, &state, &case.registration, &case.tool, case.standing, progress)
}
