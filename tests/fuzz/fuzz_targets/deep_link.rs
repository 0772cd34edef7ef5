//! Whatever stands in an address, a page answers.

#![no_main]

use amtstermin_fuzz::{Question, ask};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|address: &str| {
    ask(&format!("/{address}"), Question::Page);
});
