//! What leaves long after it was written says what holds then.

use async_trait::async_trait;
use tenant::TenantTx;
use uuid::Uuid;

use crate::notice::Notice;

/// What has become of a notice.
#[derive(Debug)]
pub enum Renewed {
    /// It leaves as it was written.
    AsWritten,
    /// It says this now.
    Anew(Box<Notice>),
    /// It says nothing any more.
    Pointless,
}

/// Knows what notices say now; this room does not.
#[async_trait]
pub trait Renew: std::fmt::Debug + Send + Sync {
    /// A notice about `subject` that was written some time ago.
    async fn renewed(&self, tx: &TenantTx, subject: Uuid, written: &Notice) -> Renewed;
}
