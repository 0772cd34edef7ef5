//! A PostgreSQL and a Redis of one's own, as processes that can be killed, frozen and restarted;
//! both end when they are dropped.

use std::{
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use tempfile::TempDir;

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

/// How a PostgreSQL ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// SIGINT: connections are cut, what is committed is written down.
    Fast,
    /// SIGKILL of all its processes; the log is replayed at the next start.
    Crash,
}

/// A PostgreSQL with its own data folder and a migrated template.
#[derive(Debug)]
pub struct OwnPostgres {
    folder: TempDir,
    port: u16,
    /// User and group, where it must not be ours.
    user: Option<(u32, u32)>,
    process: Child,
}

/// Name of the database that others are copies of.
pub const TEMPLATE: &str = "amtstermin_template";

impl OwnPostgres {
    /// Starts one and migrates its template with the binary under test.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let user = user_of_postgres();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
            .expect("permissions");
        let data = folder.path().join("postgres");
        std::fs::create_dir(&data).expect("a folder");
        if let Some((user, group)) = user {
            chown(&data, Some(user), Some(group)).expect("an owner");
        }
        let made = run_as(user, &tool("initdb"))
            .args(["--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-D"])
            .arg(&data)
            .env("LC_ALL", "C.UTF-8")
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb").success(), "initdb failed");
        let port = free_port();
        let process = spawn(user, &data, port);
        let own = Self { folder, port, user, process };
        own.answers().await;
        own.admin()
            .await
            .execute_unprepared(&format!("CREATE DATABASE {TEMPLATE}"))
            .await
            .expect("a database");
        let migrated = Command::new(crate::office::from_make_test("AMTSTERMIN_BIN"))
            .arg("migrate")
            .current_dir(own.folder.path())
            .env("DATABASE_URL", format!("{}/{TEMPLATE}", own.url()))
            .env("APP_DATABASE_PASSWORD", "secret")
            .status();
        assert!(migrated.expect("the binary").success(), "migrate failed");
        own
    }

    /// Its address as superuser, without a database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        log_of(&self.data())
    }

    /// Ends it.
    pub fn end(&mut self, how: Ending) {
        match how {
            Ending::Fast => signal("INT", &[self.process.id()]),
            Ending::Crash => signal("KILL", &self.processes()),
        }
        self.process.wait().expect("an end");
    }

    /// Starts it again after [`Self::end`] and waits until it answers.
    pub async fn start_again(&mut self) {
        self.process = spawn(self.user, &self.data(), self.port);
        self.answers().await;
    }

    /// Stops (`STOP`) or continues (`CONT`) all its processes.
    pub fn signal(&self, name: &str) {
        signal(name, &self.processes());
    }

    /// Sets a parameter for all sessions, or resets it.
    pub async fn configure(&self, name: &str, value: Option<&str>) {
        let sql = match value {
            Some(value) => format!("ALTER SYSTEM SET {name} = '{value}'"),
            None => format!("ALTER SYSTEM RESET {name}"),
        };
        let admin = self.admin().await;
        admin.execute_unprepared(&sql).await.expect("a parameter");
        admin.execute_unprepared("SELECT pg_reload_conf()").await.expect("reloaded");
    }

    /// Cuts all connections of the runtime role.
    pub async fn cut_connections(&self) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'amtstermin_app'";
        self.admin().await.execute_unprepared(cut).await.expect("cut");
    }

    async fn admin(&self) -> DatabaseConnection {
        Database::connect(format!("{}/postgres", self.url())).await.expect("PostgreSQL")
    }

    async fn answers(&self) {
        for _ in 0..300 {
            if Database::connect(format!("{}/postgres", self.url())).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        panic!("PostgreSQL does not answer: {log}");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("postgres")
    }

    /// The postmaster and its children.
    fn processes(&self) -> Vec<u32> {
        let postmaster = self.process.id();
        let task = format!("/proc/{postmaster}/task/{postmaster}/children");
        let children = std::fs::read_to_string(task).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        std::iter::once(postmaster).chain(children).collect()
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        self.signal("CONT");
        signal("QUIT", &[self.process.id()]);
        // It may have ended before.
        let _ = self.process.wait();
    }
}

/// The tool of the newest PostgreSQL on this machine.
fn tool(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL on this machine");
    let mut found: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| panic!("no {name} below /usr/lib/postgresql"))
}

/// PostgreSQL refuses to run as root: then it runs as the user `postgres`.
fn user_of_postgres() -> Option<(u32, u32)> {
    let we = std::fs::metadata("/proc/self").expect("/proc").uid();
    if we != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("users");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("a user postgres");
    let mut ids = line.split(':').skip(2).map(|id| id.parse().expect("a number"));
    Some((ids.next().expect("a user"), ids.next().expect("a group")))
}

fn run_as(user: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

fn log_of(data: &Path) -> PathBuf {
    data.with_extension("log")
}

fn spawn(user: Option<(u32, u32)>, data: &Path, port: u16) -> Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log_of(data));
    let log = log.expect("a log file");
    run_as(user, &tool("postgres"))
        .arg("-D")
        .arg(data)
        .args(["-p", &port.to_string(), "-k"])
        .arg(data)
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"])
        // The machine stays up: what a killed process has written is there.
        .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
        .stdout(log.try_clone().expect("the log file"))
        .stderr(log)
        .spawn()
        .expect("PostgreSQL")
}

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
        let client = redis::Client::open(self.url()).expect("an address");
        let mut connection =
            client.get_multiplexed_async_connection().await.expect("a running Redis");
        for (name, value) in
            [("maxmemory-policy", "noeviction"), ("maxmemory", if full { "1" } else { "0" })]
        {
            let mut set = redis::cmd("CONFIG");
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
