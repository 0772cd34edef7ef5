//! Set-ups kept in memory, each with its version. Whoever reads learns the version from the
//! database in the same statement as its own rows, so a changed opening hour is right at once on
//! every replica and nothing needs to be told.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use tenant::{TenantId, TenantTx};

use crate::{Error, model::TownSetup, store};

/// The kept set-ups.
#[derive(Debug, Default)]
pub struct Setups {
    kept: RwLock<HashMap<TenantId, (i64, Arc<TownSetup>)>>,
}

impl Setups {
    /// The set-up last seen, whatever its version.
    #[must_use]
    pub fn last_seen(&self, tenant: TenantId) -> Option<(i64, Arc<TownSetup>)> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    /// The set-up of the transaction's town, loaded unless the kept one has `version`.
    ///
    /// # Errors
    /// Those of [`store::load`].
    pub async fn at_version(&self, tx: &TenantTx, version: i64) -> Result<Arc<TownSetup>, Error> {
        match self.last_seen(tx.scope().tenant) {
            Some((kept, setup)) if kept == version => Ok(setup),
            _ => self.load(tx).await,
        }
    }

    /// Loads the set-up of the transaction's town and keeps it.
    ///
    /// # Errors
    /// Those of [`store::load`].
    pub async fn load(&self, tx: &TenantTx) -> Result<Arc<TownSetup>, Error> {
        let (version, setup) = store::load(tx).await?;
        let setup = Arc::new(setup);
        self.kept
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tx.scope().tenant, (version, Arc::clone(&setup)));
        Ok(setup)
    }
}
