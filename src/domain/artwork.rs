//! Artwork: the pictures of badges. Uploads are validated once and stored; the built-in design is made
//! when nothing was uploaded. Baking happens per request or mail and is never stored (design §7).

use std::sync::Arc;

use open_badges::bake::png::{self, BakeError};
use serde_json::json;

use crate::{
    app::{App, PictureKey},
    design::{self, DefaultBadge},
    domain::{
        access::Caller,
        audit::{self, Line},
        once,
    },
    error::{Error, Result},
    ids::{ArtworkId, OrganizationId},
    store::{
        artwork as rows,
        entity::{achievement_version, artwork, issuer},
    },
};

/// Stores an uploaded PNG after full validation (open-badges §11.2). The same picture twice is one row.
///
/// # Errors
/// `artwork.too_large`, `artwork.not_png` and the other reasons of `open_badges::bake::png`.
pub async fn upload(app: &App, caller: &Caller, bytes: Vec<u8>) -> Result<artwork::Model> {
    let (info, bytes) = tokio::task::spawn_blocking(move || {
        let checked = png::validate_upload(&bytes, &png::Limits::default());
        checked.map(|info| (info, bytes))
    })
    .await
    .map_err(Error::internal)?
    .map_err(|error| {
        Error::invalid(code_of(&error), "file", format!("This picture cannot be used: {error}."))
    })?;
    let now = app.clock.now();
    let row = artwork::Model {
        id: app.dice.public_id(),
        organization_id: caller.organization,
        sha256: sha256_hex(&bytes),
        width: i32::try_from(info.width).map_err(Error::internal)?,
        height: i32::try_from(info.height).map_err(Error::internal)?,
        media_type: "image/png".to_owned(),
        bytes,
        source: artwork::ArtworkSource::Upload,
        created_at: now,
    };
    let tx = app.store.write().await?;
    let stored = rows::insert(&tx, row.clone()).await?;
    if let Some(earlier) = once::claim(app, &tx, caller, stored.0).await? {
        return find(app, caller.organization, ArtworkId(earlier)).await;
    }
    if stored != row.id {
        // The same picture is there already, under its own id; only the promise is new.
        tx.commit().await?;
        return find(app, caller.organization, stored).await;
    }
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "artwork.uploaded",
            subject_kind: "artwork",
            subject_id: row.id.to_string(),
            detail: &json!({ "sha256": row.sha256 }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One picture.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: ArtworkId) -> Result<artwork::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("artwork"))
}

/// The unbaked picture of a version: its artwork, or the built-in design. Cached: drawing one takes
/// milliseconds, and a class of 5,000 gets the same one.
///
/// # Errors
/// Only ours.
pub async fn picture(
    app: &App,
    issuer: &issuer::Model,
    version: &achievement_version::Model,
) -> Result<Arc<[u8]>> {
    let pictures = &app.caches.pictures;
    let picture = match version.artwork_id {
        Some(id) => {
            let stored = async { Ok(Arc::from(find(app, version.organization_id, id).await?.bytes)) };
            pictures.try_get_with(PictureKey::Uploaded(id), stored).await
        }
        None => {
            let badge = DefaultBadge {
                title: version.name.clone(),
                issuer_name: issuer.name.clone(),
                seed: version.achievement_id.0.as_bytes().to_vec(),
            };
            pictures.try_get_with(PictureKey::Drawn(badge.clone()), draw(badge)).await
        }
    };
    picture.map_err(|error: Arc<Error>| Error::internal(error.to_string()))
}

async fn draw(badge: DefaultBadge) -> Result<Arc<[u8]>> {
    let png = tokio::task::spawn_blocking(move || design::default_badge(&badge))
        .await
        .map_err(Error::internal)?
        .map_err(Error::internal)?;
    Ok(Arc::from(png.bytes))
}

/// The stable code of a refused upload.
fn code_of(error: &BakeError) -> &'static str {
    match error {
        BakeError::NotPng(_) => "artwork.not_png",
        BakeError::Damaged(_) => "artwork.damaged",
        BakeError::Apple => "artwork.cgbi",
        BakeError::TooLarge(_) => "artwork.too_large",
        BakeError::Undecodable(_) => "artwork.undecodable",
        BakeError::Text(_) => "artwork.text",
    }
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
