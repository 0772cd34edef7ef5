//! A town's colour and logo.

use std::fmt::Write as _;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use catalog::{
    color::{BLACK, Rgb, WHITE, contrast, hex, mix, parse},
    svg,
};
use serde::Deserialize;

use super::{Answer, error::Problem, town::Town};

/// KERN's surfaces that text in the town's colour stands on, light and dark.
const LIGHT_SURFACE: Rgb = [0.957, 0.961, 0.969];
const DARK_SURFACE: Rgb = [0.114, 0.125, 0.204];
/// WCAG asks for 4.5; the rest is for hover states, which KERN mixes lighter or darker.
const CONTRAST: f64 = 5.5;

/// `GET /{town}/theme.css`
pub(super) async fn css(town: Town) -> Response {
    let css = stylesheet(&town.setup.town.branding.color);
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), KEPT], css).into_response()
}

/// `GET /{town}/logo.svg`, as an image that can neither run nor load anything.
pub(super) async fn logo(town: Town) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    let headers =
        [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, POLICY), KEPT];
    match town.setup.town.branding.logo_svg.as_deref().map(svg::redrawn) {
        Some(Ok(svg)) => (headers, svg).into_response(),
        Some(Err(_)) | None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /{town}/logo/{name}`: a picture of ours, whose address changes with its content.
pub(super) async fn picture(town: Town, Path(Named { name }): Path<Named>) -> Answer {
    let name = name.strip_suffix(".png").unwrap_or_default();
    let tx = town.office.db.read(&town.scope).await;
    let tx = tx.map_err(|error| town.fail(scheduling::Error::from(error)))?;
    let found = catalog::logo::find(&tx, name).await;
    let found = found.map_err(|error| town.fail(scheduling::Error::from(error)))?;
    let png = found.ok_or_else(|| town.fail(Problem::UnknownPage))?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, png).into_response())
}

/// The parts of the address.
#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

const KEPT: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=86400");

/// KERN's custom properties in the town's colour. An unreadable colour leaves KERN's own.
pub(super) fn stylesheet(color: &str) -> String {
    let Some(brand) = parse(color) else { return String::new() };
    let mut css = String::new();
    let mut scheme = |name: &str, action: Rgb, on: &str| {
        let action = hex(action);
        let _ = write!(
            css,
            "@media (prefers-color-scheme: {name}) {{\n  :root {{\n    \
             --kern-color-action-default: {action};\n    \
             --kern-color-action-on-default: {on};\n    \
             --kern-color-action-visited: {action};\n    \
             --kern-color-action-focus-default: {action};\n    \
             --kern-color-decorative-brand-default: {action};\n  }}\n}}\n"
        );
    };
    scheme("light", readable(brand, LIGHT_SURFACE, BLACK), "#ffffff");
    scheme("dark", readable(brand, DARK_SURFACE, WHITE), "#000000");
    css
}

/// `color`, moved towards `end` until it is readable on `surface`.
fn readable(color: Rgb, surface: Rgb, end: Rgb) -> Rgb {
    (0..=20)
        .map(|step| mix(color, end, f64::from(step) / 20.0))
        .find(|mixed| contrast(*mixed, surface) >= CONTRAST)
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_becomes_readable_in_light_and_dark() {
        for value in (0..=0x00ff_ffff_u32).step_by(0x01_2345) {
            let brand = parse(&format!("#{value:06x}")).unwrap();
            let (light, dark) =
                (readable(brand, LIGHT_SURFACE, BLACK), readable(brand, DARK_SURFACE, WHITE));
            for (color, background) in
                [(light, LIGHT_SURFACE), (light, WHITE), (dark, DARK_SURFACE), (dark, BLACK)]
            {
                assert!(contrast(color, background) >= 4.5, "#{value:06x}");
            }
        }
    }

    #[test]
    fn a_readable_colour_stays_as_the_town_chose_it() {
        assert!(stylesheet("#005a9c").contains("--kern-color-action-default: #005a9c"));
    }

    #[test]
    fn what_is_no_colour_reaches_no_style_sheet() {
        for text in ["", "red", "#fff", "#12345g", "#000000}body{display:none"] {
            assert_eq!(stylesheet(text), "", "{text}");
        }
    }
}
