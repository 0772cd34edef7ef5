//! A town as a file: one readable TOML document that holds the whole set-up.

mod check;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

pub use read::parse;
pub use write::to_toml;

/// The version of the file that this program reads and writes.
pub const FORMAT: i64 = 1;

/// The towns that ship with the program: slug and file.
pub const SHIPPED: [(&str, &str); 5] = [
    ("lengerich", include_str!("../towns/lengerich.toml")),
    ("steinfurt", include_str!("../towns/steinfurt.toml")),
    ("luenen", include_str!("../towns/luenen.toml")),
    ("altena", include_str!("../towns/altena.toml")),
    ("twistringen", include_str!("../towns/twistringen.toml")),
];

/// One thing that is wrong with a town file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, such as `service "personalausweis".duration`.
    pub key: String,
    /// What is wrong and what is expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// Problems as they are found.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { key: key.into(), message: message.into() });
    }

    fn expect(&mut self, holds: bool, key: impl FnOnce() -> String, message: &str) {
        if !holds {
            self.add(key(), message);
        }
    }
}
