//! Sends what waits in the outbox: at least once, with a stable Message-ID.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Set};
use serde::de::DeserializeOwned;
use tenant::{Clock, Db, Scope, TenantTx, seal::Vault, town_secrets};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::{
    Error, dkim,
    entity::outbox,
    mailer::Mailer,
    notice::{Kind, Notice},
    outbound::Outbound,
    outbox::{Claimed, claim},
    renew::{Renew, Renewed},
    sms::{self, Gateway, Sms},
    webhook::{self, Delivery},
};

/// How many leave side by side at most.
const UNDER_WAY: usize = 10;
/// How many of them are not mails: one program that does not answer keeps no mail waiting.
const PROGRAMS: usize = 5;
/// How long something waits for which those are too many, or before which something else leaves.
const LATER: TimeDelta = TimeDelta::seconds(1);
/// What was written so long ago may say what holds no more.
const LONG_AGO: TimeDelta = TimeDelta::minutes(1);
/// After a look that has found less than there was room for, the next comes so much later: where
/// many write at once, one look finds what several have written.
const GATHER: Duration = Duration::from_millis(20);
/// How long to sleep when nothing waits and nobody rings; and so long after a look the next is made
/// even if there is little room.
const POLL: Duration = Duration::from_secs(1);
/// How often a busy database is asked again what to write down of a mail, and after how long.
const PATIENCE: usize = 5;
const PAUSE: Duration = Duration::from_millis(400);
/// After so many attempts a mail is given up.
const MAX_ATTEMPTS: i32 = 60;

/// The mail worker.
#[derive(Debug)]
pub struct Worker {
    /// Rows.
    pub db: Db,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Where mails go.
    pub mailer: Mailer,
    /// Where short messages and events go.
    pub outbound: Outbound,
    /// Writes anew what was planned.
    pub renew: Arc<dyn Renew>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Rung when a mail was written.
    pub waiting: Arc<Notify>,
    /// Makes a span part of the trace of the request that wrote the mail.
    pub join_trace: fn(&tracing::Span, &str),
}

impl Worker {
    /// Works until `shutdown`; what is being sent then is finished.
    pub async fn run(self, shutdown: CancellationToken) {
        let own = Arc::new(self);
        let programs = Arc::new(Semaphore::new(PROGRAMS));
        let mut under_way = JoinSet::new();
        // Whether more may wait than was claimed, and when that is looked for.
        let (mut more, mut next) = (true, Instant::now());
        loop {
            let room = UNDER_WAY - under_way.len();
            // Not for each that has left, but for many at once, unless those under way take long.
            let at = if room >= UNDER_WAY / 2 { next } else { next + POLL };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(_) = under_way.join_next() => {}
                () = own.waiting.notified() => more = true,
                () = sleep_until(at), if more && room > 0 => {
                    let claimed = own.claim(room).await;
                    more = claimed.len() == room;
                    next = Instant::now() + if more { Duration::ZERO } else { GATHER };
                    for mail in claimed {
                        under_way.spawn(own.clone().handle(mail, programs.clone()));
                    }
                }
                () = sleep(POLL) => more = true,
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn claim(&self, most: usize) -> Vec<Claimed> {
        let now = self.clock.now();
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        claim(&self.db, now, most).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox is out of reach");
            Vec::new()
        })
    }

    async fn handle(self: Arc<Self>, mail: Claimed, programs: Arc<Semaphore>) {
        if let Err(error) = self.try_to_handle(&mail, &programs).await {
            // The claim runs out and the mail is tried again.
            tracing::error!(mail = %mail.id, %error, "mail failed");
        }
    }

