//! Holds shared through Redis.
//!
//! Keys carry the tenant in a hash tag, so that a town's keys live on one node of a cluster:
//! `hold:{tenant}:day:COUNTER:DATE` (hash, token → span), `hold:{tenant}:token:TOKEN` (string, the
//! day's key) and `hold:{tenant}:days` (sorted set of days by their last expiry).

use std::sync::{Arc, Weak};

use chrono::{DateTime, NaiveDate, Utc};
use redis::{RedisError, Script};
use tenant::TenantId;
use uuid::Uuid;

use super::{
    Hold,
    board::{Board, Step},
    watch::{CHANNEL, Watch, told},
};
use crate::remote::Remote;

/// The word for nothing.
const NONE: &str = "-";

/// What came of a claim.
pub(super) enum Claimed {
    Granted,
    /// By this hold, unless another version of this program has written it.
    Refused(Option<Hold>),
}

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

    /// Claims the `hold`, which with that of the same holder that it replaces is the `step`. Answers what
    /// stands in the way; `None` when Redis is out of reach.
    pub(super) async fn claim(
        &self,
        tenant: TenantId,
        hold: &Hold,
        step: &Step,
        now: DateTime<Utc>,
    ) -> Option<Claimed> {
        let replaces = step.gone.as_deref().unwrap_or_default();
        let mut call = self.claim.prepare_invoke();
        call.key(format!("hold:{{{tenant}}}:day:{}:{}", hold.counter, hold.date))
            .key(days_key(tenant))
            .key(token_key(tenant, &hold.token))
            .key(token_key(tenant, replaces))
            .arg(&hold.token)
            .arg(hold.starts_at.timestamp_millis())
            .arg(hold.ends_at.timestamp_millis())
            .arg(hold.expires_at.timestamp_millis())
            .arg(now.timestamp_millis())
            .arg(encode(hold))
            .arg(replaces)
            .arg(CHANNEL)
            .arg(self.words(tenant, step));
        let mut found = self.remote.invoke::<Vec<String>>(&call).await?.into_iter();
        Some(match (found.next(), found.next()) {
            (Some(token), Some(value)) => Claimed::Refused(decode(token, &value)),
            _ => Claimed::Granted,
        })
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

    /// Whether there was such a hold; `None` when Redis is out of reach.
    pub(super) async fn release(&self, tenant: TenantId, token: &str, step: &Step) -> Option<bool> {
        let mut call = self.release.prepare_invoke();
        call.key(token_key(tenant, token)).arg(token).arg(CHANNEL).arg(self.words(tenant, step));
        self.remote.invoke::<i32>(&call).await.map(|ended| ended == 1)
    }

    /// Notes what other processes hold and release, as long as anybody may ask; nothing where nobody can
    /// know when it has been told everything.
    pub(super) async fn watch(self: Arc<Self>, board: Weak<Board>) {
        if self.remote.keeps_order() {
            let (remote, process) = (self.remote.clone(), self.process);
            Watch { remote, process, board }.run().await;
        }
    }

    /// What is told of a step in a town.
    fn words(&self, tenant: TenantId, step: &Step) -> String {
        match self.remote.keeps_order() {
            true => told(self.process, tenant, step),
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

/// A step in words: `GONE TOKEN HOLD`, each of them `-` where there is none.
pub(super) fn words_of(step: &Step) -> String {
    let gone = step.gone.as_deref().unwrap_or(NONE);
    match &step.come {
        Some(come) => format!("{gone} {} {}", come.token, encode(come)),
        None => format!("{gone} {NONE} {NONE}"),
    }
}

/// The step that the words tell; none where another version of this program has said them.
pub(super) fn step_of(words: &str) -> Option<Step> {
    let mut words = words.split(' ');
    let mut word = || words.next().map(|word| (word != NONE).then(|| word.to_owned()));
    let (gone, token, value) = (word()?, word()?, word()?);
    let come = match (token, value) {
        (Some(token), Some(value)) => Some(decode(token, &value)?),
        _ => None,
    };
    Some(Step { gone, come })
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

    fn hold(token: &str) -> Hold {
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        Hold {
            token: token.into(),
            counter: Uuid::from_u128(7),
            date: "2026-12-03".parse().unwrap(),
            starts_at: instant(100),
            ends_at: instant(1000),
            expires_at: instant(50),
        }
    }

    #[test]
    fn a_kept_hold_reads_back_as_it_was() {
        assert_eq!(decode("t".into(), &encode(&hold("t"))), Some(hold("t")));
        assert_eq!(decode("t".into(), "another version"), None);
    }

    #[test]
    fn a_step_reads_back_as_it_was_told() {
        for gone in [None, Some("old".to_owned())] {
            for come in [None, Some(hold("new"))] {
                let step = Step { gone: gone.clone(), come };
                assert_eq!(step_of(&words_of(&step)), Some(step));
            }
        }
        for other in ["", "old", "- new another|version"] {
            assert_eq!(step_of(other), None);
        }
    }
}
