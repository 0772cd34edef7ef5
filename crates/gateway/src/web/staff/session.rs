//! The cookies of those who sign in, and the token that every form carries.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tenant::{accounts::browsers, seal::token_hash};

use crate::{openid, state::AppState};

/// What a cookie holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cookie {
    /// The session's token. It ends with the browser, and at the latest on the server.
    Session,
    /// What is remembered while somebody is at a provider.
    Handshake,
    /// By what a browser is known in which somebody has signed in.
    Browser,
}

impl Cookie {
    /// Its name. With the prefix a browser takes it only over TLS, for this host alone and for all
    /// paths (RFC 6265bis); a demonstration without TLS has to do without.
    fn name(self, state: &AppState) -> &'static str {
        match (self, is_secure(state)) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Handshake, true) => "__Host-provider",
            (Self::Handshake, false) => "provider",
            (Self::Browser, true) => "__Host-browser",
            (Self::Browser, false) => "browser",
        }
    }

    fn read(self, state: &AppState, headers: &HeaderMap) -> Option<String> {
        let cookies =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        let own = pairs.find(|(name, _)| name.trim() == self.name(state));
        own.map(|(_, value)| value.trim().to_owned())
    }

    fn write(self, state: &AppState, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if is_secure(state) { "; Secure" } else { "" };
        let name = self.name(state);
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        HeaderValue::from_str(&text).ok()
    }
}

fn is_secure(state: &AppState) -> bool {
    state.public_url.starts_with("https://")
}

/// The session's token that a request carries.
pub(crate) fn token(state: &AppState, headers: &HeaderMap) -> Option<String> {
    Cookie::Session.read(state, headers)
}

/// The header that gives a browser its session.
pub(super) fn opened(state: &AppState, token: &str) -> Option<HeaderValue> {
    Cookie::Session.write(state, token, "")
}

/// The header that takes it away.
pub(super) fn closed(state: &AppState) -> Option<HeaderValue> {
    Cookie::Session.write(state, "", "; Max-Age=0")
}

/// By what a browser is known in which somebody has signed in.
pub(super) fn browser(state: &AppState, headers: &HeaderMap) -> Option<String> {
    Cookie::Browser.read(state, headers)
}

/// The header that makes it known.
pub(super) fn known(state: &AppState, token: &str) -> Option<HeaderValue> {
    let seconds = browsers::KNOWN.num_seconds();
    Cookie::Browser.write(state, token, &format!("; Max-Age={seconds}"))
}

/// What a browser remembers of its way to a provider.
pub(in crate::web) fn handshake(state: &AppState, headers: &HeaderMap) -> Option<String> {
    Cookie::Handshake.read(state, headers)
}

/// The header that lets a browser remember it.
pub(in crate::web) fn left(state: &AppState, handshake: &str) -> Option<HeaderValue> {
    let seconds = openid::LIFETIME.num_seconds();
    Cookie::Handshake.write(state, handshake, &format!("; Max-Age={seconds}"))
}

/// The header that lets it forget.
pub(in crate::web) fn returned(state: &AppState) -> Option<HeaderValue> {
    Cookie::Handshake.write(state, "", "; Max-Age=0")
}

/// What every form of a session carries: nobody who does not know the session can tell it.
pub(super) fn form_token(session: &str) -> String {
    URL_SAFE_NO_PAD.encode(token_hash(&format!("form:{session}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_session_has_its_own_form_token_which_is_not_the_session() {
        let (one, other) = (form_token("session-one"), form_token("session-two"));
        assert_ne!(one, other);
        assert!(!one.contains("session"));
        assert_ne!(one, URL_SAFE_NO_PAD.encode(token_hash("session-one")));
    }
}
