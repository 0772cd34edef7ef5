//! Holds: a citizen's short, expiring claim on a slot.
//!
//! A courtesy that spares disappointment. Correctness never depends on it: the database decides
//! at booking, and losing all holds costs no booking.

mod local;
mod shared;

use std::{convert::Infallible, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use tenant::{
    Scope, TenantId,
    kept::{Kept, Turn},
    moment::{Changes, Moment},
};
use uuid::Uuid;

use crate::slots::Busy;
use local::LocalHolds;
use shared::SharedHolds;

/// Shared holds are kept for showing in so many.
const ROOM: usize = 100_000;

/// One live hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Names it; known to its holder only.
    pub token: String,
    /// The counter it claims.
    pub counter: Uuid,
    /// Local date of its start.
    pub date: NaiveDate,
    /// Start of the span.
    pub starts_at: DateTime<Utc>,
    /// End of the span.
    pub ends_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

impl Hold {
    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.counter == other.counter
            && self.starts_at < other.ends_at
            && other.starts_at < self.ends_at
    }
}

impl From<&Hold> for Busy {
    fn from(hold: &Hold) -> Self {
        let Hold { counter, starts_at, ends_at, .. } = *hold;
        Self { counter, starts_at, ends_at }
    }
}

/// Shared holds as they were at a moment.
type Known = (Moment, Arc<[Hold]>);

/// All live holds: in this process, or shared through Redis by all processes.
#[derive(Debug)]
pub struct Holds {
    local: LocalHolds,
    shared: Option<SharedHolds>,
    /// The shared ones, for showing.
    kept: Kept<TenantId, Known>,
    changes: Changes,
}

impl Holds {
    /// Holds known to this process only.
    #[must_use]
    pub fn in_process() -> Self {
        Self::with(None)
    }

    /// Holds shared through the Redis at `url`: `redis://HOST:PORT`, or the nodes of a cluster,
    /// `redis-cluster://HOST:PORT,HOST:PORT`. While it is out of reach this process keeps its own.
    ///
    /// # Errors
    /// A malformed address; nobody needs to answer there yet.
    pub fn shared(url: &str) -> Result<Self, redis::RedisError> {
        Ok(Self::with(Some(SharedHolds::new(url)?)))
    }

    fn with(shared: Option<SharedHolds>) -> Self {
        let (local, changes) = (LocalHolds::default(), Changes::default());
        Self { local, shared, kept: Kept::with_room(ROOM), changes }
    }

    /// Claims a span unless another live hold overlaps it; on success the hold named `replaces`
    /// ends, on failure it stays.
    pub async fn claim(
        &self,
        tenant: TenantId,
        hold: &Hold,
        replaces: Option<&str>,
        now: DateTime<Utc>,
    ) -> bool {
        if let Some(shared) = &self.shared
            && let Some(granted) = shared.claim(tenant, hold, replaces, now).await
        {
            self.changes.count_up(tenant);
            return granted;
        }
        let granted = self.local.claim(tenant, hold, replaces, now);
        self.changes.count_up(tenant);
        granted
    }

    /// The live holds of a town: all, or those of a local date.
    pub async fn live(
        &self,
        tenant: TenantId,
        date: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Vec<Hold> {
        let mut live = self.local.live(tenant, now);
        live.retain(|hold| date.is_none_or(|date| hold.date == date));
        if let Some(shared) = &self.shared {
            live.extend(shared.live(tenant, date, now).await.unwrap_or_default());
        }
        live
    }

    /// The holds of a town as they are, or those of other processes as they were a moment ago, and
    /// when that was. Some may have expired.
    pub async fn shown(&self, scope: &Scope, now: DateTime<Utc>) -> (Arc<[Hold]>, Moment) {
        let asked = self.moment(scope);
        let local = self.local.live(scope.tenant, now);
        let Some(shared) = &self.shared else { return (local.into(), asked) };
        let (moment, others) = self.shown_shared(shared, scope, asked, now).await;
        let none = local.is_empty();
        (if none { others } else { others.iter().cloned().chain(local).collect() }, moment)
    }

    /// The present moment among the holds of the scope's town.
    #[must_use]
    pub fn moment(&self, scope: &Scope) -> Moment {
        self.changes.moment(scope.tenant)
    }

    async fn shown_shared(
        &self,
        shared: &SharedHolds,
        scope: &Scope,
        asked: Moment,
        now: DateTime<Utc>,
    ) -> Known {
        let fresh = |known: Known| known.0.suits(asked).then_some(known);
        let renew = async |turn: Turn<'_, TenantId, Known>| {
            let moment = self.moment(scope);
            let live = shared.live(scope.tenant, None, now).await.unwrap_or_default();
            let known: Known = (moment, live.into());
            turn.keep(known.clone(), 1 + known.1.len());
            Ok::<_, Infallible>(known)
        };
        let Ok(known) = self.kept.look(&scope.tenant, fresh, renew).await;
        known
    }

    /// Ends a hold; an unknown token is no error.
    pub async fn release(&self, tenant: TenantId, token: &str) {
        self.local.release(tenant, token);
        if let Some(shared) = &self.shared {
            shared.release(tenant, token).await;
        }
        self.changes.count_up(tenant);
    }

    /// Whether the shared keeper answers; always so without one.
    pub async fn answers(&self) -> bool {
        match &self.shared {
            Some(shared) => shared.answers().await,
            None => true,
        }
    }
}
