//! The rules of the words that a town gives its mails.

use notification::{
    notice::Kind,
    texts::{self, Piece},
};

use super::Problems;
use crate::model::MailTexts;

/// Adds every broken rule.
pub(super) fn check(mails: &[MailTexts], problems: &mut Problems) {
    for (index, own) in mails.iter().enumerate() {
        let name = format!("mail {:?}", own.kind);
        let at = |key: &str| format!("{name}.{key}");
        let is_first = mails.iter().take(index).all(|other| other.kind != own.kind);
        problems.expect(is_first, || at("kind"), ("is there twice", "gibt es zweimal"));
        let Some(kind) = Kind::named(&own.kind) else {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            let (message, german) =
                (format!("expected one of {known}"), format!("erwartet wird {known}"));
            problems.expect(false, || at("kind"), (&message, &german));
            continue;
        };
        for (key, piece, text) in
            [("subject", Piece::Subject, &own.subject), ("intro", Piece::Intro, &own.intro)]
        {
            for (locale, text) in &text.0 {
                problems.expect(
                    kind.speaks(locale),
                    || at(&format!("{key}.{locale}")),
                    (
                        "this mail is not written in that language",
                        "in dieser Sprache gibt es diese E-Mail nicht",
                    ),
                );
                if let Err(mistake) = texts::check(kind, piece, text) {
                    problems.expect(
                        false,
                        || at(&format!("{key}.{locale}")),
                        (&mistake.to_string(), &mistake.german()),
                    );
                }
            }
        }
    }
}
