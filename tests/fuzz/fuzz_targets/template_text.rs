//! A mail text is refused with a reason, or it makes a mail in each language. The first byte says which
//! text it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use notification::{
    notice::{Kind, Town},
    preview,
    texts::{self, Piece, Texts},
};

fuzz_target!(|given: (u8, &str)| {
    let (which, text) = given;
    let kind = Kind::ALL[usize::from(which / 2) % Kind::ALL.len()];
    let piece = if which % 2 == 0 { Piece::Subject } else { Piece::Intro };
    if texts::check(kind, piece, text).is_err() {
        return;
    }
    let own = match piece {
        Piece::Subject => Texts { subject: text.to_owned(), ..Texts::default() },
        Piece::Intro => Texts { intro: text.to_owned(), ..Texts::default() },
    };
    let town = Town {
        name: "Stadt Übung".to_owned(),
        email: "buergerbuero@uebung.example".to_owned(),
        phone: None,
        from: None,
        color: "#004b76".to_owned(),
        link: "https://termine.example/uebung".to_owned(),
    };
    let now = amtstermin_fuzz::MORNING.parse().expect("an instant");
    for locale in ["de", "en"] {
        let (town, own) = (town.clone(), own.clone());
        let notice = preview::sample(kind, locale, town, own, chrono_tz::Europe::Berlin, now);
        let mail = preview::preview(&notice).expect("what was accepted makes a mail");
        assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    }
});
