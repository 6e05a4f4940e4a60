//! Keys of the API: hashed, scoped, expiring; they belong to one organization (design §9).

use chrono::{DateTime, Utc};
use criteria::Strength;
use serde_json::json;

use super::artwork::sha256_hex;
use crate::{
    app::App,
    domain::{
        access::{Caller, Scope},
        audit::{self, Line},
        once, validate,
    },
    error::{Error, Kind, Result},
    ids::{ApiKeyId, OrganizationId},
    store::{api_key as rows, entity::api_key},
};

/// What it takes to make a key.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is for, in words.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
    /// How much its events prove; never attested.
    pub event_strength: Strength,
}

/// A key just made, with the text that is shown once.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// The stored row; it holds only a hash.
    pub row: api_key::Model,
    /// The key itself; `None` when a repeated request found it already made.
    pub secret: Option<String>,
}

/// Makes a key for an organization, or a server key when `organization` is none.
///
/// # Errors
/// Invalid fields; `scope.server` for a server scope on an organization's key.
pub async fn create(
    app: &App,
    caller: &Caller,
    organization: Option<OrganizationId>,
    new: NewKey,
) -> Result<MadeKey> {
    let now = app.clock.now();
    if new.scopes.is_empty() {
        return Err(Error::invalid("scope.missing", "scopes", "A key needs at least one scope."));
    }
    if organization.is_some() && new.scopes.contains(&Scope::Server) {
        return Err(Error::new(
            Kind::Forbidden,
            "scope.server",
            "The scope server belongs to server keys, which the command line makes.",
        ));
    }
    if new.event_strength == Strength::Attested {
        return Err(Error::invalid(
            "event_strength.attested",
            "event_strength",
            "Only a person's decision is attested; give weak, medium or strong.",
        ));
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid("expires_at.past", "expires_at", "The key would have expired already."));
    }
    let (prefix, secret) = new_secret(app, "laurel_", 8);
    let mut scopes = new.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let row = api_key::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        name: validate::line("name", &new.name, 200)?,
        prefix,
        hash: sha256_hex(secret.as_bytes()),
        scopes: json!(scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>()),
        event_strength: i16::from(new.event_strength),
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        let row = find(app, caller.organization, ApiKeyId(earlier)).await?;
        return Ok(MadeKey { row, secret: None });
    }
    rows::insert(&tx, row.clone()).await?;
    audit::record(
        app,
        &tx,
        organization,
        caller,
        Line {
            action: "api_key.created",
            subject_kind: "api_key",
            subject_id: row.id.to_string(),
            detail: &json!({ "scopes": row.scopes }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(MadeKey { row, secret: Some(secret) })
}

/// A new secret that begins with `kind`: what of it may be seen again, and the whole, which is shown once.
pub(super) fn new_secret(app: &App, kind: &str, seen: usize) -> (String, String) {
    let prefix: String = app.dice.token().chars().filter(char::is_ascii_alphanumeric).take(seen).collect();
    let secret = format!("{kind}{prefix}_{}{}", app.dice.token(), app.dice.token());
    (prefix, secret)
}

/// Makes a key of the caller's organization on behalf of another key, which grants no more than it holds itself.
///
/// # Errors
/// `scope.beyond`, `event_strength.beyond`; and as [`create`].
pub async fn delegate(app: &App, caller: &Caller, maker: &api_key::Model, new: NewKey) -> Result<MadeKey> {
    let held = scopes_of(maker);
    if new.scopes.iter().any(|scope| !held.contains(scope)) {
        return Err(Error::new(
            Kind::Forbidden,
            "scope.beyond",
            "A key can only grant scopes that it holds itself.",
        ));
    }
    if new.event_strength > strength_of(maker) {
        return Err(Error::new(
            Kind::Forbidden,
            "event_strength.beyond",
            "A key can only grant the strength that its own events have.",
        ));
    }
    create(app, caller, Some(caller.organization), new).await
}

/// Revokes a key at once.
///
/// # Errors
/// `not_found`.
pub async fn revoke(app: &App, caller: &Caller, id: ApiKeyId) -> Result<api_key::Model> {
    let tx = app.store.write().await?;
    let mut row = rows::find(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("key"))?;
    let now = app.clock.now();
    if !rows::revoke(&tx, Some(caller.organization), id, now).await? {
        return Ok(row);
    }
    row.revoked_at = Some(now);
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "api_key.revoked",
            subject_kind: "api_key",
            subject_id: id.to_string(),
            detail: &json!({}),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One key of the organization.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: ApiKeyId) -> Result<api_key::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("key"))
}

/// The key whose text a client sent, if it works now.
///
/// # Errors
/// `key.unknown`, which does not tell unknown, revoked and expired apart.
pub async fn authenticate(app: &App, secret: &str) -> Result<api_key::Model> {
    if !secret.starts_with("laurel_") || secret.len() > 200 {
        return Err(unknown());
    }
    let now = app.clock.now();
    rows::unscoped_of_hash(app.store.read(), &sha256_hex(secret.as_bytes()))
        .await?
        .filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now))
        .ok_or_else(unknown)
}

/// Writes down that a key was used.
///
/// # Errors
/// Only the database's.
pub async fn note_use(app: &App, id: ApiKeyId, at: DateTime<Utc>) -> Result<()> {
    let tx = app.store.write().await?;
    rows::touch(&tx, id, at).await?;
    tx.commit().await
}

/// What whoever sends no key that works is told.
#[must_use]
pub fn unknown() -> Error {
    Error::new(Kind::Unauthorized, "key.unknown", "Send a valid key: Authorization: Bearer laurel_….")
}

/// The scopes a key row holds.
#[must_use]
pub fn scopes_of(row: &api_key::Model) -> Vec<Scope> {
    row.scopes
        .as_array()
        .map(|scopes| scopes.iter().filter_map(|scope| Scope::parse(scope.as_str()?)).collect())
        .unwrap_or_default()
}

/// How much the events of a key prove.
#[must_use]
pub fn strength_of(row: &api_key::Model) -> Strength {
    Strength::try_from(row.event_strength).unwrap_or(Strength::Weak)
}
