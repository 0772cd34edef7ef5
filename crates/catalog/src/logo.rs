//! Pictures that a town shows itself with. They have rows of their own, because a town file is for
//! people to read; the set-up names a picture by its content, so that each version of the set-up
//! keeps the picture it had.

use std::{fmt::Write as _, io::Cursor};

use chrono::{DateTime, Utc};
use image::{ImageFormat, ImageReader, Limits};
use sea_orm::{ColumnTrait, Set};
use sha2::{Digest, Sha256};
use tenant::{Role, TenantTx, audit};

use crate::{Error, entity::town_logo, townfile::Problem};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Largest width and height that are read, in pixels.
const MAX_SIDE: u32 = 6000;
/// Width and height that are kept at the most, in pixels: four times what pages show.
const KEPT_SIDE: u32 = 192;

/// Why a file cannot be a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Neither PNG nor JPEG nor WebP, or damaged.
    #[error("expected a picture as PNG, JPEG or WebP")]
    NoPicture,
    /// More bytes or pixels than are read.
    #[error("expected at most 4 MiB and 6000 by 6000 pixels")]
    Large,
}

/// A picture as it is kept: drawn anew, so that nothing but its pixels is left of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// 32 hexadecimal digits, made of the content.
    pub name: String,
    /// PNG, at most 192 by 192 pixels.
    pub png: Vec<u8>,
}

/// Reads PNG, JPEG or WebP.
///
/// # Errors
/// [`Unfit`].
pub fn read(file: &[u8]) -> Result<Logo, Unfit> {
    if file.len() > MAX_BYTES {
        return Err(Unfit::Large);
    }
    let format = image::guess_format(file).map_err(|_| Unfit::NoPicture)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(Unfit::NoPicture);
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => Unfit::Large,
        _ => Unfit::NoPicture,
    })?;
    let fits = picture.width() <= KEPT_SIDE && picture.height() <= KEPT_SIDE;
    let kept = if fits { picture } else { picture.thumbnail(KEPT_SIDE, KEPT_SIDE) };
    let mut png = Cursor::new(Vec::new());
    // Eight bits for each of four channels is what every browser shows.
    kept.to_rgba8().write_to(&mut png, ImageFormat::Png).map_err(|_| Unfit::NoPicture)?;
    let png = png.into_inner();
    let name = Sha256::digest(&png).iter().take(16).fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    Ok(Logo { name, png })
}

/// Keeps a picture for the transaction's town; it is shown once the set-up names it.
///
/// # Errors
/// Role below admin, database faults.
pub async fn keep(tx: &TenantTx, logo: &Logo, now: DateTime<Utc>) -> Result<(), Error> {
    tx.scope().require(Role::Admin)?;
    let row = town_logo::ActiveModel {
        name: Set(logo.name.clone()),
        content: Set(logo.png.clone()),
        created_at: Set(now),
        ..Default::default()
    };
    if tx.insert_unless_taken(row).await? {
        audit::record(tx, now, audit::Action::LogoUploaded, None);
    }
    Ok(())
}

/// The picture called `name`, as PNG.
///
/// # Errors
/// Database faults.
pub async fn find(tx: &TenantTx, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let own = town_logo::Column::Name.eq(name);
    Ok(tx.find::<town_logo::Entity>().filter(own).one().await?.map(|row| row.content))
}

/// Passes when the town has the picture that a set-up names.
pub(crate) async fn require(tx: &TenantTx, name: Option<&str>) -> Result<(), Error> {
    let Some(name) = name else { return Ok(()) };
    if find(tx, name).await?.is_some() {
        return Ok(());
    }
    Err(Error::Invalid(vec![Problem {
        key: "town.branding.logo".to_owned(),
        message: "expected the name of a picture that this town has uploaded".to_owned(),
        german: "dieses Bild hat die Stadt nicht; laden Sie es beim Aussehen hoch".to_owned(),
    }]))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 0]));
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn a_picture_is_drawn_anew_and_small() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let mut sent = file(600, 300, format);
            sent.extend(b"<script>alert(1)</script>");
            let logo = read(&sent).unwrap();
            assert_eq!(image::guess_format(&logo.png).unwrap(), ImageFormat::Png);
            let kept = image::load_from_memory(&logo.png).unwrap();
            assert_eq!((kept.width(), kept.height()), (192, 96), "{format:?}");
            assert!(!logo.png.windows(7).any(|own| own == b"<script"));
            assert_eq!(logo.name.len(), 32);
            assert_eq!(read(&sent).unwrap(), logo, "the same picture has the same name");
        }
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        let cut = file(80, 80, ImageFormat::Png);
        for sent in [&b""[..], b"GIF89a...", b"<svg onload=x>", b"%PDF-1.7", &cut[..60]] {
            assert_eq!(read(sent), Err(Unfit::NoPicture), "{sent:?}");
        }
        assert_eq!(read(&file(6001, 1, ImageFormat::Png)), Err(Unfit::Large));
        let mut long = file(10, 10, ImageFormat::Png);
        long.resize(MAX_BYTES + 1, 0);
        assert_eq!(read(&long), Err(Unfit::Large));
    }
}
