//! Doing a creating request once: the `Idempotency-Key` of design §9.
//!
//! The key is claimed in the transaction of the effect, so a repeat either finds the first effect
//! or makes it. What is stored is the id of what was made; the answer is rendered from it again.

use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    domain::access::Caller,
    error::{Error, Kind, Result},
    ids::ApiKeyId,
    store::{WriteTx, entity::idempotency, idempotency as rows},
};

/// A client's promise that requests with this key are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Whose key space it is.
    pub owner: ApiKeyId,
    /// The client's `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of method, path and body, in hex: another body under the same key is refused.
    pub request_hash: String,
}

/// Claims the caller's key for the thing `id` that is about to be made.
///
/// Answers the id of what an earlier request with the key made, or `None`: go on.
///
/// # Errors
/// `idempotency.mismatch` when the key was used for another request.
pub async fn claim(app: &App, tx: &WriteTx, caller: &Caller, id: Uuid) -> Result<Option<Uuid>> {
    let Some(once) = &caller.once else { return Ok(None) };
    let now = app.clock.now();
    let row = idempotency::Model {
        id: app.dice.row_id(now),
        owner: once.owner,
        key: once.key.clone(),
        request_hash: once.request_hash.clone(),
        status: 201,
        body: json!({ "id": id }),
        created_at: now,
    };
    if rows::insert(tx, row).await? {
        return Ok(None);
    }
    let earlier = rows::find(tx, once.owner, &once.key).await?.ok_or_else(|| {
        Error::conflict("idempotency.in_flight", "A request with this Idempotency-Key is still running.")
    })?;
    if earlier.request_hash != once.request_hash {
        return Err(Error::new(
            Kind::Invalid,
            "idempotency.mismatch",
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
        ));
    }
    let id = earlier.body.get("id").and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
    id.map(Some).ok_or_else(|| Error::internal("an idempotency record without id"))
}
