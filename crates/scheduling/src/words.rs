//! What staff write for others: how long it may be, and how its lines end.

use crate::Error;

/// Longest reason that the office gives, in characters.
pub const MAX_REASON: usize = 500;

/// The office's reason as it stands in mails; may be empty.
///
/// # Errors
/// [`Error::TooLong`] beyond [`MAX_REASON`].
pub(crate) fn reason(text: &str) -> Result<String, Error> {
    words(text, MAX_REASON)
}

/// A text of at most so many characters, without blanks around it.
///
/// # Errors
/// [`Error::TooLong`].
pub(crate) fn words(text: &str, most: usize) -> Result<String, Error> {
    // Forms send two characters for the end of a line.
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > most { Err(Error::TooLong { most }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_are_characters_without_blanks_around_them() {
        let long = format!(" {}\r\n", "ü".repeat(MAX_REASON));
        assert_eq!(reason(&long).unwrap(), "ü".repeat(MAX_REASON));
        assert_eq!(words("a\r\nb", 3).unwrap(), "a\nb");
        let refused = reason(&"n".repeat(MAX_REASON + 1));
        assert!(matches!(refused, Err(Error::TooLong { most: MAX_REASON })), "{refused:?}");
    }
}
