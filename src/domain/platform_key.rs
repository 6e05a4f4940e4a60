//! Our signing keys for platforms: each platform has its own set (design §6.8, lti-1.3-tool §4.1).
//!
//! Rotation publishes the next key at once, signs with it a day later, and keeps the old one published
//! another day: platforms cache our key sets.

use chrono::{DateTime, Duration, Utc};
use lti::keys::ToolKey;
use serde_json::{Value, json};

use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        once,
    },
    error::{Error, Result},
    ids::{PlatformId, PlatformKeyId},
    platform_client,
    store::{
        entity::{platform_key, platform_key::PlatformKeyState},
        platform as rows,
    },
    vault::Purpose,
};

/// How long a key is published before it signs, and after it stopped.
pub const OVERLAP: Duration = Duration::hours(24);

/// A fresh key for a platform, not stored yet; it may sign from `activates_at` on.
///
/// # Errors
/// Only ours.
pub async fn new(
    app: &App,
    platform: PlatformId,
    activates_at: DateTime<Utc>,
) -> Result<platform_key::Model> {
    // Making an RSA key takes tenths of a second.
    let key = tokio::task::spawn_blocking(ToolKey::generate)
        .await
        .map_err(Error::internal)?
        .map_err(Error::internal)?;
    let now = app.clock.now();
    let id: PlatformKeyId = app.dice.row_id(now);
    Ok(platform_key::Model {
        id,
        platform_id: platform,
        kid: key.kid().to_owned(),
        sealed_private: app.vault.seal(Purpose::PlatformKey, key.pkcs8(), id.0.as_bytes(), &app.dice)?,
        public_jwk: key.public_jwk(),
        state: if activates_at > now { PlatformKeyState::Next } else { PlatformKeyState::Active },
        created_at: now,
        activates_at,
        retired_at: None,
    })
}

/// Begins a rotation: the next key is published now and signs after [`OVERLAP`].
///
/// # Errors
/// `not_found`; `platform.shared`; `platform_key.rotating` while a rotation is under way.
pub async fn rotate(app: &App, caller: &Caller, platform: PlatformId) -> Result<platform_key::Model> {
    let owner = super::platform::changeable(app.store.read(), caller, platform).await?.organization_id;
    let now = app.clock.now();
    let key = new(app, platform, now + OVERLAP).await?;
    let tx = app.store.write().await?;
    let known = rows::keys(&tx, platform).await?;
    if let Some(earlier) = once::claim(app, &tx, caller, key.id.0).await? {
        return known
            .into_iter()
            .find(|key| key.id.0 == earlier)
            .ok_or_else(|| Error::not_found("platform key"));
    }
    if known.iter().any(|key| key.activates_at > now) {
        return Err(Error::conflict(
            "platform_key.rotating",
            "A new key is published already and will sign within a day.",
        ));
    }
    // What is replaced signs until the new one does, and stays published as long again.
    for old in known.into_iter().filter(|key| key.retired_at.is_none()) {
        rows::update_key(&tx, platform, old.id, old.state, Some(now + OVERLAP * 2)).await?;
    }
    rows::insert_key(&tx, key.clone()).await?;
    audit::record(
        app,
        &tx,
        owner,
        caller,
        Line {
            action: "platform.key_rotated",
            subject_kind: "platform",
            subject_id: platform.to_string(),
            detail: &json!({ "kid": key.kid, "signs_from": key.activates_at }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(key)
}

/// The published keys of a platform as a JWKS document.
///
/// # Errors
/// `not_found`.
pub async fn published(app: &App, platform: PlatformId) -> Result<Value> {
    let now = app.clock.now();
    let keys: Vec<Value> = rows::keys(app.store.read(), platform)
        .await?
        .into_iter()
        .filter(|key| key.retired_at.is_none_or(|at| at > now))
        .map(|key| key.public_jwk)
        .collect();
    if keys.is_empty() {
        return Err(Error::not_found("platform"));
    }
    Ok(lti::keys::jwks_document(&keys))
}

/// The key that signs for a platform now.
///
/// # Errors
/// `not_found`.
pub async fn signing(app: &App, platform: PlatformId) -> Result<ToolKey> {
    platform_client::token::signing_key(app, platform).await
}
