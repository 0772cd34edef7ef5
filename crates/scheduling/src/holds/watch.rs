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

use super::{
    board::{Board, Step},
    shared::{step_of, words_of},
};
use crate::remote::Remote;

/// Where each step is said: `PROCESS TENANT STEP`.
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
    pub(super) board: Weak<Board>,
}

impl Watch {
    /// Listens from the first time that somebody wants to know, and anew when the connection was lost,
    /// as long as there is anybody.
    pub(super) async fn run(self) {
        let mut well = true;
        while let Some(board) = self.board.upgrade() {
            let is_wanted = board.changes.are_wanted();
            drop(board);
            if is_wanted && let Err(error) = self.listen(&mut well).await {
                if well {
                    tracing::warn!(kind = ?error.kind(), "not told who holds what: holds are looked at more often");
                }
                well = false;
            }
            tokio::time::sleep(if well { BETWEEN } else { PAUSE }).await;
        }
    }

    /// Notes what is told, until the connection is lost or nobody is there any more.
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
                    let Some(board) = self.board.upgrade() else { return Ok(()) };
                    match message {
                        None => return Err(lost()),
                        Some(message) if message.get_channel_name() == CHANNEL => {
                            self.hear(&board, &message);
                        }
                        Some(message) => {
                            come_back(&board.changes, &message, since);
                            waiting_for = None;
                            if !std::mem::replace(well, true) {
                                tracing::info!("told again who holds what");
                            }
                        }
                    }
                }
                _ = turn.tick() => {
                    let Some(board) = self.board.upgrade() else { return Ok(()) };
                    if !board.changes.are_wanted() {
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

    /// Notes a step of another process.
    fn hear(&self, board: &Board, message: &Msg) {
        let text = message.get_payload::<String>().unwrap_or_default();
        match heard(&text, self.process) {
            Some((tenant, Some(step))) => board.note(tenant, || board.changes.hear(tenant), step),
            // What it was has to be looked at.
            Some((tenant, None)) => _ = board.changes.hear(tenant),
            None => {}
        }
    }
}

/// What is told of a step in a town.
pub(super) fn told(process: Uuid, tenant: TenantId, step: &Step) -> String {
    format!("{process} {tenant} {}", words_of(step))
}

/// In which town something has changed, and what that is, unless another version of this program has
/// said it; none of what the process has changed itself, which notes it without being told.
fn heard(text: &str, own: Uuid) -> Option<(TenantId, Option<Step>)> {
    let mut parts = text.splitn(3, ' ');
    let process: Uuid = parts.next()?.parse().ok()?;
    let tenant = TenantId(parts.next()?.parse().ok()?);
    (process != own).then(|| (tenant, parts.next().and_then(step_of)))
}

/// A word to oneself: its time since the beginning, in microseconds. All that was said before it has
/// been counted.
fn come_back(changes: &Changes, message: &Msg, since: Instant) {
    if let Ok(micros) = message.get_payload::<u64>() {
        changes.hear_all([], since, since + Duration::from_micros(micros));
    }
}

fn lost() -> RedisError {
    (ErrorKind::Io, "the connection was lost").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_tells_another_hears() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let tenant = TenantId(Uuid::from_u128(3));
        let step = Step { gone: Some("a-token".to_owned()), come: None };
        let text = told(one, tenant, &step);
        assert_eq!(heard(&text, other), Some((tenant, Some(step))));
        assert_eq!(heard(&text, one), None);
        assert_eq!(heard(&format!("{one} {}", tenant.0), other), Some((tenant, None)));
        assert_eq!(heard("nonsense", other), None);
    }
}
