//! A bell for those who wait: in which towns a place may have become free.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tenant::TenantId;
use tokio::sync::Notify;

/// Rung after a commit that may have made a place free, or that put somebody on the list.
#[derive(Debug, Default)]
pub struct Freed {
    towns: Mutex<BTreeSet<TenantId>>,
    rung: Notify,
}

impl Freed {
    /// In this town.
    pub(crate) fn ring(&self, tenant: TenantId) {
        self.towns().insert(tenant);
        self.rung.notify_one();
    }

    /// The towns in which it was rung since they were asked for last; waits for the first.
    pub async fn next(&self) -> BTreeSet<TenantId> {
        loop {
            let towns = std::mem::take(&mut *self.towns());
            if !towns.is_empty() {
                return towns;
            }
            self.rung.notified().await;
        }
    }

    fn towns(&self) -> MutexGuard<'_, BTreeSet<TenantId>> {
        self.towns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn each_town_is_told_once_however_often_it_was_rung() {
        let freed = Freed::default();
        let town = |number| TenantId(Uuid::from_u128(number));
        for number in [2, 1, 2] {
            freed.ring(town(number));
        }
        assert_eq!(freed.next().await, BTreeSet::from([town(1), town(2)]));
        freed.ring(town(3));
        assert_eq!(freed.next().await, BTreeSet::from([town(3)]));
    }
}
