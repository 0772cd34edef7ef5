//! A running office: the real binary on a fresh database.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use base64::Engine as _;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, QueryResult, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::servers::{OwnPostgres, TEMPLATE, free_port, signal};

/// How often a client may do something.
const LIMITS: [&str; 4] = ["CLIENT_HOLDS", "CLIENT_BOOKINGS", "CLIENT_LINKS", "CLIENT_LOOKS"];

/// Which storage an office works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// One file, holds in the process.
    Sqlite,
    /// PostgreSQL as the runtime role, holds in Redis.
    Postgres,
}

/// A set-up office: database, keys, mail folder. Servers are started on it.
#[derive(Debug)]
pub struct Office {
    folder: TempDir,
    database_url: String,
    redis_url: Option<String>,
    master_key: String,
    clock: Option<String>,
    binary: PathBuf,
    more: Vec<(String, String)>,
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Its address, without a slash at the end.
    pub url: String,
    client: reqwest::Client,
    log: PathBuf,
}

/// The servers that an office on PostgreSQL works with.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// Address of PostgreSQL as superuser, without a database.
    pub postgres: String,
    /// The migrated database that the office's own is a copy of.
    pub template: String,
    /// Address of Redis.
    pub redis: String,
}

impl Neighbours {
    /// Those that `make test` has started.
    #[must_use]
    pub fn from_make_test() -> Self {
        Self {
            postgres: from_make_test("TEST_POSTGRES_URL"),
            template: from_make_test("TEST_POSTGRES_TEMPLATE"),
            redis: from_make_test("TEST_REDIS_URL"),
        }
    }

    /// A PostgreSQL that the test has started itself, and the Redis at `redis`.
    #[must_use]
    pub fn on(postgres: &OwnPostgres, redis: String) -> Self {
        Self { postgres: postgres.url(), template: TEMPLATE.to_owned(), redis }
    }
}

/// The binary under test.
pub fn binary() -> PathBuf {
    from_make_test("AMTSTERMIN_BIN").into()
}

fn from_make_test(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run `make test`, which starts the servers"))
}

fn random_key() -> Vec<u8> {
    [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].iter().flat_map(|half| *half.as_bytes()).collect()
}

/// The shipped file of a town.
#[must_use]
pub fn shipped(slug: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/catalog/towns/{slug}.toml"));
    std::fs::read_to_string(path).expect("a shipped town")
}

impl Office {
    /// A fresh, migrated database with the named shipped towns.
    pub async fn with_towns(storage: Storage, towns: &[&str]) -> Self {
        Self::at(storage, towns, None).await
    }

