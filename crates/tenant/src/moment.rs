//! When something was looked at, and whether it may still be shown.
//!
//! A process knows of its own changes at once, because each of them is counted here. Those of other
//! processes are counted when it is told of them, which it may be for a while or never: what was
//! looked at is shown for [`FRESH`] after the look, or after the last word from which one would know
//! that it has changed since.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::TenantId;

/// How long something may be shown without another look or word.
pub const FRESH: Duration = Duration::from_millis(500);

/// From one time that word is asked for to the next: less than half of how long a look is good for by
/// itself, so that the word comes before that is over.
pub const BETWEEN: Duration = Duration::from_millis(200);

/// How long something may be shown without another look, whatever the word: a net below all that might
/// change it and say nothing, such as a process of the release before.
const LONGEST: Duration = Duration::from_secs(10);

/// Towns share this many counters; where two share one, the other's change costs a look too many.
const COUNTERS: usize = 8192;

/// Counts the changes in each town that this process makes, or is told of.
#[derive(Debug)]
pub struct Changes {
    counters: Box<[Counter]>,
    word: Mutex<Word>,
    wanted: AtomicBool,
}

#[derive(Debug, Default)]
struct Counter {
    /// All of them.
    changes: AtomicU64,
    /// Those that one was told of.
    told: AtomicU64,
}

/// What one has been told.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    told: Option<Told>,
    /// Since when one has to wait for word that begins later.
    doubted: Option<Instant>,
    /// What was looked at before is not among what is told.
    begins: Option<Instant>,
}

/// From when to when all changes of others have been counted.
#[derive(Clone, Copy, Debug)]
struct Told {
    since: Instant,
    until: Instant,
}

impl Default for Changes {
    fn default() -> Self {
        let counters = (0..COUNTERS).map(|_| Counter::default()).collect();
        Self { counters, word: Mutex::default(), wanted: AtomicBool::default() }
    }
}

/// A change that was counted: how many there were in its town with it.
#[derive(Clone, Copy, Debug)]
pub struct Change(u64);

/// A change that this process is making: it is counted however that ends.
#[derive(Debug)]
pub struct Changing {
    changes: Arc<Changes>,
    tenant: TenantId,
    /// How many one had been told of when it began.
    told: u64,
    done: bool,
}

impl Changing {
    /// Nothing was changed, and that was heard of.
    pub fn dismiss(mut self) {
        self.done = true;
    }

    /// It has been made, and its end was heard of.
    pub fn done(mut self) -> Change {
        self.done = true;
        self.changes.count_up(self.tenant)
    }

    /// The same. Answers the change, unless one was told of another meanwhile, which may have come after
    /// it and undone it.
    #[must_use]
    pub fn done_alone(self) -> Option<Change> {
        let told = self.changes.of(self.tenant).told.load(Ordering::SeqCst);
        let is_alone = told == self.told;
        let change = self.done();
        is_alone.then_some(change)
    }
}

impl Drop for Changing {
    /// Nobody waits for its end any more, or the answer got lost: it may still be made.
    fn drop(&mut self) {
        if !self.done {
            self.changes.count_up(self.tenant);
            self.changes.doubt();
        }
    }
}

/// A moment in a town: how many changes there were, when, and what one had been told by then.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    changes: u64,
    at: Instant,
    told: Option<Told>,
}

impl Changes {
    /// The present moment. Taken before a look, so that the look shows it or what came later.
    #[must_use]
    pub fn moment(&self, tenant: TenantId) -> Moment {
        // Before the count, which then has all that was told.
        let told = self.word().told;
        let changes = self.of(tenant).changes.load(Ordering::SeqCst);
        Moment { changes, at: Instant::now(), told }
    }

    /// The same for somebody who asks for what is kept, and so wants to be told what changes.
    #[must_use]
    pub fn asked(&self, tenant: TenantId) -> Moment {
        if !self.wanted.load(Ordering::Relaxed) {
            self.wanted.store(true, Ordering::Relaxed);
        }
        self.moment(tenant)
    }

    /// A change begins.
    #[must_use]
    pub fn begin(self: &Arc<Self>, tenant: TenantId) -> Changing {
        let told = self.of(tenant).told.load(Ordering::SeqCst);
        Changing { changes: Arc::clone(self), tenant, told, done: false }
    }

    /// Something has changed: what was looked at before is shown no more, unless it is made to show
    /// the change ([`Moment::with`]).
    pub fn count_up(&self, tenant: TenantId) -> Change {
        Change(self.of(tenant).changes.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Something may change or have changed of which one will not be told: whatever is looked at is good
    /// by itself only, until there is word that begins later than now.
    pub fn doubt(&self) {
        let mut word = self.word();
        word.told = None;
        word.doubted = Some(Instant::now());
    }

    /// Whether anybody has asked since the last time that this was asked.
    #[must_use]
    pub fn are_wanted(&self) -> bool {
        self.wanted.swap(false, Ordering::Relaxed)
    }

    /// Another process has changed something.
    pub fn hear(&self, tenant: TenantId) -> Change {
        self.of(tenant).told.fetch_add(1, Ordering::SeqCst);
        self.count_up(tenant)
    }

    /// Others have changed these `towns`, and nothing else that was not told before, from `since` to
    /// `until`. The first is the same each time as long as no word can have been lost.
    pub fn hear_all(
        &self,
        towns: impl IntoIterator<Item = TenantId>,
        since: Instant,
        until: Instant,
    ) {
        for town in towns {
            self.hear(town);
        }
        let mut word = self.word();
        if let Some(doubted) = word.doubted {
            if until <= doubted {
                return;
            }
            word.doubted = None;
            word.begins = Some(Instant::now());
        }
        let since = word.begins.map_or(since, |begins| begins.max(since));
        word.told = Some(Told { since, until });
    }

    /// Nothing is left half done under this lock.
    fn word(&self) -> MutexGuard<'_, Word> {
        self.word.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, tenant: TenantId) -> &Counter {
        let number = tenant.0.as_u128() % COUNTERS as u128;
        &self.counters[usize::try_from(number).unwrap_or(0)]
    }
}

impl Moment {
    /// Since when both looks are known: what rests on two is as old as the older.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let Self { changes, at, told } = self;
        Self { changes: changes.min(other.changes), at: at.min(other.at), told }
    }

