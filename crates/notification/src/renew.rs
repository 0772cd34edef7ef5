//! What was planned long before it leaves is written anew when it is due.

use async_trait::async_trait;
use tenant::TenantTx;
use uuid::Uuid;

use crate::notice::Notice;

/// Knows what planned notices say now; this room does not.
#[async_trait]
pub trait Renew: std::fmt::Debug + Send + Sync {
    /// The reminder of appointment `subject` as it reads now; none leaves it as it was planned.
    async fn reminder(&self, tx: &TenantTx, subject: Uuid) -> Option<Notice>;
}
