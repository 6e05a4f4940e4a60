//! `/i/{issuer}/b/{version}`: the human page of a badge's criteria.

use poem::{
    Request, Response, Result, handler,
    http::StatusCode,
    web::{Data, Path},
};

use super::documents::find_version;
use crate::{
    app::App,
    domain::{achievement::Alignment as Stored, addresses, issuing},
    error::Error,
    web::{
        answer::html,
        language, present,
        views::{
            criteria::{Alignment, CriteriaPage},
            markdown,
        },
    },
};

#[handler]
pub async fn show(
    app: Data<&App>,
    Path((slug, id)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let (issuer, version) = find_version(&app, &slug, &id).await?;
    let prepared = issuing::prepared(&app, version.organization_id, version.id).await?;
    let language = language::of_reader(&app, request, None);
    let alignments: Vec<Stored> =
        serde_json::from_value(version.alignments.clone()).map_err(Error::internal)?;
    let base = &issuer.base_url;
    let page = CriteriaPage {
        language,
        url: addresses::criteria(base, &issuer.slug, version.id),
        image_url: addresses::picture(base, version.id),
        badge: present::badge(&prepared, language),
        criteria_html: markdown::render(&version.criteria_narrative),
        achievement_type: Some(version.achievement_type.clone()),
        tags: serde_json::from_value(version.tags.clone()).map_err(Error::internal)?,
        alignments: alignments
            .into_iter()
            .map(|stored| Alignment {
                name: stored.target_name,
                url: stored.target_url,
                framework: stored.target_framework,
                description: None,
            })
            .collect(),
        version: version.number,
        achievement_url: Some(addresses::achievement(base, &issuer.slug, version.id)),
        badge_class_url: Some(addresses::badge_class(base, &issuer.slug, version.id)),
    };
    let mut answer = html(StatusCode::OK, page.html());
    answer.headers_mut().insert("cache-control", poem::http::HeaderValue::from_static("public, max-age=300"));
    Ok(answer)
}
