//! `GET /lti/config/canvas.json`: what a Canvas administrator pastes for a developer key (§25.2).
//!
//! `?platform={id}` names the platform whose keys Canvas should read; without it there are none to name.

use std::collections::BTreeMap;

use lti::quirks::Family;
use poem::{Request, Response, Result, handler, web::Data};
use serde_json::json;

use crate::{
    app::App,
    domain::{event_channel::names, platform, platform_health::NEEDED},
    error::Error,
    ids::PlatformId,
};

#[handler]
pub async fn canvas(app: Data<&App>, request: &Request) -> Result<Response> {
    let named = request
        .params::<BTreeMap<String, String>>()
        .ok()
        .and_then(|query| query.get("platform").and_then(|id| id.parse::<PlatformId>().ok()))
        .ok_or_else(|| {
            Error::invalid("platform.missing", "platform", "Add ?platform= and the platform's id.")
        })?;
    let entry = platform::entry(&app, named).await?;
    let url = &app.settings.server.public_url;
    let domain = url.authority();
    let home = url.at("/course");
    let quirks = Family::services_of("canvas");
    let links = quirks.link_placements.iter().map(|placement| {
        json!({
            "placement": placement,
            "message_type": "LtiResourceLinkRequest",
            "target_link_uri": home,
            "text": "Badges"
        })
    });
    let pickers = quirks.picker_placements.iter().map(|placement| {
        json!({
            "placement": placement,
            "message_type": "LtiDeepLinkingRequest",
            "target_link_uri": app.tool.picker_url
        })
    });
    // The numbers by which Canvas's events name people and courses.
    let told = names::wanted().filter(|(parameter, _)| parameter.starts_with("canvas_"));
    let asked = quirks.parameters().map(|one| (one.key, one.variable));
    let custom: BTreeMap<&str, &str> = asked.into_iter().chain(told).collect();
    let document = json!({
        "title": "Laurel badges",
        "description": "Open Badges for what learners complete in this course",
        "oidc_initiation_url": url.at(&format!("/lti/login/{}", entry.row.id)),
        "target_link_uri": home,
        "public_jwk_url": url.at(&format!("/lti/jwks/{}", entry.row.id)),
        "scopes": NEEDED,
        "custom_fields": custom,
        "extensions": [{
            "platform": "canvas.instructure.com",
            "domain": domain,
            "tool_id": "laurel",
            "privacy_level": "public",
            "settings": {
                "text": "Badges",
                "placements": links.chain(pickers).collect::<Vec<_>>()
            }
        }]
    });
    Ok(Response::builder()
        .content_type("application/json")
        .header("cache-control", "no-store")
        .body(document.to_string()))
}
