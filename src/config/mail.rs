//! `[mail]`: how mail leaves. The address is taken apart here; `mail` connects.

use std::{path::PathBuf, time::Duration};

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

use super::{ConfigError, Secret, server::is_loopback_host};

/// How mail leaves. [`super::Settings::mail_route`] gives the way with its defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtp://…` or `smtps://…`; a secret, for it may hold a password.
    pub url: Secret,
    /// A file that holds the address instead.
    pub url_file: PathBuf,
    /// Folder for `.eml` files; empty for the default.
    pub folder: PathBuf,
    /// Sender address; empty for the default.
    pub from_address: String,
    /// Sender name.
    pub from_name: String,
    /// Where answers go; may be empty.
    pub reply_to: String,
    /// Connections kept to the mail server.
    pub pool: u32,
    /// Longest wait for a connection, and then for one mail.
    pub timeout_seconds: u64,
}

impl Mail {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        self.url = std::mem::take(&mut self.url).or_file("mail.url", &self.url_file)?;
        Ok(())
    }

    /// Longest wait for a connection, and then for one mail.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    pub(super) fn route(&self, folder: PathBuf) -> Result<MailRoute, ConfigError> {
        if !self.url.is_set() {
            return Ok(MailRoute::Folder(folder));
        }
        SmtpRoute::parse(self.url.expose())
            .map(MailRoute::Smtp)
            .map_err(|why| ConfigError::value("mail.url", format!("`mail.url` {why}")))
    }
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum MailRoute {
    /// To a mail server.
    Smtp(SmtpRoute),
    /// Into a folder, one `.eml` file per job.
    Folder(PathBuf),
}

/// A mail server and how to speak with it.
#[derive(Clone, Debug)]
pub struct SmtpRoute {
    /// Name or address.
    pub host: String,
    /// Port; 465 for `smtps`, 587 for `smtp` (25 on loopback) unless named.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsUse,
    /// User and password, when the server wants them.
    pub credentials: Option<(Secret, Secret)>,
    /// Whether the server is on this machine.
    pub is_loopback: bool,
}

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsUse {
    /// From the first byte (`smtps`).
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS if offered.
    Opportunistic,
    /// Never.
    None,
}

impl SmtpRoute {
    /// Takes `smtp[s]://[user:password@]host[:port][?tls=required|opportunistic|none]` apart. The
    /// reason never repeats the address.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let url =
            Url::parse(text).map_err(|_| "must look like smtp://user:password@mail.example.org:587.")?;
        let implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err("must begin with smtp:// or smtps://."),
        };
        // `Url` does not know these schemes, so it leaves IPv4 hosts unparsed; parse the host ourselves.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("names no host.")?;
        let host = url::Host::parse(host).map_err(|_| "names a host that cannot exist.")?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("must not hold a path.");
        }
        let is_loopback = is_loopback_host(&host);
        let mut tls = match (implicit, is_loopback) {
            (true, _) => TlsUse::Implicit,
            (false, true) => TlsUse::Opportunistic,
            (false, false) => TlsUse::Required,
        };
        for (name, value) in url.query_pairs() {
            tls = match (name.as_ref(), value.as_ref(), implicit) {
                ("tls", "required", true) => TlsUse::Implicit,
                ("tls", _, true) => return Err("begins with smtps://, which is always encrypted."),
                ("tls", "required", false) => TlsUse::Required,
                ("tls", "opportunistic", false) => TlsUse::Opportunistic,
                ("tls", "none", false) => TlsUse::None,
                _ => return Err("knows only ?tls=required, ?tls=opportunistic and ?tls=none."),
            };
        }
        let decoded = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|text| Secret::from(text.as_ref()))
                .map_err(|_| "holds a user or password that is not UTF-8.")
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (_, None) => return Err("holds a user but no password."),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?)),
        };
        let usual = match (implicit, is_loopback) {
            (true, _) => 465,
            (false, true) => 25,
            (false, false) => 587,
        };
        let host = match host {
            url::Host::Domain(name) => name,
            url::Host::Ipv4(address) => address.to_string(),
            url::Host::Ipv6(address) => address.to_string(),
        };
        Ok(Self { host, port: url.port().unwrap_or(usual), tls, credentials, is_loopback })
    }
}
