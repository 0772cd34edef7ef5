//! How much is measured: small by default, all of it with `BENCH_FULL=1`.

use std::time::Duration;

use super::PARTS;

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
    pub only: Option<Vec<String>>,
}

impl Sizes {
    /// `BENCH_FULL`; `BENCH_SECONDS` for each figure; `BENCH_ONLY`, parts with commas between them.
    ///
    /// # Errors
    /// What is not understood.
    pub fn from_environment() -> Result<Self, String> {
        let read = |name: &str| std::env::var(name).ok();
        let full = read("BENCH_FULL").is_some_and(|value| value == "1");
        let seconds = read("BENCH_SECONDS").map(|text| {
            text.parse().map_err(|_| format!("BENCH_SECONDS: {text} is no number of seconds"))
        });
        let seconds = seconds.transpose()?;
        let only = read("BENCH_ONLY").map(|text| parts(&text)).transpose()?;
        let small = Self {
            round: Duration::from_secs(seconds.unwrap_or(3)),
            rush: (1_000, 2_500),
            towns: [10, 50, 200],
            past: [10_000, 50_000, 200_000],
            only,
        };
        if !full {
            return Ok(small);
        }
        Ok(Self {
            round: Duration::from_secs(seconds.unwrap_or(10)),
            rush: (8_000, 20_000),
            towns: [10, 100, 1_000],
            past: [100_000, 1_000_000, 5_000_000],
            ..small
        })
    }

    /// Whether a part is measured.
    #[must_use]
    pub fn takes(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|own| own == part))
    }
}

fn parts(text: &str) -> Result<Vec<String>, String> {
    let all = PARTS.join(", ");
    let known = |own: &str| {
        let is_known = PARTS.contains(&own);
        is_known.then(|| own.to_owned()).ok_or(format!("BENCH_ONLY: {own} is none of {all}"))
    };
    text.split(',').map(str::trim).map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_does_not_exist_is_refused() {
        assert_eq!(parts("rush, start").unwrap(), ["rush", "start"]);
        assert!(parts("rush,raeding").unwrap_err().contains("raeding is none of slots, reading"));
    }
}
