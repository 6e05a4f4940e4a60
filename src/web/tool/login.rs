//! `GET|POST /lti/login[/{platform}]`: a platform begins a login (lti-1.3-tool §7-§9). Writes nothing.

use lti::{
    Refusal,
    login::{self, Begun, Redirect, Request as LoginRequest, Secrets},
};
use poem::{
    Request, Response, Result, handler,
    http::{StatusCode, header},
    web::Data,
};

use super::{binding, held_back, origins, read_body, refused};
use crate::{
    app::App,
    domain::{deployment, installation, platform},
    error::Kind,
    ids::PlatformId,
    web::{
        answer::{self, no_store},
        cookies, views,
    },
};

#[handler]
pub async fn begin(app: Data<&App>, request: &Request, body: poem::Body) -> Result<Response> {
    let body = read_body(body, app.settings.limits.lti_body_bytes).await;
    let body = body.ok_or_else(|| refused(Refusal::LoginMalformed, None))?;
    let message = LoginRequest::parse(
        request.method().as_str(),
        request.content_type(),
        request.uri().query().unwrap_or_default(),
        &body,
    )
    .map_err(|refusal| refused(refusal, None))?;
    let entry = choose(&app, request.raw_path_param("platform"), &message).await?;
    let secrets =
        Secrets { nonce: app.dice.bytes(), browser_secret: app.dice.bytes(), seal_nonce: app.dice.bytes() };
    let begun =
        login::begin(&message, &entry.registration, &app.tool, &secrets, &app.state_key, app.clock.now())
            .map_err(|refusal| refused(refusal, Some(&entry)))?;
    let page = binding::before_going_on(&app, request, &entry, &message, &begun);
    Ok(send_on(&app, begun, page, origins(&entry)))
}

/// The platform that a login means (§7.1).
async fn choose(
    app: &App,
    named: Option<&str>,
    message: &LoginRequest,
) -> Result<std::sync::Arc<crate::app::PlatformEntry>> {
    let entries = platform::entries_of_issuer(app, &message.iss).await?;
    let named = match named {
        None => None,
        Some(text) => Some(match text.parse::<PlatformId>() {
            Err(_) => None,
            Ok(id) => match platform::entry(app, id).await {
                Ok(entry) => Some(entry),
                Err(error) if error.kind() == Kind::NotFound => None,
                Err(error) => return Err(error.into()),
            },
        }),
    };
    let mut owners = Vec::new();
    if let (None, Some(hint)) = (&message.client_id, &message.deployment_hint) {
        for entry in &entries {
            if deployment::is_known(app, entry.row.id, hint).await? {
                owners.push(entry.registration.platform);
            }
        }
    }
    let path = named.as_ref().map(|entry| entry.as_ref().map(|entry| &entry.registration));
    let is_held = |entry: &&std::sync::Arc<crate::app::PlatformEntry>| {
        let is_meant = message.client_id.as_ref().is_none_or(|id| *id == entry.row.client_id);
        is_meant && installation::is_frozen(&entry.row, None)
    };
    let candidates = entries.iter().map(|entry| &entry.registration);
    let chosen =
        login::choose(message, path, candidates, |registration, _| owners.contains(&registration.platform))
            .map_err(|refusal| match entries.iter().chain(named.iter().flatten()).find(is_held) {
                // Nothing but that somebody has to look at it keeps this platform out.
                Some(frozen) if refusal == Refusal::RegistrationDisabled => held_back(frozen),
                _ => refused(refusal, None),
            })?
            .platform;
    entries
        .iter()
        .chain(named.iter().flatten())
        .find(|entry| entry.registration.platform == chosen)
        .cloned()
        .ok_or_else(|| refused(Refusal::UnknownRegistration, None))
}

fn send_on(app: &App, begun: Begun, page: Option<Response>, origins: Vec<String>) -> Response {
    let mut answer = match (page, begun.redirect) {
        (Some(page), _) => page,
        (None, Redirect::Location(location)) => answer::redirect(StatusCode::FOUND, &location),
        (None, Redirect::Form { action, fields }) => {
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let page = views::auto_form::AutoForm { action: action.clone(), fields };
            let mut answer = answer::html(StatusCode::OK, page.html());
            // The page may submit to the platform, and to nobody else.
            let target = super::origin_of(&action).unwrap_or_default();
            let policy = format!(
                "default-src 'none'; style-src 'self'; script-src 'self'; form-action {target}; \
                 base-uri 'none'; frame-ancestors 'self' {}",
                origins.join(" ")
            );
            if let Ok(value) = policy.parse() {
                answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
            }
            answer
        }
    };
    no_store(&mut answer);
    let name = cookies::binding_name(app, &begun.cookie.name_key);
    cookies::set(app, &mut answer, &name, &begun.cookie.value, u64::from(begun.cookie.max_age));
    answer
}
