//! Whatever the document and its variables, which begin after a line with nothing but `#`, the API
//! answers it or says what is wrong with it.

#![no_main]

use amtstermin_fuzz::{Question, ask, fill_in};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|asked: &str| {
    let asked = fill_in(asked);
    let (document, variables) = asked.split_once("\n#\n").unwrap_or((&asked, "{}"));
    let answer = ask("/graphql", Question::Document(document, variables));
    assert!(!answer.text.contains("\"INTERNAL\""), "{}", answer.text);
});
