//! A Redis of one's own.

use std::process::{Child, Command, Stdio};

use super::{free_port, signal};

/// A Redis that keeps nothing over a restart.
#[derive(Debug)]
pub struct OwnRedis {
    port: u16,
    process: Child,
}

impl OwnRedis {
    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        let port = free_port();
        Self { port, process: Self::spawn(port) }
    }

    fn spawn(port: u16) -> Child {
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--dir", "/tmp"])
            .stdout(Stdio::null());
        command.spawn().expect("redis-server")
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process.kill().expect("a running Redis");
        self.process.wait().expect("an end");
    }

    /// Starts it again, empty, at the same address.
    pub fn start_again(&mut self) {
        self.process = Self::spawn(self.port);
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

impl Drop for OwnRedis {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