    /// The moment of a look to which a change was added in memory; none where other changes are
    /// missing from it too.
    #[must_use]
    pub fn with(self, change: Change) -> Option<Self> {
        (self.changes + 1 == change.0).then_some(Self { changes: change.0, ..self })
    }

    /// Whether what was looked at then is shown to nobody any more who asks from now on.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.at.elapsed() > LONGEST
    }

    /// Whether what was looked at then may be shown to somebody who asks at `asked`: they have
    /// waited for the look, or nothing is known to have changed since and that is fresh.
    #[must_use]
    pub fn suits(&self, asked: Moment) -> bool {
        let sure = match asked.told {
            Some(told) if told.since <= self.at => told.until.max(self.at),
            _ => self.at,
        };
        let age = |at| asked.at.saturating_duration_since(at);
        self.changes >= asked.changes && age(sure) <= FRESH && age(self.at) <= LONGEST
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const TOWN: TenantId = TenantId(Uuid::from_u128(1));

    fn later(at: Instant, millis: u64) -> Instant {
        at + Duration::from_millis(millis)
    }

    #[test]
    fn a_look_is_shown_half_a_second_and_to_those_who_waited_for_it() {
        let at = Instant::now();
        let moment = |millis| Moment { changes: 0, at: later(at, millis), told: None };
        assert!(moment(0).suits(moment(500)));
        assert!(!moment(0).suits(moment(501)));
        assert!(moment(10_000).suits(moment(0)), "it was made after they asked");
    }

    #[test]
    fn what_rests_on_two_looks_is_shown_as_long_as_both() {
        let at = Instant::now();
        let moment = |changes, millis| Moment { changes, at: later(at, millis), told: None };
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

    #[test]
    fn a_look_is_shown_on_while_word_comes_that_nothing_has_changed() {
        let at = Instant::now();
        let told = |since, until| Some(Told { since: later(at, since), until: later(at, until) });
        let look = Moment { changes: 0, at: later(at, 100), told: None };
        let asked = |millis, told| Moment { changes: 0, at: later(at, millis), told };
        assert!(look.suits(asked(3_500, told(100, 3_000))));
        assert!(!look.suits(asked(3_501, told(100, 3_000))), "the last word is too old");
        assert!(
            !look.suits(asked(3_500, told(101, 3_000))),
            "nothing was told of what came between"
        );
        assert!(look.suits(asked(600, told(0, 50))), "the look itself is younger than the word");
        assert!(look.suits(asked(10_100, told(0, 10_000))));
        assert!(!look.suits(asked(10_101, told(0, 10_000))), "nobody says everything");
    }

    #[test]
    fn what_others_have_changed_is_not_shown_once_one_is_told() {
        let changes = Changes::default();
        let (since, look) = (Instant::now(), changes.moment(TOWN));
        changes.hear_all([TenantId(Uuid::from_u128(2))], since, Instant::now());
        assert!(look.suits(changes.moment(TOWN)));
        changes.hear_all([TOWN], since, Instant::now());
        assert!(!look.suits(changes.moment(TOWN)));
    }

    #[test]
    fn a_change_is_added_to_a_look_that_lacks_nothing_else() {
        let changes = Changes::default();
        let look = changes.moment(TOWN);
        let (first, second) = (changes.count_up(TOWN), changes.count_up(TOWN));
        assert!(look.with(second).is_none(), "the first is missing");
        let with_first = look.with(first).unwrap();
        assert!(!with_first.suits(changes.moment(TOWN)));
        assert!(with_first.with(second).unwrap().suits(changes.moment(TOWN)));
        assert!(changes.moment(TOWN).with(second).is_none(), "it may show it already");
    }

    #[test]
    fn a_change_while_one_is_told_of_another_is_added_to_nothing() {
        let changes = Arc::new(Changes::default());
        let (first, second) = (changes.begin(TOWN), changes.begin(TOWN));
        assert!(
            second.done_alone().is_some() && first.done_alone().is_some(),
            "both are one's own"
        );
        let slow = changes.begin(TOWN);
        changes.hear(TOWN);
        assert!(slow.done_alone().is_none());
    }

    #[test]
    fn after_a_change_whose_end_is_not_known_looks_are_good_by_themselves_until_there_is_new_word()
    {
        let changes = Arc::new(Changes::default());
        let since = Instant::now();
        changes.hear_all([], since, Instant::now());
        let asked = Instant::now();
        drop(changes.begin(TOWN));
        let look = changes.moment(TOWN);
        assert!(look.told.is_none());
        changes.hear_all([], since, asked);
        assert!(changes.moment(TOWN).told.is_none(), "that was asked before");
        changes.hear_all([], since, Instant::now());
        let told = changes.moment(TOWN).told.unwrap();
        assert!(told.since > look.at, "the look may have come before the change");
    }

    #[test]
    fn nobody_is_told_unless_somebody_asks() {
        let changes = Changes::default();
        assert!(!changes.are_wanted());
        let _ = changes.moment(TOWN);
        assert!(!changes.are_wanted(), "a look is no question");
        let _ = changes.asked(TOWN);
        assert!(changes.are_wanted() && !changes.are_wanted());
    }
}
