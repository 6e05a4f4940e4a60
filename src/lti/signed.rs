//! Signed texts that are no LTI messages but come from the same platforms: a JSON object as a compact JWS
//! (Canvas Live Events, `spec/signals.md` §1). Form, header, key and signature are checked as a launch's token
//! (§5 steps 1-7); of the claims only `exp` and `nbf` are looked at, where they are there.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    keys::KeySet,
    launch::token::{Header, date, members, part},
    refusal::Refusal,
    registration::Algorithm,
};

/// Tolerated difference of clocks, in seconds.
const LEEWAY: f64 = 300.0;

/// A readable text whose signature has not been checked. Only its header can be seen.
#[derive(Clone)]
pub struct Unverified<'t> {
    message: &'t str,
    signature: &'t str,
    header: Header,
    payload: Map<String, Value>,
}

// What is not verified stays out of logs.
impl std::fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Reads the text as far as its key: RS256, and a key id, are demanded.
///
/// # Errors
/// [`Refusal::TokenMalformed`], [`Refusal::AlgNotAllowed`], [`Refusal::CritUnsupported`], [`Refusal::KidMissing`].
pub fn peek(text: &str) -> Result<Unverified<'_>, Refusal> {
    let parts: Vec<&str> = text.split('.').take(4).collect();
    let [header, payload, signature] = *parts.as_slice() else { return Err(Refusal::TokenMalformed) };
    let message = text.get(..header.len() + 1 + payload.len()).ok_or(Refusal::TokenMalformed)?;
    part(signature)?;
    let (header, payload) = (members(&part(header)?)?, members(&part(payload)?)?);
    if header.get("alg").and_then(Value::as_str) != Some(Algorithm::RS256.name()) {
        return Err(Refusal::AlgNotAllowed);
    }
    if header.contains_key("crit") || header.get("b64") == Some(&Value::Bool(false)) {
        return Err(Refusal::CritUnsupported);
    }
    let kid = header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty());
    let kid = Some(kid.ok_or(Refusal::KidMissing)?.to_owned());
    Ok(Unverified { message, signature, header: Header { alg: Algorithm::RS256, kid }, payload })
}

impl Unverified<'_> {
    /// Which key is needed.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What was signed by one of these keys and is valid now.
    ///
    /// # Errors
    /// [`Refusal::KidUnknown`], [`Refusal::KeyUnusable`], [`Refusal::SignatureInvalid`], [`Refusal::Expired`],
    /// [`Refusal::NotYetValid`].
    pub fn verify(self, keys: &KeySet, now: DateTime<Utc>) -> Result<Map<String, Value>, Refusal> {
        keys.choose(&self.header)?.verify(self.message, self.signature)?;
        let seconds = now.timestamp_micros() as f64 / 1e6;
        if date(&self.payload, "exp")?.is_some_and(|exp| seconds >= exp + LEEWAY) {
            return Err(Refusal::Expired);
        }
        if date(&self.payload, "nbf")?.is_some_and(|nbf| nbf > seconds + LEEWAY) {
            return Err(Refusal::NotYetValid);
        }
        Ok(self.payload)
    }
}
