//! The `Idempotency-Key` at the door (design §9): who promised what, whether it is being kept right now,
//! and what was answered then. The effect itself is made once by `domain::once`, in its transaction.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use poem::{
    Request, Response, Result,
    http::{Method, StatusCode, header},
};

use super::JSON;
use crate::{
    app::App,
    domain::{
        artwork::sha256_hex,
        once::{self, Answer, Once},
    },
    error::{Error, chain},
    ids::ApiKeyId,
    store::entity::api_key::Model as Key,
};

/// The promise of a POST with an `Idempotency-Key`.
pub fn of(request: &Request, key: &Key, body: &[u8]) -> Result<Option<Once>> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    let Some(sent) = request.headers().get("idempotency-key") else { return Ok(None) };
    let sent = sent.to_str().unwrap_or_default();
    if sent.is_empty() || sent.len() > 255 || !sent.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            "idempotency.invalid",
            "Idempotency-Key",
            "An Idempotency-Key has 1 to 255 visible ASCII characters.",
        )
        .into());
    }
    let mut hashed = format!("{} {}\n", request.method(), request.original_uri().path()).into_bytes();
    hashed.extend_from_slice(body);
    Ok(Some(Once { owner: key.id, key: sent.to_owned(), request_hash: sha256_hex(&hashed) }))
}

/// What was answered to this promise before, to the letter.
pub async fn kept(app: &App, once: &Once) -> Result<Option<Response>> {
    once::answered(app, once).await?.map(sent).transpose()
}

fn sent(answer: Answer) -> Result<Response> {
    let status = StatusCode::from_u16(answer.status).map_err(Error::internal)?;
    Ok(Response::builder().status(status).content_type(JSON).body(answer.body))
}

/// Remembers a success for the next time it is asked for. An answer with `no-store` carries a secret: of it
/// only the effect is remembered.
pub async fn keep(app: &App, once: &Once, mut answer: Response) -> Result<Response> {
    let is_secret = answer.headers().get(header::CACHE_CONTROL).is_some_and(|value| value == "no-store");
    if !answer.status().is_success() || is_secret {
        return Ok(answer);
    }
    let body = answer.take_body().into_string().await?;
    let given = Answer { status: answer.status().as_u16(), body };
    match once::keep(app, once, given.clone()).await {
        Ok(counts) => sent(counts),
        Err(error) => {
            // What was asked for is done: a repeat finds it by the id that its transaction left.
            tracing::warn!(error = %chain(&error), "an answer could not be remembered");
            sent(given)
        }
    }
}

/// The promises that are being kept right now, in this process. (Between processes the database decides: the
/// second waits for the first one's transaction and then finds what it made.)
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<(ApiKeyId, String)>>>);

/// A place among the running ones, free again when dropped.
pub struct Held {
    running: Running,
    name: (ApiKeyId, String),
}

impl Running {
    /// Takes the promise's place.
    ///
    /// # Errors
    /// `idempotency.in_flight` while somebody else has it.
    pub fn enter(&self, once: &Once) -> Result<Held> {
        let name = (once.owner, once.key.clone());
        let entered = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        if entered {
            return Ok(Held { running: self.clone(), name });
        }
        Err(Error::conflict(
            "idempotency.in_flight",
            "A request with this Idempotency-Key is still running. Ask again in a moment.",
        )
        .into())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}
