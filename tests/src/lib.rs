//! Whole-system tests: the real binary on SQLite and on PostgreSQL with Redis, started by each
//! test with its own database. `make test` starts the servers.

pub mod bench;
pub mod citizen;
pub mod drill;
pub mod identity;
pub mod office;
pub mod otlp;
pub mod servers;
pub mod smtp;
pub mod staff;
pub mod visitor;
pub mod web_sink;

/// Makes each of the named functions, which take the storage, a test on both databases.
#[macro_export]
macro_rules! on_both {
    ($($story:ident),* $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $story() { super::$story($crate::office::Storage::Sqlite).await; })* }
        mod postgres { $(#[tokio::test] async fn $story() { super::$story($crate::office::Storage::Postgres).await; })* }
    };
}
