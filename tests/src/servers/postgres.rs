//! A PostgreSQL of one's own, with a standby where one is wanted.

use std::{
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult, Statement,
};
use tempfile::TempDir;

use super::{free_port, signal};
use crate::office::binary;

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
    disk: Disk,
    process: Child,
}

/// What a PostgreSQL may write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disk {
    /// The machine's.
    Machine,
    /// The machine's, and each commit waits until it is written there, as in production.
    Synced,
    /// Beside it [`SMALL`], a folder that holds so much.
    Small(&'static str),
}

/// Of a PostgreSQL that measures: as its documentation advises for a server of its own with some
/// memory.
pub(crate) const SYNCED: [&str; 2] = ["shared_buffers=4GB", "max_wal_size=4GB"];

/// Name of the database that others are copies of.
pub const TEMPLATE: &str = "amtstermin_template";

/// Folder and name of the tablespace on a small disk.
const SMALL: &str = "small";
/// Holds the template, one copy and some more.
const SMALL_SIZE: &str = "64m";
/// Mounts a small disk, then becomes PostgreSQL: `sh -c … sh SIZE FOLDER USER COMMAND…`. The mount is
/// in a namespace of its own and ends with the process, so it needs no root.
const ON_SMALL_DISK: &str = "mount -t tmpfs -o size=$1,mode=0777 tmpfs \"$2\" || exit 1; user=$3; shift 3; \
     exec unshare --user --map-user=\"$user\" \"$@\"";

impl OwnPostgres {
    /// Starts one and migrates its template with the binary under test.
    pub async fn start() -> Self {
        Self::start_with(&binary(), Disk::Machine).await
    }

    /// The same, but each commit waits until it is on the disk: for measuring.
    pub async fn durable() -> Self {
        Self::start_with(&binary(), Disk::Synced).await
    }

    /// Starts one and migrates its template with another release's binary.
    pub async fn migrated_by(binary: &Path) -> Self {
        Self::start_with(binary, Disk::Machine).await
    }

