//! Who is at the other end of the line: the peer's address, or what trusted proxies say of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use poem::Request;

use crate::config::Settings;

/// The client's address: the right-most entry of `X-Forwarded-For` that is no trusted proxy of ours,
/// and only when the peer itself is one.
#[must_use]
pub fn client_address(settings: &Settings, request: &Request) -> IpAddr {
    let peer = request
        .remote_addr()
        .as_socket_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip().to_canonical());
    if !settings.server.trusts(peer) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let mut hops: Vec<IpAddr> = Vec::new();
    for value in forwarded {
        for entry in value.to_str().unwrap_or_default().split(',') {
            match address_of(entry.trim()) {
                Some(address) => hops.push(address.to_canonical()),
                // Whatever stands left of something unreadable was not written by our proxy.
                None => hops.clear(),
            }
        }
    }
    hops.iter().rev().copied().find(|hop| !settings.server.trusts(*hop)).unwrap_or(peer)
}

/// An entry's address; some proxies add the port, or write brackets around IPv6.
fn address_of(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Whether the peer is a proxy whose headers count.
#[must_use]
pub fn is_trusted(settings: &Settings, request: &Request) -> bool {
    request
        .remote_addr()
        .as_socket_addr()
        .is_some_and(|address| settings.server.trusts(address.ip().to_canonical()))
}
