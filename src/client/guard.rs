//! Which addresses may be called: the address as text, and every address its name resolves to.
//!
//! The name is looked up by [`GuardedResolver`] inside the connection, and only addresses that pass
//! are handed on: the address that was checked is the address that is connected to, so a second,
//! different answer of the name server finds nobody to fool.

use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::ClientError;
use crate::config::{Mode, Settings, is_loopback_host};

/// The host lies where we do not go: this machine, a private network, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host's address is not a public one ({})", match .0 {
    Reach::Public => "public",
    Reach::Loopback => "this machine",
    Reach::Private => "a private network",
    Reach::Never => "reserved",
})]
pub struct Blocked(pub Reach);

/// Where an address lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anybody's.
    Public,
    /// This machine.
    Loopback,
    /// The operator's own networks: called only for hosts the operator has named.
    Private,
    /// Nobody's, everybody's, or a way around the rules: never called.
    Never,
}

impl Reach {
    /// Where `address` lies.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [a, b, c, d] = address.octets();
        match (a, b, c, d) {
            (127, ..) => Self::Loopback,
            // 100.64/10 is the carriers' (and some clouds' metadata), the others are RFC 1918.
            (10, ..) | (172, 16..=31, ..) | (192, 168, ..) | (100, 64..=127, ..) => Self::Private,
            // This network, link-local with the clouds' metadata, IETF, documentation, 6to4 relays,
            // benchmarks, multicast, reserved, broadcast; and Azure's metadata, which looks public.
            (0, ..)
            | (169, 254, ..)
            | (192, 0, 0 | 2, _)
            | (192, 88, 99, _)
            | (198, 18 | 19, ..)
            | (198, 51, 100, _)
            | (203, 0, 113, _)
            | (224..=255, ..)
            | (168, 63, 129, 16) => Self::Never,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        let [a, b, ..] = address.segments();
        match (a, b) {
            _ if address.is_loopback() => Self::Loopback,
            // AWS's metadata lives inside the private range.
            (0xfd00, 0x0ec2) => Self::Never,
            (0xfc00..=0xfdff, _) => Self::Private,
            // IETF (Teredo, ORCHID, benchmarks), documentation, 6to4.
            (0x2001, 0x0000..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0x0000..=0x0fff) => Self::Never,
            (0x2000..=0x3fff, _) => Self::Public,
            // Among them: unspecified, IPv4-mapped and -compatible, NAT64, link-local, site-local, multicast.
            _ => Self::Never,
        }
    }
}

/// The rules of these settings.
#[derive(Debug)]
pub(super) struct Guard {
    mode: Mode,
    ports: Vec<u16>,
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            mode: settings.mode(),
            ports: settings.client.allowed_ports.clone(),
            hosts: settings.client.allowed_hosts.iter().map(|host| bare(host)).collect(),
        }
    }

    /// Judges an address as far as its text tells. `Url` has already turned odd forms (decimal,
    /// octal, hexadecimal, full-width digits) into plain ones.
    pub(super) fn check(&self, text: &str) -> Result<Url, ClientError> {
        let url = Url::parse(text).map_err(|_| ClientError::Url("it is no whole address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ClientError::Url("it holds a user or a password"));
        }
        if url.fragment().is_some() {
            return Err(ClientError::Url("it holds a fragment"));
        }
        let host = url.host().ok_or(ClientError::Url("it names no host"))?;
        let is_near = self.mode == Mode::Development
            && (is_loopback_host(&host) || self.is_named(url.host_str().unwrap_or_default()));
        match url.scheme() {
            "https" => {}
            "http" if is_near => {}
            _ => return Err(ClientError::Url("it does not begin with https://")),
        }
        let port = url.port_or_known_default().unwrap_or(443);
        if port != 443 && !is_near && !self.ports.contains(&port) {
            return Err(ClientError::Url("its port is not among `client.allowed_ports`"));
        }
        let address = match host {
            Host::Domain(_) => return Ok(url),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        self.admit(url.host_str().unwrap_or_default(), address).map_err(ClientError::Blocked)?;
        Ok(url)
    }

    /// Whether `host` may be reached at `address`.
    fn admit(&self, host: &str, address: IpAddr) -> Result<(), Blocked> {
        let reach = Reach::of(address);
        let is_permitted = match reach {
            Reach::Public => true,
            Reach::Loopback => {
                let is_this_machine = Host::parse(host).is_ok_and(|host| is_loopback_host(&host));
                self.is_named(host) || (self.mode == Mode::Development && is_this_machine)
            }
            Reach::Private => self.is_named(host),
            Reach::Never => false,
        };
        if is_permitted { Ok(()) } else { Err(Blocked(reach)) }
    }

    fn is_named(&self, host: &str) -> bool {
        let host = bare(host);
        self.hosts.contains(&host)
    }
}

fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

/// The answer of a [`Lookup`].
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a name.
pub trait Lookup: Send + Sync {
    /// All addresses of `name`.
    fn lookup(&self, name: String) -> Looking;
}

/// Asks the machine's resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> Looking {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Hands the connector only the addresses that the guard admits.
pub(super) struct GuardedResolver {
    guard: Arc<Guard>,
    lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    pub(super) fn new(guard: Arc<Guard>, lookup: Arc<dyn Lookup>) -> Self {
        Self { guard, lookup }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        let looking = self.lookup.lookup(name.as_str().to_owned());
        Box::pin(async move {
            let mut refused = None;
            let mut admitted = Vec::new();
            for address in looking.await? {
                match guard.admit(name.as_str(), address) {
                    Ok(()) => admitted.push(SocketAddr::new(address, 0)),
                    Err(blocked) => refused = Some(blocked),
                }
            }
            match (admitted.is_empty(), refused) {
                (true, Some(blocked)) => Err(blocked.into()),
                (true, None) => {
                    Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into())
                }
                (false, _) => Ok(Box::new(admitted.into_iter()) as Addrs),
            }
        })
    }
}
