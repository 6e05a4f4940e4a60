//! Addresses: which targets are ours, what stands in a URL, and how a form is read.
//!
//! A target link arrives in a token and leaves in a redirect, so it is checked as the browser will
//! read it and then kept byte for byte (§10.2 steps 21-22, V32).

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::registration::{Registration, Tool};

/// Everything but the unreserved characters: a space becomes `%20`, a plus `%2B` (§8.1).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// No platform sends so many; a mebibyte of `&a` would cost far more than its own size.
const MAX_PAIRS: usize = 500;

/// A page of ours that a signed message asked for. Only [`Tool::target`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    origin: String,
    path_and_query: String,
}

impl Target {
    /// One of [`Tool::origins`].
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Path and query as they were signed, fit for a `Location` header (non-ASCII is percent-encoded).
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// The path alone.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The query alone, without its question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.path_and_query.split_once('?').map(|(_, query)| query)
    }

    /// Path and query with one more parameter at the end; what was signed stays as it is.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut text = self.path_and_query.clone();
        append_query(&mut text, &[(name, value)]);
        text
    }
}

impl Tool {
    /// The target, if it is an address of ours that may be launched: `https` (or loopback `http` in
    /// development), own origin, launchable path, no userinfo, no fragment, no dot segments, no
    /// backslashes, spaces or control characters.
    #[must_use]
    pub fn target(&self, uri: &str) -> Option<Target> {
        if uri.len() > 8192
            || uri.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\' || c == '#')
        {
            return None;
        }
        let url = web_url(uri, self.allow_loopback_http)?;
        let origin = url.origin().ascii_serialization();
        let origin = self.origins.iter().find(|own| **own == origin)?;
        // As signed, not as the parser would rewrite it.
        let (_, rest) = uri.split_once("://")?;
        let raw = match rest.find(['/', '?']).map(|at| rest.split_at(at)) {
            Some((_, raw)) if raw.starts_with('/') => Cow::Borrowed(raw),
            Some((_, query)) => Cow::Owned(format!("/{query}")),
            None => Cow::Borrowed("/"),
        };
        let path = raw.split('?').next().unwrap_or_default();
        if path.starts_with("//") || path.split('/').any(is_dot_segment) {
            return None;
        }
        self.launchable.iter().any(|prefix| is_under(path, prefix)).then(|| Target {
            origin: origin.clone(),
            path_and_query: utf8_percent_encode(&raw, CONTROLS).to_string(),
        })
    }
}

/// Whether `path` is `prefix` or lies below it.
fn is_under(path: &str, prefix: &str) -> bool {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `.` and `..`, also percent-encoded, which browsers resolve before they ask.
fn is_dot_segment(segment: &str) -> bool {
    if segment.len() > 6 {
        return false;
    }
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// An absolute `https` URL without userinfo, or `http` on a loopback host where that is allowed.
pub(crate) fn web_url(text: &str, allow_loopback_http: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let fits = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => allow_loopback_http && url.host().is_some_and(|host| is_loopback(&host)),
        _ => false,
    };
    // `https:/x` and `https:x` parse too; what is written must be what is meant.
    let is_plain = text.get(..url.scheme().len() + 3).is_some_and(|start| start.ends_with("://"));
    (fits && is_plain && url.username().is_empty() && url.password().is_none()).then_some(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl Registration {
    /// `scheme://host[:port]` of the authorization endpoint, as browsers compare origins: the only origin
    /// that may be asked to keep a browser secret, and one that `form-action` must let through.
    #[must_use]
    pub fn authorization_origin(&self) -> Option<String> {
        let origin = Url::parse(&self.authorization_endpoint).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }
}

/// Appends parameters to a URL, whose own query stays as it is.
pub(crate) fn append_query(url: &mut String, parameters: &[(&str, &str)]) {
    for (name, value) in parameters {
        match url.find('?') {
            None => url.push('?'),
            Some(_) if url.ends_with(['?', '&']) => {}
            Some(_) => url.push('&'),
        }
        url.extend(utf8_percent_encode(name, VALUE));
        url.push('=');
        url.extend(utf8_percent_encode(value, VALUE));
    }
}

/// A URL with more parameters in its query, before a fragment if there is one; what was there stays. For the
/// way back to the platform with `lti_errormsg`, `lti_errorlog`, `lti_msg` or `lti_log` (§10.5).
#[must_use]
pub fn with_parameters(url: &str, parameters: &[(&str, &str)]) -> String {
    let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let mut text = before.to_owned();
    append_query(&mut text, parameters);
    text.push_str(fragment);
    text
}

/// What stands before query and fragment.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a `Content-Type` is that of a form; parameters such as `charset` do not matter.
pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    content_type
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The pairs of a form or query; `None` when a name or value is not UTF-8, or when there are too many.
pub(crate) fn pairs(input: &[u8]) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let pairs = || input.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    if pairs().nth(MAX_PAIRS).is_some() {
        return None;
    }
    pairs()
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decoded(halves.next().unwrap_or_default())?;
            Some((name, decoded(halves.next().unwrap_or_default())?))
        })
        .collect()
}

/// Percent-decoding with `+` for a space. A stray `%` stands for itself, as in browsers.
fn decoded(input: &[u8]) -> Option<Cow<'_, str>> {
    if !input.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return std::str::from_utf8(input).ok().map(Cow::Borrowed);
    }
    let spaced: Vec<u8> = input.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let bytes: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    String::from_utf8(bytes).ok().map(Cow::Owned)
}
