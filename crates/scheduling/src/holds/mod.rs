//! Holds: a citizen's short, expiring claim on a slot.
//!
//! A courtesy that spares disappointment. Correctness never depends on it: the database decides
//! at booking, and losing all holds costs no booking.

mod local;
mod shared;

use chrono::{DateTime, NaiveDate, Utc};
use tenant::TenantId;
use uuid::Uuid;

use local::LocalHolds;
use shared::SharedHolds;

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
    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.counter == other.counter
            && self.starts_at < other.ends_at
            && other.starts_at < self.ends_at
    }
}

/// All live holds: in this process, or shared through Redis by all processes.
#[derive(Debug)]
pub struct Holds {
    local: LocalHolds,
    shared: Option<SharedHolds>,
}

impl Holds {
    /// Holds known to this process only.
    #[must_use]
    pub fn in_process() -> Self {
        Self { local: LocalHolds::default(), shared: None }
    }

    /// Holds shared through the Redis at `url`: `redis://HOST:PORT`, or the nodes of a cluster,
    /// `redis-cluster://HOST:PORT,HOST:PORT`. While it is out of reach this process keeps its own.
    ///
    /// # Errors
    /// A malformed address; nobody needs to answer there yet.
    pub fn shared(url: &str) -> Result<Self, redis::RedisError> {
        Ok(Self { local: LocalHolds::default(), shared: Some(SharedHolds::new(url)?) })
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
            return granted;
        }
        self.local.claim(tenant, hold, replaces, now)
    }

    /// All live holds of a town.
    pub async fn live(&self, tenant: TenantId, now: DateTime<Utc>) -> Vec<Hold> {
        let mut live = self.local.live(tenant, now);
        if let Some(shared) = &self.shared {
            live.extend(shared.live(tenant, now).await.unwrap_or_default());
        }
        live
    }

    /// Ends a hold; an unknown token is no error.
    pub async fn release(&self, tenant: TenantId, token: &str) {
        self.local.release(tenant, token);
        if let Some(shared) = &self.shared {
            shared.release(tenant, token).await;
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
