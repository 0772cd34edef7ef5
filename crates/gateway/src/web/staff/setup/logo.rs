//! An uploaded logo: kept at once, so that it is not lost when another field is wrong.

use catalog::svg;

use crate::{
    town,
    web::{error::Failure, given::Given, staff::desk::Desk},
};

/// Keeps the file and lets the form name it; the content of an SVG file is put into its field, where
/// it is checked. Returns the field and what is expected there for a file that cannot be a logo.
pub(super) async fn keep(
    desk: &Desk,
    given: &mut Given,
    file: &[u8],
) -> Result<Option<(String, String)>, Failure> {
    let text = std::str::from_utf8(file).map(|text| text.trim_start_matches('\u{feff}').trim());
    if let Some(markup) = text.ok().filter(|text| text.contains("<svg")) {
        // What editors write before the markup says nothing that a browser needs.
        let start = markup.find("<svg").unwrap_or_default();
        // Not even into the field: a form with it would be too large to be sent again.
        if markup.len() - start > svg::MAX_BYTES {
            let expected = svg::Unfit::Long.german();
            return Ok(Some(("branding.logo".to_owned(), expected.to_owned())));
        }
        given.set("branding.logo_svg", &markup[start..]);
        given.set("branding.logo", "");
        return Ok(None);
    }
    match town::keep_logo(&desk.state, &desk.scope, file).await {
        Ok(name) => {
            given.set("branding.logo", &name);
            given.set("branding.logo_svg", "");
            given.set("branding.without", "");
            Ok(None)
        }
        Err(catalog::Error::Logo(unfit)) => {
            let expected = match unfit {
                catalog::logo::Unfit::NoPicture => {
                    let expected = "erwartet wird ein Bild als PNG, JPEG, WebP oder SVG";
                    ("branding.logo".to_owned(), expected.to_owned())
                }
                catalog::logo::Unfit::Large => too_large(),
            };
            Ok(Some(expected))
        }
        Err(error) => Err(desk.fail(scheduling::Error::from(error))),
    }
}

/// The field of the logo and what is expected there instead of a larger one.
pub(super) fn too_large() -> (String, String) {
    let expected = "erwartet werden höchstens 4 MB und 6000 mal 6000 Pixel";
    ("branding.logo".to_owned(), expected.to_owned())
}