    /// The same, whose servers pretend to start at an instant (RFC 3339).
    pub async fn at(storage: Storage, towns: &[&str], clock: Option<&str>) -> Self {
        let office = match storage {
            Storage::Postgres => Self::beside(&Neighbours::from_make_test(), clock).await,
            Storage::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}/office.db", folder.path().display());
                let office = Self::new(folder, url, clock);
                office.succeed(&["migrate"]);
                office
            }
        };
        for town in towns {
            office.import(&shipped(town));
        }
        office
    }

    /// On PostgreSQL and Redis, with a fresh database without towns.
    pub async fn beside(neighbours: &Neighbours, clock: Option<&str>) -> Self {
        let Neighbours { postgres, template, redis } = neighbours;
        let name = format!("office_{}", uuid::Uuid::new_v4().simple());
        let server = Database::connect(format!("{postgres}/postgres")).await.expect("PostgreSQL");
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        server.execute_unprepared(&copy).await.expect("a database");
        let runtime = postgres.replace("postgres://postgres@", "postgres://amtstermin_app:secret@");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut office = Self::new(folder, format!("{runtime}/{name}"), clock);
        office.redis_url = Some(redis.clone());
        office
    }

    fn new(folder: TempDir, database_url: String, clock: Option<&str>) -> Self {
        Self {
            folder,
            database_url,
            redis_url: None,
            // Its own: what belongs to no town is counted under it in a Redis that tests share.
            master_key: base64::engine::general_purpose::STANDARD.encode(random_key()),
            clock: clock.map(str::to_owned),
            binary: binary(),
            more: Vec::new(),
        }
    }

    /// Imports a town file.
    pub fn import(&self, town: &str) -> String {
        let file = self.folder.path().join("town.toml");
        std::fs::write(&file, town).expect("a town file");
        self.succeed(&["town", "import", &file.display().to_string()])
    }

    /// Imports a town file while servers run, which show what another process has changed within
    /// half a second.
    pub async fn change(&self, town: &str) {
        self.import(town);
        tokio::time::sleep(Duration::from_millis(600)).await;
    }

    /// Lets everything started from here on pretend that it is this instant.
    pub fn set_clock(&mut self, clock: &str) {
        self.clock = Some(clock.to_owned());
    }

    /// Lets clients be counted from here on as in production, though none ever does anything too often.
    pub fn count_clients(&mut self) {
        LIMITS.iter().for_each(|limit| self.configure(limit, &u32::MAX.to_string()));
    }

    /// Lets everything started from here on be this binary, such as another release's.
    pub fn set_binary(&mut self, binary: &Path) {
        self.binary = binary.to_owned();
    }

    /// The database is found on another PostgreSQL from here on; `url` is that one's as superuser,
    /// without a database.
    pub fn move_to(&mut self, url: &str) {
        let (_, host) = url.rsplit_once('@').expect("an address with a user");
        let (user, old) = self.database_url.rsplit_once('@').expect("PostgreSQL");
        let (_, name) = old.split_once('/').expect("a database");
        self.database_url = format!("{user}@{host}/{name}");
    }

    /// Adds a variable to the environment of everything started from here on.
    pub fn configure(&mut self, key: &str, value: &str) {
        self.more.push((key.to_owned(), value.to_owned()));
    }

    /// Base64 of the key that wraps the towns' keys.
    #[must_use]
    pub fn master_key(&self) -> &str {
        &self.master_key
    }

    /// Address of the database as the servers use it.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// Address of the database as its owner, who is not bound to a town.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.database_url.replace("amtstermin_app:secret@", "postgres@")
    }

    /// Copies the logs of all its servers to a folder.
    ///
    /// # Errors
    /// The folder's.
    pub fn keep_logs(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        for entry in std::fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "log") {
                std::fs::copy(&path, folder.join(path.file_name().unwrap_or_default()))?;
            }
        }
        Ok(())
    }

    /// Where mails are kept.
    #[must_use]
    pub fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// Everything the office wrote, as bytes: database, logs; not the mails.
    pub async fn everything_written(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let on_disk = files.filter_map(|entry| std::fs::read(entry.ok()?.path()).ok()).flatten();
        let mut written: Vec<u8> = on_disk.collect();
        if self.redis_url.is_some() {
            written.extend(self.every_row().await.into_bytes());
        }
        written
    }

    /// How many rows a table has; a `WHERE` may follow its name.
    pub async fn count(&self, table: &str) -> i64 {
        let row = self.one(format!("SELECT count(*) AS n FROM {table}")).await;
        row.try_get("", "n").expect("a number")
    }

    /// The id of a town.
    pub async fn tenant(&self, slug: &str) -> uuid::Uuid {
        let row = self.one(format!("SELECT id FROM tenant WHERE slug = '{slug}'")).await;
        row.try_get("", "id").expect("an id")
    }

    async fn one(&self, sql: String) -> QueryResult {
        let db = Database::connect(self.owner_url()).await.expect("the database");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
        row.expect("an answer").expect("a row")
    }

    /// Changes rows as the database's owner, which no use case does.
    pub async fn execute(&self, sql: &str) {
        let db = Database::connect(self.owner_url()).await.expect("the database");
        db.execute_unprepared(sql).await.expect(sql);
    }

    /// Ends the claims on mails, as a minute does: they run out by the database's clock, whatever
    /// those of the servers show.
    pub async fn end_claims(&self) {
        self.execute("UPDATE outbox SET claimed_until = NULL").await;
    }

    /// All rows of all tables on PostgreSQL, as its owner sees them.
    async fn every_row(&self) -> String {
        let db = Database::connect(self.owner_url()).await.expect("PostgreSQL");
        let rows = async |sql: String| {
            let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
            let text = |row: QueryResult| row.try_get_by_index::<String>(0).expect("text");
            rows.expect("rows").into_iter().map(text).collect::<Vec<_>>()
        };
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        let mut all = String::new();
        for table in rows(tables.to_owned()).await {
            all.extend(rows(format!("SELECT t::text FROM {table} t")).await);
        }
        all
    }

    /// The binary with this office's configuration.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.database_url)
            .env("MASTER_KEY", &self.master_key)
            .env("MAIL_FOLDER", self.mail_folder())
            .env("APP_DATABASE_PASSWORD", "secret")
            .env_remove("REDIS_URL");
        // All citizens of a test share an address.
        command.envs(LIMITS.map(|limit| (limit, "0")));
        if let Some(url) = &self.redis_url {
            command.env("REDIS_URL", url);
        }
        if let Some(clock) = &self.clock {
            command.env("CLOCK", clock);
        }
        command.envs(self.more.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Runs a command that must succeed; returns what it printed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        self.succeed_with_input(arguments, "")
    }

    /// The same with something to read on standard input.
    pub fn succeed_with_input(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a command with something to read on standard input to its end.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary");
        let mut stdin = process.stdin.take().expect("a pipe");
        // A command that reads nothing may be gone already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        process.wait_with_output().expect("an end")
    }

    /// Starts a server and waits until it answers.
    pub async fn serve(&self) -> Server {
        self.start("serve").await
    }

    /// The demonstration in a folder of its own, with its own towns and keys.
    pub async fn demo(clock: &str) -> (Self, Server) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut office = Self::new(folder, "sqlite://data/amtstermin.db".to_owned(), None);
        // What its towns may ask is on this machine too.
        office.configure("ALLOW_PRIVATE_TARGETS", "true");
        // The one limit that a few tests with an address of their own can show.
        office.configure("CLIENT_LINKS", "30");
        let server = office.demo_at(clock).await;
        (office, server)
    }

    /// The same demonstration started again at another time.
    pub async fn demo_at(&mut self, clock: &str) -> Server {
        self.set_clock(clock);
        self.start("demo").await
    }

    async fn start(&self, how: &str) -> Server {
        let port = free_port();
        let log = self.folder.path().join(format!("{port}.log"));
        let file = std::fs::File::create(&log).expect("a log file");
        let process = self
            .command(&[how])
            .env("LISTEN", format!("127.0.0.1:{port}"))
            .stderr(file)
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary");
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        let mut server = Server { process, url, client, log };
        for _ in 0..3_000 {
            if let Some(status) = server.process.try_wait().expect("a status") {
                panic!("the server ended with {status}: {}", server.log());
            }
            if server.client.get(format!("{}/readyz", server.url)).send().await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the server does not answer: {}", server.log());
    }

    /// The kept mails, once there are `count` of them.
    pub async fn mails(&self, count: usize) -> Vec<Value> {
        for _ in 0..200 {
            let files = std::fs::read_dir(self.mail_folder()).into_iter().flatten();
            let mails: Vec<Value> = files
                .filter_map(|entry| {
                    serde_json::from_slice(&std::fs::read(entry.ok()?.path()).ok()?).ok()
                })
                .collect();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} mails did not come");
    }
}

