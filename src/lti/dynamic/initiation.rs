//! What the platform's browser brings to our registration page (§20.1 step 2).

use std::fmt;

use url::Url;

use super::JSON;
use crate::{
    Refusal,
    address::web_url,
    claims::is_printable,
    services::{Method, Request},
};

/// A registration that a platform began. `Debug` shows neither query nor token.
#[derive(Clone, PartialEq, Eq)]
pub struct Initiation {
    configuration_url: String,
    host: String,
    registration_token: Option<String>,
}

impl fmt::Debug for Initiation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiation").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Initiation {
    /// Reads the two parameters. The address keeps its own query, where some platforms put data.
    ///
    /// # Errors
    /// [`Refusal::DrMissingParameter`] (G03), [`Refusal::DrConfigUrlInvalid`] (G04).
    pub fn parse(
        openid_configuration: Option<&str>,
        registration_token: Option<&str>,
        allow_loopback_http: bool,
    ) -> Result<Self, Refusal> {
        let text = openid_configuration.map(str::trim).filter(|text| !text.is_empty());
        let text = text.ok_or(Refusal::DrMissingParameter("openid_configuration"))?;
        let is_plain = is_printable(text) && !text.contains(['#', '\\']);
        let url = web_url(text, allow_loopback_http).filter(|_| is_plain);
        let url = url.ok_or(Refusal::DrConfigUrlInvalid)?;
        let token = registration_token.map(str::trim).filter(|token| !token.is_empty());
        if token.is_some_and(|token| !is_token(token)) {
            return Err(Refusal::DrMissingParameter("registration_token"));
        }
        Ok(Self {
            configuration_url: text.to_owned(),
            host: host_of(&url),
            registration_token: token.map(str::to_owned),
        })
    }

    /// Who asks: the host of the configuration's address, to be shown to the administrator.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where the configuration is.
    #[must_use]
    pub fn configuration_url(&self) -> &str {
        &self.configuration_url
    }

    /// The token for the `Authorization: Bearer` header of both requests, if the platform gave one
    /// (G01, G02). Not ours to keep or to log.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        self.registration_token.as_deref()
    }

    /// The request for the configuration.
    #[must_use]
    pub fn request(&self) -> Request {
        Request {
            method: Method::Get,
            url: self.configuration_url.clone(),
            accept: JSON,
            body: None,
            scope: None,
        }
    }
}

/// Fit for a header, and not absurdly long.
pub(super) fn is_token(token: &str) -> bool {
    !token.is_empty() && token.len() <= 16_384 && token.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_ascii_lowercase()
}
