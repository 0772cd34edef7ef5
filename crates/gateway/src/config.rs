//! Configuration: `amtstermin.toml` in the working folder, overridden by environment variables of
//! the same names in capitals.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use crate::limits::{DocumentLimits, Limits, PerClient, SHORTEST_HEAD, SHORTEST_UPLOAD};

/// Everything that can be configured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`; of several hosts, separated by
    /// commas, the one that takes writes is used.
    pub database_url: String,
    /// `redis://HOST:PORT`, or a cluster's nodes, `redis-cluster://HOST:PORT,HOST:PORT`; without it
    /// holds live in this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis_url: Option<String>,
    /// `smtps://USER:PASSWORD@HOST`; without it mails are kept in `mail_folder`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<String>,
    /// Where mails are kept without `smtp_url`.
    pub mail_folder: PathBuf,
    /// Sender address of all mails.
    pub mail_from: String,
    /// Where servers send back what they cannot deliver; the mail server hands it over to
    /// `amtstermin bounce`. Without it that goes to the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounce_address: Option<String>,
    /// DNS server that is asked whether a domain says what mails in its name need; without it those
    /// that the system asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_server: Option<SocketAddr>,
    /// Whether towns' webhooks, gateways for short messages and providers to sign in at may be in
    /// this network, and be asked without TLS.
    pub allow_private_targets: bool,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Header in which the proxy in front says the client's address, such as `X-Forwarded-For`;
    /// without it the peer is the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_header: Option<String>,
    /// Address of the pages as citizens see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Base64 of 32 bytes that wrap the towns' data keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key: Option<String>,
    /// File with the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_file: Option<PathBuf>,
    /// The master key before, while `keys rewrap` has not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_master_key: Option<String>,
    /// Longest request body, in bytes.
    pub max_body_bytes: usize,
    /// Longest body of a form of the set-up that brings a file, in bytes.
    pub max_upload_bytes: usize,
    /// Most such bodies at a time.
    pub max_uploads: usize,
    /// Longest head of a request, in bytes; a few times as much where it arrives at once.
    pub max_head_bytes: usize,
    /// Most connections at once; whoever comes then waits.
    pub max_connections: usize,
    /// Seconds that a connection may take for the head of a request, or rest.
    pub header_seconds: u64,
    /// Seconds that a request's body may take to arrive, and then its answer.
    pub request_seconds: u64,
    /// Seconds that requests and mails under way may take when the process is told to end.
    pub ending_seconds: u64,
    /// Deepest nesting of a document of the API.
    pub document_depth: usize,
    /// Greatest sum of the fields that it selects.
    pub document_complexity: usize,
    /// Most directives at one of its fields.
    pub document_directives: usize,
    /// How often a client may hold a slot in a town in ten minutes; 0 is as often as it likes.
    pub client_holds: u32,
    /// The same for bookings, requests and wishes.
    pub client_bookings: u32,
    /// The same for links to all appointments of an address.
    pub client_links: u32,
    /// The same for opening an appointment by its secret.
    pub client_looks: u32,
    /// Instant the process pretends to start at; for demonstrations and tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<DateTime<Utc>>,
    /// Password that `migrate` gives the runtime role `amtstermin_app` on PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_database_password: Option<String>,
}

/// What is wrong with the configuration, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

