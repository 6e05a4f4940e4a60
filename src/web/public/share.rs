//! `/share/{token}`: the public page of one award, there only while its holder publishes it.
//!
//! `?verify=1` makes a fresh check, step by step, with nothing taken from a cache.

use poem::{
    Request, Response, Result, handler,
    http::{HeaderName, HeaderValue, StatusCode},
    web::{Data, Path},
};

use crate::{
    app::App,
    domain::{addresses, award::holder, issuing, verify},
    store::entity::credential::CredentialKind,
    web::{
        answer::{html, no_store},
        language, present,
        views::{
            markdown,
            parts::Day,
            share::{Check, SharePage, Step},
        },
    },
};

#[handler]
pub async fn show(app: Data<&App>, Path(token): Path<String>, request: &Request) -> Result<Response> {
    let found = holder::find_by_share(&app, &token).await?;
    let award = &found.award;
    let prepared = issuing::prepared(&app, award.organization_id, award.achievement_version_id).await?;
    let language = language::of_reader(&app, request, None);
    let now = app.clock.now();
    let credential = found.newest_document(CredentialKind::Ob3);
    let wants_check =
        request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "verify=1"));
    let check = match credential.filter(|_| wants_check) {
        None => None,
        Some(credential) => {
            let report =
                verify::credential(&app, credential.document.as_bytes(), None, verify::Source::Records).await;
            Some(Check {
                verdict: report.verdict,
                steps: report
                    .checks
                    .into_iter()
                    .map(|check| Step {
                        code: check.name.into_owned(),
                        state: check.state,
                        text: check.message,
                    })
                    .collect(),
            })
        }
    };
    let (base, slug) = (&prepared.issuer.base_url, &prepared.issuer.slug);
    let (earned_html, evidence) = present::evidence(award);
    let public = app.settings.server.public_url.as_str().trim_end_matches('/');
    let page = SharePage {
        language,
        url: addresses::share(public, &token),
        image_url: addresses::picture(base, prepared.version.id),
        badge: present::badge(&prepared, language),
        standing: present::standing(award, language, now),
        checked_at: Day::minute(language, now),
        check,
        awarded_on: Day::of(language, award.awarded_at),
        valid_until: award.valid_until.map(|until| Day::of(language, until)),
        criteria_html: markdown::render(&prepared.version.criteria_narrative),
        criteria_url: Some(addresses::criteria(base, slug, prepared.version.id)),
        earned_html,
        evidence,
        credential_url: credential.map(|document| addresses::credential(base, slug, document.id)),
        assertion_url: found
            .newest_document(CredentialKind::Ob2)
            .map(|document| addresses::assertion(base, slug, document.id)),
    };
    let mut answer = html(StatusCode::OK, page.html());
    no_store(&mut answer);
    answer.headers_mut().insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    Ok(answer)
}
