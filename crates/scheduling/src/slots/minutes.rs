//! A set of minutes of one day.

/// Words of 64 minutes; 24 of them hold the 1500 minutes of the longest day.
const WORDS: usize = 24;
const BITS: u16 = 64;
const MAX: u16 = BITS * 24;

/// A set of minutes, 0 to 1535.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Minutes([u64; WORDS]);

impl Minutes {
    /// Adds `from..to`.
    pub(super) fn set(&mut self, from: u16, to: u16) {
        self.masks(from, to, |word, mask| *word |= mask);
    }

    /// Removes `from..to`.
    pub(super) fn clear(&mut self, from: u16, to: u16) {
        self.masks(from, to, |word, mask| *word &= !mask);
    }

    fn masks(&mut self, from: u16, to: u16, change: impl Fn(&mut u64, u64)) {
        let to = to.min(MAX);
        let mut at = from;
        while at < to {
            let word_end = (at / BITS + 1) * BITS;
            let end = to.min(word_end);
            let ones = u64::MAX >> (BITS - (end - at));
            change(&mut self.0[usize::from(at / BITS)], ones << (at % BITS));
            at = end;
        }
    }

    /// Adds `from`, `from + step`, … below `to`.
    pub(super) fn set_every(&mut self, step: u16, from: u16, to: u16) {
        for minute in (from..to.min(MAX)).step_by(usize::from(step.max(1))) {
            self.0[usize::from(minute / BITS)] |= 1 << (minute % BITS);
        }
    }

    /// Adds all of `other`.
    pub(super) fn or(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    /// Removes all of `other`.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= !other;
        }
    }

    /// What is in both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        self
    }

    /// Minutes from which on at least `length` minutes follow one another.
    pub(super) fn starts_of_runs(&self, length: u16) -> Self {
        if length > MAX {
            return Self::default();
        }
        let mut starts = *self;
        let mut proved = 1;
        while proved < length {
            let step = proved.min(length - proved);
            starts = starts.and(&starts.down(step));
            proved += step;
        }
        starts
    }

    /// Every minute moved `by` towards 0.
    fn down(&self, by: u16) -> Self {
        let (words, bits) = (usize::from(by / BITS), by % BITS);
        let mut padded = [0; 2 * WORDS + 1];
        padded[..WORDS].copy_from_slice(&self.0);
        let low = &padded[words..words + WORDS];
        let high = &padded[words + 1..=words + WORDS];
        // Two shifts, since one by 64 is none.
        Self(std::array::from_fn(|at| low[at] >> bits | high[at] << 1 << (BITS - 1 - bits)))
    }

    /// Whether `minute` is in.
    pub(super) fn get(&self, minute: u16) -> bool {
        self.0.get(usize::from(minute / BITS)).is_some_and(|word| word >> (minute % BITS) & 1 == 1)
    }

    /// Whether any of `from..to` is in.
    pub(super) fn any(&self, from: u16, to: u16) -> bool {
        (from..to.min(MAX)).any(|minute| self.get(minute))
    }

    /// How many minutes follow one another from `minute` on.
    pub(super) fn run_from(&self, minute: u16) -> u16 {
        let end = (minute..MAX).find(|at| !self.get(*at)).unwrap_or(MAX);
        end.saturating_sub(minute)
    }

    /// Length of the run around `minute`.
    pub(super) fn run_around(&self, minute: u16) -> u16 {
        let before = (0..minute).rev().take_while(|at| self.get(*at)).count();
        self.run_from(minute) + u16::try_from(before).unwrap_or(0)
    }

    /// All minutes, ascending.
    pub(super) fn iter(self) -> impl Iterator<Item = u16> {
        (0u16..).zip(self.0).flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                (bit < 64).then(|| {
                    word &= word - 1;
                    at * BITS + bit as u16
                })
            })
        })
    }
}
