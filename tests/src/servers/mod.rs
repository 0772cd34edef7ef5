//! PostgreSQL and Redis of one's own, as processes that can be killed, frozen and restarted; they end
//! when they are dropped.

pub mod cluster;
pub mod postgres;
pub mod redis;

use std::process::{Command, Stdio};

pub use cluster::OwnCluster;
pub use postgres::{Ending, OwnPostgres, TEMPLATE};
pub use redis::OwnRedis;

/// A port of 127.0.0.1 on which nobody listens.
#[must_use]
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0");
    listener.and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Sends a signal (`STOP`, `CONT`, `INT`, …) to processes; one that has ended is no error.
pub fn signal(name: &str, processes: &[u32]) {
    for process in processes {
        let mut command = Command::new("kill");
        command.args([&format!("-{name}"), &process.to_string()]).stderr(Stdio::null());
        command.status().expect("kill");
    }
}