    /// Starts one whose template, and with it all copies, lies on a disk of its own that
    /// [`Self::fill_disk`] fills. `None` where this machine gives us no such disk.
    pub async fn on_small_disk() -> Option<Self> {
        let disk = Disk::Small(SMALL_SIZE);
        let trial = tempfile::tempdir().expect("a temporary folder");
        let user = user_of_postgres();
        give(trial.path(), user);
        let mut command = run_on(disk, trial.path(), user, Path::new("true"));
        if !command.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return None;
        }
        let own = Self::start_with(&binary(), disk).await;
        let location = own.folder.path().join(SMALL);
        let admin = own.admin().await;
        for sql in [
            format!("CREATE TABLESPACE {SMALL} LOCATION '{}'", location.display()),
            format!("ALTER DATABASE {TEMPLATE} SET TABLESPACE {SMALL}"),
        ] {
            admin.execute_unprepared(&sql).await.expect("a tablespace");
        }
        Some(own)
    }

    async fn start_with(binary: &Path, disk: Disk) -> Self {
        let (folder, user) = folder_for(disk);
        let data = data_in(&folder);
        let made = run_as(user, &tool("initdb"))
            .args(["--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-D"])
            .arg(&data)
            .env("LC_ALL", "C.UTF-8")
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb").success(), "initdb failed");
        let own = Self::run(folder, user, disk).await;
        own.admin()
            .await
            .execute_unprepared(&format!("CREATE DATABASE {TEMPLATE}"))
            .await
            .expect("a database");
        let migrated = Command::new(binary)
            .arg("migrate")
            .current_dir(own.folder.path())
            .env("DATABASE_URL", format!("{}/{TEMPLATE}", own.url()))
            .env("APP_DATABASE_PASSWORD", "secret")
            .status();
        assert!(migrated.expect("the binary").success(), "migrate failed");
        own
    }

    /// A standby that follows this one.
    pub async fn standby(&self) -> Self {
        let (folder, user) = folder_for(Disk::Machine);
        let data = data_in(&folder);
        let primary = format!("host=127.0.0.1 port={} user=postgres", self.port);
        let copied = run_as(user, &tool("pg_basebackup"))
            .args([
                "--write-recovery-conf",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--no-sync",
            ])
            .args(["--dbname", &primary, "--pgdata"])
            .arg(&data)
            .status();
        assert!(copied.expect("pg_basebackup").success(), "pg_basebackup failed");
        Self::run(folder, user, Disk::Machine).await
    }

    async fn run(folder: TempDir, user: Option<(u32, u32)>, disk: Disk) -> Self {
        let port = free_port();
        let process = spawn(&folder, user, disk, port);
        let own = Self { folder, port, user, disk, process };
        own.answers().await;
        own
    }

    /// Its address as superuser, without a database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        log_of(&data_in(&self.folder))
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
        self.process = spawn(&self.folder, self.user, self.disk, self.port);
        self.answers().await;
    }

    /// Stops (`STOP`) or continues (`CONT`) all its processes.
    pub fn signal(&self, name: &str) {
        signal(name, &self.processes());
    }

    /// Sets a parameter for all sessions, or resets it, and waits until it holds.
    pub async fn configure(&self, name: &str, value: Option<&str>) {
        let sql = match value {
            Some(value) => format!("ALTER SYSTEM SET {name} = '{value}'"),
            None => format!("ALTER SYSTEM RESET {name}"),
        };
        let admin = self.admin().await;
        admin.execute_unprepared(&sql).await.expect("a parameter");
        let now = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp()::text");
        let now = admin.query_one_raw(now).await.expect("rows").expect("a row");
        let before: String = now.try_get_by_index(0).expect("an instant");
        admin.execute_unprepared("SELECT pg_reload_conf()").await.expect("reloaded");
        // A new session knows when those that there are have been told, too.
        let told = format!("SELECT pg_backend_pid() WHERE pg_conf_load_time() > '{before}'");
        while self.pids(&told).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Cuts all connections of the runtime role.
    pub async fn cut_connections(&self) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'amtstermin_app'";
        self.admin().await.execute_unprepared(cut).await.expect("cut");
    }

    /// Lets commits wait until a standby has them, once one is there.
    pub async fn commit_synchronously(&self) {
        self.configure("synchronous_standby_names", Some("*")).await;
        let synchronous = "SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'";
        while self.pids(synchronous).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops what sends to standbys: they stay behind from here on.
    pub async fn stop_sending(&self) {
        signal("STOP", &self.pids("SELECT pid FROM pg_stat_replication").await);
    }

    /// Makes a standby the one that is written to.
    pub async fn promote(&self) {
        let promote = "SELECT pg_promote(wait => true)";
        self.admin().await.execute_unprepared(promote).await.expect("promoted");
    }

    /// Fills the small disk to the last page; [`Self::clear_disk`] empties it.
    pub async fn fill_disk(&self) {
        let admin = self.admin().await;
        let table = format!("CREATE TABLE ballast (filling BYTEA) TABLESPACE {SMALL}");
        admin.execute_unprepared(&table).await.expect("a table");
        admin
            .execute_unprepared("ALTER TABLE ballast ALTER COLUMN filling SET STORAGE PLAIN")
            .await
            .expect("no compression");
        for pages in [128, 1] {
            let more = format!(
                "INSERT INTO ballast SELECT convert_to(repeat('x', 8000), 'UTF8') \
                 FROM generate_series(1, {pages})"
            );
            while admin.execute_unprepared(&more).await.is_ok() {}
        }
    }

    /// Frees what [`Self::fill_disk`] has taken.
    pub async fn clear_disk(&self) {
        self.admin().await.execute_unprepared("DROP TABLE ballast").await.expect("dropped");
    }

    async fn admin(&self) -> DatabaseConnection {
        Database::connect(format!("{}/postgres", self.url())).await.expect("PostgreSQL")
    }

    async fn pids(&self, sql: &str) -> Vec<u32> {
        let admin = self.admin().await;
        let rows = admin.query_all_raw(Statement::from_string(DbBackend::Postgres, sql));
        let pid = |row: &QueryResult| row.try_get_by_index::<i32>(0).expect("a process");
        rows.await.expect("rows").iter().map(|row| pid(row).unsigned_abs()).collect()
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
pub(crate) fn tool(name: &str) -> PathBuf {
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

/// A folder with one for the data, and one for a small disk where there is one.
fn folder_for(disk: Disk) -> (TempDir, Option<(u32, u32)>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let user = user_of_postgres();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("permissions");
    let mut parts = vec![data_in(&folder)];
    if matches!(disk, Disk::Small(_)) {
        parts.push(folder.path().join(SMALL));
    }
    for part in parts {
        std::fs::create_dir(&part).expect("a folder");
        std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o700))
            .expect("permissions");
        give(&part, user);
    }
    (folder, user)
}

fn give(path: &Path, user: Option<(u32, u32)>) {
    if let Some((user, group)) = user {
        chown(path, Some(user), Some(group)).expect("an owner");
    }
}

fn run_as(user: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

fn run_on(disk: Disk, small: &Path, user: Option<(u32, u32)>, program: &Path) -> Command {
    let Disk::Small(size) = disk else { return run_as(user, program) };
    let we = std::fs::metadata("/proc/self").expect("/proc").uid();
    let mut command = run_as(user, Path::new("unshare"));
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", ON_SMALL_DISK, "sh", size]);
    command.arg(small).arg(user.map_or(we, |(user, _)| user).to_string()).arg(program);
    command
}

fn data_in(folder: &TempDir) -> PathBuf {
    folder.path().join("postgres")
}

fn log_of(data: &Path) -> PathBuf {
    data.with_extension("log")
}

fn spawn(folder: &TempDir, user: Option<(u32, u32)>, disk: Disk, port: u16) -> Child {
    let data = data_in(folder);
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log_of(&data));
    let log = log.expect("a log file");
    let settings = match disk {
        Disk::Synced => SYNCED,
        // The machine stays up: what a killed process has written is there.
        Disk::Machine | Disk::Small(_) => ["fsync=off", "full_page_writes=off"],
    };
    run_on(disk, &folder.path().join(SMALL), user, &tool("postgres"))
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string(), "-k", ""])
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"])
        .args(settings.into_iter().flat_map(|setting| ["-c", setting]))
        .stdout(log.try_clone().expect("the log file"))
        .stderr(log)
        .spawn()
        .expect("PostgreSQL")
}
