//! A town as a file: one readable TOML document that holds the whole set-up.

mod check;
mod mails;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod write;

use std::fmt;

use chrono::NaiveDate;

use crate::{
    model::{Closure, MailTexts, TownSetup, TownStatus},
    reach::is_anything_offered,
};

pub use check::LOCALES;
pub use read::{parse, parse_kept, parse_template};
pub use write::{template_to_toml, to_toml};

/// The version of the file that this program reads and writes.
pub const FORMAT: i64 = 1;

/// The key of what is wrong with the file as a whole.
const FILE: &str = "file";

/// The towns that ship with the program: slug and file.
pub const SHIPPED: [(&str, &str); 5] = [
    ("lengerich", include_str!("../towns/lengerich.toml")),
    ("steinfurt", include_str!("../towns/steinfurt.toml")),
    ("luenen", include_str!("../towns/luenen.toml")),
    ("altena", include_str!("../towns/altena.toml")),
    ("twistringen", include_str!("../towns/twistringen.toml")),
];

/// Checks the rules of a set-up that its types do not tell, whatever day it is.
///
/// # Errors
/// All that are broken.
pub fn check(setup: &TownSetup) -> Result<(), Vec<Problem>> {
    let mut problems = Problems::default();
    check::check(setup, &mut problems);
    if problems.0.is_empty() { Ok(()) } else { Err(problems.0) }
}

/// Checks one closure of a location by itself, wherever its counters are.
///
/// # Errors
/// All rules that are broken.
pub fn check_closure(closure: &Closure) -> Result<(), Vec<Problem>> {
    let mut problems = Problems::default();
    check::closure("closure", closure, &[], &mut problems);
    if problems.0.is_empty() { Ok(()) } else { Err(problems.0) }
}

/// Checks the town's own words in mails alone.
///
/// # Errors
/// All rules that are broken.
pub fn check_mails(mails: &[MailTexts]) -> Result<(), Vec<Problem>> {
    let mut problems = Problems::default();
    mails::check(mails, &mut problems);
    if problems.0.is_empty() { Ok(()) } else { Err(problems.0) }
}

/// What is missing before citizens may see the town, from the local day `today` on.
#[must_use]
pub fn gaps(setup: &TownSetup, today: NaiveDate) -> Vec<Problem> {
    let mut problems = Problems::default();
    check::unsaid(setup, &mut problems);
    check::unoffered(setup, today, &mut problems);
    problems.0
}

/// Checks that a town which goes live has something to book from the local day `today` on, and that
/// one which is live does not lose the last of it; `before` is the set-up as it was. A town whose hours
/// have run out by themselves may be changed.
///
/// # Errors
/// What is missing.
pub fn check_offer(
    before: Option<&TownSetup>,
    setup: &TownSetup,
    today: NaiveDate,
) -> Result<(), Vec<Problem>> {
    let is_live = |own: &TownSetup| own.town.status == TownStatus::Live;
    let mut problems = Problems::default();
    let had_nothing = || before.is_some_and(|own| is_live(own) && !is_anything_offered(own, today));
    if is_live(setup) {
        check::unoffered(setup, today, &mut problems);
    }
    if problems.0.is_empty() || had_nothing() { Ok(()) } else { Err(problems.0) }
}

/// One thing that is wrong with a town file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, such as `service "personalausweis".duration`.
    pub key: String,
    /// What is wrong and what is expected.
    pub message: String,
    /// The same in German, for the pages that admins work on.
    pub german: String,
}

impl Problem {
    /// A line for a German page: the key, and what is wrong there.
    #[must_use]
    pub fn in_german(&self) -> String {
        match self.key.as_str() {
            FILE => self.german.clone(),
            key => format!("{key}: {}", self.german),
        }
    }
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
    /// Adds a problem, in English and in German.
    fn add(
        &mut self,
        key: impl Into<String>,
        (message, german): (impl Into<String>, impl Into<String>),
    ) {
        self.0.push(Problem { key: key.into(), message: message.into(), german: german.into() });
    }

    /// Adds a rule that is broken.
    fn expect(
        &mut self,
        holds: bool,
        key: impl FnOnce() -> String,
        (message, german): (&str, &str),
    ) {
        if !holds {
            self.add(key(), (message, german));
        }
    }
}
