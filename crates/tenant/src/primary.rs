//! Several PostgreSQL servers of which one takes writes: connections go to whichever it is now.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions,
    sqlx::{
        self, ConnectOptions as _, Connection as _, PgConnection, PgPool,
        postgres::{PgConnectOptions, PgPoolOptions},
    },
};

/// How long after an answer the server in use is asked again whether it takes writes.
const BETWEEN: Duration = Duration::from_secs(1);
/// A server that has not answered by then takes none.
const PATIENCE: Duration = Duration::from_secs(1);
/// A connection that was begun before a change may come to be open as late as this after it.
const OPENING: Duration = super::db::ACQUIRE_TIMEOUT.saturating_add(Duration::from_secs(1));

/// The servers of one address, and when another of them than before was found to take writes.
#[derive(Clone, Debug)]
pub(crate) struct Servers {
    all: Vec<String>,
    changed: Arc<Mutex<Option<Instant>>>,
}

impl Servers {
    /// Those of `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE`.
    pub(crate) fn of(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let all = hosts.split(',').map(|host| format!("{scheme}://{user}{host}{path}")).collect();
        Self { all, changed: Arc::default() }
    }

    /// Whether there is anything to choose from.
    pub(crate) fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// The address of the one that takes writes; where none does within `deadline`, of the first,
    /// which then says why.
    pub(crate) async fn find(&self, deadline: Duration) -> String {
        let searched = async {
            loop {
                if let Some((url, _)) = self.writable().await {
                    return url;
                }
                tokio::time::sleep(BETWEEN / 4).await;
            }
        };
        let found = tokio::time::timeout(deadline, searched).await;
        found.unwrap_or_else(|_| self.all[0].clone())
    }

    /// Lets the pool give out no connection that is older than the last change of servers, or, in the
    /// end, that may have been begun before it.
    pub(crate) fn guard(&self, options: &mut ConnectOptions) {
        let changed = Arc::clone(&self.changed);
        options.map_sqlx_postgres_pool_opts(move |pool: PgPoolOptions| {
            let changed = Arc::clone(&changed);
            // The pool's own test of a connection would wait for a server that hangs.
            pool.test_before_acquire(false).before_acquire(move |connection, about| {
                let changed = *changed.lock().unwrap_or_else(PoisonError::into_inner);
                let is_over =
                    changed.is_some_and(|changed| is_to_be_replaced(about.age, changed.elapsed()));
                Box::pin(async move {
                    if is_over {
                        return Ok(false);
                    }
                    connection.ping().await.map(|()| true)
                })
            })
        });
    }

    /// Leads the pool's connections to the server that takes writes, until the pool is closed.
    pub(crate) async fn follow(self, pool: PgPool) {
        let mut probe = None;
        while !pool.is_closed() {
            tokio::time::sleep(BETWEEN).await;
            if let Some(connection) = &mut probe
                && takes_writes(connection).await
            {
                continue;
            }
            probe = None;
            if let Some((url, connection)) = self.writable().await {
                self.lead(&pool, &url);
                probe = Some(connection);
            }
        }
    }

    fn lead(&self, pool: &PgPool, url: &str) {
        let (Ok(found), current) = (url.parse::<PgConnectOptions>(), pool.connect_options()) else {
            return;
        };
        let (host, port) = (found.get_host(), found.get_port());
        if (host, port) != (current.get_host(), current.get_port()) {
            tracing::warn!(host, port, "another PostgreSQL takes the writes now");
            pool.set_connect_options(current.as_ref().clone().host(host).port(port));
            *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    /// The first that takes writes, with a connection to it.
    async fn writable(&self) -> Option<(String, PgConnection)> {
        for url in &self.all {
            let Ok(options) = url.parse::<PgConnectOptions>() else { continue };
            let connected =
                tokio::time::timeout(PATIENCE, options.disable_statement_logging().connect()).await;
            if let Ok(Ok(mut connection)) = connected
                && takes_writes(&mut connection).await
            {
                return Some((url.clone(), connection));
            }
        }
        None
    }
}

/// Whether a connection so old is given out no more, so long after a change of servers: it is older, or
/// was opened so soon after it that it may have been begun before. The latter are used for a while,
/// since most are good, and replaced once when all that were begun before are open.
fn is_to_be_replaced(age: Duration, changed: Duration) -> bool {
    age > changed || (changed > OPENING && age + OPENING > changed)
}

async fn takes_writes(connection: &mut PgConnection) -> bool {
    let asked = sqlx::query_scalar("SELECT NOT pg_is_in_recovery()").fetch_one(connection);
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(true)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Servers, is_to_be_replaced};

    #[test]
    fn what_was_begun_before_a_change_and_opened_after_it_is_not_used_for_long() {
        let of_before = |age, changed| {
            is_to_be_replaced(Duration::from_secs(age), Duration::from_secs(changed))
        };
        assert!(of_before(3, 2), "opened before the change");
        assert!(!of_before(1, 3), "opened after it, perhaps begun before");
        assert!(of_before(7, 8), "the same, later");
        assert!(!of_before(2, 6) && of_before(2, 7), "until all of them are open");
        assert!(!of_before(6, 12), "begun after it");
    }

    #[test]
    fn an_address_names_one_server_or_several() {
        let all = |url| Servers::of(url).all;
        assert_eq!(
            all("postgres://app:a,b@one:1,two:2/office?sslmode=require"),
            [
                "postgres://app:a,b@one:1/office?sslmode=require",
                "postgres://app:a,b@two:2/office?sslmode=require"
            ]
        );
        for one in ["postgres://one/office", "postgres://app@one:1", "sqlite://data/a,b.db"] {
            assert_eq!(all(one), [one]);
        }
    }
}
