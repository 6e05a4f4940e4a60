//! Platforms: LTI registrations, made by the command line or the API, each with its own key set (design §2).
//!
//! An LMS wants our JWKS address before it tells its client id, so a platform may be added without one:
//! it refuses launches until [`update`] brings it.

use chrono::{DateTime, Utc};
use lti::{
    Registration, Switches,
    keys::KeySet,
    quirks::{FAMILIES, Family},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

use super::platform_key;
use crate::{
    app::{App, PlatformEntry},
    config::AnonymousLaunch,
    domain::{
        access::Caller,
        audit::{self, Line},
        once, validate,
    },
    error::{Error, Kind, Result},
    ids::{OrganizationId, PlatformId},
    store::{
        WriteTx,
        entity::{platform, platform_registration},
        platform as rows,
    },
};

/// The family of platforms without a template.
pub const OTHER: &str = "other";

/// What it takes to add a platform. Addresses left out come from the family's template for `host`.
#[derive(Clone, Debug, Default)]
pub struct NewPlatform {
    /// `moodle`, `canvas`, …, or `other`.
    pub family: String,
    /// The LMS's own address, for the template.
    pub host: Option<String>,
    /// The number the LMS gave the tool, where its addresses hold one (Sakai, Open edX).
    pub tool: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// Shared by customers of one client id: no organization owns it.
    pub is_shared: bool,
    /// What may be given or corrected.
    pub details: Details,
}

/// What may be given when adding and corrected later.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// `iss`, byte for byte.
    pub issuer_url: Option<String>,
    /// Our name at the platform.
    pub client_id: Option<String>,
    /// Where authentication requests go.
    pub authorization_endpoint: Option<String>,
    /// Where service tokens come from.
    pub token_endpoint: Option<String>,
    /// Audience of client assertions, when it is not the token endpoint.
    pub token_audience: Option<String>,
    /// Where its keys are.
    pub jwks_url: Option<String>,
    /// Its keys, typed in, when it has no address for them.
    pub jwks_inline: Option<Value>,
    /// Its key as PEM, when it shows only that.
    pub public_key_pem: Option<String>,
    /// Switches of lti-1.3-tool §27 that shall differ from the configuration's; `null` takes one back.
    pub settings: Option<Value>,
    /// Switched off, it refuses every login.
    pub is_enabled: Option<bool>,
}

