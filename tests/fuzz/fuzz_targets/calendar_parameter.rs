//! Whatever month, day and start an address names, the calendar answers. Each line is a value.

#![no_main]

use amtstermin_fuzz::{Question, ask};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 6] = ["anzahl", "standort", "monat", "tag", "start", "lang"];

fuzz_target!(|text: &str| {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("anliegen", "reisepass").extend_pairs(NAMES.into_iter().zip(text.lines()));
    ask(&format!("/lengerich/termin?{}", query.finish()), Question::Page);
});