    /// Sends a mail, unless the claim on it has run out: another worker may have it by now.
    async fn try_to_handle(&self, mail: &Claimed, programs: &Semaphore) -> Result<(), Error> {
        let scope = Scope::system(mail.tenant());
        let tx = self.db.read(&scope).await?;
        let ours = mail.find(&tx).await?.filter(|_| !mail.has_run_out());
        let Some(row) = ours else { return Ok(()) };
        let _lane = match row.medium.as_str() {
            "mail" => None,
            _ => match programs.try_acquire() {
                Ok(lane) => Some(lane),
                Err(_) => {
                    drop(tx);
                    return self.put_off(&scope, mail, LATER).await;
                }
            },
        };
        if let Some(before) = row.waits_for(&tx, LONG_AGO, self.clock.now()).await? {
            drop(tx);
            let wait = (before - self.clock.now()).max(LATER);
            return self.put_off(&scope, mail, wait).await;
        }
        let ready = self.prepare(&tx, &row).await;
        drop(tx);
        let span = tracing::info_span!("mail", mail = %row.id, kind = %row.kind);
        if let Some(traceparent) = &row.traceparent {
            (self.join_trace)(&span, traceparent);
        }
        let outcome = match ready {
            // Written late, it would outlive what retention has deleted meanwhile.
            Ok(ready) if ready.is_pointless(self.clock.now()) => {
                let tx = self.db.write_unseen(&scope).await?;
                tx.delete::<outbox::Entity>(outbox::Column::Id.eq(row.id)).await?;
                tx.commit().await?;
                return Ok(());
            }
            Ok(ready) => self.send(&ready, &row).instrument(span).await,
            Err(error) => Err(error),
        };
        // What has left and is not written down leaves twice: a busy database is asked again.
        for _ in 0..PATIENCE {
            match self.mark(&scope, mail, &row, &outcome).await {
                Err(Error::Tenant(tenant::Error::Busy(_))) => sleep(PAUSE).await,
                marked => return marked,
            }
        }
        self.mark(&scope, mail, &row, &outcome).await
    }

