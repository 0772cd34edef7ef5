//! What every handler holds.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use axum::http::HeaderName;
use notification::outbound::Outbound;
use scheduling::{Office, holds::Holds, tallies::Tallies};
use tenant::{
    Clock, Db, ShiftedClock, SystemClock,
    accounts::passkeys::Site,
    directory::Directory,
    seal::{MasterKey, Vault},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, ConfigError},
    jobs::Unended,
    limits::PerClient,
    openid, telemetry,
};

/// Shared by all handlers.
#[derive(Clone, Debug)]
pub(crate) struct AppState {
    /// Where use cases happen.
    pub office: Arc<Office>,
    /// Host name or slug → town.
    pub directory: Arc<Directory>,
    /// Whether this is the demonstration.
    pub demo: bool,
    /// Where mails are kept when they are not sent.
    pub mail_folder: Option<PathBuf>,
    /// Address that mails come from.
    pub mail_from: String,
    /// Where the DNS is asked, unless where the system asks.
    pub dns_server: Option<SocketAddr>,
    /// Address of the pages, without a slash at the end.
    pub public_url: String,
    /// Header in which a trusted proxy says who is calling.
    pub client_header: Option<HeaderName>,
    /// How often a client may do what citizens can do.
    pub per_client: PerClient,
    /// Asks other servers on a town's behalf.
    pub outbound: Outbound,
    /// Where towns' people sign in.
    pub providers: Arc<openid::Known>,
    /// Where passkeys are good; none where the address of the pages is a number.
    pub passkeys: Option<Arc<Site>>,
    /// Cancelled when the process is told to end; streams end with it.
    pub ending: CancellationToken,
}

/// Why the parts cannot be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Database(#[from] tenant::Error),
    #[error(transparent)]
    Schema(#[from] migrations::Error),
    #[error(transparent)]
    Mail(#[from] notification::Error),
    #[error(transparent)]
    Unended(#[from] Unended),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl AppState {
    /// Puts the parts together; the database must be at this version.
    pub(crate) async fn open(config: &Config, demo: bool) -> Result<Self, StartError> {
        let db = Db::connect(&config.database_url).await?;
        migrations::check(db.platform()).await?;
        let vault = Vault::new(master_key(config)?, previous_master_key(config)?, clock(config));
        let office = Office {
            db,
            tallies: tallies(config, vault.mac("tally", &[]))?,
            vault: Arc::new(vault),
            clock: clock(config),
            setups: catalog::cache::Setups::default(),
            calendars: scheduling::Calendars::default(),
            holds: holds(config)?,
            public_url: config.public_url(),
            mail_waiting: Arc::new(Notify::new()),
            place_freed: scheduling::Freed::default(),
            traceparent: telemetry::traceparent,
        };
        Ok(Self {
            office: Arc::new(office),
            directory: Arc::default(),
            demo,
            mail_folder: config.smtp_url.is_none().then(|| config.mail_folder.clone()),
            mail_from: config.mail_from.clone(),
            dns_server: config.dns_server,
            public_url: config.public_url(),
            client_header: client_header(config)?,
            per_client: config.per_client(),
            outbound: Outbound::new(config.allow_private_targets),
            providers: Arc::default(),
            passkeys: Site::at(&config.public_url()).map(Arc::new),
            ending: CancellationToken::new(),
        })
    }
}

fn client_header(config: &Config) -> Result<Option<HeaderName>, ConfigError> {
    let parse = |name: &String| {
        name.parse().map_err(|_| ConfigError::at("client_header", "expected the name of a header"))
    };
    config.client_header.as_ref().map(parse).transpose()
}

fn clock(config: &Config) -> Arc<dyn Clock> {
    match config.clock {
        Some(start) => Arc::new(ShiftedClock::starting_at(start)),
        None => Arc::new(SystemClock),
    }
}

fn holds(config: &Config) -> Result<Holds, ConfigError> {
    match &config.redis_url {
        Some(url) => {
            Holds::shared(url).map_err(|error| ConfigError::at("redis_url", &error.to_string()))
        }
        None => Ok(Holds::in_process()),
    }
}

fn tallies(config: &Config, key: [u8; 32]) -> Result<Tallies, ConfigError> {
    match &config.redis_url {
        Some(url) => Tallies::shared(key, url)
            .map_err(|error| ConfigError::at("redis_url", &error.to_string())),
        None => Ok(Tallies::in_process(key)),
    }
}

fn previous_master_key(config: &Config) -> Result<Option<MasterKey>, ConfigError> {
    let read = |text: &String| {
        MasterKey::from_base64(text)
            .ok_or_else(|| ConfigError::at("previous_master_key", "expected base64 of 32 bytes"))
    };
    config.previous_master_key.as_ref().map(read).transpose()
}

fn master_key(config: &Config) -> Result<MasterKey, ConfigError> {
    const EXPECTED: &str = "expected base64 of exactly 32 bytes";
    if let Some(text) = &config.master_key {
        return MasterKey::from_base64(text).ok_or_else(|| ConfigError::at("master_key", EXPECTED));
    }
    let path = config
        .master_key_file
        .as_ref()
        .ok_or_else(|| ConfigError::at("master_key", "neither it nor master_key_file is set"))?;
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::at("master_key_file", &error.to_string()))?;
    MasterKey::from_base64(&text).ok_or_else(|| ConfigError::at("master_key_file", EXPECTED))
}
