//! What we offer a platform (§20.3): our pages, names and wishes, before it is known which of them the
//! platform can serve.

use url::Url;

use crate::{quirks::Parameter, services::scope};

/// A page of ours that a platform may open, with what its link is called.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Its address.
    pub url: &'a str,
    /// What it is called, in the default language.
    pub label: &'a str,
    /// What it is called in other languages: (language tag, text).
    pub labels: &'a [(&'a str, &'a str)],
}

/// What we are and want. Addresses are absolute and ours.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// What we are called, in the default language.
    pub name: &'a str,
    /// … in other languages: (language tag, text).
    pub names: &'a [(&'a str, &'a str)],
    /// One sentence about us.
    pub description: &'a str,
    /// The login initiation address of this registration.
    pub login_url: &'a str,
    /// The redirect URI.
    pub launch_url: &'a str,
    /// The key set of this registration.
    pub jwks_url: &'a str,
    /// Where a launch goes.
    pub home: Page<'a>,
    /// The picker of deep linking.
    pub picker: Option<Page<'a>>,
    /// The page of submission reviews.
    pub review: Option<Page<'a>>,
    /// A picture of us.
    pub logo_url: Option<&'a str>,
    /// A page about us.
    pub client_url: Option<&'a str>,
    /// What we do with data.
    pub policy_url: Option<&'a str>,
    /// Under which terms.
    pub terms_url: Option<&'a str>,
    /// E-mail addresses of those who run this server.
    pub contacts: &'a [&'a str],
    /// Other hosts of ours that links may name.
    pub secondary_domains: &'a [&'a str],
    /// Custom parameters of every launch.
    pub parameters: &'a [Parameter],
    /// The scopes that we have a use for.
    pub scopes: &'a [&'a str],
    /// Our name in Canvas's own members.
    pub tool_id: &'a str,
    /// The vendor's name there.
    pub vendor: &'a str,
}

/// The scopes to ask for when nothing speaks against one.
pub const USUAL_SCOPES: [&str; 7] = [
    scope::LINEITEM,
    scope::LINEITEM_READONLY,
    scope::RESULT_READONLY,
    scope::SCORE,
    scope::MEMBERSHIP_READONLY,
    scope::GROUP_READONLY,
    scope::NOTICE_HANDLERS,
];

/// What is wrong with an offer: our own settings, not the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Not an absolute address.
    #[error("{0} is not an absolute address")]
    NotAnAddress(&'static str),
    /// A page that is not below the tool's domain; Moodle refuses such a registration.
    #[error("{0} lies on another host than the launch address")]
    ForeignPage(&'static str),
    /// The registration cannot be written as JSON.
    #[error("the registration cannot be written")]
    NotWritten,
}

/// `host[:port]` of an address: the port where it is not the scheme's own, since Moodle compares it with the
/// target links'.
pub(super) fn domain_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
