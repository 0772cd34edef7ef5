//! Host name or slug → tenant, for the moment before there is a scope.
//!
//! The list of all towns is small and read with every request, so it is kept in memory for a
//! second. It is one of the two places that look across tenants; on PostgreSQL it goes through the
//! function `tenant_directory()`, which shows these columns and nothing else.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Db, Error, TenantId};

/// How long a listing may be shown; a suspended town disappears within it.
const FRESH: Duration = Duration::from_secs(1);

/// What is known of a town before there is a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its identity.
    pub tenant: TenantId,
    /// First part of its pages' address.
    pub slug: String,
    /// As written on its pages.
    pub name: String,
    /// Its county's name.
    pub county: String,
    /// `onboarding`, `live` or `suspended`.
    pub status: String,
    /// Host names that lead to it.
    pub hosts: Vec<String>,
}

impl Entry {
    /// Whether citizens may see it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.status == "live"
    }
}

/// The listing of all towns, kept for a second.
#[derive(Debug, Default)]
pub struct Directory {
    kept: RwLock<Option<(Instant, Arc<Towns>)>>,
    /// Held by the one who looks anew.
    turn: tokio::sync::Mutex<()>,
    /// How often everything was forgotten: a look from before is not kept.
    forgotten: AtomicU64,
}

/// All towns, and where in the list each is found.
#[derive(Debug, Default)]
struct Towns {
    all: Arc<Vec<Entry>>,
    by_slug: HashMap<String, usize>,
    by_host: HashMap<String, usize>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    county: String,
    status: String,
    host: Option<String>,
}

const POSTGRES: &str = "SELECT id, slug, name, county, status, host FROM tenant_directory()";
const SQLITE: &str = "SELECT t.id, t.slug, t.name, c.name AS county, \
     t.status, h.host FROM tenant t JOIN county c ON c.key = t.county_key \
     LEFT JOIN tenant_host h ON h.tenant_id = t.id ORDER BY t.slug, h.host";

impl Directory {
    /// All towns, by slug.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn list(&self, db: &Db) -> Result<Arc<Vec<Entry>>, Error> {
        Ok(Arc::clone(&self.towns(db).await?.all))
    }

    /// The town with this slug.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn by_slug(&self, db: &Db, slug: &str) -> Result<Option<Entry>, Error> {
        let towns = self.towns(db).await?;
        Ok(towns.by_slug.get(slug).map(|place| towns.all[*place].clone()))
    }

    /// The town with this host name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn by_host(&self, db: &Db, host: &str) -> Result<Option<Entry>, Error> {
        let towns = self.towns(db).await?;
        Ok(towns.by_host.get(host).map(|place| towns.all[*place].clone()))
    }

    /// Forgets what is kept, so that the next look is fresh.
    pub fn forget(&self) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        *kept = None;
    }

    /// What is kept; once that is old one looks anew, and the others go on with it meanwhile.
    async fn towns(&self, db: &Db) -> Result<Arc<Towns>, Error> {
        if let Some(towns) = self.fresh() {
            return Ok(towns);
        }
        let _turn = match (self.turn.try_lock(), self.kept()) {
            (Ok(turn), _) => turn,
            (Err(_), Some((_, towns))) => return Ok(towns),
            (Err(_), None) => self.turn.lock().await,
        };
        if let Some(towns) = self.fresh() {
            return Ok(towns);
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let towns = Arc::new(Towns::of(load(db).await?));
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if forgotten == self.forgotten.load(Ordering::SeqCst) {
            *kept = Some((Instant::now(), Arc::clone(&towns)));
        }
        Ok(towns)
    }

    fn fresh(&self) -> Option<Arc<Towns>> {
        self.kept().filter(|(age, _)| *age < FRESH).map(|(_, towns)| towns)
    }

    fn kept(&self) -> Option<(Duration, Arc<Towns>)> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|(since, towns)| (since.elapsed(), Arc::clone(towns)))
    }
}

impl Towns {
    fn of(all: Vec<Entry>) -> Self {
        let places = || all.iter().enumerate();
        let by_slug = places().map(|(place, town)| (town.slug.clone(), place)).collect();
        let hosts = |(place, town): (usize, &Entry)| {
            town.hosts.iter().map(move |host| (host.clone(), place)).collect::<Vec<_>>()
        };
        let by_host = places().flat_map(hosts).collect();
        Self { all: Arc::new(all), by_slug, by_host }
    }
}

async fn load(db: &Db) -> Result<Vec<Entry>, Error> {
    let backend = db.platform().get_database_backend();
    let sql = if backend == DbBackend::Postgres { POSTGRES } else { SQLITE };
    let rows =
        Row::find_by_statement(Statement::from_string(backend, sql)).all(db.platform()).await?;
    let mut entries: Vec<Entry> = Vec::new();
    for row in rows {
        if entries.last().is_none_or(|last| last.tenant.0 != row.id) {
            entries.push(Entry {
                tenant: TenantId(row.id),
                slug: row.slug,
                name: row.name,
                county: row.county,
                status: row.status,
                hosts: Vec::new(),
            });
        }
        if let (Some(host), Some(entry)) = (row.host, entries.last_mut()) {
            entry.hosts.push(host);
        }
    }
    Ok(entries)
}
