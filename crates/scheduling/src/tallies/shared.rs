//! Counts shared through Redis: `tally:{tenant}:WHAT:WHOM` for a town's, `tally:WHAT:WHOM` for those of
//! no town (hashes of count and end of the window).

use chrono::{DateTime, TimeDelta, Utc};
use redis::{RedisError, Script};

use super::Count;
use crate::remote::Remote;

pub(super) struct SharedTallies {
    remote: Remote,
    add: Script,
    forget: Script,
}

impl std::fmt::Debug for SharedTallies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedTallies")
    }
}

impl SharedTallies {
    pub(super) fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self {
            remote: Remote::new(url)?,
            add: Script::new(include_str!("add.lua")),
            forget: Script::new("return redis.call('DEL', KEYS[1])"),
        })
    }

    /// `None` when Redis is out of reach.
    pub(super) async fn add(
        &self,
        key: &str,
        more: i32,
        window: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<Count> {
        let mut call = self.add.key(key);
        call.arg(more).arg(window.num_milliseconds()).arg(now.timestamp_millis());
        let (count, left) = self.remote.invoke::<(u32, i64)>(&call).await?;
        Some(Count { count, left: TimeDelta::milliseconds(left) })
    }

    pub(super) async fn forget(&self, key: &str) {
        self.remote.invoke::<i32>(&self.forget.key(key)).await;
    }
}
