//! A request to be sent and an answer that came, without any HTTP library.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Duration, Utc};
use serde::de::DeserializeOwned;

use crate::address::append_query;

/// Nobody is made to wait longer than this, whatever `Retry-After` says.
const LONGEST_WAIT: Duration = Duration::hours(24);

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Make.
    Post,
    /// Replace.
    Put,
    /// Remove.
    Delete,
}

impl Method {
    /// The method's name, in capitals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What to send. `Debug` shows no query and no body: they hold assertions and people.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to: an absolute address from a signed message or from this platform's own answers.
    pub url: String,
    /// The exact `Accept`; some platforms compare it whole.
    pub accept: &'static str,
    /// What to send along.
    pub body: Option<Body>,
    /// The scope that the access token must have; `None` for requests without an access token.
    pub scope: Option<&'static str>,
}

/// A body. `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// The exact `Content-Type`, without `charset`.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Request {
    pub(crate) fn get(url: String, accept: &'static str, scope: &'static str) -> Self {
        Self { method: Method::Get, url, accept, body: None, scope: Some(scope) }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method.name())
            .field("url", &self.url.split('?').next().unwrap_or_default())
            .field("accept", &self.accept)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// What a platform answered, whatever the status. `Debug` shows no body.
#[derive(Clone)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The body; the caller has capped its length.
    pub body: &'a [u8],
    links: Vec<Cow<'a, str>>,
    retry_after: Option<Cow<'a, str>>,
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Answer<'a> {
    /// An answer with its headers as raw bytes: Moodle's `Link` is no ASCII.
    pub fn new(status: u16, headers: impl IntoIterator<Item = (&'a str, &'a [u8])>, body: &'a [u8]) -> Self {
        let mut answer = Self { status, body, links: Vec::new(), retry_after: None };
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("link") {
                answer.links.push(String::from_utf8_lossy(value));
            } else if name.eq_ignore_ascii_case("retry-after") {
                answer.retry_after = Some(String::from_utf8_lossy(value));
            }
        }
        answer
    }

    /// The values of all `Link` headers.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.links.iter().map(AsRef::as_ref)
    }

    /// How long the platform asks us to wait: seconds or a date; at most a day.
    #[must_use]
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        let text = self.retry_after.as_deref()?.trim();
        let wait = match text.parse::<u32>() {
            Ok(seconds) => Duration::seconds(i64::from(seconds)),
            Err(_) => DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc) - now,
        };
        Some(wait.clamp(Duration::zero(), LONGEST_WAIT))
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON, whatever its media type says; a byte order mark does not matter.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.unmarked()).ok()
    }

    /// The body without a byte order mark.
    pub(crate) fn unmarked(&self) -> &'a [u8] {
        self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.body)
    }
}

/// A URL with `segment` at the end of its path, before the query (A08); a slash is never doubled, a
/// fragment is dropped, and everything else stays byte for byte.
pub(crate) fn below(url: &str, segment: &str) -> String {
    let url = without_fragment(url);
    let (path, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    let path = path.trim_end_matches('/');
    format!("{path}/{segment}{query}")
}

/// A URL with more parameters at the end of its query, those without a value left out; a fragment is dropped.
pub(crate) fn with_query(url: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut text = without_fragment(url).to_owned();
    for &(name, value) in parameters {
        if let Some(value) = value {
            append_query(&mut text, &[(name, value)]);
        }
    }
    text
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}
