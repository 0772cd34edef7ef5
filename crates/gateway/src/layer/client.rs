//! Who is calling: the peer's address, or what a trusted proxy says of it.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::state::AppState;

/// A client's address, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client(pub String);

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let said = state.client_header.as_ref().and_then(|name| {
            // Each proxy appends the address it sees; the last is our own proxy's word.
            let value = parts.headers.get_all(name).iter().next_back()?.to_str().ok()?;
            Some(value.rsplit(',').next()?.trim().to_owned())
        });
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(said.or(peer.map(|peer| peer.0.ip().to_string())).unwrap_or_default()))
    }
}
