//! The whole service in this process, without a listener: what the fuzz targets ask.

use std::path::Path;

use axum::Router;
use catalog::townfile;
use chrono::{DateTime, Utc};
use tenant::{Actor, Db, seal::MasterKey};

use crate::{cli::CommandError, config::Config, server, state::AppState, town};

/// Header in which a request says who the client is; without it all are one.
pub const CLIENT: &str = "x-client";

/// All routes, on a fresh SQLite file in `folder` with the shipped towns, at the instant `now`.
///
/// # Errors
/// What went wrong, in one line.
pub async fn router(folder: &Path, now: DateTime<Utc>) -> Result<Router, String> {
    open(folder, now).await.map_err(|error| error.to_string())
}

async fn open(folder: &Path, now: DateTime<Utc>) -> Result<Router, CommandError> {
    let config = Config {
        database_url: format!("sqlite://{}", folder.join("office.db").display()),
        mail_folder: folder.join("mail"),
        master_key: Some(MasterKey::generate_base64()),
        client_header: Some(CLIENT.to_owned()),
        clock: Some(now),
        ..Config::default()
    };
    migrations::migrate(Db::connect(&config.database_url).await?.platform()).await?;
    let state = AppState::open(&config, false).await?;
    for (_, text) in townfile::SHIPPED {
        let setup = townfile::parse(text).map_err(catalog::Error::Invalid)?;
        town::apply(&state, Actor::System, &setup).await?;
    }
    Ok(server::router(state, config.limits()))
}
