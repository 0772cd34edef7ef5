//! Counts known to this process only.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::Count;

/// Beyond so many counts those whose window is over are forgotten, and all of them where none is: a
/// process must not grow with the number of those who come.
const KEPT: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct LocalTallies {
    kept: Mutex<HashMap<String, Kept>>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    count: u32,
    ends: DateTime<Utc>,
}

impl LocalTallies {
    pub(super) fn add(
        &self,
        key: String,
        more: i32,
        window: TimeDelta,
        now: DateTime<Utc>,
    ) -> Count {
        let anew = Kept { count: 0, ends: now + window };
        let mut kept = self.lock();
        let before = kept.get(&key).copied().filter(|own| own.ends > now).unwrap_or(anew);
        let own = Kept { count: before.count.saturating_add_signed(more), ..before };
        if more != 0 {
            if kept.len() >= KEPT {
                kept.retain(|_, own| own.ends > now);
            }
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(key, own);
        }
        Count { count: own.count, left: own.ends - now }
    }

    pub(super) fn forget(&self, key: &str) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
