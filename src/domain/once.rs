//! Doing a request once: the `Idempotency-Key` of design §9.
//!
//! The key is [`claim`]ed in the transaction of the effect, so a repeat either finds the first effect or makes
//! it. Once there is an answer, it is kept too ([`keep`]), and a repeat gets it to the letter ([`answered`]).
//! Where only the effect was committed (the process died in between; the answer held a secret), the repeat
//! is answered from what was made, by its id.

use serde_json::{Value, json};
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

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

/// What was answered to this promise before, if anything.
///
/// # Errors
/// `idempotency.mismatch` when the key was used for another request.
pub async fn answered(app: &App, once: &Once) -> Result<Option<Answer>> {
    let Some(row) = rows::find(app.store.read(), once.owner, &once.key).await? else { return Ok(None) };
    same_request(&row, once)?;
    answer_in(&row)
}

/// Whether this key was used before, for whatever.
///
/// # Errors
/// Only the database's.
pub async fn is_known(app: &App, once: &Once) -> Result<bool> {
    Ok(rows::find(app.store.read(), once.owner, &once.key).await?.is_some())
}

/// Claims the caller's key for the thing `id` that is about to be made.
///
/// Answers the id of what an earlier request with the key made, or `None`: go on.
///
/// # Errors
/// `idempotency.mismatch` when the key was used for another request.
pub async fn claim(app: &App, tx: &WriteTx, caller: &Caller, id: Uuid) -> Result<Option<Uuid>> {
    let Some(once) = &caller.once else { return Ok(None) };
    if rows::insert(tx, row(app, once, 201, json!({ ID: id }))).await? {
        return Ok(None);
    }
    let earlier = rows::find(tx, once.owner, &once.key).await?.ok_or_else(|| {
        Error::conflict("idempotency.in_flight", "A request with this Idempotency-Key is still running.")
    })?;
    same_request(&earlier, once)?;
    let id = earlier.body.get(ID).and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.map(Some).ok_or_else(|| Error::internal("an idempotency record without id"))
}

/// Keeps the answer, beside the id that the effect's transaction left; the answer that counts, which is
/// another process's if it was quicker. What changes nothing when it is done twice (revoking, a batch of events
/// that each count once) leaves no id, only this.
///
/// # Errors
/// Only the database's.
pub async fn keep(app: &App, once: &Once, answer: Answer) -> Result<Answer> {
    let status = i16::try_from(answer.status).map_err(Error::internal)?;
    let tx = app.store.write().await?;
    if rows::insert(&tx, row(app, once, status, json!({ ANSWER: answer.body }))).await? {
        tx.commit().await?;
        return Ok(answer);
    }
    let known = rows::find(&tx, once.owner, &once.key).await?;
    let Some(mut known) = known.filter(|known| known.request_hash == once.request_hash) else {
        return Ok(answer);
    };
    if let Some(earlier) = answer_in(&known)? {
        return Ok(earlier);
    }
    if let Some(fields) = known.body.as_object_mut() {
        fields.insert(ANSWER.to_owned(), Value::String(answer.body.clone()));
    }
    known.status = status;
    rows::update(&tx, known).await?;
    tx.commit().await?;
    Ok(answer)
}

const ID: &str = "id";
const ANSWER: &str = "answer";

fn row(app: &App, once: &Once, status: i16, body: Value) -> idempotency::Model {
    let now = app.clock.now();
    idempotency::Model {
        id: app.dice.row_id(now),
        owner: once.owner,
        key: once.key.clone(),
        request_hash: once.request_hash.clone(),
        status,
        body,
        created_at: now,
    }
}

fn answer_in(row: &idempotency::Model) -> Result<Option<Answer>> {
    let Some(body) = row.body.get(ANSWER).and_then(Value::as_str) else { return Ok(None) };
    let status = u16::try_from(row.status).map_err(Error::internal)?;
    Ok(Some(Answer { status, body: body.to_owned() }))
}

fn same_request(known: &idempotency::Model, once: &Once) -> Result<()> {
    if known.request_hash == once.request_hash {
        return Ok(());
    }
    Err(Error::new(
        Kind::Invalid,
        "idempotency.mismatch",
        "This Idempotency-Key was used for another request. Use a new key for a new request.",
    ))
}
