//! Holds in this process.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tenant::TenantId;

use super::Hold;

#[derive(Debug, Default)]
pub(super) struct LocalHolds(Mutex<HashMap<TenantId, Vec<Hold>>>);

impl LocalHolds {
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Vec<Hold>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn claim(
        &self,
        tenant: TenantId,
        hold: &Hold,
        replaces: Option<&str>,
        now: DateTime<Utc>,
    ) -> bool {
        let mut all = self.lock();
        let holds = all.entry(tenant).or_default();
        holds.retain(|other| other.is_live(now));
        let is_own = |other: &Hold| Some(other.token.as_str()) == replaces;
        if holds.iter().any(|other| !is_own(other) && other.overlaps(hold)) {
            return false;
        }
        holds.retain(|other| !is_own(other));
        holds.push(hold.clone());
        true
    }

    pub(super) fn live(&self, tenant: TenantId, now: DateTime<Utc>) -> Vec<Hold> {
        let all = self.lock();
        all.get(&tenant)
            .map(|holds| holds.iter().filter(|hold| hold.is_live(now)).cloned().collect())
            .unwrap_or_default()
    }

    /// Whether there was such a hold.
    pub(super) fn release(&self, tenant: TenantId, token: &str) -> bool {
        let mut all = self.lock();
        let Some(holds) = all.get_mut(&tenant) else { return false };
        let before = holds.len();
        holds.retain(|hold| hold.token != token);
        holds.len() < before
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    const TOWN: TenantId = TenantId(Uuid::from_u128(1));

    fn hold(token: &str, from_minute: i64, minutes: i64) -> Hold {
        let starts_at = DateTime::UNIX_EPOCH + TimeDelta::minutes(from_minute);
        Hold {
            token: token.to_owned(),
            counter: Uuid::from_u128(2),
            date: starts_at.date_naive(),
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(minutes),
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(10),
        }
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn a_span_is_held_once_until_the_hold_expires() {
        let holds = LocalHolds::default();
        assert!(holds.claim(TOWN, &hold("a", 60, 15), None, at(0)));
        assert!(!holds.claim(TOWN, &hold("b", 70, 15), None, at(0)));
        assert!(holds.claim(TOWN, &hold("c", 75, 15), None, at(0)), "spans may touch");
        assert!(holds.live(TOWN, at(10)).is_empty());
        assert!(holds.claim(TOWN, &hold("b", 70, 15), None, at(10)));
    }

    #[test]
    fn a_new_hold_replaces_the_old_one_even_where_they_overlap() {
        let holds = LocalHolds::default();
        assert!(holds.claim(TOWN, &hold("a", 60, 15), None, at(0)));
        assert!(holds.claim(TOWN, &hold("b", 65, 15), Some("a"), at(0)));
        assert_eq!(holds.live(TOWN, at(0)).len(), 1);
    }

    #[test]
    fn a_refused_hold_leaves_the_old_one_standing() {
        let holds = LocalHolds::default();
        assert!(holds.claim(TOWN, &hold("a", 60, 15), None, at(0)));
        assert!(holds.claim(TOWN, &hold("x", 90, 15), None, at(0)));
        assert!(!holds.claim(TOWN, &hold("b", 90, 15), Some("a"), at(0)));
        assert_eq!(holds.live(TOWN, at(0)).len(), 2);
    }

    #[test]
    fn holds_of_another_town_do_not_matter() {
        let holds = LocalHolds::default();
        assert!(holds.claim(TOWN, &hold("a", 60, 15), None, at(0)));
        assert!(holds.claim(TenantId(Uuid::from_u128(9)), &hold("b", 60, 15), None, at(0)));
    }
}
