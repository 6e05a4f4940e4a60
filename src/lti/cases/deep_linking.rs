//! Section 9: deep linking, as far as it needs no pages. A file for what is asked, for the answer, and for what
//! is in it.

mod item;
mod request;
mod response;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::fixture::*;
use crate::{
    Launch, Message,
    claims::*,
    deep_linking::{
        Asked, ContentItem, Frame, LineItem, Post, ResourceLink, Response, ResponseError, ScoreMaximum,
        Settings,
    },
    keys::ToolKey,
};

const RETURN: &str = "https://lms.campus.example/dl/return?course=77&sesskey=a%20b";

/// D01: as the certification suite sends it.
fn ask(payload: &mut Value) {
    payload[MESSAGE_TYPE] = "LtiDeepLinkingRequest".into();
    payload[ROLES] = json!([INSTRUCTOR]);
    without(payload, RESOURCE_LINK);
    without(payload, TARGET_LINK_URI);
    payload[DEEP_LINKING_SETTINGS] = json!({
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
        "accept_presentation_document_targets": ["iframe", "window", "embed"],
        "accept_media_types": "image/:::asterisk:::,text/html",
        "accept_multiple": true,
        "auto_create": true,
        "title": "Badge", "text": "A badge",
        "data": "909708"
    });
}

fn asked(change: impl FnOnce(&mut Value)) -> Outcome {
    run(|case| {
        ask(&mut case.payload);
        change(&mut case.payload);
    })
}

fn with_settings(change: impl FnOnce(&mut Value)) -> Outcome {
    asked(|payload| change(&mut payload[DEEP_LINKING_SETTINGS]))
}

fn settings_of(outcome: Outcome) -> Settings {
    let Launch { message: Message::DeepLinking(settings), .. } = outcome.launch.unwrap() else {
        panic!("a deep linking request")
    };
    *settings
}

fn d01() -> Settings {
    settings_of(asked(|_| {}))
}

fn answer(settings: &Settings, response: Response, now: DateTime<Utc>) -> Result<Post, ResponseError> {
    let registration = p1();
    let asked = Asked { registration: &registration, deployment_id: "dep-9", settings };
    response.post(&asked, &tool(), &P1_B, [3; 16], now)
}

/// Header and claims of an answer, after its signature was checked with what our JWKS publishes.
fn opened(post: &Post, key: &ToolKey) -> (Value, Value) {
    let jwk = key.public_jwk();
    let text = |name: &str| jwk[name].as_str().unwrap();
    let decoding = DecodingKey::from_rsa_components(text("n"), text("e")).unwrap();
    let mut checks = Validation::new(Algorithm::RS256);
    checks.validate_exp = false;
    checks.validate_aud = false;
    checks.required_spec_claims.clear();
    let data = jsonwebtoken::decode::<Value>(&post.fields[0].1, &decoding, &checks).unwrap();
    (serde_json::to_value(&data.header).unwrap(), data.claims)
}

/// The claims of an answer to `settings`.
fn sent(settings: &Settings, response: Response) -> Value {
    opened(&answer(settings, response, t0()).unwrap(), &P1_B).1
}

fn item_of(settings: &Settings, item: ContentItem) -> Value {
    sent(settings, Response::picked(vec![item]))[CONTENT_ITEMS][0].clone()
}

const CONTENT_ITEMS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items";
const DATA: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/data";

fn badge() -> ResourceLink {
    ResourceLink {
        url: Some("https://badges.example/course/badge/17".into()),
        title: Some("Lab safety badge".into()),
        text: Some("Earned after both safety quizzes".into()),
        custom: BTreeMap::from([("badge".to_owned(), "17".to_owned())]),
        line_item: Some(LineItem {
            label: "Lab safety badge".into(),
            score_maximum: ScoreMaximum::HUNDRED,
            resource_id: Some("badge-17".into()),
            tag: Some("badge".into()),
            grades_released: None,
            submission_review: None,
        }),
        iframe: Some(Frame { src: None, width: 800, height: 600 }),
        ..ResourceLink::default()
    }
}

fn picked(link: ResourceLink) -> ContentItem {
    ContentItem::ResourceLink(Box::new(link))
}
