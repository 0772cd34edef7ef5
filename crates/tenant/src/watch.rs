//! What other processes change in PostgreSQL: one question, a few times a second, about all towns.
//!
//! The function `town_changes` tells in which towns transactions have ended since the snapshot of the
//! question before. Nothing is sent, so nothing can be missed: a question that is late, fails or finds
//! another server only means that looks are good for as long as without it (`moment.rs`). It tells a
//! process its own changes, too, and so those of which it has not heard that they were committed.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use sea_orm::sqlx::{
    self, ConnectOptions as _, Connection as _, PgConnection, PgPool, postgres::PgConnectOptions,
};
use uuid::Uuid;

use crate::{
    TenantId,
    moment::{BETWEEN, Changes},
};

/// From a question that failed to the next.
const PAUSE: Duration = Duration::from_secs(1);
/// A server that has not answered by then is asked on another connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// A snapshot that is older than this is not asked with, and what one that is older has seen is cleared
/// away.
const OLDEST: Duration = Duration::from_secs(60);

/// Asks while somebody wants to know, as long as there is anybody.
pub(crate) async fn watch(pool: PgPool, changes: Weak<Changes>) {
    let (mut link, mut well) = (None, true);
    loop {
        tokio::time::sleep(if well { BETWEEN } else { PAUSE }).await;
        let Some(changes) = changes.upgrade() else { return };
        if !changes.are_wanted() {
            continue;
        }
        let asked = tokio::time::timeout(PATIENCE, ask(&pool, link.take(), &changes)).await;
        let failed = match asked {
            Ok(Ok(next)) => {
                link = Some(next);
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        match &failed {
            Some(error) if well => {
                tracing::warn!(error, "not told what has changed: towns are looked at more often");
            }
            None if !well => tracing::info!("told again what has changed"),
            _ => {}
        }
        well = failed.is_none();
    }
}

/// A connection of its own, so that a question does not wait behind requests for one of the pool's.
struct Link {
    connection: PgConnection,
    /// What the pool's connections are made by; another primary has others.
    options: Arc<PgConnectOptions>,
    told: Option<Told>,
    /// The snapshot with which is cleared up next, and since when it waits for that.
    clearing: Option<(String, Instant)>,
}

/// What the last answer said.
struct Told {
    server: String,
    snapshot: String,
    /// From when on every change has been told.
    since: Instant,
    /// When the question was asked.
    at: Instant,
}

impl Link {
    async fn open(options: Arc<PgConnectOptions>) -> Result<Self, sqlx::Error> {
        let quiet = options.as_ref().clone().disable_statement_logging();
        let connection = PgConnection::connect_with(&quiet).await?;
        Ok(Self { connection, options, told: None, clearing: None })
    }

    /// Now and then clears away what nobody asks for any more.
    async fn clear_up(&mut self, snapshot: &str) -> Result<(), sqlx::Error> {
        let due = self.clearing.take_if(|(_, since)| since.elapsed() > OLDEST);
        self.clearing.get_or_insert_with(|| (snapshot.to_owned(), Instant::now()));
        if let Some((seen, _)) = due {
            sqlx::query("SELECT forget_town_changes($1::text::pg_snapshot)")
                .bind(seen)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }
}

async fn ask(pool: &PgPool, link: Option<Link>, changes: &Changes) -> Result<Link, sqlx::Error> {
    let options = pool.connect_options();
    let mut link = match link.filter(|link| Arc::ptr_eq(&link.options, &options)) {
        Some(link) => link,
        None => Link::open(options).await?,
    };
    let told = link.told.take().filter(|told| told.at.elapsed() < OLDEST);
    let at = Instant::now();
    let snapshot = told.as_ref().map(|told| told.snapshot.as_str());
    let (server, snapshot, changed): (String, String, Vec<Uuid>) =
        sqlx::query_as("SELECT server, seen, changed FROM town_changes($1::text::pg_snapshot)")
            .bind(snapshot)
            .fetch_one(&mut link.connection)
            .await?;
    let since = match told {
        Some(told) if told.server == server => told.since,
        _ => {
            link.clearing = None;
            Instant::now()
        }
    };
    changes.hear_all(changed.into_iter().map(TenantId), since, at);
    link.clear_up(&snapshot).await?;
    link.told = Some(Told { server, snapshot, since, at });
    Ok(link)
}
