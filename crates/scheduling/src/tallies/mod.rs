//! Tallies: how often something happened lately, over all processes.
//!
//! A courtesy like the holds: what is counted slows down those who come too often, and losing the
//! counts refuses nobody. Whom a count is for is kept as a keyed hash, never as it reads.

mod local;
mod shared;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use tenant::{TenantId, seal::mac};

use local::LocalTallies;
use shared::SharedTallies;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct Tally<'a> {
    /// In which town; none for what belongs to no town.
    pub tenant: Option<TenantId>,
    /// What happens, such as `sign-in`.
    pub what: &'static str,
    /// Whom it is counted for: an address, a client, a solution.
    pub whom: &'a str,
    /// How long, from the first on.
    pub window: TimeDelta,
}

/// How often it happened in the present window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// So often.
    pub count: u32,
    /// After so long it begins anew.
    pub left: TimeDelta,
}

impl Count {
    /// How long to wait, where it happened more than `most` times.
    #[must_use]
    pub fn beyond(self, most: u32) -> Option<TimeDelta> {
        (self.count > most).then_some(self.left)
    }
}

/// All tallies: in this process, or shared through Redis by all processes.
#[derive(Debug)]
pub struct Tallies {
    key: [u8; 32],
    local: LocalTallies,
    shared: Option<SharedTallies>,
}

impl Tallies {
    /// Counts known to this process only; `key` hashes whom they are for.
    #[must_use]
    pub fn in_process(key: [u8; 32]) -> Self {
        Self { key, local: LocalTallies::default(), shared: None }
    }

    /// Counts shared through the Redis at `url`. While it is out of reach this process counts by
    /// itself.
    ///
    /// # Errors
    /// A malformed address; nobody needs to answer there yet.
    pub fn shared(key: [u8; 32], url: &str) -> Result<Self, redis::RedisError> {
        Ok(Self { shared: Some(SharedTallies::new(url)?), ..Self::in_process(key) })
    }

    /// Counts one more, and tells how many that makes.
    pub async fn add(&self, tally: &Tally<'_>, now: DateTime<Utc>) -> Count {
        self.count(tally, 1, now).await
    }

    /// How many were counted.
    pub async fn look(&self, tally: &Tally<'_>, now: DateTime<Utc>) -> Count {
        self.count(tally, 0, now).await
    }

    /// Counts one less: what was counted before it was known has turned out not to count.
    pub async fn take_back(&self, tally: &Tally<'_>, now: DateTime<Utc>) {
        self.count(tally, -1, now).await;
    }

    /// Forgets what was counted.
    pub async fn forget(&self, tally: &Tally<'_>) {
        let key = self.key_of(tally);
        self.local.forget(&key);
        if let Some(shared) = &self.shared {
            shared.forget(&key).await;
        }
    }

    async fn count(&self, tally: &Tally<'_>, more: i32, now: DateTime<Utc>) -> Count {
        let key = self.key_of(tally);
        if let Some(shared) = &self.shared
            && let Some(count) = shared.add(&key, more, tally.window, now).await
        {
            return count;
        }
        self.local.add(key, more, tally.window, now)
    }

    fn key_of(&self, tally: &Tally<'_>) -> String {
        let whom = URL_SAFE_NO_PAD.encode(&mac(&self.key, tally.what, tally.whom.as_bytes())[..16]);
        let what = tally.what;
        match tally.tenant {
            Some(tenant) => format!("tally:{{{tenant}}}:{what}:{whom}"),
            None => format!("tally:{what}:{whom}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const CLIENT: Tally<'_> = Tally {
        tenant: Some(TenantId(Uuid::from_u128(1))),
        what: "hold",
        whom: "192.0.2.7",
        window: TimeDelta::minutes(10),
    };

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[tokio::test]
    async fn a_window_begins_with_the_first_and_ends_for_all() {
        let tallies = Tallies::in_process([1; 32]);
        for (at, count, left) in [(0, 1, 10), (3, 2, 7), (9, 3, 1), (10, 1, 10)] {
            let counted = tallies.add(&CLIENT, minute(at)).await;
            assert_eq!(counted, Count { count, left: TimeDelta::minutes(left) });
        }
        assert_eq!(tallies.look(&CLIENT, minute(10)).await.count, 1, "looking counts nothing");
        tallies.add(&CLIENT, minute(10)).await;
        tallies.take_back(&CLIENT, minute(11)).await;
        assert_eq!(tallies.look(&CLIENT, minute(11)).await.count, 1);
        tallies.take_back(&CLIENT, minute(20)).await;
        assert_eq!(tallies.look(&CLIENT, minute(20)).await.count, 0, "never less than nothing");
        tallies.add(&CLIENT, minute(20)).await;
        tallies.forget(&CLIENT).await;
        assert_eq!(tallies.look(&CLIENT, minute(20)).await.count, 0);
    }

    #[tokio::test]
    async fn towns_deeds_and_clients_are_counted_apart() {
        let tallies = Tallies::in_process([1; 32]);
        tallies.add(&CLIENT, minute(0)).await;
        for other in [
            Tally { tenant: None, ..CLIENT },
            Tally { what: "booking", ..CLIENT },
            Tally { whom: "192.0.2.8", ..CLIENT },
        ] {
            assert_eq!(tallies.look(&other, minute(0)).await.count, 0, "{other:?}");
        }
    }

    #[test]
    fn a_key_has_its_town_in_a_hash_tag_and_nobodys_address() {
        let key = Tallies::in_process([1; 32]).key_of(&CLIENT);
        assert!(key.starts_with("tally:{00000000-0000-0000-0000-000000000001}:hold:"), "{key}");
        assert!(!key.contains("192.0.2.7"));
        assert_ne!(key, Tallies::in_process([2; 32]).key_of(&CLIENT), "the hash is keyed");
    }

    #[test]
    fn one_waits_beyond_the_most() {
        let left = TimeDelta::minutes(4);
        assert_eq!(Count { count: 5, left }.beyond(5), None);
        assert_eq!(Count { count: 6, left }.beyond(5), Some(left));
    }
}
