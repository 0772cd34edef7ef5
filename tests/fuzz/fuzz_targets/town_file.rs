//! A town file is refused or read, and what is read is written again.

#![no_main]

use catalog::townfile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(setup) = townfile::parse(text) {
        let written = townfile::to_toml(&setup);
        assert_eq!(townfile::parse(&written).as_ref(), Ok(&setup), "{written}");
    }
});