/// An example for each key, shown when its value is wrong.
const EXAMPLES: [(&str, &str); 31] = [
    ("database_url", "DATABASE_URL=postgres://amtstermin_app:secret@localhost/amtstermin"),
    ("redis_url", "REDIS_URL=redis://localhost:6379"),
    ("smtp_url", "SMTP_URL=smtps://user:secret@mail.example.org"),
    ("mail_folder", "MAIL_FOLDER=data/mail"),
    ("mail_from", "MAIL_FROM=termine@example.org"),
    ("bounce_address", "BOUNCE_ADDRESS=bounces@termine.example.org"),
    ("dns_server", "DNS_SERVER=192.0.2.53:53"),
    ("allow_private_targets", "ALLOW_PRIVATE_TARGETS=true"),
    ("listen", "LISTEN=127.0.0.1:8080"),
    ("client_header", "CLIENT_HEADER=X-Forwarded-For"),
    ("public_url", "PUBLIC_URL=https://termine.example.org"),
    ("master_key", "MASTER_KEY=$(head -c 32 /dev/urandom | base64)"),
    ("master_key_file", "MASTER_KEY_FILE=/etc/amtstermin/master.key"),
    ("previous_master_key", "PREVIOUS_MASTER_KEY=$OLD_MASTER_KEY"),
    ("max_body_bytes", "MAX_BODY_BYTES=262144"),
    ("max_upload_bytes", "MAX_UPLOAD_BYTES=8388608"),
    ("max_uploads", "MAX_UPLOADS=16"),
    ("max_head_bytes", "MAX_HEAD_BYTES=65536"),
    ("max_connections", "MAX_CONNECTIONS=4096"),
    ("header_seconds", "HEADER_SECONDS=30"),
    ("request_seconds", "REQUEST_SECONDS=20"),
    ("ending_seconds", "ENDING_SECONDS=25"),
    ("document_depth", "DOCUMENT_DEPTH=16"),
    ("document_complexity", "DOCUMENT_COMPLEXITY=2000"),
    ("document_directives", "DOCUMENT_DIRECTIVES=20"),
    ("client_holds", "CLIENT_HOLDS=300"),
    ("client_bookings", "CLIENT_BOOKINGS=100"),
    ("client_links", "CLIENT_LINKS=30"),
    ("client_looks", "CLIENT_LOOKS=1000"),
    ("clock", "CLOCK=2026-06-21T08:00:00Z"),
    ("app_database_password", "APP_DATABASE_PASSWORD=secret"),
];

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://data/amtstermin.db".to_owned(),
            redis_url: None,
            smtp_url: None,
            mail_folder: "data/mail".into(),
            mail_from: "termine@amtstermin.example".to_owned(),
            bounce_address: None,
            dns_server: None,
            allow_private_targets: false,
            listen: ([127, 0, 0, 1], 8080).into(),
            client_header: None,
            public_url: None,
            master_key: None,
            master_key_file: None,
            previous_master_key: None,
            max_body_bytes: 256 * 1024,
            max_upload_bytes: 8 * 1024 * 1024,
            max_uploads: 16,
            max_head_bytes: 64 * 1024,
            max_connections: 4096,
            header_seconds: 30,
            request_seconds: 20,
            ending_seconds: 25,
            document_depth: 16,
            document_complexity: 2000,
            document_directives: 20,
            client_holds: 300,
            client_bookings: 100,
            client_links: 30,
            client_looks: 1000,
            clock: None,
            app_database_password: None,
        }
    }
}

