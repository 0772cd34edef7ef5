//! Keys: what a town publishes and shares with other services, for both faces; and the changing of
//! those that seal, for the command line.

use notification::{dkim, dns, sms, webhook};
use scheduling::{Error, Office};
use tenant::{Role, Scope, accounts::second_factor, audit, town_secrets};

use crate::state::AppState;

/// What a town publishes and shares.
#[derive(Clone, Debug, Default)]
pub(crate) struct TownKeys {
    /// Records for the domain of the town's own sender address; empty where it has none.
    pub records: Vec<dns::Record>,
    /// Name of each webhook with the secret that signs what it is told.
    pub webhooks: Vec<(String, String)>,
    /// Whether the gateway for short messages has a password.
    pub has_sms_secret: bool,
}

/// Reads them. For admins.
///
/// # Errors
/// `Forbidden` below admin, faults.
pub(crate) async fn read(state: &AppState, scope: &Scope) -> Result<TownKeys, Error> {
    scope.require(Role::Admin)?;
    let office = &state.office;
    let setup = office.setup(scope).await?;
    let tx = office.db.read(scope).await?;
    let vault = &office.vault;
    let mut keys = TownKeys {
        has_sms_secret: town_secrets::get(&tx, vault, sms::SECRET).await?.is_some(),
        ..TownKeys::default()
    };
    if let Some(from) = &setup.town.mail_from {
        let key = dkim::record(&tx, vault).await?;
        let key = key.map(|value| (dkim::SELECTOR, value));
        keys.records = dns::records(from, &state.mail_from, key, &setup.town.email);
    }
    for webhook in &setup.town.webhooks {
        if let Some(secret) = webhook::secret(&tx, vault, &webhook.slug).await? {
            keys.webhooks.push((webhook.slug.clone(), secret));
        }
    }
    Ok(keys)
}

/// Keeps the password of the gateway for short messages; an empty one is forgotten. For admins.
///
/// # Errors
/// `Forbidden` below admin, faults.
pub(crate) async fn keep_sms_secret(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<(), Error> {
    scope.require(Role::Admin)?;
    let now = office.now();
    let tx = office.db.write(scope).await?;
    if secret.is_empty() {
        town_secrets::remove(&tx, sms::SECRET).await?;
    } else {
        town_secrets::put(&tx, &office.vault, sms::SECRET, secret.as_bytes(), now).await?;
    }
    audit::record(&tx, now, audit::Action::SecretChanged, None);
    tx.commit().await?;
    Ok(())
}

/// Wraps all data keys, and seals all second factors, with the present master key; says how many.
pub(crate) async fn rewrap(state: &AppState) -> Result<String, tenant::Error> {
    let Office { db, vault, .. } = state.office.as_ref();
    let mut keys = 0;
    for town in state.directory.list(db).await?.iter() {
        let tx = db.write(&Scope::system(town.tenant)).await?;
        keys += vault.rewrap(&tx).await?;
        tx.commit().await?;
    }
    let factors = second_factor::rewrap(db, vault).await?;
    Ok(format!("{keys} keys wrapped, {factors} second factors sealed anew"))
}

/// Gives the named towns, or all, a new data key; says how many.
pub(crate) async fn rotate(state: &AppState, slugs: &[String]) -> Result<String, catalog::Error> {
    let office = &state.office;
    let towns = state.directory.list(&office.db).await?;
    if !slugs.iter().all(|slug| towns.iter().any(|town| town.slug == *slug)) {
        return Err(catalog::Error::UnknownTown);
    }
    let mut count = 0;
    for town in towns.iter().filter(|town| slugs.is_empty() || slugs.contains(&town.slug)) {
        let tx = office.db.write(&Scope::system(town.tenant)).await?;
        office.vault.rotate(&tx, office.now()).await?;
        audit::record(&tx, office.now(), audit::Action::KeyRotated, None);
        tx.commit().await?;
        count += 1;
    }
    Ok(format!("{count} towns have a new key"))
}
