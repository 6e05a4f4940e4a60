//! The answer to a deep linking request (§15.2): one form field, `JWT`, signed by our key.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    item::{ContentItem, ItemProblem},
    settings::Settings,
};
use crate::{
    keys::{ToolKey, ToolKeyError},
    refusal::Refusal,
    registration::{Registration, Tool},
};

/// How long an answer is good, in seconds. The author's browser carries it at once.
const LIFETIME: i64 = 300;

/// What goes back: what was picked, or nothing, and words for the author and for the platform's log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    items: Vec<ContentItem>,
    is_failure: bool,
    words: Option<String>,
    log: Option<String>,
}

/// Why an answer cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The platform does not accept it: [`Refusal::DlTooManyItems`], [`Refusal::DlNoAcceptableType`].
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The item at that place cannot be sent.
    #[error("item {0} cannot be sent: {1}")]
    Item(usize, ItemProblem),
    /// The key failed.
    #[error(transparent)]
    Key(#[from] ToolKeyError),
}

/// The form that the author's browser posts, by itself and by a button (`no-store`; `form-action` must let
/// [`Post::origin`] through, D21).
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    /// Where to, with its query.
    pub action: String,
    /// `scheme://host[:port]` of the action.
    pub origin: String,
    /// The one field.
    pub fields: [(&'static str, String); 1],
}

// The token stays out of logs (O02).
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// The request that is answered, from the application's record of it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose request.
    pub registration: &'a Registration,
    /// Its deployment.
    pub deployment_id: &'a str,
    /// What it accepts.
    pub settings: &'a Settings,
}

impl Response {
    /// What was picked.
    #[must_use]
    pub fn picked(items: Vec<ContentItem>) -> Self {
        Self { items, ..Self::default() }
    }

    /// Nothing was picked (D06). It is sent all the same.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::default()
    }

    /// Nothing could be picked: words for the author, and for the platform's log (a code).
    #[must_use]
    pub fn failed(words: impl Into<String>, log: impl Into<String>) -> Self {
        Self { is_failure: true, words: Some(words.into()), log: Some(log.into()), ..Self::default() }
    }

    /// Adds words for the author, which the platform may show instead of its own.
    #[must_use]
    pub fn saying(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }

    /// Checks the answer against what was asked and signs it. To be called just before it is sent: it is good
    /// for five minutes (D16). `nonce` is random.
    ///
    /// # Errors
    /// [`ResponseError`].
    pub fn post(
        self,
        asked: &Asked<'_>,
        tool: &Tool,
        key: &ToolKey,
        nonce: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Post, ResponseError> {
        let Asked { registration, deployment_id, settings } = *asked;
        let origin = url::Url::parse(&settings.return_url)
            .map_err(|_| Refusal::DlReturnUrlInvalid)?
            .origin()
            .ascii_serialization();
        let (words, log) = (self.words.as_deref(), self.log.as_deref());
        let claims = Claims {
            iss: &registration.client_id,
            aud: &registration.issuer,
            iat: now.timestamp(),
            exp: now.timestamp() + LIFETIME,
            nonce: URL_SAFE_NO_PAD.encode(nonce),
            message_type: "LtiDeepLinkingResponse",
            version: "1.3.0",
            deployment_id,
            data: settings.data.as_deref(),
            content_items: fitted(self.items, settings, tool)?,
            msg: words.filter(|_| !self.is_failure),
            log: log.filter(|_| !self.is_failure),
            errormsg: words.filter(|_| self.is_failure),
            errorlog: log.filter(|_| self.is_failure),
        };
        let jwt = key.sign(&claims)?;
        Ok(Post { action: settings.return_url.clone(), origin, fields: [("JWT", jwt)] })
    }
}

/// The items as this platform takes them.
fn fitted(
    items: Vec<ContentItem>,
    settings: &Settings,
    tool: &Tool,
) -> Result<Vec<ContentItem>, ResponseError> {
    if items.len() > 1 && !settings.accept_multiple {
        return Err(Refusal::DlTooManyItems.into());
    }
    if items.iter().any(|item| !settings.accepts(item.kind())) {
        return Err(Refusal::DlNoAcceptableType.into());
    }
    let fit = |(at, item): (usize, ContentItem)| {
        item.fitted(settings, tool).map_err(|problem| ResponseError::Item(at, problem))
    };
    items.into_iter().enumerate().map(fit).collect()
}

/// The claims of the answer. No `sub`, no `azp`.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    nonce: String,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/message_type")]
    message_type: &'static str,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/version")]
    version: &'static str,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/deployment_id")]
    deployment_id: &'a str,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/data",
        skip_serializing_if = "Option::is_none"
    )]
    data: Option<&'a str>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items")]
    content_items: Vec<ContentItem>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/msg",
        skip_serializing_if = "Option::is_none"
    )]
    msg: Option<&'a str>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/log",
        skip_serializing_if = "Option::is_none"
    )]
    log: Option<&'a str>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/errormsg",
        skip_serializing_if = "Option::is_none"
    )]
    errormsg: Option<&'a str>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/errorlog",
        skip_serializing_if = "Option::is_none"
    )]
    errorlog: Option<&'a str>,
}
