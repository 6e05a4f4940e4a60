//! What is asked and what comes back: options of a request, its body, the answer.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use url::Url;

use super::{ClientError, MOST_REDIRECTS};
use crate::config::Secret;

/// How one request is made and how much of its answer is taken.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The exact `Accept`.
    pub accept: &'a str,
    /// Most bytes of the answer's body.
    pub max_bytes: usize,
    /// Redirects followed, at most 3, only for GET, only to the same origin, never with a bearer token.
    pub redirects: u8,
    /// Longest wait for the whole answer, redirects included.
    pub total: Duration,
    /// The access token, if the request carries one.
    pub bearer: Option<&'a Secret>,
    /// Further headers, such as `If-None-Match`.
    pub headers: Vec<(&'static str, String)>,
}

impl<'a> Options<'a> {
    /// Follows up to 3 same-origin redirects: for keys and configuration documents.
    #[must_use]
    pub fn with_redirects(mut self) -> Self {
        self.redirects = MOST_REDIRECTS;
        self
    }

    /// Sends this access token.
    #[must_use]
    pub fn with_bearer(mut self, token: &'a Secret) -> Self {
        self.bearer = Some(token);
        self
    }

    /// Waits at most so long for the whole answer.
    #[must_use]
    pub fn within(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Takes at most so many bytes.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sends a further header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A body to send.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// Its exact media type.
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An answer, whatever its status. Its body is whole and within the limit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as sent (we never ask for compression).
    pub body: Vec<u8>,
    /// Where it came from, after redirects.
    pub url: Url,
}

impl Answer {
    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's text, if it is there and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let text = self.header(CONTENT_TYPE.as_str())?;
        Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ClientError::Answer`] if it is not the JSON expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(ClientError::Answer)
    }
}
