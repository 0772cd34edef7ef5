//! Forms of the console that another site sends in a visitor's name are refused, also where there is no
//! session yet whose token they could lack: signing somebody in to a stranger's account is an attack
//! too. Citizens' forms act in nobody's name: no cookie goes with them, only what is typed and a secret.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::Response,
};

use super::{error::Problem, headers, town};
use crate::state::AppState;

/// Lets through what only reads, and what our own pages send.
pub(super) async fn refuse(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = if request.method().is_safe() || is_own(request.uri(), request.headers()) {
        next.run(request).await
    } else {
        let (mut parts, _) = request.into_parts();
        town::refuse(&mut parts, &state, Problem::Forged).await
    };
    headers::of_console(&mut response);
    response
}

/// Whether a request comes from a page of the host that it goes to. Browsers say so themselves; older
/// ones, and all without TLS, tell the origin. What says neither is no browser and acts for nobody.
/// In a frame on a town's site our pages are their own origin still.
fn is_own(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return true };
    let host = text(header::HOST.as_str()).or(uri.authority().map(|own| own.as_str()));
    let from = origin.split_once("://").map(|(_, from)| from);
    from.is_some_and(|from| host.is_some_and(|host| from.eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn own(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        is_own(&Uri::from_static("/anmelden"), &HeaderMap::from_iter(pairs))
    }

    #[test]
    fn a_browser_s_own_word_decides() {
        let host = ("host", "termine.example.org");
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            let origin = ("origin", "https://termine.example.org");
            assert_eq!(own(&[host, ("sec-fetch-site", site), origin]), expected, "{site}");
        }
    }

    #[test]
    fn without_it_the_origin_has_to_be_the_host() {
        let host = ("host", "termine.example.org:8080");
        for (origin, expected) in [
            ("https://termine.example.org:8080", true),
            ("http://Termine.Example.org:8080", true),
            ("https://termine.example.org", false),
            ("https://termine.example.org:8080.evil.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            assert_eq!(own(&[host, ("origin", origin)]), expected, "{origin}");
        }
        assert!(own(&[host]), "what says nothing is no browser");
        assert!(!own(&[("origin", "https://evil.example")]), "nor is a host to be guessed");
    }
}
