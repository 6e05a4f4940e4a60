//! Status lists as verifiers read them: built from the revoked credentials and signed with the issuer's
//! current key at the first read after a change (design §7, open-badges §10).

use open_badges::{
    did,
    status_list::{self, Bits},
};
use sea_orm::ConnectionTrait;

use crate::{
    app::App,
    domain::{addresses, issuer},
    error::{Error, Result},
    store::{
        entity::{issuer as issuer_entity, status_list as entity},
        issuer as issuers, status_list as rows,
    },
};

/// Builds and signs list `number` of `issuer`.
///
/// The proof is dated to the last change of bits or key, so the same list has the same bytes (and `ETag`)
/// from every replica and after every restart.
///
/// # Errors
/// `not_found`.
pub async fn signed(app: &App, issuer: &issuer_entity::Model, number: i32) -> Result<String> {
    let db = app.store.read();
    let list = find(db, issuer, number).await?;
    let size = u32::try_from(list.size).map_err(Error::internal)?;
    let mut bits = Bits::new(size).map_err(Error::internal)?;
    for index in rows::revoked_indexes(db, issuer.organization_id, list.id).await? {
        bits.set(u32::try_from(index).map_err(Error::internal)?).map_err(Error::internal)?;
    }
    let key = issuers::active_key(db, issuer.organization_id, issuer.id)
        .await?
        .ok_or_else(|| Error::internal("an issuer without active key"))?;
    let changed = rows::last_revocation(db, issuer.organization_id, list.id).await?;
    let created = changed.unwrap_or(list.created_at).max(list.created_at).max(key.created_at);
    let did = issuer::did_of(issuer)?;
    let address = addresses::status_list(&issuer.base_url, &issuer.slug, number);
    let unsigned = status_list::unsigned(&did, &address, &bits, list.created_at).map_err(Error::internal)?;
    let method = did::verification_method(&did, &key.public_multibase);
    let signed =
        open_badges::proof::eddsa_rdfc::sign(&unsigned, &issuer::open_key(app, &key)?, &method, created)
            .map_err(Error::internal)?;
    Ok(signed.to_string())
}

/// The list's row; its `revision` names the state of its bits.
///
/// # Errors
/// `not_found`.
pub async fn find(
    db: &impl ConnectionTrait,
    issuer: &issuer_entity::Model,
    number: i32,
) -> Result<entity::Model> {
    rows::of_number(db, issuer.organization_id, issuer.id, number)
        .await?
        .ok_or_else(|| Error::not_found("status list"))
}
