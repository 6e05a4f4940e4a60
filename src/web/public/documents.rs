//! Documents for machines: DID, Profile, `BadgeClass`, Assertion, Achievement, credential, status list.
//!
//! Each is made once, kept as bytes with its `ETag`, and dropped when its topic changes. Ids are compared
//! with the issuer in the address, so that no document answers under another issuer's name.

use std::sync::Arc;

use open_badges::{achievement as achievements, profile as profiles};
use poem::{
    Request, Response, Result, handler,
    web::{Data, Path},
};

use super::{
    negotiate,
    serve::{Keep, send, stored},
};
use crate::{
    app::{App, Form, Stored},
    domain::{
        award, award::reissue::REPLACED, credential as domain_credential, issuer as issuers, issuing,
        status_list as lists,
    },
    error::Error,
    ids::{AchievementVersionId, CredentialId},
    store::{
        Topic, award as awards, credential as credentials,
        entity::{achievement_version, credential as documents, credential::CredentialKind, issuer},
        issuer as issuer_rows,
    },
};

#[handler]
pub async fn did(app: Data<&App>, Path(slug): Path<String>, request: &Request) -> Result<Response> {
    let issuer = find_issuer(&app, &slug).await?;
    let document = cached(&app, Topic::Issuer(issuer.id), Form::Did, &slug, async {
        Ok(stored(issuers::did_document(&app, &issuer).await?.to_string(), false))
    })
    .await?;
    Ok(send(request, &document, negotiate::DID, Keep::Short))
}

#[handler]
pub async fn profile(app: Data<&App>, Path(slug): Path<String>, request: &Request) -> Result<Response> {
    let issuer = find_issuer(&app, &slug).await?;
    let document = cached(&app, Topic::Issuer(issuer.id), Form::Ob2, &slug, async {
        let document = profiles::ob2(&issuing::issuer_document(&issuer)?);
        Ok(stored(document.to_string(), false))
    })
    .await?;
    Ok(send(request, &document, negotiate::OB2, Keep::Short))
}

