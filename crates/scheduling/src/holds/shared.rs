//! Holds shared through Redis.
//!
//! Keys carry the tenant in a hash tag, so that a town's keys live on one node of a cluster:
//! `hold:{tenant}:day:COUNTER:DATE` (hash, token → span), `hold:{tenant}:token:TOKEN` (string, the
//! day's key) and `hold:{tenant}:days` (sorted set of days by their last expiry).

use std::sync::{Arc, Weak};

use chrono::{DateTime, NaiveDate, Utc};
use redis::{RedisError, Script};
use tenant::{TenantId, moment::Changes};
use uuid::Uuid;

use super::{
    Hold,
    watch::{CHANNEL, Watch},
};
use crate::remote::Remote;

pub(super) struct SharedHolds {
    remote: Remote,
    /// How this process is called among those that share the holds.
    process: Uuid,
    claim: Script,
    live: Script,
    release: Script,
}

impl std::fmt::Debug for SharedHolds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedHolds")
    }
}

impl SharedHolds {
    pub(super) fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self {
            remote: Remote::new(url)?,
            process: Uuid::new_v4(),
            claim: Script::new(include_str!("claim.lua")),
            live: Script::new(include_str!("live.lua")),
            release: Script::new(include_str!("release.lua")),
        })
    }

    /// `None` when Redis is out of reach.
    pub(super) async fn claim(
        &self,
        tenant: TenantId,
        hold: &Hold,
        replaces: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<bool> {
        let mut call = self.claim.prepare_invoke();
        call.key(format!("hold:{{{tenant}}}:day:{}:{}", hold.counter, hold.date))
            .key(days_key(tenant))
            .key(token_key(tenant, &hold.token))
            .key(token_key(tenant, replaces.unwrap_or_default()))
            .arg(&hold.token)
            .arg(hold.starts_at.timestamp_millis())
            .arg(hold.ends_at.timestamp_millis())
            .arg(hold.expires_at.timestamp_millis())
            .arg(now.timestamp_millis())
            .arg(encode(hold))
            .arg(replaces.unwrap_or_default())
            .arg(CHANNEL)
            .arg(self.words(tenant));
        self.remote.invoke::<i32>(&call).await.map(|granted| granted == 1)
    }

    /// All, or those of a local date; `None` when Redis is out of reach.
    pub(super) async fn live(
        &self,
        tenant: TenantId,
        date: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Option<Vec<Hold>> {
        let mut call = self.live.prepare_invoke();
        let date = date.map(|date| date.to_string()).unwrap_or_default();
        call.key(days_key(tenant)).arg(now.timestamp_millis()).arg(date);
        let kept = self.remote.invoke::<Vec<(String, String)>>(&call).await?;
        let holds = kept.into_iter().filter_map(|(token, value)| decode(token, &value));
        Some(holds.filter(|hold| hold.is_live(now)).collect())
    }

    /// `None` when Redis is out of reach.
    pub(super) async fn release(&self, tenant: TenantId, token: &str) -> Option<()> {
        let mut call = self.release.prepare_invoke();
        call.key(token_key(tenant, token)).arg(token).arg(CHANNEL).arg(self.words(tenant));
        self.remote.invoke::<i32>(&call).await.map(|_| ())
    }

    /// Counts what other processes hold and release, as long as anybody may ask; nothing where nobody can
    /// know when it has been told everything.
    pub(super) async fn watch(self: Arc<Self>, changes: Weak<Changes>) {
        if self.remote.keeps_order() {
            let (remote, process) = (self.remote.clone(), self.process);
            Watch { remote, process, changes }.run().await;
        }
    }

    /// What is told of a change in a town.
    fn words(&self, tenant: TenantId) -> String {
        match self.remote.keeps_order() {
            true => format!("{} {tenant}", self.process),
            false => String::new(),
        }
    }

    /// Whether Redis answers.
    pub(super) async fn answers(&self) -> bool {
        self.remote.answers().await
    }
}

fn days_key(tenant: TenantId) -> String {
    format!("hold:{{{tenant}}}:days")
}

fn token_key(tenant: TenantId, token: &str) -> String {
    format!("hold:{{{tenant}}}:token:{token}")
}

fn encode(hold: &Hold) -> String {
    format!(
        "{}|{}|{}|{}|{}",
        hold.starts_at.timestamp_millis(),
        hold.ends_at.timestamp_millis(),
        hold.expires_at.timestamp_millis(),
        hold.counter,
        hold.date
    )
}

/// Another version's value that cannot be read is no hold.
fn decode(token: String, value: &str) -> Option<Hold> {
    let mut parts = value.split('|');
    let mut instant = || DateTime::from_timestamp_millis(parts.next()?.parse().ok()?);
    let (starts_at, ends_at, expires_at) = (instant()?, instant()?, instant()?);
    let counter: Uuid = parts.next()?.parse().ok()?;
    let date: NaiveDate = parts.next()?.parse().ok()?;
    Some(Hold { token, counter, date, starts_at, ends_at, expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_hold_reads_back_as_it_was() {
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let hold = Hold {
            token: "t".into(),
            counter: Uuid::from_u128(7),
            date: "2026-12-03".parse().unwrap(),
            starts_at: instant(100),
            ends_at: instant(1000),
            expires_at: instant(50),
        };
        assert_eq!(decode("t".into(), &encode(&hold)), Some(hold));
        assert_eq!(decode("t".into(), "another version"), None);
    }
}
