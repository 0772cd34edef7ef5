//! Numbers that look random and are the same for the same seed.

/// A linear congruential generator.
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// True in `percent` of a hundred times.
    pub fn happens(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}
