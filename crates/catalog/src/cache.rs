//! Set-ups kept in memory, each with its version. Whoever reads rows learns the version from the
//! database in the same statement; who only wants to see the set-up may be shown one that was
//! looked at a moment ago (`tenant::moment`).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tenant::{
    Db, Scope, TenantId, TenantTx,
    kept::{Kept, Turn},
    moment::{Change, Moment},
};

use crate::{Error, model::TownSetup, store};

/// Set-ups of so many towns are kept.
const TOWNS: usize = 2000;
/// A set-up is loaded again after so many seconds whatever its version, and up to as many later, so that
/// not all are loaded at once: a PostgreSQL server that was promoted without the latest changes gives
/// their versions to others.
const RELOADED_AFTER: u64 = 60;

/// The kept set-ups.
#[derive(Debug)]
pub struct Setups {
    kept: Kept<TenantId, Known>,
}

/// A set-up with its version, and when it was that.
#[derive(Clone, Debug)]
struct Known {
    version: i64,
    setup: Arc<TownSetup>,
    loaded: Instant,
    moment: Moment,
}

impl Known {
    /// Itself, if it may be shown to somebody who asks at `asked`.
    fn fresh(self, asked: Moment) -> Option<Self> {
        self.moment.suits(asked).then_some(self)
    }

    /// Whether its version is not enough to know it by any more.
    fn is_old(&self, tenant: TenantId, now: Instant) -> bool {
        let (_, low) = tenant.0.as_u64_pair();
        now.duration_since(self.loaded)
            >= Duration::from_secs(RELOADED_AFTER + low % RELOADED_AFTER)
    }
}

impl Default for Setups {
    fn default() -> Self {
        Self { kept: Kept::with_room(TOWNS) }
    }
}

impl Setups {
    /// The set-up last seen, whatever its version.
    #[must_use]
    pub fn last_seen(&self, scope: &Scope) -> Option<Arc<TownSetup>> {
        Some(self.kept.get(&scope.tenant)?.setup)
    }

    /// The set-up and when it was that, if it may be shown to somebody who asks at `asked`.
    #[must_use]
    pub fn fresh(&self, scope: &Scope, asked: Moment) -> Option<(Arc<TownSetup>, Moment)> {
        let known = self.kept.get(&scope.tenant).and_then(|known| known.fresh(asked))?;
        Some((known.setup, known.moment))
    }

    /// The set-up last seen is as good after a change that left it as it was.
    pub fn stays(&self, scope: &Scope, change: Change) {
        self.kept.amend(&scope.tenant, |known| {
            if let Some(moment) = known.moment.with(change) {
                known.moment = moment;
            }
        });
    }

    /// The set-up that the scope's town has, or had a moment ago.
    ///
    /// # Errors
    /// Those of [`store::load`].
    pub async fn shown(&self, db: &Db, scope: &Scope) -> Result<Arc<TownSetup>, Error> {
        let asked = db.moment(scope);
        let fresh = |known: Known| known.fresh(asked).map(|known| known.setup);
        let renew = async |turn: Turn<'_, TenantId, Known>| {
            let tx = db.read(scope).await?;
            let known = known(&tx, turn.get(), version(&tx).await?).await?;
            turn.keep(known.clone(), 1);
            Ok(known.setup)
        };
        self.kept.look(&scope.tenant, fresh, renew).await
    }

    /// The set-up of the transaction's town, loaded unless the kept one has its version.
    ///
    /// # Errors
    /// Those of [`store::load`].
    pub async fn current(&self, tx: &TenantTx) -> Result<Arc<TownSetup>, Error> {
        self.at_version(tx, version(tx).await?).await
    }

    /// The set-up of the transaction's town, loaded unless the kept one has `version`.
    ///
    /// # Errors
    /// Those of [`store::load`].
    pub async fn at_version(&self, tx: &TenantTx, version: i64) -> Result<Arc<TownSetup>, Error> {
        let known = known(tx, self.kept.get(&tx.scope().tenant), version).await?;
        if !tx.writes() {
            self.kept.put(&tx.scope().tenant, known.clone(), 1);
        }
        Ok(known.setup)
    }

    /// The set-up as the transaction sees it, its own changes included.
    ///
    /// # Errors
    /// Those of [`store::load`].
    pub async fn load(&self, tx: &TenantTx) -> Result<Arc<TownSetup>, Error> {
        Ok(Arc::new(store::load(tx).await?.1))
    }
}

/// The version that the transaction sees.
async fn version(tx: &TenantTx) -> Result<i64, Error> {
    let rows = tx.query("SELECT setup_version FROM tenant WHERE id = $1", vec![]).await?;
    let row = rows.first().ok_or(Error::UnknownTown)?;
    Ok(row.try_get("", "setup_version")?)
}

/// The kept set-up if it has the version, else the one that is loaded now.
async fn known(tx: &TenantTx, kept: Option<Known>, version: i64) -> Result<Known, Error> {
    let (now, moment) = (Instant::now(), tx.moment());
    match kept {
        // Who writes keeps nothing, and would have to load an old one each time.
        Some(kept)
            if kept.version == version && (tx.writes() || !kept.is_old(tx.scope().tenant, now)) =>
        {
            Ok(Known { moment, ..kept })
        }
        _ => {
            let (version, setup) = store::load(tx).await?;
            Ok(Known { version, setup: Arc::new(setup), loaded: now, moment })
        }
    }
}

#[cfg(test)]
mod tests {
    use tenant::moment::Changes;

    use super::*;

    #[test]
    fn a_set_up_is_known_by_its_version_for_one_to_two_minutes() {
        let setup = Arc::new(crate::townfile::parse(include_str!("../towns/altena.toml")).unwrap());
        for (number, seconds) in [(0, 60), (59, 119), (60, 60)] {
            let tenant = TenantId(uuid::Uuid::from_u128(number));
            let (loaded, moment) = (Instant::now(), Changes::default().moment(tenant));
            let known = Known { version: 7, setup: Arc::clone(&setup), loaded, moment };
            assert!(!known.is_old(tenant, loaded + Duration::from_secs(seconds - 1)));
            assert!(known.is_old(tenant, loaded + Duration::from_secs(seconds)));
        }
    }
}
