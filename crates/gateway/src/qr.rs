//! QR codes, as pictures that print well.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{ImageFormat, Luma};
use qrcode::{EcLevel, QrCode, render::svg};

/// The code for `content` as SVG; nothing for more than a code can hold.
pub(crate) fn svg(content: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// The same as PNG, large enough for a poster.
pub(crate) fn png(content: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    let picture = code.render::<Luma<u8>>().min_dimensions(1000, 1000).build();
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).ok()?;
    Some(file.into_inner())
}

/// The SVG as an address for `img`, so that the content is in no other request.
pub(crate) fn svg_address(content: &str) -> String {
    let picture = svg(content).unwrap_or_default();
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pictures_are_what_they_say() {
        assert!(svg("https://example.org").unwrap().contains("<svg"));
        assert!(png("https://example.org").unwrap().starts_with(b"\x89PNG"));
        assert_eq!(svg(&"x".repeat(5000)), None);
    }
}
