//! What the person who has the mailed address may do with an award: see, download, publish, withdraw.
//!
//! The token is the proof (design §6.10); opening it changes nothing, since mail scanners open links (OB151).

use serde_json::Value;

use super::Published;
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        addresses,
        artwork::sha256_hex,
        audit::{self, Line},
    },
    error::{Error, Result},
    store::{Effect, Topic, award as rows, entity::award},
    vault::Purpose,
};

/// The award of a claim token.
///
/// # Errors
/// `not_found`.
pub async fn find_by_claim(app: &App, token: &str) -> Result<Published> {
    let award = rows::unscoped_of_claim_hash(app.store.read(), &sha256_hex(token.as_bytes()))
        .await?
        .ok_or_else(|| Error::not_found("badge"))?;
    super::published(app, award).await
}

/// The award of a share token, if its holder published it.
///
/// # Errors
/// `not_found`, also while it is private.
pub async fn find_by_share(app: &App, token: &str) -> Result<Published> {
    let award = rows::unscoped_of_share_token(app.store.read(), token)
        .await?
        .filter(|award| award.published)
        .ok_or_else(|| Error::not_found("badge"))?;
    super::published(app, award).await
}

/// Publishes the share page and the OB 3.0 document, or makes them private again.
///
/// # Errors
/// `not_found`; `award.not_issued` while there is no document to show.
pub async fn set_published(app: &App, token: &str, published: bool) -> Result<award::Model> {
    let found = find_by_claim(app, token).await?;
    if found.generations.is_empty() {
        return Err(Error::conflict("award.not_issued", "This badge has not been issued yet."));
    }
    let caller = Caller::new(found.award.organization_id, Actor::Holder);
    let tx = app.store.write().await?;
    let mut award = rows::lock(&tx, caller.organization, found.award.id)
        .await?
        .ok_or_else(|| Error::not_found("badge"))?;
    if award.published == published {
        return Ok(award);
    }
    award.published = published;
    award.updated_at = app.clock.now();
    rows::update(&tx, award.clone()).await?;
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        &caller,
        Line {
            action: if published { "award.published" } else { "award.withdrawn_from_public" },
            subject_kind: "award",
            subject_id: award.id.to_string(),
            detail: &Value::Null,
        },
    )
    .await?;
    for document in &found.credentials {
        tx.on_commit(Effect::Changed(Topic::Credential(document.id)));
    }
    tx.commit().await?;
    Ok(award)
}

/// The address that opens an award for its holder, for its mails and for the learner's own page after a launch.
///
/// # Errors
/// As [`claim_token`].
pub fn claim_url(app: &App, award: &award::Model) -> Result<String> {
    let public = app.settings.server.public_url.as_str().trim_end_matches('/');
    Ok(addresses::claim(public, &claim_token(app, award)?))
}

/// The claim token of an award.
///
/// # Errors
/// Only ours: the seal does not open.
pub fn claim_token(app: &App, award: &award::Model) -> Result<String> {
    let bytes = app.vault.open(Purpose::ClaimToken, &award.claim_token_sealed, award.id.0.as_bytes())?;
    String::from_utf8(bytes.to_vec()).map_err(Error::internal)
}
