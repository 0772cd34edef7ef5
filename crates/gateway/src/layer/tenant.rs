//! Host name or path → town.

use axum::http::{HeaderMap, Uri, header};
use tenant::directory::Entry;

use crate::state::AppState;

/// The town whose own host name the request was sent to, live or not.
pub(crate) async fn town_of_host(
    state: &AppState,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Entry>, ::tenant::Error> {
    let Some(host) = host(uri, headers) else { return Ok(None) };
    state.directory.by_host(&state.office.db, &host).await
}

/// The host name a request was sent to, in lower case and without its port.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::HOST).and_then(|value| value.to_str().ok()).or(uri.host())?;
    let name = given.rsplit_once(':').map_or(given, |(name, _)| name);
    Some(name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_read_without_port_and_case() {
        let host = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::HOST, value.parse().unwrap())]);
            host(&Uri::from_static("/"), &headers)
        };
        assert_eq!(host("Termine.Example.org:8080").as_deref(), Some("termine.example.org"));
        assert_eq!(host("termine.example.org").as_deref(), Some("termine.example.org"));
        assert_eq!(super::host(&Uri::from_static("/"), &HeaderMap::new()), None);
    }
}
