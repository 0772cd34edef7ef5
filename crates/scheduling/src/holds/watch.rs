//! What other processes hold in Redis: it says so when a hold changes.
//!
//! What this process says to itself in between comes back behind all that was said before, so that it
//! knows up to when it has been told. The nodes of a cluster keep no common order, so there nobody
//! listens, and looks are good for as long as without it (`tenant::moment`).

use std::{
    sync::Weak,
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use redis::{ErrorKind, Msg, RedisError};
use tenant::{
    TenantId,
    moment::{BETWEEN, Changes},
};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::remote::Remote;

/// Where each change of a hold is said: `PROCESS TENANT`.
pub(super) const CHANNEL: &str = "holds";
/// From a connection that failed to the next.
const PAUSE: Duration = Duration::from_secs(1);
/// A connection on which no word has come back for so long is lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process that listens to what the others hold.
pub(super) struct Watch {
    pub(super) remote: Remote,
    /// How it is called itself.
    pub(super) process: Uuid,
    pub(super) changes: Weak<Changes>,
}

impl Watch {
    /// Listens from the first time that somebody wants to know, and anew when the connection was lost,
    /// as long as there is anybody.
    pub(super) async fn run(self) {
        let mut well = true;
        while let Some(changes) = self.changes.upgrade() {
            let is_wanted = changes.are_wanted();
            drop(changes);
            if is_wanted && let Err(error) = self.listen(&mut well).await {
                if well {
                    tracing::warn!(kind = ?error.kind(), "not told who holds what: holds are looked at more often");
                }
                well = false;
            }
            tokio::time::sleep(if well { BETWEEN } else { PAUSE }).await;
        }
    }

    /// Counts what is told, until the connection is lost or nobody is there any more.
    async fn listen(&self, well: &mut bool) -> Result<(), RedisError> {
        let own = format!("{CHANNEL}:{}", self.process);
        let mut messages = self.remote.listen(&[CHANNEL, &own]).await?.into_on_message();
        let since = Instant::now();
        // The oldest word that has not come back.
        let mut waiting_for: Option<Instant> = None;
        let mut turn = tokio::time::interval(BETWEEN);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = messages.next() => {
                    let Some(changes) = self.changes.upgrade() else { return Ok(()) };
                    match message {
                        None => return Err(lost()),
                        Some(message) if message.get_channel_name() == CHANNEL => {
                            self.hear(&changes, &message);
                        }
                        Some(message) => {
                            come_back(&changes, &message, since);
                            waiting_for = None;
                            if !std::mem::replace(well, true) {
                                tracing::info!("told again who holds what");
                            }
                        }
                    }
                }
                _ = turn.tick() => {
                    let Some(changes) = self.changes.upgrade() else { return Ok(()) };
                    if !changes.are_wanted() {
                        continue;
                    }
                    let said = Instant::now();
                    if said.duration_since(*waiting_for.get_or_insert(said)) > PATIENCE {
                        return Err(lost());
                    }
                    let word = said.duration_since(since).as_micros().to_string();
                    self.remote.say(&own, &word).await;
                }
            }
        }
    }

    /// Counts a change of another process. Its own are counted by whoever makes them.
    fn hear(&self, changes: &Changes, message: &Msg) {
        let text = message.get_payload::<String>().unwrap_or_default();
        let Some((process, tenant)) = text.split_once(' ') else { return };
        if let Ok(tenant) = tenant.parse()
            && process != self.process.to_string()
        {
            changes.is_told(TenantId(tenant));
        }
    }
}

/// A word to oneself: its time since the beginning, in microseconds. All that was said before it has
/// been counted.
fn come_back(changes: &Changes, message: &Msg, since: Instant) {
    if let Ok(micros) = message.get_payload::<u64>() {
        changes.are_told([], since, since + Duration::from_micros(micros));
    }
}

fn lost() -> RedisError {
    (ErrorKind::Io, "the connection was lost").into()
}