    /// Gives a claim back for a while; that is no attempt.
    async fn put_off(&self, scope: &Scope, mail: &Claimed, wait: TimeDelta) -> Result<(), Error> {
        let tx = self.db.write_unseen(scope).await?;
        let until = mail.shared_now() + wait;
        let change = outbox::ActiveModel { claimed_until: Set(Some(until)), ..Default::default() };
        mail.update(&tx, change).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads what is to leave, and the secret that it needs for that.
    async fn prepare(&self, tx: &TenantTx, row: &outbox::Model) -> Result<Ready, Error> {
        let vault = &self.vault;
        let plain = &vault.keyring(tx).await?.open("mail", row.id, &row.sealed)?;
        Ok(match row.medium.as_str() {
            "sms" => {
                let secret = town_secrets::get(tx, vault, sms::SECRET).await?.unwrap_or_default();
                let secret = String::from_utf8(secret).map_err(|_| Error::Key)?;
                let sms: Sms = read(plain)?;
                let gateway = self.renew.targets(tx).await?.sms;
                match (self.renewed(tx, row, sms.notice).await, gateway) {
                    (Some(notice), Some(gateway)) => {
                        Ready::Sms(Box::new(Sms { notice, ..sms }), Box::new(gateway), secret)
                    }
                    _ => Ready::Nothing,
                }
            }
            "webhook" => {
                let delivery: Delivery = read(plain)?;
                let secret = webhook::secret(tx, vault, &delivery.slug).await?;
                let url = self.renew.targets(tx).await?.webhooks.remove(&delivery.slug);
                match (url, secret) {
                    (Some(url), Some(secret)) => Ready::Webhook(delivery, url, secret),
                    _ => Ready::Nothing,
                }
            }
            "mail" => {
                let Some(notice) = self.renewed(tx, row, read(plain)?).await else {
                    return Ok(Ready::Nothing);
                };
                let key = match &notice.town.from {
                    Some(_) => dkim::key(tx, vault).await?,
                    None => None,
                };
                Ready::Mail(Box::new(notice), key)
            }
            other => return Err(Error::Unreadable(format!("medium {other}"))),
        })
    }

    /// A notice as it reads now; none where it says nothing any more.
    async fn renewed(&self, tx: &TenantTx, row: &outbox::Model, written: Notice) -> Option<Notice> {
        let is_old = row.created_at + LONG_AGO < self.clock.now();
        if written.kind != Kind::Reminder && !is_old {
            return Some(written);
        }
        match self.renew.renewed(tx, row.subject_id, &written).await {
            Renewed::AsWritten => Some(written),
            Renewed::Anew(notice) => Some(*notice),
            Renewed::Pointless => None,
        }
    }

    async fn send(&self, ready: &Ready, row: &outbox::Model) -> Result<(), Error> {
        let now = self.clock.now();
        match ready {
            Ready::Mail(notice, key) => {
                self.mailer.send(notice, &row.message_id, key.as_deref(), now).await
            }
            Ready::Sms(sms, gateway, secret) => sms.send(&self.outbound, gateway, secret).await,
            Ready::Webhook(delivery, url, secret) => {
                delivery.send(&self.outbound, (url, secret), row.id, now).await
            }
            Ready::Nothing => Ok(()),
        }
    }

    /// Writes down what became of a mail.
    async fn mark(
        &self,
        scope: &Scope,
        mail: &Claimed,
        row: &outbox::Model,
        outcome: &Result<(), Error>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let attempts = row.attempts + 1;
        let is_dead =
            outcome.as_ref().is_err_and(|error| error.is_final()) || attempts >= MAX_ATTEMPTS;
        let mut change = outbox::ActiveModel {
            attempts: Set(attempts),
            claimed_until: Set(None),
            ..Default::default()
        };
        match outcome {
            Ok(()) => {
                change.state = Set("sent".to_owned());
                change.sent_at = Set(Some(now));
                change.sealed = Set(Vec::new());
            }
            Err(error) => {
                change.last_error = Set(Some(error.to_string()));
                if is_dead {
                    change.state = Set("dead".to_owned());
                } else {
                    change.due_at = Set(retry_at(now, attempts, rand::random()));
                }
            }
        }
        let tx = self.db.write_unseen(scope).await?;
        let is_ours = mail.update(&tx, change).await?;
        tx.commit().await?;
        match outcome {
            _ if !is_ours => {}
            Ok(()) => tracing::info!(mail = %row.id, kind = %row.kind, "sent"),
            Err(error) => tracing::warn!(mail = %row.id, %error, dead = is_dead, "not sent"),
        }
        Ok(())
    }
}

/// What is ready to leave, with the secret that it needs.
enum Ready {
    Mail(Box<Notice>, Option<String>),
    Sms(Box<Sms>, Box<Gateway>, String),
    /// With its address and its secret.
    Webhook(Delivery, String, String),
    /// What it says holds no more, or the town has nothing any more that takes it.
    Nothing,
}

impl Ready {
    fn is_pointless(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Mail(notice, _) => notice.is_pointless(now),
            Self::Sms(sms, ..) => sms.notice.is_pointless(now),
            Self::Webhook(..) => false,
            Self::Nothing => true,
        }
    }
}

fn read<T: DeserializeOwned>(plain: &[u8]) -> Result<T, Error> {
    // Its own words may repeat what it has read.
    let place = |error: serde_json::Error| {
        Error::Unreadable(format!("{:?} in column {}", error.classify(), error.column()))
    };
    serde_json::from_slice(plain).map_err(place)
}

/// When to try again after `attempts` failures: 5 s, doubled each time up to an hour, and between
/// half and all of it, so that many mails do not come at once.
fn retry_at(now: DateTime<Utc>, attempts: i32, chance: u16) -> DateTime<Utc> {
    let doubled = 5_i64 << u32::try_from(attempts - 1).unwrap_or(0).min(10);
    let most = doubled.min(3600) * 1000;
    now + TimeDelta::milliseconds(most / 2 + most / 2 * i64::from(chance) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour_and_is_spread() {
        let now = DateTime::UNIX_EPOCH;
        let wait = |attempts, chance| (retry_at(now, attempts, chance) - now).num_milliseconds();
        assert_eq!(wait(1, u16::MAX), 5_000);
        assert_eq!(wait(1, 0), 2_500);
        assert_eq!(wait(3, u16::MAX), 20_000);
        assert_eq!(wait(12, u16::MAX), 3_600_000);
    }
}
