//! `amtstermin demo`: five real towns on the embedded default, ready in a second.

use std::path::Path;

use catalog::townfile;
use tenant::{Actor, Db, Role, accounts::operators, seal::MasterKey};
use tokio::net::TcpListener;

use crate::{
    cli::{CommandError, account, employ, out},
    config::Config,
    server,
    state::{AppState, StartError},
    town,
};

/// Of all demo accounts.
const PASSWORD: &str = "Amtstermin-Demo";
/// Runs the platform.
const OPERATOR: &str = "betrieb@plattform.example";

/// Prepares `./data` where needed and serves.
pub(crate) async fn run(config: &mut Config) -> Result<(), CommandError> {
    let data = Path::new("data");
    std::fs::create_dir_all(data)?;
    if config.master_key.is_none() && config.master_key_file.is_none() {
        config.master_key_file = Some(own_key(&data.join("master.key"))?);
    }
    if let Some(port) = std::env::var("PORT").ok().and_then(|port| port.parse().ok()) {
        config.listen.set_port(port);
    }
    let db = Db::connect(&config.database_url).await?;
    migrations::migrate(db.platform()).await?;
    drop(db);
    let state = AppState::open(config, true).await?;
    let towns = towns(&state).await?;
    let listener = TcpListener::bind(config.listen).await.map_err(StartError::Io)?;
    welcome(&state.public_url, &towns);
    Ok(server::serve(config, state, listener).await?)
}

/// The demo's master key, made at the first start and readable by its owner only.
fn own_key(path: &Path) -> Result<std::path::PathBuf, std::io::Error> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match file {
        Ok(mut file) => file.write_all(MasterKey::generate_base64().as_bytes())?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(path.to_owned())
}

/// Imports the shipped towns that are not there yet, each with an admin and a clerk, and lets the
/// others live today; returns slug and name.
async fn towns(state: &AppState) -> Result<Vec<(String, String)>, CommandError> {
    let office = &state.office;
    let mut towns = Vec::new();
    for (slug, text) in townfile::SHIPPED {
        let known = town::setup(state, slug).await?;
        let mut setup = match &known {
            Some(setup) => setup.clone(),
            None => townfile::parse(text).map_err(catalog::Error::Invalid)?,
        };
        towns.push((slug.to_owned(), setup.town.name.clone()));
        forget_past_dates(&mut setup, office.now().date_naive());
        if known.as_ref() != Some(&setup) {
            town::apply(state, Actor::System, &setup).await?;
        }
        if known.is_none() {
            let operator = account(state, OPERATOR, PASSWORD).await?;
            operators::entrust_platform(&office.db, operator).await?;
            for (who, role) in [("admin", Role::Admin), ("clerk", Role::Clerk)] {
                employ(state, &format!("{who}@{slug}.example"), PASSWORD, slug, role).await?;
            }
        }
    }
    Ok(towns)
}

/// A town file tells a story of its year; the demo lives today.
fn forget_past_dates(setup: &mut catalog::model::TownSetup, today: chrono::NaiveDate) {
    let windows = std::iter::once(&mut setup.town.booking)
        .chain(setup.services.iter_mut().map(|service| &mut service.booking))
        .chain(setup.locations.iter_mut().map(|location| &mut location.booking));
    for window in windows {
        window.bookable_until = window.bookable_until.filter(|date| *date >= today);
    }
    for location in &mut setup.locations {
        for rule in &mut location.openings {
            rule.valid_until = rule.valid_until.filter(|date| *date >= today);
        }
    }
}

fn welcome(url: &str, towns: &[(String, String)]) {
    use std::fmt::Write as _;
    let mut text = String::from("\nAmtstermin is ready.\n\n");
    for (slug, name) in towns {
        let _ = writeln!(text, "  {name:<22} {url}/{slug}");
    }
    let _ = writeln!(text, "\n  GraphQL                {url}/graphql");
    let _ = writeln!(text, "  Mailbox                {url}/mailbox");
    let _ = writeln!(text, "  Console                {url}/anmelden");
    let _ = writeln!(
        text,
        "\nStaff sign in there, for example as clerk@lengerich.example or admin@lengerich.example,\n\
         whoever runs the platform as {OPERATOR},\n\
         with the password {PASSWORD}; for the API through the mutation signIn.\nCtrl-C ends it; the data stays under ./data."
    );
    out(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_that_have_passed_are_forgotten() {
        let mut setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let today = "2026-11-23".parse().unwrap();
        let (past, future) = ("2026-11-22".parse().ok(), "2026-11-24".parse().ok());
        setup.town.booking.bookable_until = past;
        setup.services[0].booking.bookable_until = future;
        setup.locations[0].openings[0].valid_until = past;
        setup.locations[0].openings[1].valid_until = future;
        forget_past_dates(&mut setup, today);
        assert_eq!(setup.town.booking.bookable_until, None);
        assert_eq!(setup.services[0].booking.bookable_until, future);
        assert_eq!(setup.locations[0].openings[0].valid_until, None);
        assert_eq!(setup.locations[0].openings[1].valid_until, future);
    }
}