#[handler]
pub async fn badge_class(
    app: Data<&App>,
    Path((slug, id)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let (issuer, version) = find_version(&app, &slug, &id).await?;
    let document = cached(&app, Topic::Achievement(version.id), Form::Ob2, &slug, async {
        let document = achievements::badge_class(
            &issuing::achievement_document(&issuer, &version)?,
            &issuing::issuer_document(&issuer)?,
        );
        Ok(stored(document.to_string(), false))
    })
    .await?;
    Ok(send(request, &document, negotiate::OB2, Keep::Long))
}

#[handler]
pub async fn achievement(
    app: Data<&App>,
    Path((slug, id)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let (issuer, version) = find_version(&app, &slug, &id).await?;
    let document = cached(&app, Topic::Achievement(version.id), Form::Ob3, &slug, async {
        let document = achievements::achievement(
            &issuing::achievement_document(&issuer, &version)?,
            &issuing::issuer_document(&issuer)?,
        );
        Ok(stored(document.to_string(), false))
    })
    .await?;
    Ok(send(request, &document, negotiate::OB3, Keep::Long))
}

#[handler]
pub async fn assertion(
    app: Data<&App>,
    Path((slug, id)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let id: CredentialId = id.parse().map_err(|_| Error::not_found("assertion"))?;
    let document = cached(&app, Topic::Credential(id), Form::Ob2, &slug, async {
        let (issuer, row) = find_document(&app, &slug, id, CredentialKind::Ob2).await?;
        Ok(match domain_credential::gone(&issuer, &row) {
            None => stored(row.document, false),
            Some(notice) => stored(notice.to_string(), true),
        })
    })
    .await?;
    Ok(send(request, &document, negotiate::OB2, Keep::Short))
}

/// Private until its holder publishes it (design §6.10): until then nobody learns that it exists.
#[handler]
pub async fn credential(
    app: Data<&App>,
    Path((slug, id)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let id: CredentialId = id.parse().map_err(|_| Error::not_found("credential"))?;
    let document = cached(&app, Topic::Credential(id), Form::Ob3, &slug, async {
        let (_, row) = find_document(&app, &slug, id, CredentialKind::Ob3).await?;
        let award = awards::find(app.store.read(), row.organization_id, row.award_id).await?;
        if !award.is_some_and(|award| award.published) {
            return Err(Error::not_found("credential"));
        }
        if row.revocation_reason.as_deref() == Some(REPLACED) {
            let problem = crate::web::problem::Problem::new(
                poem::http::StatusCode::GONE,
                "credential.replaced",
                "This copy was replaced by a corrected one.",
            );
            return Ok(stored(serde_json::to_string(&problem).unwrap_or_default(), true));
        }
        Ok(stored(row.document, false))
    })
    .await?;
    Ok(send(request, &document, negotiate::CREDENTIAL, Keep::Short))
}

#[handler]
pub async fn status_list(
    app: Data<&App>,
    Path((slug, number)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let number: i32 = number.parse().map_err(|_| Error::not_found("status list"))?;
    let issuer = find_issuer(&app, &slug).await?;
    let list = match app.caches.lists.get(&(issuer.id, number)) {
        Some(list) => list,
        None => {
            let list = lists::find(app.store.read(), &issuer, number).await?.id;
            app.caches.lists.insert((issuer.id, number), list);
            list
        }
    };
    let document = cached(&app, Topic::StatusList(list), Form::List, &slug, async {
        Ok(stored(lists::signed(&app, &issuer, number).await?, false))
    })
    .await?;
    Ok(send(request, &document, negotiate::CREDENTIAL, Keep::Short))
}

/// The kept document, or the one that `make` makes; under another issuer's `slug` it is not there.
pub async fn cached(
    app: &App,
    topic: Topic,
    form: Form,
    slug: &str,
    make: impl Future<Output = crate::error::Result<Stored>>,
) -> Result<Stored> {
    if let Some(document) = app.caches.documents.get(&(topic, form)) {
        if document.slug != slug {
            return Err(Error::not_found("document").into());
        }
        return Ok(document);
    }
    let mut document = make.await?;
    slug.clone_into(&mut document.slug);
    app.caches.documents.insert((topic, form), document.clone());
    Ok(document)
}

/// The issuer of a slug.
pub async fn find_issuer(app: &App, slug: &str) -> crate::error::Result<Arc<issuer::Model>> {
    if let Some(issuer) = app.caches.issuers.get(slug) {
        return Ok(issuer);
    }
    let found = issuer_rows::unscoped_of_slug(app.store.read(), slug).await?;
    let issuer = Arc::new(found.ok_or_else(|| Error::not_found("issuer"))?);
    app.caches.issuers.insert(slug.to_owned(), Arc::clone(&issuer));
    Ok(issuer)
}

/// A version of one of the issuer's achievements.
pub async fn find_version(
    app: &App,
    slug: &str,
    id: &str,
) -> crate::error::Result<(Arc<issuer::Model>, achievement_version::Model)> {
    let missing = || Error::not_found("achievement");
    let id: AchievementVersionId = id.parse().map_err(|_| missing())?;
    let issuer = find_issuer(app, slug).await?;
    let version = issuing::version_of(app, &issuer, id).await?.ok_or_else(missing)?;
    Ok((issuer, version))
}

/// A document of one of the issuer's awards.
pub async fn find_document(
    app: &App,
    slug: &str,
    id: CredentialId,
    kind: CredentialKind,
) -> crate::error::Result<(Arc<issuer::Model>, documents::Model)> {
    let missing = || Error::not_found("badge");
    let db = app.store.read();
    let row = credentials::unscoped_find(db, id).await?.filter(|row| row.kind == kind).ok_or_else(missing)?;
    let issuer = find_issuer(app, slug).await?;
    if row.issuer_id != issuer.id {
        return Err(missing());
    }
    Ok((issuer, row))
}

/// An award with everything its pages and pictures need.
pub async fn published(app: &App, document: &documents::Model) -> crate::error::Result<award::Published> {
    award::find_published(app, document.organization_id, document.award_id).await
}
