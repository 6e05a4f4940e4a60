//! `/claim/{token}`: the page the mail links to. Opening it changes nothing; the form publishes.

use poem::{
    Request, Response, Result, handler,
    http::{HeaderName, HeaderValue, StatusCode},
    web::{Data, Form, Path},
};
use serde::Deserialize;

use super::media;
use crate::{
    app::App,
    domain::{
        addresses,
        award::{Published, holder},
        issuing,
    },
    error::Error,
    store::{
        course as courses,
        entity::{award::AwardState, credential::CredentialKind},
        learner as learners, placement as placements,
    },
    web::{
        answer::{html, no_store, see_other},
        csrf, language, present,
        views::{
            claim::{ClaimPage, Sharing},
            markdown,
            parts::Day,
        },
    },
};

#[handler]
pub async fn show(app: Data<&App>, Path(token): Path<String>, request: &Request) -> Result<Response> {
    let found = holder::find_by_claim(&app, &token).await?;
    let text = render(&app, request, &token, &found).await?;
    Ok(private(html(StatusCode::OK, text)))
}

/// The picture with both documents inside.
#[handler]
pub async fn picture(app: Data<&App>, Path(token): Path<String>) -> Result<Response> {
    let found = current(&app, &token).await?;
    let bytes = media::bake(&app, &found, true).await?;
    let prepared =
        issuing::prepared(&app, found.award.organization_id, found.award.achievement_version_id).await?;
    let name = crate::mail::file_name(&prepared.version.name, "png");
    Ok(private(download("image/png", &name, bytes)))
}

/// The signed OB 3.0 document.
#[handler]
pub async fn document(app: Data<&App>, Path(token): Path<String>) -> Result<Response> {
    let found = current(&app, &token).await?;
    let document = found.newest_document(CredentialKind::Ob3).ok_or_else(|| Error::not_found("document"))?;
    let prepared =
        issuing::prepared(&app, found.award.organization_id, found.award.achievement_version_id).await?;
    let name = crate::mail::file_name(&prepared.version.name, "json");
    Ok(private(download("application/vc+ld+json", &name, document.document.clone().into_bytes())))
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Publish {
    csrf: String,
    publish: String,
}

#[handler]
pub async fn publish(
    app: Data<&App>,
    Path(token): Path<String>,
    request: &Request,
    Form(form): Form<Publish>,
) -> Result<Response> {
    csrf::check(&app, request, &token, &form.csrf)?;
    let published = match form.publish.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Error::invalid("publish.invalid", "publish", "Send yes or no.").into()),
    };
    holder::set_published(&app, &token, published).await?;
    Ok(private(see_other(&format!("/claim/{token}"))))
}

/// An award that has documents and still stands.
async fn current(app: &App, token: &str) -> crate::error::Result<Published> {
    let found = holder::find_by_claim(app, token).await?;
    if found.award.state == AwardState::Revoked {
        return Err(Error::new(crate::error::Kind::Gone, "badge.revoked", "This badge was revoked."));
    }
    if found.generations.is_empty() {
        return Err(Error::not_found("badge"));
    }
    Ok(found)
}

async fn render(
    app: &App,
    request: &Request,
    token: &str,
    found: &Published,
) -> crate::error::Result<String> {
    let award = &found.award;
    let db = app.store.read();
    let prepared = issuing::prepared(app, award.organization_id, award.achievement_version_id).await?;
    let learner = learners::find(db, award.organization_id, award.learner_id).await?;
    let language =
        language::of_reader(app, request, learner.as_ref().and_then(|learner| learner.language.as_deref()));
    let (earned_html, evidence) = present::evidence(award);
    let is_current = award.state == AwardState::Active && !found.generations.is_empty();
    let public = app.settings.server.public_url.as_str().trim_end_matches('/');
    let course = match award.placement_id {
        None => None,
        Some(id) => {
            match placements::find(db, award.organization_id, id).await?.and_then(|row| row.course_id) {
                None => None,
                Some(id) => {
                    courses::find(db, award.organization_id, id).await?.and_then(|course| course.title)
                }
            }
        }
    };
    let page = ClaimPage {
        language,
        badge: present::badge(&prepared, language),
        standing: present::standing(award, language, app.clock.now()),
        is_replaced: award.generation > 1,
        recipient: learner.and_then(|learner| learner.name),
        course,
        awarded_on: Day::of(language, award.awarded_at),
        valid_until: award.valid_until.map(|until| Day::of(language, until)),
        criteria_html: markdown::render(&prepared.version.criteria_narrative),
        earned_html,
        evidence,
        png_url: is_current.then(|| format!("/claim/{token}/badge.png")),
        json_url: is_current.then(|| format!("/claim/{token}/credential.json")),
        sharing: is_current.then(|| Sharing {
            action: format!("/claim/{token}/publish"),
            csrf: csrf::token(app, token),
            share_url: award.published.then(|| addresses::share(public, &award.share_token)),
        }),
    };
    Ok(page.html())
}

fn download(media_type: &str, name: &str, bytes: Vec<u8>) -> Response {
    let mut answer = Response::builder().content_type(media_type).body(bytes);
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        answer.headers_mut().insert(HeaderName::from_static("content-disposition"), value);
    }
    answer
}

/// Secret addresses: never stored, never indexed; referrers are off for every page.
fn private(mut answer: Response) -> Response {
    no_store(&mut answer);
    answer
        .headers_mut()
        .insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    answer
}
