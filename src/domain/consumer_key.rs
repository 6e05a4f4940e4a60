//! LTI 1.1 consumer keys: with their secrets a platform proves that a person, a course or a link was known here
//! by another id before (lti-1.3-tool §22). The secrets are sealed and never shown again.

use std::sync::Arc;

use lti::migration::KnownKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::platform;
use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        once, validate,
    },
    error::{Error, Result},
    ids::{ConsumerKeyId, OrganizationId, PlatformId},
    store::{Page, PageQuery, WriteTx, consumer_key as rows, entity::consumer_key},
    vault::Purpose,
};

/// Longest key and longest secret, in characters.
const LONGEST: usize = 255;

/// Keeps a consumer key with its secret; a key that is there gets the new secret.
///
/// # Errors
/// `not_found` (platform); `id.invalid`; `secret.invalid`.
pub async fn set(
    app: &App,
    caller: &Caller,
    platform_id: PlatformId,
    key: &str,
    secret: &SecretString,
) -> Result<consumer_key::Model> {
    let key = validate::opaque("key", key, LONGEST)?;
    let secret = secret.expose_secret();
    if secret.is_empty() || secret.chars().count() > LONGEST || secret.chars().any(char::is_control) {
        return Err(Error::invalid(
            "secret.invalid",
            "secret",
            format!("Give the key's secret: 1 to {LONGEST} characters, no line breaks."),
        ));
    }
    platform::find(app, caller.organization, platform_id).await?;
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let known = rows::of_name(&tx, caller.organization, platform_id, &key).await?;
    let (id, created_at) =
        known.map_or_else(|| (app.dice.row_id(now), now), |known| (known.id, known.created_at));
    if let Some(earlier) = once::claim(app, &tx, caller, id.0).await? {
        return find(app, caller.organization, ConsumerKeyId(earlier)).await;
    }
    let row = consumer_key::Model {
        id,
        organization_id: caller.organization,
        platform_id,
        key,
        sealed_secret: app.vault.seal(
            Purpose::ConsumerSecret,
            secret.as_bytes(),
            id.0.as_bytes(),
            &app.dice,
        )?,
        created_at,
        updated_at: now,
        removed_at: None,
    };
    keep(app, tx, caller, "consumer_key.set", row).await
}

/// Forgets a consumer key and its secret. What was attached by it stays.
///
/// # Errors
/// `not_found`.
pub async fn remove(app: &App, caller: &Caller, id: ConsumerKeyId) -> Result<consumer_key::Model> {
    let tx = app.store.write().await?;
    let row = rows::find(&tx, caller.organization, id).await?;
    let row = row.ok_or_else(|| Error::not_found("consumer key"))?;
    if once::claim(app, &tx, caller, id.0).await?.is_some() || row.removed_at.is_some() {
        return Ok(row);
    }
    let now = app.clock.now();
    let row = consumer_key::Model {
        sealed_secret: app.vault.seal(Purpose::ConsumerSecret, b"", id.0.as_bytes(), &app.dice)?,
        updated_at: now,
        removed_at: Some(now),
        ..row
    };
    keep(app, tx, caller, "consumer_key.removed", row).await
}

/// One consumer key.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: ConsumerKeyId) -> Result<consumer_key::Model> {
    let found = rows::find(app.store.read(), organization, id).await?;
    found.ok_or_else(|| Error::not_found("consumer key"))
}

/// A page of the organization's consumer keys at a platform, newest first.
///
/// # Errors
/// `not_found` (platform).
pub async fn list(
    app: &App,
    organization: OrganizationId,
    platform_id: PlatformId,
    query: PageQuery,
) -> Result<Page<consumer_key::Model>> {
    platform::find(app, organization, platform_id).await?;
    Ok(rows::list(app.store.read(), organization, platform_id, query).await?)
}

/// The organization's consumer key of that name at a platform, for launches; cached.
///
/// # Errors
/// Only the database's.
pub async fn of_launch(
    app: &App,
    organization: OrganizationId,
    platform_id: PlatformId,
    key: &str,
) -> Result<Option<consumer_key::Model>> {
    let keys = match app.caches.consumer_keys.get(&platform_id) {
        Some(keys) => keys,
        None => {
            let keys = Arc::new(rows::unscoped_of_platform(app.store.read(), platform_id).await?);
            app.caches.consumer_keys.insert(platform_id, Arc::clone(&keys));
            keys
        }
    };
    let is_it = |row: &&consumer_key::Model| row.organization_id == organization && row.key == key;
    Ok(keys.iter().find(is_it).cloned())
}

/// Judges by a key: opens its secret for as long as `judging` takes.
///
/// # Errors
/// Only ours: the seal does not open.
pub fn judged_by<T>(
    app: &App,
    row: &consumer_key::Model,
    is_bound: bool,
    judging: impl FnOnce(KnownKey<'_>) -> T,
) -> Result<T> {
    let secret = app.vault.open(Purpose::ConsumerSecret, &row.sealed_secret, row.id.0.as_bytes())?;
    let secret = std::str::from_utf8(&secret).map_err(Error::internal)?;
    Ok(judging(KnownKey { secret, is_bound }))
}

/// Writes the row with its line of the audit, and commits.
async fn keep(
    app: &App,
    tx: WriteTx,
    caller: &Caller,
    action: &'static str,
    row: consumer_key::Model,
) -> Result<consumer_key::Model> {
    rows::upsert(&tx, row.clone()).await?;
    let detail = json!({ "platform": row.platform_id });
    let subject_id = row.id.to_string();
    let line = Line { action, subject_kind: "consumer_key", subject_id, detail: &detail };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(row)
}
