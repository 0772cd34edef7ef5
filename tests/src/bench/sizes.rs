//! How much is measured: small by default, all of it with `BENCH_FULL=1`.

use std::time::Duration;

/// The sizes of one run.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// How long each figure is measured.
    pub round: Duration,
    /// Places and citizens of the rush.
    pub rush: (usize, usize),
    /// How many towns the platform grows to.
    pub towns: [usize; 3],
    /// How many past appointments it grows to.
    pub past: [usize; 3],
    /// Only these parts.
    pub only: Option<String>,
}

impl Sizes {
    /// `BENCH_FULL`; `BENCH_SECONDS` for each figure; `BENCH_ONLY`, parts with commas between them.
    #[must_use]
    pub fn from_environment() -> Self {
        let read = |name: &str| std::env::var(name).ok();
        let full = read("BENCH_FULL").is_some_and(|value| value == "1");
        let seconds = read("BENCH_SECONDS").and_then(|value| value.parse().ok());
        let small = Self {
            round: Duration::from_secs(seconds.unwrap_or(3)),
            rush: (1_000, 2_500),
            towns: [10, 50, 200],
            past: [10_000, 50_000, 200_000],
            only: read("BENCH_ONLY"),
        };
        if !full {
            return small;
        }
        Self {
            round: Duration::from_secs(seconds.unwrap_or(10)),
            rush: (8_000, 20_000),
            towns: [10, 100, 1_000],
            past: [100_000, 1_000_000, 5_000_000],
            ..small
        }
    }

    /// Whether a part is measured.
    #[must_use]
    pub fn takes(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.split(',').any(|own| own.trim() == part))
    }
}
