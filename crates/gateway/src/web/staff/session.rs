//! The session's cookie, and the token that every form carries.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tenant::seal::token_hash;

use crate::state::AppState;

/// Name of the cookie. With the prefix a browser takes it only over TLS, for this host alone and
/// for all paths (RFC 6265bis); a demonstration without TLS has to do without.
fn name(state: &AppState) -> &'static str {
    if is_secure(state) { "__Host-session" } else { "session" }
}

fn is_secure(state: &AppState) -> bool {
    state.public_url.starts_with("https://")
}

/// The session's token that a request carries.
pub(in crate::web) fn token(state: &AppState, headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| own.trim() == name(state)).map(|(_, value)| value.trim().to_owned())
}

/// The header that gives a browser its session. It ends with the browser, and at the latest on the
/// server.
pub(super) fn opened(state: &AppState, token: &str) -> Option<HeaderValue> {
    cookie(state, token, "")
}

/// The header that takes it away.
pub(super) fn closed(state: &AppState) -> Option<HeaderValue> {
    cookie(state, "", "; Max-Age=0")
}

fn cookie(state: &AppState, token: &str, more: &str) -> Option<HeaderValue> {
    let secure = if is_secure(state) { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", name(state));
    HeaderValue::from_str(&text).ok()
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
