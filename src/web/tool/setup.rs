//! `GET /lti/setup/{platform}`: what the administrator of a learning platform enters there (O08): addresses, keys,
//! scopes, in that platform's own words. All of it is public; the address is known to whom it was given.

use lti::quirks::{Family, Value};
use poem::{
    Request, Response, Result, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Data, Path},
};

use crate::{
    app::App,
    domain::{platform, platform_health::NEEDED, platform_key},
    error::Error,
    ids::PlatformId,
    store::entity::platform::Model as Platform,
    web::{
        answer::html,
        course::PICK,
        language,
        views::setup::{Given, KeyShown, Row, SetupPage},
    },
};

#[handler]
pub async fn show(app: Data<&App>, request: &Request, Path(platform): Path<String>) -> Result<Response> {
    let id: PlatformId = platform.parse().map_err(|_| Error::not_found("platform"))?;
    let entry = platform::entry(&app, id).await?;
    let row = &entry.row;
    let setup = Family::setup_of(&row.family);
    let jwks = platform_key::published(&app, id).await?;
    let keys = jwks.get("keys").and_then(serde_json::Value::as_array).into_iter().flatten();
    let keys = keys.filter_map(|key| {
        let kid = key.get("kid")?.as_str()?.to_owned();
        Some(KeyShown { kid, pem: lti::keys::public_pem(key)? })
    });
    let page = SetupPage {
        language: language::of_reader(&app, request, None),
        name: row.name.clone(),
        family: Family::named(&row.family).map(|family| family.title.to_owned()),
        place: setup.place.to_owned(),
        rows: setup
            .fields
            .iter()
            .map(|field| Row { label: field.label.to_owned(), given: given(&app, row, field.value) })
            .collect(),
        services: setup.services.iter().map(|service| service.switch.to_owned()).collect(),
        scopes: NEEDED.into_iter().map(str::to_owned).collect(),
        privacy: setup.privacy.to_owned(),
        told_at: setup.told_at.to_owned(),
        registration: setup.registration.map(str::to_owned),
        keys_blocked: setup.keys_blocked.map(str::to_owned),
        addresses: [Value::Home, Value::Login, Value::Launch, Value::Keys, Value::Pick]
            .into_iter()
            .map(|value| match given(&app, row, value) {
                Given::Copied(lines) | Given::Chosen(lines) => lines.join(" "),
            })
            .collect(),
        jwks: serde_json::to_string_pretty(&jwks).unwrap_or_default(),
        keys: keys.collect(),
    };
    let mut answer = html(StatusCode::OK, page.html());
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(answer)
}

fn given(app: &App, platform: &Platform, value: Value) -> Given {
    let (url, id) = (&app.settings.server.public_url, platform.id);
    let path = match value {
        Value::Text(text) => return Given::Chosen(vec![text.to_owned()]),
        Value::Domain => return Given::Copied(vec![url.authority().to_owned()]),
        Value::Custom => {
            let all = Family::services_of(&platform.family).parameters();
            return Given::Copied(all.iter().map(|one| format!("{}={}", one.key, one.variable)).collect());
        }
        Value::Home => "/course".to_owned(),
        Value::Pick => PICK.to_owned(),
        Value::Login => format!("/lti/login/{id}"),
        Value::Launch => "/lti/launch".to_owned(),
        Value::Keys => format!("/lti/jwks/{id}"),
        Value::CanvasDocument => format!("/lti/config/canvas.json?platform={id}"),
    };
    Given::Copied(vec![url.at(&path)])
}
