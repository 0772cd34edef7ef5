//! Who is calling: the peer's address, or what a trusted proxy says of it.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use tenant::{Origin, Way};

use crate::state::AppState;

/// A client's address, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client(pub String);

impl Client {
    /// What is counted as one: the address, of IPv6 the network that a household or company has.
    pub(crate) fn network(&self) -> String {
        match self.0.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Ok(address) => address.to_string(),
            Err(_) => self.0.clone(),
        }
    }

    /// Who sent the request.
    pub(crate) fn of(parts: &Parts, state: &AppState) -> Self {
        let said = state.client_header.as_ref().and_then(|name| {
            // Each proxy appends the address it sees; the last is our own proxy's word.
            let value = parts.headers.get_all(name).iter().next_back()?.to_str().ok()?;
            Some(value.rsplit(',').next()?.trim().to_owned())
        });
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(said.or(peer.map(|peer| peer.0.ip().to_string())).unwrap_or_default())
    }

    /// From where a member of staff asks, for the audit log.
    pub(crate) fn by(&self, way: Way) -> Origin {
        let address = self.0.parse::<IpAddr>().ok();
        Origin { address: address.map(|address| address.to_canonical()), way }
    }
}

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_an_address_in_one_way_of_writing_and_nothing_that_is_none() {
        let of =
            |said: &str| Client(said.to_owned()).by(Way::Page).address.map(|own| own.to_string());
        assert_eq!(of("::ffff:192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(of("2001:DB8:0::1").as_deref(), Some("2001:db8::1"));
        assert_eq!(of("unknown"), None);
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let network = |text: &str| Client(text.to_owned()).network();
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::4"), network("2001:db8:1:3::4"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("what a proxy says"), "what a proxy says");
    }
}
