//! When something was looked at, and whether it may still be shown.
//!
//! A process knows of its own changes at once, because each of them is counted here; of what other
//! processes change it knows nothing, so it shows nothing for longer than [`FRESH`].

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::TenantId;

/// How long something may be shown without another look.
pub const FRESH: Duration = Duration::from_millis(500);

/// Towns share this many counters; where two share one, the other's change costs a look too many.
const COUNTERS: usize = 1024;

/// Counts the changes that this process makes in each town.
#[derive(Debug)]
pub struct Changes([AtomicU64; COUNTERS]);

impl Default for Changes {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; COUNTERS])
    }
}

/// A moment in a town: how many changes there were, and when.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    changes: u64,
    at: Instant,
}

impl Changes {
    /// The present moment. Taken before a look, so that the look shows it or what came later.
    #[must_use]
    pub fn moment(&self, tenant: TenantId) -> Moment {
        Moment { changes: self.of(tenant).load(Ordering::SeqCst), at: Instant::now() }
    }

    /// Something has changed: what was looked at before is shown no more.
    pub fn count_up(&self, tenant: TenantId) {
        self.of(tenant).fetch_add(1, Ordering::SeqCst);
    }

    fn of(&self, tenant: TenantId) -> &AtomicU64 {
        let number = tenant.0.as_u128() % COUNTERS as u128;
        &self.0[usize::try_from(number).unwrap_or(0)]
    }
}

impl Moment {
    /// Since when both looks are known: what rests on two is as old as the older.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { changes: self.changes.min(other.changes), at: self.at.min(other.at) }
    }

    /// Whether what was looked at then may be shown to somebody who asks at `asked`: they have
    /// waited for the look, or it is fresh and nothing was changed here since.
    #[must_use]
    pub fn suits(&self, asked: Moment) -> bool {
        self.changes >= asked.changes && asked.at.saturating_duration_since(self.at) <= FRESH
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const TOWN: TenantId = TenantId(Uuid::from_u128(1));

    #[test]
    fn a_look_is_shown_half_a_second_and_to_those_who_waited_for_it() {
        let at = Instant::now();
        let moment = |millis| Moment { changes: 0, at: at + Duration::from_millis(millis) };
        assert!(moment(0).suits(moment(500)));
        assert!(!moment(0).suits(moment(501)));
        assert!(moment(10_000).suits(moment(0)), "it was made after they asked");
    }

    #[test]
    fn what_rests_on_two_looks_is_shown_as_long_as_both() {
        let at = Instant::now();
        let moment = |changes, millis| Moment { changes, at: at + Duration::from_millis(millis) };
        let both = moment(1, 300).and(moment(2, 0));
        assert!(both.suits(moment(1, 500)));
        assert!(!both.suits(moment(2, 100)) && !both.suits(moment(1, 501)));
    }

    #[test]
    fn a_look_is_not_shown_after_a_change_of_ones_own() {
        let changes = Changes::default();
        let look = changes.moment(TOWN);
        assert!(look.suits(changes.moment(TOWN)));
        changes.count_up(TenantId(Uuid::from_u128(2)));
        assert!(look.suits(changes.moment(TOWN)), "another town's change");
        changes.count_up(TOWN);
        assert!(!look.suits(changes.moment(TOWN)));
        assert!(changes.moment(TOWN).suits(look));
    }
}
