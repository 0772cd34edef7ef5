//! Holds: a citizen's short, expiring claim on a slot.
//!
//! A courtesy that spares disappointment. Correctness never depends on it: the database decides
//! at booking, and losing all holds costs no booking.

mod local;
mod shared;
mod watch;

use std::{convert::Infallible, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use tenant::{
    Scope, TenantId,
    kept::{Kept, Turn},
    moment::{Change, Changes, Moment},
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
    shared: Option<Arc<SharedHolds>>,
    /// The shared ones, for showing.
    kept: Kept<TenantId, Known>,
    changes: Arc<Changes>,
}

impl Holds {
    /// Holds known to this process only.
    #[must_use]
    pub fn in_process() -> Self {
        Self::with(None)
    }

    /// Holds shared through the Redis at `url`: `redis://HOST:PORT`, or the nodes of a cluster,
    /// `redis-cluster://HOST:PORT,HOST:PORT`. While it is out of reach this process keeps its own.
    /// To be called where tokio runs.
    ///
    /// # Errors
    /// A malformed address; nobody needs to answer there yet.
    pub fn shared(url: &str) -> Result<Self, redis::RedisError> {
        let shared = Arc::new(SharedHolds::new(url)?);
        let own = Self::with(Some(Arc::clone(&shared)));
        tokio::spawn(shared.watch(Arc::downgrade(&own.changes)));
        Ok(own)
    }

    fn with(shared: Option<Arc<SharedHolds>>) -> Self {
        let (local, changes) = (LocalHolds::default(), Arc::default());
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
        if let Some(shared) = &self.shared {
            let changing = self.changes.begin(tenant);
            if let Some(granted) = shared.claim(tenant, hold, replaces, now).await {
                if let Some(change) = changing.done()
                    && granted
                {
                    self.amend(tenant, change, [Some(hold.token.as_str()), replaces], Some(hold));
                }
                return granted;
            }
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

    /// The holds of a town where they are kept and may be shown, without a look.
    #[must_use]
    pub fn kept(&self, scope: &Scope, now: DateTime<Utc>) -> Option<Arc<[Hold]>> {
        let local = self.local.live(scope.tenant, now);
        if self.shared.is_none() {
            return Some(local.into());
        }
        let (moment, others) = self.kept.get(&scope.tenant)?;
        let suits = local.is_empty() && moment.suits(self.moment(scope));
        suits.then_some(others)
    }

    /// The present moment among the holds of the scope's town.
    #[must_use]
    pub fn moment(&self, scope: &Scope) -> Moment {
        self.changes.asked(scope.tenant)
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
            let moment = self.changes.moment(scope.tenant);
            let live = shared.live(scope.tenant, None, now).await;
            if live.is_none() {
                // What nobody has told is nothing to go on with.
                self.changes.doubt();
            }
            let known: Known = (moment, live.unwrap_or_default().into());
            turn.keep(known.clone(), 1 + known.1.len());
            Ok::<_, Infallible>(known)
        };
        let Ok(known) = self.kept.look(&scope.tenant, fresh, renew).await;
        known
    }

    /// Ends a hold; an unknown token is no error.
    pub async fn release(&self, tenant: TenantId, token: &str) {
        self.local.release(tenant, token);
        let Some(shared) = &self.shared else {
            self.changes.count_up(tenant);
            return;
        };
        let changing = self.changes.begin(tenant);
        if shared.release(tenant, token).await.is_some()
            && let Some(change) = changing.done()
        {
            self.amend(tenant, change, [Some(token), None], None);
        }
    }

    /// Makes the kept ones show a change: those with one of these tokens have gone, one has come.
    fn amend(
        &self,
        tenant: TenantId,
        change: Change,
        gone: [Option<&str>; 2],
        come: Option<&Hold>,
    ) {
        self.kept.amend(&tenant, |(moment, live)| {
            let moment = moment.with(change)?;
            let stays = |hold: &&Hold| !gone.contains(&Some(hold.token.as_str()));
            Some((moment, live.iter().filter(stays).chain(come).cloned().collect()))
        });
    }

    /// Whether the shared keeper answers; always so without one.
    pub async fn answers(&self) -> bool {
        match &self.shared {
            Some(shared) => shared.answers().await,
            None => true,
        }
    }
}
