//! Issuers: Open Badges Profiles with their own DID and keys (design §2, open-badges §9).

use open_badges::{SigningKey, did};
use serde_json::{Value, json};
use url::Url;

use crate::{
    app::App,
    domain::{
        access::Caller,
        addresses,
        audit::{self, Line},
        once, validate,
    },
    error::{Error, Result},
    ids::{IssuerId, IssuerKeyId, OrganizationId},
    store::{
        Effect, Topic,
        entity::{
            issuer,
            issuer_key::{self, IssuerKeyState},
        },
        issuer as rows,
    },
    vault::Purpose,
};

/// What it takes to set up an issuer. Name, address and e-mail are required by every verifier (OB016).
#[derive(Clone, Debug)]
pub struct NewIssuer {
    /// Global and immutable; stands in the DID.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Web page of the issuer.
    pub url: String,
    /// Contact address, published.
    pub email: String,
    /// A sentence about the issuer.
    pub description: Option<String>,
    /// Language of its texts.
    pub language: Option<String>,
    /// Origin of its documents; immutable; the server's public address by default.
    pub base_url: Option<String>,
}

/// Sets up an issuer with its first key.
///
/// # Errors
/// Invalid fields; `issuer.slug_taken`.
pub async fn create(app: &App, caller: &Caller, new: NewIssuer) -> Result<issuer::Model> {
    let now = app.clock.now();
    let row = issuer::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        slug: validate::slug("slug", &new.slug)?,
        name: validate::line("name", &new.name, 200)?,
        url: validate::web_address(app, "url", &new.url)?,
        email: validate::email("email", &new.email)?,
        description: new
            .description
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(|text| validate::text("description", text, 2_000))
            .transpose()?,
        language: validate::language("language", new.language.as_deref().unwrap_or("en"))?,
        base_url: match new.base_url.as_deref() {
            None => app.settings.server.public_url.as_str().trim_end_matches('/').to_owned(),
            Some(url) => validate::web_address(app, "base_url", url)?.trim_end_matches('/').to_owned(),
        },
        image_artwork_id: None,
        created_at: now,
    };
    // An address that makes no DID (an IP address) or a text that verifiers refuse is found out now.
    let refused = |error: String| Error::invalid("issuer.refused", "issuer", error);
    super::issuing::issuer_document(&row)
        .map_err(|_| refused("This server's address cannot be part of a did:web.".to_owned()))?
        .check()
        .map_err(|error| refused(error.to_string()))?;
    let key = new_key(app, &row)?;
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        return find(app, caller.organization, IssuerId(earlier)).await;
    }
    rows::insert(&tx, row.clone()).await?;
    rows::insert_key(&tx, key).await?;
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "issuer.created",
            subject_kind: "issuer",
            subject_id: row.id.to_string(),
            detail: &json!({ "slug": row.slug }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One issuer.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: IssuerId) -> Result<issuer::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("issuer"))
}

/// The issuer's DID: `did:web` with a path, from its immutable address and slug (open-badges §9).
///
/// # Errors
/// Only ours: a stored address that makes no DID.
pub fn did_of(issuer: &issuer::Model) -> Result<String> {
    let base = Url::parse(&issuer.base_url).map_err(Error::internal)?;
    did::web(&base, &["i", &issuer.slug]).map_err(Error::internal)
}

/// The DID document as it is published: every key but compromised ones, retired ones too.
///
/// # Errors
/// Only ours.
pub async fn did_document(app: &App, issuer: &issuer::Model) -> Result<Value> {
    let keys = rows::keys(app.store.read(), issuer.organization_id, issuer.id).await?;
    let published: Vec<&str> = keys
        .iter()
        .filter(|key| key.state != IssuerKeyState::Compromised)
        .map(|key| key.public_multibase.as_str())
        .collect();
    let known_as = addresses::ob2_profile(&issuer.base_url, &issuer.slug);
    Ok(did::document(&did_of(issuer)?, &published, &[&known_as]))
}

/// Gives the issuer a new signing key; the old one stays published for ever (open-badges §9, OB067).
///
/// # Errors
/// `not_found`.
pub async fn rotate_key(app: &App, caller: &Caller, id: IssuerId) -> Result<issuer_key::Model> {
    let issuer = find(app, caller.organization, id).await?;
    let key = new_key(app, &issuer)?;
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, key.id.0).await? {
        return rows::key(&tx, caller.organization, IssuerKeyId(earlier))
            .await?
            .ok_or_else(|| Error::not_found("issuer key"));
    }
    for old in rows::keys(&tx, caller.organization, id).await? {
        if old.state == IssuerKeyState::Active {
            let now = app.clock.now();
            rows::end_key(&tx, caller.organization, old.id, IssuerKeyState::Retired, now).await?;
        }
    }
    rows::insert_key(&tx, key.clone()).await?;
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "issuer.key_rotated",
            subject_kind: "issuer",
            subject_id: id.to_string(),
            detail: &json!({ "key": key.public_multibase }),
        },
    )
    .await?;
    tx.on_commit(Effect::Changed(Topic::Issuer(id)));
    tx.commit().await?;
    Ok(key)
}

/// Opens a key's sealed seed.
///
/// # Errors
/// Only ours: the seal does not open under the master key.
pub fn open_key(app: &App, key: &issuer_key::Model) -> Result<SigningKey> {
    let seed = app.vault.open(Purpose::IssuerKey, &key.sealed_private, key.id.0.as_bytes())?;
    let seed: [u8; 32] =
        seed.as_slice().try_into().map_err(|_| Error::internal("an issuer key is not 32 bytes"))?;
    SigningKey::from_seed(&seed).map_err(Error::internal)
}

fn new_key(app: &App, issuer: &issuer::Model) -> Result<issuer_key::Model> {
    let now = app.clock.now();
    let id: IssuerKeyId = app.dice.row_id(now);
    let seed: [u8; 32] = app.dice.bytes();
    let key = SigningKey::from_seed(&seed).map_err(Error::internal)?;
    Ok(issuer_key::Model {
        id,
        organization_id: issuer.organization_id,
        issuer_id: issuer.id,
        public_multibase: key.public_multibase().to_owned(),
        sealed_private: app.vault.seal(Purpose::IssuerKey, &seed, id.0.as_bytes(), &app.dice)?,
        state: IssuerKeyState::Active,
        created_at: now,
        retired_at: None,
    })
}