/// Adds a platform with a fresh signing key of its own.
///
/// # Errors
/// `family.unknown`; invalid fields; `platform.exists`.
pub async fn add(app: &App, caller: &Caller, new: NewPlatform) -> Result<platform::Model> {
    let family = Family::named(&new.family);
    if family.is_none() && new.family != OTHER {
        return Err(unknown_family());
    }
    let now = app.clock.now();
    let owner = (!new.is_shared).then_some(caller.organization);
    let mut row = blank(app.dice.public_id(), owner, &new.family, now);
    let client_id = new.details.client_id.as_deref().unwrap_or_default();
    let host = new.host.as_deref().map(|host| validate::web_address(app, "host", host)).transpose()?;
    // A template that lacks a part is no error yet: the addresses may all be given.
    let known =
        family.and_then(|family| family.endpoints(host.as_deref(), client_id, new.tool.as_deref()).ok());
    if let Some(known) = known {
        row.issuer_url = known.issuer;
        row.authorization_endpoint = known.authorization;
        row.token_endpoint = Some(known.token).filter(|url| !url.is_empty());
        row.token_audience = known.token_audience;
        row.jwks_url = Some(known.jwks).filter(|url| !url.is_empty());
    }
    apply(app, &mut row, &new.details)?;
    for (field, value) in
        [("issuer_url", &row.issuer_url), ("authorization_endpoint", &row.authorization_endpoint)]
    {
        if value.is_empty() {
            return Err(Error::invalid(
                "platform.incomplete",
                field,
                "Give the platform's own address (host), or each of its addresses.",
            ));
        }
    }
    if row.jwks_url.is_none() && row.jwks_inline.is_none() && row.public_key_pem.is_none() {
        return Err(Error::invalid(
            "platform.keys_missing",
            "jwks_url",
            "Give the address of the platform's keys, or the keys themselves.",
        ));
    }
    row.name = match new.name.as_deref() {
        Some(name) => validate::line("name", name, 200)?,
        None => Url::parse(&row.issuer_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| row.issuer_url.clone()),
    };
    let key = platform_key::new(app, row.id, now).await?;
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        // By its id alone: a shared platform belongs to no organization. The promise is the caller's own.
        return rows::unscoped_find(&tx, PlatformId(earlier))
            .await?
            .ok_or_else(|| Error::not_found("platform"));
    }
    refuse_clash(&tx, &row).await?;
    rows::insert(&tx, row.clone()).await?;
    rows::insert_key(&tx, key).await?;
    record(app, &tx, caller, "platform.added", &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// What whoever names a family that there is not is told.
pub(super) fn unknown_family() -> Error {
    let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    Error::invalid("family.unknown", "family", format!("Use one of {}, {OTHER}.", names.join(", ")))
}

/// A platform of which no more is known.
pub(super) fn blank(
    id: PlatformId,
    organization: Option<OrganizationId>,
    family: &str,
    now: DateTime<Utc>,
) -> platform::Model {
    platform::Model {
        id,
        organization_id: organization,
        family: family.to_owned(),
        name: String::new(),
        issuer_url: String::new(),
        client_id: String::new(),
        authorization_endpoint: String::new(),
        token_endpoint: None,
        token_audience: None,
        jwks_url: None,
        jwks_inline: None,
        public_key_pem: None,
        settings: json!({}),
        guid: None,
        seen_guid: None,
        first_deployment_until: None,
        state: platform::PlatformState::Active,
        created_at: now,
    }
}

/// Corrects a platform of the organization; the server's operators correct the shared ones.
///
/// # Errors
/// `not_found`; `platform.shared`; invalid fields; `platform.exists`.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: PlatformId,
    details: &Details,
) -> Result<platform::Model> {
    let tx = app.store.write().await?;
    let mut row = changeable(&tx, caller, id).await?;
    apply(app, &mut row, details)?;
    refuse_clash(&tx, &row).await?;
    rows::update(&tx, row.organization_id, row.clone()).await?;
    record(app, &tx, caller, "platform.updated", &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// A platform that the caller may change: an organization its own, the server's operators the shared ones.
///
/// # Errors
/// `not_found`; `platform.shared`.
pub async fn changeable(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: PlatformId,
) -> Result<platform::Model> {
    let row = rows::find(db, caller.organization, id).await?.ok_or_else(|| Error::not_found("platform"))?;
    if row.organization_id.is_none() && !caller.is_server() {
        return Err(Error::new(
            Kind::Forbidden,
            "platform.shared",
            "This platform is shared; only the server's operators change it.",
        ));
    }
    Ok(row)
}

/// One platform: the organization's own, or a shared one. The server's operators see the shared ones.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: PlatformId) -> Result<platform::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("platform"))
}

/// What a platform granted when it registered us by itself; `None` when it was set up by hand.
///
/// # Errors
/// Only the database's.
pub async fn granted(app: &App, id: PlatformId) -> Result<Option<platform_registration::Model>> {
    Ok(rows::registration(app.store.read(), id).await?)
}

/// A platform as logins and launches need it, by id; cached.
///
/// # Errors
/// `not_found`.
pub async fn entry(app: &App, id: PlatformId) -> Result<Arc<PlatformEntry>> {
    if let Some(entry) = app.caches.platforms.get(&id) {
        return Ok(entry);
    }
    let row = rows::unscoped_find(app.store.read(), id).await?.ok_or_else(|| Error::not_found("platform"))?;
    remember(app, row)
}

/// Every platform of an issuer address, for logins; cached.
///
/// # Errors
/// Only ours.
pub async fn entries_of_issuer(app: &App, issuer_url: &str) -> Result<Vec<Arc<PlatformEntry>>> {
    if let Some(ids) = app.caches.issuers_platforms.get(issuer_url) {
        let mut entries = Vec::with_capacity(ids.len());
        for id in ids.iter() {
            entries.push(entry(app, *id).await?);
        }
        return Ok(entries);
    }
    let found = rows::unscoped_of_login(app.store.read(), issuer_url, None).await?;
    let entries = found.into_iter().map(|row| remember(app, row)).collect::<Result<Vec<_>>>()?;
    if !entries.is_empty() {
        let ids = entries.iter().map(|entry| entry.row.id).collect();
        app.caches.issuers_platforms.insert(issuer_url.to_owned(), Arc::new(ids));
    }
    Ok(entries)
}

fn remember(app: &App, row: platform::Model) -> Result<Arc<PlatformEntry>> {
    let entry = Arc::new(compile(app, row)?);
    app.caches.platforms.insert(entry.row.id, Arc::clone(&entry));
    Ok(entry)
}

fn compile(app: &App, row: platform::Model) -> Result<PlatformEntry> {
    let switches = effective_switches(app, &row.family, &row.settings).map_err(Error::internal)?;
    let inline = match (&row.jwks_url, &row.jwks_inline, &row.public_key_pem) {
        (Some(_), _, _) | (None, None, None) => None,
        (None, Some(keys), _) => {
            Some(KeySet::from_jwks(keys.to_string().as_bytes()).map_err(Error::internal)?)
        }
        (None, None, Some(pem)) => Some(KeySet::from_pem(pem).map_err(Error::internal)?),
    };
    Ok(PlatformEntry {
        registration: Registration {
            platform: *row.id.0.as_bytes(),
            issuer: row.issuer_url.clone(),
            client_id: row.client_id.clone(),
            authorization_endpoint: row.authorization_endpoint.clone(),
            switches,
            inline_keys: inline.is_some() && row.jwks_inline.is_none(),
            active: row.state == platform::PlatformState::Active && !row.client_id.is_empty(),
        },
        inline: inline.map(Arc::new),
        row,
    })
}

fn apply(app: &App, row: &mut platform::Model, details: &Details) -> Result<()> {
    let address = |field: &str, given: &Option<String>| {
        given.as_deref().map(|url| validate::web_address(app, field, url)).transpose()
    };
    if let Some(issuer) = address("issuer_url", &details.issuer_url)? {
        if issuer.contains(['?', '#']) {
            return Err(Error::invalid("url.invalid", "issuer_url", "An issuer has no query or fragment."));
        }
        row.issuer_url = issuer;
    }
    if let Some(client_id) = &details.client_id {
        row.client_id = validate::opaque("client_id", client_id, 255)?;
    }
    if let Some(url) = address("authorization_endpoint", &details.authorization_endpoint)? {
        row.authorization_endpoint = url;
    }
    row.token_endpoint = address("token_endpoint", &details.token_endpoint)?.or(row.token_endpoint.take());
    row.token_audience = details.token_audience.clone().or(row.token_audience.take());
    if let Some(url) = address("jwks_url", &details.jwks_url)? {
        row.jwks_url = Some(url);
    }
    if let Some(keys) = &details.jwks_inline {
        KeySet::from_jwks(keys.to_string().as_bytes())
            .map_err(|error| Error::invalid("jwks.invalid", "jwks_inline", error.to_string()))?;
        row.jwks_inline = Some(keys.clone());
        row.jwks_url = None;
    }
    if let Some(pem) = &details.public_key_pem {
        KeySet::from_pem(pem)
            .map_err(|error| Error::invalid("pem.invalid", "public_key_pem", error.to_string()))?;
        row.public_key_pem = Some(pem.clone());
        row.jwks_url = None;
    }
    if let Some(settings) = &details.settings {
        row.settings = merged(app, row, settings)?;
    }
    if let Some(is_enabled) = details.is_enabled {
        if is_enabled && row.state == platform::PlatformState::Frozen {
            return Err(Error::conflict(
                "platform.frozen",
                "This platform is frozen; say which installation it is (thaw) before it works again.",
            ));
        }
        row.state =
            if is_enabled { platform::PlatformState::Active } else { platform::PlatformState::Disabled };
    }
    Ok(())
}

/// The stored switches with the given ones put over them: only what differs is stored, so that a changed
/// configuration reaches every platform. `null` takes a switch back. Unknown names and wrong values are refused.
fn merged(app: &App, row: &platform::Model, given: &Value) -> Result<Value> {
    let wrong = |message: String| Error::invalid("settings.invalid", "settings", message);
    let Some(given) = given.as_object() else {
        return Err(wrong("Give an object of switches.".to_owned()));
    };
    let mut own = row.settings.as_object().cloned().unwrap_or_default();
    own.extend(given.clone());
    if let Some(unknown) = given.keys().find(|name| !is_switch(name)) {
        return Err(wrong(format!("There is no switch `{unknown}`.")));
    }
    own.retain(|_, value| !value.is_null());
    let own = Value::Object(own);
    effective_switches(app, &row.family, &own).map_err(|error| wrong(error.to_string()))?;
    Ok(own)
}

/// Whether there is a switch of this name, also one that is taken back.
fn is_switch(name: &str) -> bool {
    serde_json::to_value(Switches::default()).is_ok_and(|all| all.get(name).is_some())
}

/// A platform's switches: the configuration and its family's ways, and over them what it has of its own.
fn effective_switches(app: &App, family: &str, own: &Value) -> Result<Switches, serde_json::Error> {
    let mut all = serde_json::to_value(default_switches(app, Family::named(family)))?;
    if let (Some(all), Some(own)) = (all.as_object_mut(), own.as_object()) {
        all.extend(own.clone());
    }
    serde_json::from_value(all)
}

fn default_switches(app: &App, family: Option<&Family>) -> Switches {
    let configured = &app.settings.lti;
    let algorithms = configured
        .id_token_algorithms
        .iter()
        .filter_map(|name| serde_json::from_value(Value::String(name.clone())).ok())
        .collect::<Vec<_>>();
    let mut switches = family.map(Family::switches).unwrap_or_default();
    switches.leeway_s = u32::from(configured.leeway_seconds);
    switches.max_token_age_s = configured.max_token_age_seconds;
    switches.state_ttl_s = configured.state_seconds;
    if !algorithms.is_empty() {
        switches.id_token_algs = algorithms;
    }
    switches.anonymous_launch = match configured.anonymous_launch {
        AnonymousLaunch::Reject => lti::registration::AnonymousLaunch::Reject,
        AnonymousLaunch::View => lti::registration::AnonymousLaunch::View,
    };
    switches.strict_target_link = configured.strict_target_link;
    switches.login_target_check = configured.login_target_check;
    switches.allow_unbound_launch = configured.allow_unbound_launch;
    switches.admins_may_teach = configured.admins_may_teach;
    if !configured.auto_accept_deployments {
        switches.auto_accept_deployments = Some(false);
    }
    switches
}

/// One (issuer, client id) is one platform, whoever owns it.
pub(super) async fn refuse_clash(tx: &WriteTx, row: &platform::Model) -> Result<()> {
    if row.client_id.is_empty() {
        // Still waiting for one: issuers of a whole cloud stand in many customers' set-ups at once.
        return Ok(());
    }
    let same = rows::unscoped_of_login(tx, &row.issuer_url, None).await?;
    if same.iter().any(|other| other.id != row.id && other.client_id == row.client_id) {
        return Err(Error::new(
            Kind::Conflict,
            "platform.exists",
            "A platform with this issuer and client id is registered already.",
        ));
    }
    Ok(())
}

async fn record(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    action: &'static str,
    row: &platform::Model,
) -> Result<()> {
    audit::record(
        app,
        tx,
        row.organization_id,
        caller,
        Line {
            action,
            subject_kind: "platform",
            subject_id: row.id.to_string(),
            detail: &json!({ "family": row.family, "enabled": row.state == platform::PlatformState::Active }),
        },
    )
    .await
}
