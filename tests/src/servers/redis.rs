//! A Redis of one's own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command},
};

use tempfile::TempDir;

use super::{free_port, signal};

/// A Redis that keeps nothing over a restart.
#[derive(Debug)]
pub struct OwnRedis {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl OwnRedis {
    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a temporary folder"), free_port());
        let process = spawn(folder.path(), port, &[]);
        Self { folder, port, process }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        log_in(self.folder.path())
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process.kill().expect("a running Redis");
        self.process.wait().expect("an end");
    }

    /// Starts it again, empty, at the same address.
    pub fn start_again(&mut self) {
        self.process = spawn(self.folder.path(), self.port, &[]);
    }

    /// Stops (`STOP`) or continues (`CONT`) it.
    pub fn signal(&self, name: &str) {
        signal(name, &[self.process.id()]);
    }

    /// Lets it refuse whatever needs memory, or take it again.
    pub async fn set_full(&self, full: bool) {
        let client = ::redis::Client::open(self.url()).expect("an address");
        let mut connection =
            client.get_multiplexed_async_connection().await.expect("a running Redis");
        for (name, value) in
            [("maxmemory-policy", "noeviction"), ("maxmemory", if full { "1" } else { "0" })]
        {
            let mut set = ::redis::cmd("CONFIG");
            set.arg("SET").arg(name).arg(value);
            set.exec_async(&mut connection).await.expect("CONFIG SET");
        }
    }
}

/// Starts a Redis that keeps nothing but its log in the folder.
pub(super) fn spawn(folder: &Path, port: u16, more: &[&str]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "no"])
        .args(more)
        .arg("--dir")
        .arg(folder)
        .arg("--logfile")
        .arg(log_in(folder))
        .spawn()
        .expect("redis-server")
}

/// Where it logs.
pub(super) fn log_in(folder: &Path) -> PathBuf {
    folder.join("redis.log")
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
