//! The platform's reply to a registration (§20.4): 200 or 201, JSON in many dialects, errors in bare words.

use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use serde_json::{Map, Value};
use url::Url;

use super::{Configuration, JSON, MessageSupport, Proposal, TOOL_CONFIGURATION, initiation::is_token};
use crate::{
    Refusal,
    claims::{is_id, is_printable},
    hex::hex,
    services::{Answer, Failure, Method, Next, Request, Scopes, failure::said},
};

/// What we have agreed on. `Debug` shows no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Our name at the platform; a number is kept as its text (G11).
    pub client_id: String,
    /// What the platform says it granted (G09). Where its row says that this lies, launches and tokens say
    /// the truth.
    pub scopes: Scopes,
    /// The kinds of messages and their placements as the platform keeps them; as they were asked for where it
    /// does not say.
    pub messages: Vec<MessageSupport>,
    /// The deployment, where the platform names one (G10).
    pub deployment_id: Option<String>,
    /// How the registration can be read, replaced and removed later.
    pub management: Option<Management>,
    /// The LTI 1.1 consumer that was upgraded.
    pub oauth_consumer: Option<OauthConsumer>,
    /// Somebody must still switch the tool on at the platform: say so.
    pub awaits_activation: bool,
}

/// Access to our registration at the platform (RFC 7592). `Debug` shows no token.
#[derive(Clone, PartialEq, Eq)]
pub struct Management {
    /// Where.
    pub uri: String,
    /// The bearer token; keep it sealed.
    pub token: String,
}

impl fmt::Debug for Management {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Management").field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl Management {
    /// The request that reads the registration; the answer is read by [`Registered::read`].
    #[must_use]
    pub fn read(&self) -> Request {
        Request { method: Method::Get, url: self.uri.clone(), accept: JSON, body: None, scope: None }
    }

    /// The request that removes the registration; 204 is success, 401 and 404 mean that it is gone.
    #[must_use]
    pub fn remove(&self) -> Request {
        Request { method: Method::Delete, ..self.read() }
    }
}

/// Proof that a platform's LTI 1.1 consumer is the same: sign = SHA-256(key + secret + nonce) in hex.
#[derive(Clone, PartialEq, Eq)]
pub struct OauthConsumer {
    /// The consumer's key.
    pub key: String,
    nonce: String,
    sign: String,
}

impl fmt::Debug for OauthConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthConsumer").field("key", &self.key).finish_non_exhaustive()
    }
}

impl OauthConsumer {
    /// Whether the platform knows the consumer's secret.
    #[must_use]
    pub fn is_proven_by(&self, secret: &str) -> bool {
        let expected = digest(&SHA256, format!("{}{secret}{}", self.key, self.nonce).as_bytes());
        let expected = hex(expected.as_ref());
        verify_slices_are_equal(expected.as_bytes(), self.sign.to_ascii_lowercase().as_bytes()).is_ok()
    }
}

impl Registered {
    /// Reads the reply to [`Proposal::request`], [`Proposal::update`] or [`Management::read`].
    ///
    /// # Errors
    /// `lti.dr.rejected` with the platform's words (G12; 401 means that its token was used or has expired:
    /// begin afresh), `lti.dr.response_invalid` without a client id.
    pub fn read(answer: &Answer<'_>, proposal: &Proposal, platform: &Configuration) -> Result<Self, Failure> {
        if !matches!(answer.status, 200 | 201) {
            return Err(Failure::of(answer, Refusal::DrRejected(said(answer)), Next::Stop));
        }
        let invalid = || Failure::unreadable(answer, Refusal::DrResponseInvalid, Next::Stop);
        let reply: Map<String, Value> = answer.json().ok_or_else(invalid)?;
        let client_id = text(&reply, "client_id").filter(|id| is_id(id)).ok_or_else(invalid)?;
        let tool = reply.get(TOOL_CONFIGURATION).and_then(Value::as_object);
        let places = [tool, Some(&reply)];
        let in_either = |name: &str| places.into_iter().flatten().find_map(|place| text(place, name));
        let scopes = match reply.get("scope") {
            Some(Value::String(text)) => Scopes::parse(text),
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => proposal.scopes().clone(),
        };
        let consumer =
            places.into_iter().flatten().find_map(|place| place.get("oauth_consumer")?.as_object());
        let asked = || proposal.body().get(TOOL_CONFIGURATION).and_then(Value::as_object);
        let messages = tool.and_then(messages).or_else(|| asked().and_then(messages)).unwrap_or_default();
        Ok(Self {
            client_id,
            scopes,
            messages,
            deployment_id: in_either("deployment_id").filter(|id| is_id(id) && id.len() <= 255),
            management: management(&reply, platform.registration_endpoint()),
            oauth_consumer: consumer.and_then(|consumer| {
                Some(OauthConsumer {
                    key: text(consumer, "key")?,
                    nonce: text(consumer, "nonce")?,
                    sign: text(consumer, "sign")?,
                })
            }),
            awaits_activation: platform.quirks().awaits_activation,
        })
    }
}

/// The messages of a tool's block, as far as they can be read.
fn messages(tool: &Map<String, Value>) -> Option<Vec<MessageSupport>> {
    let short = |value: &Value| {
        value.as_str().filter(|text| !text.is_empty() && text.len() <= 200).map(str::to_owned)
    };
    let message = |message: &Value| {
        let placements = message.get("placements").and_then(Value::as_array);
        let placements = placements.into_iter().flatten().take(50).filter_map(short).collect();
        Some(MessageSupport { kind: short(message.get("type")?)?, placements })
    };
    Some(tool.get("messages")?.as_array()?.iter().take(50).filter_map(message).collect())
}

/// The registration's own address and token, if both are usable and belong to the platform.
fn management(reply: &Map<String, Value>, endpoint: &str) -> Option<Management> {
    let uri = text(reply, "registration_client_uri")?;
    let token = text(reply, "registration_access_token").filter(|token| is_token(token))?;
    let is_plain = is_printable(&uri) && !uri.contains('#');
    let url = Url::parse(&uri).ok().filter(|_| is_plain)?;
    let is_home = url.origin() == Url::parse(endpoint).ok()?.origin();
    (is_home && url.username().is_empty() && url.password().is_none()).then_some(Management { uri, token })
}

/// A text, or a whole number as its text.
fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}
