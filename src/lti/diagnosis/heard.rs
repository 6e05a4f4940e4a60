//! What came back when somebody asked, as far as a diagnosis needs it, and what silence means.
//! Judges nothing but that: `address.rs` and `grant.rs` say what an answer means.

use super::finding::{Finding, Part};
use crate::services::Answer;

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// The address is none that we call (not https, odd port).
    Address,
    /// It lies in a network that we do not enter.
    Blocked,
    /// The name has no address.
    Name,
    /// Nobody listens there, or the connection broke.
    Nobody,
    /// Too slow.
    Slow,
    /// The certificate does not prove the host.
    Certificate,
    /// More than such an answer may be.
    Long,
    /// It leads to another server.
    Elsewhere,
}

/// An answer, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// The answer.
    pub answer: &'a Answer<'a>,
    /// Its media type without parameters.
    pub media_type: Option<&'a str>,
    /// `Location`.
    pub location: Option<&'a str>,
    /// `Date`.
    pub date: Option<&'a str>,
}

/// What a silence means, and what to do about it.
pub(super) fn unheard(part: Part, what: &str, why: Unheard) -> Finding {
    let (code, said, advice) = match why {
        Unheard::Address => (
            "check.address_refused",
            "is none that Laurel calls",
            "It must begin with https:// and have port 443, or one of client.allowed_ports.",
        ),
        Unheard::Blocked => (
            "check.address_private",
            "leads into a network that Laurel does not enter",
            "If the platform lives there, name its host in client.allowed_hosts.",
        ),
        Unheard::Name => {
            ("check.no_name", "has a host name that cannot be found", "Look for a mistyped host name.")
        }
        Unheard::Nobody => (
            "check.no_connection",
            "cannot be reached: nobody answers there",
            "Look whether the platform runs, and whether a firewall keeps this server from it.",
        ),
        Unheard::Slow => {
            ("check.too_slow", "does not answer in time", "Look at the platform, and the way there.")
        }
        Unheard::Certificate => (
            "check.certificate",
            "has no certificate that proves its host",
            "The platform needs a valid certificate; one of an authority of your own goes into client.authorities_file.",
        ),
        Unheard::Long => {
            ("check.too_long", "answers far too much", "It is probably another address that is meant.")
        }
        Unheard::Elsewhere => (
            "check.elsewhere",
            "redirects to another server, probably to sign in",
            "Enter the address to which the platform really answers; it must not ask programs to sign in.",
        ),
    };
    Finding::wrong(part, code, format!("{what} {said}."), advice)
}

/// Whether it leads elsewhere.
pub(super) fn is_redirect(heard: &Heard<'_>) -> bool {
    (300..400).contains(&heard.answer.status)
}

/// Says so when a redirect looks as if it led to a login page; without its query.
pub(super) fn to_login(heard: &Heard<'_>) -> String {
    let target = heard.location.unwrap_or_default();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    let asks = ["login", "signin", "sign-in", "sso", "saml", "auth"].iter().any(|word| lower.contains(word));
    match (path.is_empty(), asks) {
        (true, _) => String::new(),
        (false, true) => format!(" to a login page ({path})"),
        (false, false) => format!(" to {path}"),
    }
}

/// Whether a page for people was answered. JSON served as `text/html` is JSON.
pub(super) fn is_page(heard: &Heard<'_>) -> bool {
    let first = heard.answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'<') || (heard.media_type == Some("text/html") && !matches!(first, Some(b'{' | b'[')))
}
