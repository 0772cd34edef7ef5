//! Secrets of a town that no set-up shows: keys and passwords for others' services, sealed with the
//! town's own key.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Set, sea_query::ExprTrait as _};
use uuid::Uuid;

use crate::{Error, TenantTx, entity::town_secret, seal::Vault};

/// What a sealed secret is for.
const PURPOSE: &str = "town-secret";

/// The secret called `name`, if the town has one.
///
/// # Errors
/// [`Error::Sealed`], [`Error::Database`].
pub async fn get(tx: &TenantTx, vault: &Vault, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let row =
        tx.find::<town_secret::Entity>().filter(town_secret::Column::Name.eq(name)).one().await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(vault.keyring(tx).await?.open(PURPOSE, row.id, &row.sealed)?))
}

/// Keeps `secret` under `name`, in place of what was there.
///
/// # Errors
/// [`Error::Sealed`], [`Error::Database`].
pub async fn put(
    tx: &TenantTx,
    vault: &Vault,
    name: &str,
    secret: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    remove(tx, name).await?;
    let id = Uuid::now_v7();
    tx.insert(town_secret::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        sealed: Set(vault.keyring(tx).await?.seal(PURPOSE, id, secret)?),
        created_at: Set(now),
        ..Default::default()
    })
    .await?;
    Ok(())
}

/// Forgets the secrets whose names begin with `prefix`, but those called `names`.
///
/// # Errors
/// [`Error::Database`].
pub async fn keep_only(tx: &TenantTx, prefix: &str, names: &[String]) -> Result<(), Error> {
    let others = town_secret::Column::Name
        .starts_with(prefix)
        .and(town_secret::Column::Name.is_not_in(names));
    tx.delete::<town_secret::Entity>(others).await?;
    Ok(())
}

/// Forgets the secret called `name`; one that is not there is no error.
///
/// # Errors
/// [`Error::Database`].
pub async fn remove(tx: &TenantTx, name: &str) -> Result<(), Error> {
    tx.delete::<town_secret::Entity>(town_secret::Column::Name.eq(name)).await?;
    Ok(())
}
