//! Holds: a citizen's short, expiring claim on a slot.
//!
//! A courtesy that spares disappointment. Correctness never depends on it: the database decides
//! at booking, and losing all holds costs no booking.

mod board;
mod local;
mod shared;
mod watch;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use tenant::{Scope, TenantId, moment::Moment};
use uuid::Uuid;

use crate::{secrets::is_token, slots::Busy};
use board::{Board, Days, Step};
use local::LocalHolds;
use shared::{Claimed, SharedHolds};

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

/// All live holds: in this process, or shared through Redis by all processes.
#[derive(Debug)]
pub struct Holds {
    local: LocalHolds,
    shared: Option<Arc<SharedHolds>>,
    /// The shared ones, for showing.
    board: Arc<Board>,
}

/// The holds of a town as they are shown. Some may have expired.
#[derive(Clone, Debug)]
pub struct HoldsShown {
    shared: Arc<Days>,
    local: Vec<Hold>,
}

impl HoldsShown {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Hold> {
        self.shared.values().flat_map(|day| day.iter()).chain(&self.local)
    }

    /// Those of a range of local dates.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = &Hold> {
        let days = (from <= to).then(|| self.shared.range(from..=to));
        let local = self.local.iter().filter(move |hold| (from..=to).contains(&hold.date));
        days.into_iter().flatten().flat_map(|(_, day)| day.iter()).chain(local)
    }
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
        tokio::spawn(shared.watch(Arc::downgrade(&own.board)));
        Ok(own)
    }

    fn with(shared: Option<Arc<SharedHolds>>) -> Self {
        Self { local: LocalHolds::default(), shared, board: Arc::default() }
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
            let changing = self.board.changes.begin(tenant);
            // Others are told of it.
            let gone = replaces.filter(|token| is_token(token)).map(str::to_owned);
            let step = Step { gone, come: Some(hold.clone()) };
            match shared.claim(tenant, hold, &step, now).await {
                Some(Claimed::Granted) => {
                    if let Some(token) = replaces {
                        // Claimed while Redis was away, perhaps.
                        self.local.release(tenant, token);
                    }
                    self.board.note(tenant, || changing.done(), step);
                    return true;
                }
                Some(Claimed::Refused(by)) => {
                    self.board.note(tenant, || changing.done(), Step { gone: None, come: by });
                    return false;
                }
                None => {}
            }
        }
        let granted = self.local.claim(tenant, hold, replaces, now);
        self.board.changes.count_up(tenant);
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
    /// when that was.
    pub async fn shown(&self, scope: &Scope, now: DateTime<Utc>) -> (HoldsShown, Moment) {
        let asked = self.moment(scope);
        let local = self.local.live(scope.tenant, now);
        let Some(shared) = &self.shared else {
            return (HoldsShown { shared: Arc::default(), local }, asked);
        };
        let look = shared.live(scope.tenant, None, now);
        let (shared, moment) = self.board.shown(scope.tenant, asked, look).await;
        (HoldsShown { shared, local }, moment)
    }

    /// The holds of a town where they are kept and may be shown, without a look.
    #[must_use]
    pub fn kept(&self, scope: &Scope, now: DateTime<Utc>) -> Option<HoldsShown> {
        let local = self.local.live(scope.tenant, now);
        let shared = match &self.shared {
            Some(_) => self.board.kept(scope.tenant, self.moment(scope))?,
            None => Arc::default(),
        };
        Some(HoldsShown { shared, local })
    }

    /// The present moment among the holds of the scope's town.
    #[must_use]
    pub fn moment(&self, scope: &Scope) -> Moment {
        self.board.changes.asked(scope.tenant)
    }

    /// Ends a hold; an unknown token is no error.
    pub async fn release(&self, tenant: TenantId, token: &str) {
        if self.local.release(tenant, token) {
            self.board.changes.count_up(tenant);
        }
        let Some(shared) = self.shared.as_ref().filter(|_| is_token(token)) else { return };
        let changing = self.board.changes.begin(tenant);
        let step = Step { gone: Some(token.to_owned()), come: None };
        match shared.release(tenant, token, &step).await {
            Some(true) => self.board.note(tenant, || changing.done(), step),
            Some(false) => changing.dismiss(),
            None => {}
        }
    }

    /// Whether the shared keeper answers; always so without one.
    pub async fn answers(&self) -> bool {
        match &self.shared {
            Some(shared) => shared.answers().await,
            None => true,
        }
    }
}
