//! When those who book online have their device compute something first.

use serde::{Deserialize, Serialize};

/// When a place costs a little computation, which a person does not notice and a program that books
/// by the hundred does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Challenge {
    /// Never.
    #[default]
    Off,
    /// While far more is taken than usual.
    Surge,
    /// Always.
    Always,
}

impl Challenge {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Surge, Self::Always];

    /// So many places taken within a minute are a surge, unless a town says otherwise.
    pub const SURGE: u16 = 20;

    /// So many numbers a device has to try at most, unless a town says otherwise.
    pub const NUMBERS: u32 = 50_000;

    /// The word in a town file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Surge => "surge",
            Self::Always => "always",
        }
    }
}

pub(super) fn default_surge() -> u16 {
    Challenge::SURGE
}

pub(super) fn default_numbers() -> u32 {
    Challenge::NUMBERS
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
pub(super) fn is_default_surge(places: &u16) -> bool {
    *places == Challenge::SURGE
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
pub(super) fn is_default_numbers(most: &u32) -> bool {
    *most == Challenge::NUMBERS
}
