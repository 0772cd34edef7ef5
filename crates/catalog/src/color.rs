//! Colours and how well text is read on them (WCAG 2.2).

/// Red, green and blue, each from 0 to 1.
pub type Rgb = [f64; 3];

/// White.
pub const WHITE: Rgb = [1.0; 3];
/// Black.
pub const BLACK: Rgb = [0.0; 3];
/// Least contrast of text with what it stands on.
pub const READABLE: f64 = 4.5;

/// The colour that `#rrggbb` names; none for any other text.
#[must_use]
pub fn parse(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let is_hex = digits.bytes().all(|own| own.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some([red, green, blue].map(|channel| f64::from(channel) / 255.0))
}

/// A colour as `#rrggbb`.
#[must_use]
pub fn hex(color: Rgb) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 255
    let [red, green, blue] = color.map(|channel| (channel * 255.0).round() as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A colour between two: the first at a share of 0, the other at 1.
#[must_use]
pub fn mix(from: Rgb, to: Rgb, share: f64) -> Rgb {
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

/// Contrast ratio, 1 to 21.
#[must_use]
pub fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Rgb) -> f64 {
    let [red, green, blue] = color.map(|channel| {
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Whether white text can be read on the colour.
#[must_use]
pub fn carries_white(color: Rgb) -> bool {
    contrast(color, WHITE) >= READABLE
}

/// The lightest shade of the colour on which white text can be read: itself where it can be, else of
/// the same hue and saturation, only darker.
#[must_use]
pub fn shade_for_white(color: Rgb) -> Rgb {
    const STEPS: u16 = 255;
    let shades = (0..=STEPS).map(|step| mix(color, BLACK, f64::from(step) / f64::from(STEPS)));
    // What is shown is the colour as it is written.
    let written = shades.map(|shade| parse(&hex(shade)).unwrap_or(BLACK));
    written.into_iter().find(|shade| carries_white(*shade)).unwrap_or(BLACK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hue in degrees; none for greys.
    fn hue([red, green, blue]: Rgb) -> Option<f64> {
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let span = most - least;
        // Nearly grey, or nearly black, a hue is lost to rounding.
        if span < 0.15 {
            return None;
        }
        let sixth = if most == red {
            (green - blue) / span
        } else if most == green {
            (blue - red) / span + 2.0
        } else {
            (red - green) / span + 4.0
        };
        Some((sixth * 60.0).rem_euclid(360.0))
    }

    proptest! {
        #[test]
        fn every_colour_has_a_shade_of_its_hue_that_carries_white(value in 0..=0x00ff_ffff_u32) {
            let color = parse(&format!("#{value:06x}")).unwrap();
            let shade = shade_for_white(color);
            prop_assert!(carries_white(parse(&hex(shade)).unwrap()));
            if carries_white(color) {
                prop_assert_eq!(shade, color);
            } else {
                // No darker than it has to be, and no other colour.
                prop_assert!(contrast(shade, WHITE) < READABLE + 0.35);
            }
            if let (Some(one), Some(other)) = (hue(color), hue(shade)) {
                let apart = (one - other).abs();
                prop_assert!(apart.min(360.0 - apart) < 4.0, "{one} and {other}");
            }
        }

        #[test]
        fn what_is_written_reads_back(value in 0..=0x00ff_ffff_u32) {
            let text = format!("#{value:06x}");
            prop_assert_eq!(hex(parse(&text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_no_colour_is_none() {
        for text in ["", "red", "#fff", "#12345g", "#+12345", "#000000}body{display:none"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
