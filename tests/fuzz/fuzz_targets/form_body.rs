//! Whatever a form brings, a page answers. The first line is its address, the rest what it brings.

#![no_main]

use amtstermin_fuzz::{Question, ask};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|given: &[u8]| {
    let mut parts = given.splitn(2, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (address, form) = (String::from_utf8_lossy(part()), part());
    ask(&format!("/lengerich/{address}"), Question::Form(form));
});
