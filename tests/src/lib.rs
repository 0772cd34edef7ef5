//! Whole-system tests: the real binary on SQLite and on PostgreSQL with Redis, started by each
//! test with its own database. `make test` starts the servers.

pub mod office;
pub mod otlp;
pub mod smtp;