impl Config {
    /// Reads file and environment.
    pub(crate) fn read() -> Result<Self, ConfigError> {
        let keys: Vec<&str> = EXAMPLES.iter().map(|(key, _)| *key).collect();
        let config: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file("amtstermin.toml"))
            .merge(Env::raw().only(&keys))
            .extract()
            .map_err(|error| {
                let key = error.path.join(".");
                ConfigError::at(&key, &error.kind.to_string())
            })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let one_of = |key: &str, value: &str, schemes: &[&str]| {
            let known = schemes.iter().any(|scheme| value.starts_with(&format!("{scheme}:")));
            let expected =
                format!("expected an address that starts with {}:", schemes.join(": or "));
            if known { Ok(()) } else { Err(ConfigError::at(key, &expected)) }
        };
        one_of("database_url", &self.database_url, &["sqlite", "postgres", "postgresql"])?;
        if let Some(url) = &self.redis_url {
            one_of("redis_url", url, &["redis", "rediss", "redis-cluster"])?;
        }
        if let Some(url) = &self.smtp_url {
            one_of("smtp_url", url, &["smtp", "smtps"])?;
        }
        if let Some(url) = &self.public_url {
            one_of("public_url", url, &["http", "https"])?;
        }
        for (key, value, least) in [
            ("max_body_bytes", self.max_body_bytes as u64, 1),
            ("max_upload_bytes", self.max_upload_bytes as u64, SHORTEST_UPLOAD as u64),
            ("max_uploads", self.max_uploads as u64, 1),
            ("max_head_bytes", self.max_head_bytes as u64, SHORTEST_HEAD as u64),
            ("max_connections", self.max_connections as u64, 1),
            ("header_seconds", self.header_seconds, 1),
            ("request_seconds", self.request_seconds, 1),
            ("ending_seconds", self.ending_seconds, 1),
            ("document_depth", self.document_depth as u64, 1),
            ("document_complexity", self.document_complexity as u64, 1),
        ] {
            if value < least {
                return Err(ConfigError::at(key, &format!("expected at least {least}")));
            }
        }
        Ok(())
    }

    /// How much a request may take.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            body: self.max_body_bytes,
            upload: self.max_upload_bytes,
            uploads: self.max_uploads,
            head: self.max_head_bytes,
            header: Duration::from_secs(self.header_seconds),
            request: Duration::from_secs(self.request_seconds),
            connections: self.max_connections,
            ending: Duration::from_secs(self.ending_seconds),
            document: DocumentLimits {
                depth: self.document_depth,
                complexity: self.document_complexity,
                directives: self.document_directives,
            },
        }
    }

    /// How often a client may come.
    pub(crate) fn per_client(&self) -> PerClient {
        PerClient {
            holds: self.client_holds,
            bookings: self.client_bookings,
            links: self.client_links,
            looks: self.client_looks,
        }
    }

    /// Whether a proxy must stand in front, which ends TLS, and nothing says how it tells the client's
    /// address: then all clients are one.
    pub(crate) fn takes_all_for_one(&self) -> bool {
        self.client_header.is_none() && self.public_url().starts_with("https://")
    }

    /// Address of the pages, without a slash at the end.
    pub(crate) fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{}", self.listen.port()),
        }
    }
}

impl ConfigError {
    /// `key`, what is wrong with it, and an example.
    pub(crate) fn at(key: &str, wrong: &str) -> Self {
        let example = EXAMPLES
            .iter()
            .find(|(known, _)| key == *known)
            .map(|(_, example)| format!(" (for example {example})"))
            .unwrap_or_default();
        Self(format!("configuration: {key}: {wrong}{example}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_would_let_nothing_through_is_refused_with_the_least() {
        let refused = |config: Config| config.check().map_err(|error| error.to_string());
        assert_eq!(refused(Config::default()), Ok(()));
        let head = Config { max_head_bytes: 8191, ..Config::default() };
        let told = "configuration: max_head_bytes: expected at least 8192 (for example MAX_HEAD_BYTES=65536)";
        assert_eq!(refused(head), Err(told.to_owned()));
        let upload = Config { max_upload_bytes: 5 * 1024 * 1024 - 1, ..Config::default() };
        assert!(refused(upload).is_err_and(|told| told.contains("expected at least 5242880 ")));
        let body = Config { max_body_bytes: 0, ..Config::default() };
        assert!(refused(body).is_err_and(|told| told.contains("expected at least 1 ")));
    }

    #[test]
    fn behind_a_proxy_that_does_not_say_who_comes_all_are_taken_for_one() {
        let of = |url: Option<&str>, header: Option<&str>| {
            let (public_url, client_header) = (url.map(str::to_owned), header.map(str::to_owned));
            Config { public_url, client_header, ..Config::default() }.takes_all_for_one()
        };
        let https = Some("https://termine.example.org");
        assert!(of(https, None));
        assert!(!of(https, Some("X-Forwarded-For")));
        assert!(!of(Some("http://localhost:8080"), None) && !of(None, None));
    }
}