impl Server {
    /// What the server has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Stops (`STOP`) or continues (`CONT`) it.
    pub fn signal(&self, name: &str) {
        signal(name, &[self.process.id()]);
    }

    /// Resident memory in KiB.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("a running process");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|size| size.parse().ok()).expect("a size")
    }

    /// Time that it has had of all processors.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        /// Linux counts a process's time in hundredths of a second.
        const TICKS: u64 = 100;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.expect("a running process");
        // Its name, which may hold anything, ends with the last bracket.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
        Duration::from_millis(ticks.sum::<u64>() * 1000 / TICKS)
    }

    /// Asks the API; returns the whole answer.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        self.graphql_as(None, query, variables).await
    }

    /// Asks the API with a session token.
    pub async fn graphql_as(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut request = self
            .client
            .post(format!("{}/graphql", self.url))
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{error:?}: {}", self.log()));
        answer.json().await.expect("JSON")
    }

    /// Sends a form to a page, in this language; returns the whole answer.
    pub async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        language: &str,
    ) -> reqwest::Response {
        let body = serde_urlencoded::to_string(form).expect("a form");
        let request = self.client.post(format!("{}{path}", self.url)).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("accept-language", language).send().await.expect("an answer")
    }

    /// Gets a page: status and body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer =
            self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }
}

impl Server {
    /// Asks the server to end and waits until it has ended well, longer than it waits for its own parts.
    pub async fn end(mut self) {
        self.signal("TERM");
        for _ in 0..700 {
            if let Some(status) = self.process.try_wait().expect("a status") {
                assert!(status.success(), "the server did not end well: {}", self.log());
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not end: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
