//! Style sheets, fonts and scripts, embedded into the binary.

use std::fmt::Write as _;

use axum::{
    extract::{Path, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// Asked for by its hash, a file never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Asked for by its name alone, it may.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

#[derive(Deserialize)]
pub(super) struct Version {
    v: Option<String>,
}

/// Address of an asset, with the hash of its content.
pub(super) fn address(path: &str) -> String {
    match Assets::get(path) {
        Some(file) => format!("/assets/{path}?v={}", hash(&file)),
        None => format!("/assets/{path}"),
    }
}

/// `GET /assets/{path}`
pub(super) async fn serve(
    Path(path): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
) -> Response {
    let Some(file) = Assets::get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let hash = hash(&file);
    let tag = format!("\"{hash}\"");
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let kept = if version.v.as_deref() == Some(&hash) { FOREVER } else { A_DAY };
    let meta = [
        (header::CONTENT_TYPE, content_type(&file)),
        (header::CACHE_CONTROL, kept),
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static(""))),
    ];
    if known {
        (StatusCode::NOT_MODIFIED, meta).into_response()
    } else {
        (meta, file.data).into_response()
    }
}

fn content_type(file: &EmbeddedFile) -> HeaderValue {
    let mime = file.metadata.mimetype();
    let text = mime.starts_with("text/") || mime.ends_with("javascript");
    let full = if text { format!("{mime}; charset=utf-8") } else { mime.to_owned() };
    HeaderValue::from_str(&full).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// The first eight bytes of the content's SHA-256.
fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8].iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, v: Option<String>, etag: Option<HeaderValue>) -> Response {
        let headers = etag.into_iter().map(|tag| (header::IF_NONE_MATCH, tag)).collect();
        serve(Path(path.to_owned()), Query(Version { v }), headers).await
    }

    #[tokio::test]
    async fn a_file_asked_for_by_its_hash_is_kept_for_ever() {
        let own = address("own/pages.css");
        let (path, hash) = own.split_once("?v=").unwrap();
        let named = get("own/pages.css", None, None).await;
        assert_eq!(named.headers()[header::CACHE_CONTROL], A_DAY);
        let hashed = get(path.trim_start_matches("/assets/"), Some(hash.to_owned()), None).await;
        assert_eq!(hashed.headers()[header::CACHE_CONTROL], FOREVER);
        assert_eq!(hashed.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again() {
        let first = get("own/pages.css", None, None).await;
        let tag = first.headers()[header::ETAG].clone();
        assert_eq!(get("own/pages.css", None, Some(tag)).await.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn nothing_outside_the_folder_is_served() {
        for path in ["../Cargo.toml", "own/../../Cargo.toml", "/etc/passwd", "none.css"] {
            assert_eq!(get(path, None, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_style_sheet_of_ours_closes_each_rule_before_the_next_begins() {
        let own = Assets::iter().filter(|path| path.starts_with("own/") && path.ends_with(".css"));
        for path in own {
            let text = Assets::get(&path).unwrap().data;
            let mut depth = 0_i32;
            for (number, line) in (1..).zip(std::str::from_utf8(&text).unwrap().lines()) {
                let begins = line.ends_with('{') && !line.starts_with([' ', '\t']);
                assert!(!begins || depth == 0, "{path}:{number}: {line}");
                depth += i32::try_from(line.matches('{').count()).unwrap();
                depth -= i32::try_from(line.matches('}').count()).unwrap();
            }
            assert_eq!(depth, 0, "{path}");
        }
    }
}
