//! Issuing: everything about an achievement version that signing needs, prepared once and cached.
//!
//! A [`Prepared`] holds opened keys and the template signer; it is dropped when its issuer changes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use open_badges::{
    Achievement, AchievementType, Alignment, Award, Image, Issuer, Shape, SignedDocument, VerificationScope,
    credential, did,
    proof::template::{Template, TemplateError},
};
use sea_orm::ConnectionTrait;

use super::{achievement::Alignment as StoredAlignment, addresses, issuer};
use crate::{
    app::{App, Prepared},
    error::{Error, Result},
    ids::{AchievementVersionId, OrganizationId},
    store::{
        achievement as achievements,
        entity::{achievement_version, issuer as issuer_entity},
        issuer as issuers,
    },
};

/// The prepared version, from the cache or the database.
///
/// # Errors
/// `not_found`.
pub async fn prepared(
    app: &App,
    organization: OrganizationId,
    version: AchievementVersionId,
) -> Result<Arc<Prepared>> {
    prepared_within(app, app.store.read(), organization, version).await
}

/// The same, reading through `db`: inside a transaction a second connection must not be waited for.
///
/// # Errors
/// `not_found`.
pub async fn prepared_within(
    app: &App,
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    version: AchievementVersionId,
) -> Result<Arc<Prepared>> {
    if let Some(prepared) = app.caches.prepared.get(&version) {
        if prepared.version.organization_id != organization {
            return Err(Error::not_found("achievement version"));
        }
        return Ok(prepared);
    }
    let row = achievements::version(db, organization, version)
        .await?
        .ok_or_else(|| Error::not_found("achievement version"))?;
    let achievement = achievements::find(db, organization, row.achievement_id)
        .await?
        .ok_or_else(|| Error::not_found("achievement"))?;
    let issuer = issuers::find(db, organization, achievement.issuer_id)
        .await?
        .ok_or_else(|| Error::not_found("issuer"))?;
    let key_row = issuers::active_key(db, organization, issuer.id)
        .await?
        .ok_or_else(|| Error::internal("an issuer without active key"))?;
    let issuer_document = issuer_document(&issuer)?;
    let achievement_document = achievement_document(&issuer, &row)?;
    let prepared = Arc::new(Prepared {
        method: did::verification_method(&issuer_document.did, &key_row.public_multibase),
        issuer,
        version: row,
        key_id: key_row.id,
        issuer_document,
        achievement_document,
        key: issuer::open_key(app, &key_row)?,
        templates: moka::sync::Cache::new(SHAPES),
    });
    app.caches.prepared.insert(version, Arc::clone(&prepared));
    Ok(prepared)
}

/// The version of that id, if it is one of this issuer's.
///
/// # Errors
/// Only the database's.
pub async fn version_of(
    app: &App,
    issuer: &issuer_entity::Model,
    id: AchievementVersionId,
) -> Result<Option<achievement_version::Model>> {
    let db = app.store.read();
    let Some(version) = achievements::version(db, issuer.organization_id, id).await? else { return Ok(None) };
    let owner = achievements::find(db, issuer.organization_id, version.achievement_id).await?;
    Ok(owner.is_some_and(|owner| owner.issuer_id == issuer.id).then_some(version))
}

/// The scope within which an achievement is awarded once, by default.
#[must_use]
pub fn achievement_scope(prepared: &Prepared) -> String {
    format!("achievement:{}", prepared.version.achievement_id)
}

/// The issuer as the documents name it.
///
/// # Errors
/// Only ours: a stored address that makes no DID.
pub fn issuer_document(issuer: &issuer_entity::Model) -> Result<Issuer> {
    let (base, slug) = (&issuer.base_url, &issuer.slug);
    Ok(Issuer {
        did: issuer::did_of(issuer)?,
        ob2_id: addresses::ob2_profile(base, slug),
        name: issuer.name.clone(),
        url: issuer.url.clone(),
        email: issuer.email.clone(),
        description: issuer.description.clone(),
        image: None,
        scope: VerificationScope::below(&format!("{base}/i/{slug}/ob2/a/")),
    })
}

/// The achievement version as the documents name it.
///
/// # Errors
/// Only ours: a stored alignment that does not read.
pub fn achievement_document(
    issuer: &issuer_entity::Model,
    version: &achievement_version::Model,
) -> Result<Achievement> {
    let (base, slug) = (&issuer.base_url, &issuer.slug);
    let alignments: Vec<StoredAlignment> =
        serde_json::from_value(version.alignments.clone()).map_err(Error::internal)?;
    Ok(Achievement {
        ob3_id: addresses::achievement(base, slug, version.id),
        ob2_id: addresses::badge_class(base, slug, version.id),
        criteria_url: addresses::criteria(base, slug, version.id),
        name: version.name.clone(),
        description: version.description.clone(),
        criteria_narrative: version.criteria_narrative.clone(),
        achievement_type: AchievementType::parse(&version.achievement_type).map_err(Error::internal)?,
        image: Image { url: addresses::picture(base, version.id), caption: Some(version.name.clone()) },
        tags: serde_json::from_value(version.tags.clone()).map_err(Error::internal)?,
        alignments: alignments
            .into_iter()
            .map(|stored| Alignment {
                target_name: stored.target_name,
                target_url: stored.target_url,
                target_framework: stored.target_framework,
                target_code: stored.target_code,
                target_type: stored.target_type,
                target_description: None,
            })
            .collect(),
        version: version.number.to_string(),
        language: version.language.clone(),
    })
}

/// Signs an award's OB 3.0 credential: by the template of its shape, or the full way where the template
/// has doubts. Both give the same bytes.
///
/// # Errors
/// Only ours: a document that cannot be signed without loss.
pub fn sign(prepared: &Prepared, award: &Award, created: DateTime<Utc>) -> Result<SignedDocument> {
    let shape = Shape::of(award);
    let template = prepared.templates.get_with(shape.clone(), || {
        let made = Template::new(
            &prepared.issuer_document,
            &prepared.achievement_document,
            &shape,
            &prepared.method,
        );
        made.ok().map(Arc::new)
    });
    if let Some(template) = template {
        match template.sign(award, &prepared.key, created) {
            Ok(signed) => return Ok(signed),
            Err(TemplateError::Field(error)) => return Err(Error::internal(error)),
            Err(_) => {}
        }
    }
    credential::sign(
        &prepared.issuer_document,
        &prepared.achievement_document,
        award,
        &prepared.key,
        &prepared.method,
        created,
    )
    .map_err(Error::internal)
}

/// How many shapes of awards are remembered per version.
const SHAPES: u64 = 16;
