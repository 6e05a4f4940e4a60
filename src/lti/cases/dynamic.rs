//! G01-G16: Dynamic Registration (§20, `moodle-platform.md` §3). G13, G14 and G17 are the application's.

mod configuration;
mod proposal;
mod reply;

use serde_json::{Value, json};

use super::services::answer;
use crate::{
    dynamic::{Configuration, Initiation, Offer, Page, Trust, USUAL_SCOPES},
    quirks::HISTORY_PARAMETERS,
    services::{
        Failure,
        scope::{LINEITEM, MEMBERSHIP_READONLY, RESULT_READONLY, SCORE},
    },
};

const PLATFORM: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
const TOOL: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";

fn initiation() -> Initiation {
    from("https://lms.campus.example/openid?site=7&x=%20")
}

fn from(url: &str) -> Initiation {
    Initiation::parse(Some(url), Some("reg-token"), false).unwrap()
}

/// What a complete platform says.
fn document() -> Value {
    json!({
        "issuer": "https://lms.campus.example",
        "authorization_endpoint": "https://lms.campus.example/auth?tenant=7",
        "token_endpoint": "https://lms.campus.example/token",
        "jwks_uri": "https://lms.campus.example/jwks",
        "registration_endpoint": "https://lms.campus.example/register",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "response_types_supported": ["code", "id_token"],
        "id_token_signing_alg_values_supported": ["RS256", "none", "XX512"],
        "subject_types_supported": ["public", "pairwise", "odd"],
        "scopes_supported": ["openid", LINEITEM, SCORE, RESULT_READONLY, MEMBERSHIP_READONLY],
        "claims_supported": ["sub", "iss", "name"],
        "unknown_member": {"kept": "nowhere"},
        PLATFORM: {
            "product_family_code": "campus", "version": "3.1",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea", "RichTextEditor"]},
            ],
            "variables": ["User.id", "Context.id.history"],
        },
    })
}

/// The document with changes; `null` takes a member out.
fn changed(changes: &Value) -> Value {
    let mut document = document();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => {
                document.as_object_mut().unwrap().remove(name);
            }
            value => document[name] = value.clone(),
        }
    }
    document
}

fn read_from(document: &Value, initiation: &Initiation) -> Result<Configuration, Failure> {
    Configuration::read(&answer(200, &document.to_string()), initiation, Trust::default())
}

fn read(document: &Value) -> Result<Configuration, Failure> {
    read_from(document, &initiation())
}

fn code(document: &Value) -> String {
    let failure = read(document).unwrap_err();
    format!("{} {}", failure.refusal.code(), failure.refusal.detail().unwrap_or_default())
}

fn page(url: &'static str, label: &'static str) -> Page<'static> {
    Page { url, label, labels: &[("de", "Abzeichen")] }
}

fn offer() -> Offer<'static> {
    Offer {
        name: "Campus Badges",
        names: &[("pl", "Odznaki"), ("de", "Abzeichen")],
        description: "Issue and earn Open Badges in your course",
        login_url: "https://badges.example/lti/login/r1",
        launch_url: "https://badges.example/lti/launch",
        jwks_url: "https://badges.example/lti/jwks/r1",
        home: page("https://badges.example/course", "Badges"),
        picker: Some(page("https://badges.example/course/pick", "Add a badge")),
        review: Some(page("https://badges.example/course/review", "Evidence")),
        logo_url: Some("https://badges.example/logo.png"),
        client_url: Some("https://badges.example"),
        policy_url: None,
        terms_url: Some("https://badges.example/terms"),
        contacts: &["admin@badges.example"],
        secondary_domains: &[],
        parameters: &HISTORY_PARAMETERS,
        scopes: &USUAL_SCOPES,
        tool_id: "campus-badges",
        vendor: "Campus",
    }
}
