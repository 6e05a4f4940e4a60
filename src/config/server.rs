//! `[server]`: our address, our mode, who stands before us.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use serde::Deserialize;
use url::{Host, Url};

use super::{ConfigError, Network, Secret};

/// Where we are and who stands before us.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address under which people and platforms reach us.
    pub public_url: PublicUrl,
    /// Where we listen.
    pub listen: SocketAddr,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Seconds to finish what runs when stopped.
    pub shutdown_seconds: u64,
    /// Database, development key and mail files.
    pub data_folder: PathBuf,
    /// What whoever asks for figures must show; not set: nobody gets them.
    pub metrics_token: Secret,
    /// A file that holds it instead.
    pub metrics_token_file: PathBuf,
    /// Language when nobody names one we speak (`en`, `de`).
    pub language: String,
}

impl Server {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        self.metrics_token = std::mem::take(&mut self.metrics_token)
            .or_file("server.metrics_token", &self.metrics_token_file)?;
        Ok(())
    }

    /// Whether forwarding headers of this peer are believed.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }

    /// Time to finish what runs when stopped.
    #[must_use]
    pub fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}

/// What is permitted depends on it (design §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Plain http on this machine: loopback platforms, cookies without `Secure`, a key made by itself.
    Development,
    /// Everything else: https, a strong master key, guarded fetches.
    Production,
}

/// Our own address: http or https, no path, query, fragment or user. Prints without a final slash.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl {
    url: Url,
    text: String,
}

impl PublicUrl {
    /// The address without a final slash: `https://badges.example.org`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as a URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The address of one of our pages; `path` begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Host and, where it is not the scheme's own, port: `localhost:8080`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.url.authority()
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.url.host().is_some_and(|host| is_loopback_host(&host))
    }

    /// http on loopback is development, anything else production.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if !self.is_https() && self.is_loopback() { Mode::Development } else { Mode::Production }
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("`server.public_url` is not set. Name the address under which people reach Laurel, \
                        for example LAUREL__SERVER__PUBLIC_URL=https://badges.example.org (or \
                        http://localhost:8080 to try it out)."
                .to_owned());
        }
        let wrong = |why: &str| format!("`server.public_url` {why}, for example https://badges.example.org.");
        let url = Url::parse(text).map_err(|_| wrong("must be a whole address"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("must begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or a password"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must be a host of its own, without a path"));
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), url })
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a host names this machine: `localhost`, names under it, 127.0.0.0/8, `::1`.
#[must_use]
pub fn is_loopback_host<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref().trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}
