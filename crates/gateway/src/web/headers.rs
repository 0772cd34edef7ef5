//! What every page tells the browser about itself.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    middleware::Next,
    response::Response,
};

use tenant::Scope;

use crate::{layer::tenant::town_of_host, state::AppState};

/// Nothing from elsewhere, nothing inline, no frame around a form.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Lets a page show others of this server in a frame.
pub(super) fn framing(response: &mut Response) {
    set_policy(response, &format!("{POLICY}; frame-src 'self'"));
}

/// Lets a page be shown in a frame by others of this server.
pub(super) fn framed_here(response: &mut Response) {
    set_policy(response, &POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"));
    let headers = response.headers_mut();
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
}

fn set_policy(response: &mut Response, policy: &str) {
    if let Ok(policy) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Header and value, unless the handler has set its own. Addresses hold choices and secrets, so
/// none is ever told to anybody and no page is kept.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// What the console's answers have of their own: no other site shows them in a frame, and our own
/// pages are told where a visitor comes from, for without a referrer a browser would hide also from us
/// where a form comes from ([`super::forged`]).
pub(super) fn of_console(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
}

/// Adds the headers to an answer. The sites that a town names may show its pages in a frame; the
/// console is never shown in one.
pub(super) async fn secure(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri().clone();
    let host = request.headers().get(header::HOST).cloned();
    let host = HeaderMap::from_iter(host.map(|host| (header::HOST, host)));
    let mut response = next.run(request).await;
    let has_its_own = response.headers().contains_key(header::CONTENT_SECURITY_POLICY);
    if !has_its_own && let Some(policy) = frames(&state, &uri, &host).await {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        // An older header that knows no list; where the policy is given, browsers go by that.
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The policy with the sites that the visited town names, as its set-up was last seen: the page
/// itself has just read it.
async fn frames(state: &AppState, uri: &Uri, host: &HeaderMap) -> Option<HeaderValue> {
    let mut parts = uri.path().split('/').skip(1);
    let by_slug = state.directory.by_slug(&state.office.db, parts.next()?).await.ok()?;
    let town = match by_slug {
        Some(town) => town,
        None => town_of_host(state, uri, host).await.ok()??,
    };
    let setup = state.office.setups.last_seen(&Scope::citizen(town.tenant))?;
    let sites = setup.town.embed.join(" ");
    let policy = POLICY.replace("frame-ancestors 'none'", &format!("frame-ancestors {sites}"));
    (!sites.is_empty()).then(|| HeaderValue::from_str(&policy).ok()).flatten()
}
