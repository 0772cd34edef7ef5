//! Whatever the document, the API answers it or says what is wrong with it.

#![no_main]

use amtstermin_fuzz::{Question, ask, fill_in};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &str| {
    let answer = ask("/graphql", Question::Document(&fill_in(document)));
    assert!(!answer.text.contains("\"INTERNAL\""), "{}", answer.text);
});
