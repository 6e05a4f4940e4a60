//! Why there is no answer: few kinds with stable codes, sorted from what reqwest reports.

use std::io;

use super::guard::Blocked;
use crate::error::chain;

/// Why there is no answer. Texts hold no query, token or body.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one we call at all.
    #[error("this address is not called: {0}")]
    Url(&'static str),
    /// The host lies in a network we do not enter.
    #[error("{0}")]
    Blocked(Blocked),
    /// Too slow.
    #[error("no whole answer in time")]
    Timeout,
    /// Too long.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// Redirected where or as often as we do not follow.
    #[error("the answer redirects {0}")]
    Redirect(&'static str),
    /// No such host, nobody there, connection lost.
    #[error("the host cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The certificate does not prove the host.
    #[error("no secure connection to the host")]
    Tls(#[source] reqwest::Error),
    /// Not the JSON expected.
    #[error("the answer is not the JSON expected")]
    Answer(#[source] serde_json::Error),
    /// We could not even ask.
    #[error("the request cannot be made: {0}")]
    Request(String),
}

impl ClientError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url(_) => "lti.net.address_refused",
            Self::Blocked(_) => "lti.net.blocked_address",
            Self::Timeout => "lti.net.timeout",
            Self::TooLarge(_) => "lti.net.too_large",
            Self::Redirect(_) => "lti.net.redirect_refused",
            Self::Unreachable(_) => "lti.net.unreachable",
            Self::Tls(_) => "lti.net.tls",
            Self::Answer(_) => "lti.net.invalid_answer",
            Self::Request(_) => "lti.net.request",
        }
    }

    /// Whether the host's name has no address: nobody was asked then.
    #[must_use]
    pub fn is_about_the_name(&self) -> bool {
        matches!(self, Self::Unreachable(error) if {
            let said = chain(error);
            said.contains("dns error") || said.contains("the name has no address")
        })
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout | Self::Unreachable(_) | Self::Tls(_))
    }
}

/// Sorts what reqwest reports; the address goes, for it may hold secrets.
pub(super) fn failure(error: reqwest::Error) -> ClientError {
    let error = error.without_url();
    let causes = || std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    if let Some(blocked) = causes().find_map(|cause| cause.downcast_ref::<Blocked>()) {
        return ClientError::Blocked(*blocked);
    }
    if error.is_timeout() {
        return ClientError::Timeout;
    }
    if error.is_builder() {
        return ClientError::Request(chain(&error));
    }
    let is_tls = error.is_connect()
        && causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_invalid_data);
    if is_tls { ClientError::Tls(error) } else { ClientError::Unreachable(error) }
}

/// rustls' errors arrive as `InvalidData`, wrapped once more by the connector.
fn is_invalid_data(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    error.kind() == io::ErrorKind::InvalidData || inner.is_some_and(is_invalid_data)
}
