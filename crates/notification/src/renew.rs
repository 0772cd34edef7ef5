//! What leaves long after it was written says what holds then, and goes where the town wants it then.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tenant::TenantTx;
use uuid::Uuid;

use crate::{Error, notice::Notice, sms::Gateway};

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

/// Where a town's messages go other than by mail.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Who sends short messages, where the town has somebody.
    pub sms: Option<Gateway>,
    /// The addresses of the webhooks by their slugs.
    pub webhooks: BTreeMap<String, String>,
}

/// Knows what notices say now and where they go; this room does not.
#[async_trait]
pub trait Renew: std::fmt::Debug + Send + Sync {
    /// A notice about `subject` that was written some time ago.
    async fn renewed(&self, tx: &TenantTx, subject: Uuid, written: &Notice) -> Renewed;

    /// Where the town's messages go now.
    ///
    /// # Errors
    /// [`Error::Later`] where that cannot be looked up.
    async fn targets(&self, tx: &TenantTx) -> Result<Targets, Error>;
}
