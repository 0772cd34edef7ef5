//! Who has which role in a town.

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, QueryResult, Set, Statement};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Account, sessions::Session, vouching};
use crate::{
    Actor, Db, Departments, Error, Origin, Places, Reach, Role, TenantId, TenantTx,
    entity::membership,
};

/// A member of a town's staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// What that person may do here.
    pub role: Role,
    /// Where.
    pub reach: Reach,
    /// Whether that person has signed in at the town's own provider.
    pub is_linked: bool,
}

/// All members of the transaction's town, by address.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::Database`].
pub async fn list(tx: &TenantTx, db: &Db) -> Result<Vec<Member>, Error> {
    tx.scope().require(Role::Admin)?;
    let rows = tx.find::<membership::Entity>().all().await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.account_id).collect();
    let accounts = super::all(db, &ids).await?;
    let linked = vouching::linked(tx).await?;
    let mut members = Vec::new();
    for row in rows {
        if let Some(account) = accounts.get(&row.account_id) {
            let (account, reach) = (account.clone(), reach(&row)?);
            let is_linked = linked.contains(&account.id);
            members.push(Member { account, role: row.role.parse()?, reach, is_linked });
        }
    }
    members.sort_by(|one, other| one.account.email.cmp(&other.account.email));
    Ok(members)
}

/// Gives an account a role in the transaction's town, instead of the one it had. An admin's holds
/// everywhere.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::LastAdmin`], [`Error::Database`].
pub async fn grant(tx: &TenantTx, account: Uuid, role: Role, reach: Reach) -> Result<(), Error> {
    tx.scope().require(Role::Admin)?;
    if role < Role::Admin {
        another_admin(tx, account).await?;
    }
    let Reach { places, departments } = if role < Role::Admin { reach } else { Reach::default() };
    let locations: Vec<String> = places.all().iter().map(Uuid::to_string).collect();
    let departments: Vec<&str> = departments.slugs().collect();
    tx.delete::<membership::Entity>(membership::Column::AccountId.eq(account)).await?;
    tx.insert(membership::ActiveModel {
        account_id: Set(account),
        role: Set(role.as_str().to_owned()),
        locations: Set((!locations.is_empty()).then(|| locations.into())),
        departments: Set((!departments.is_empty()).then(|| departments.into())),
        ..Default::default()
    })
    .await?;
    Ok(())
}

/// Takes an account's role in the transaction's town away.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::LastAdmin`], [`Error::Database`].
pub async fn revoke(tx: &TenantTx, account: Uuid) -> Result<(), Error> {
    tx.scope().require(Role::Admin)?;
    another_admin(tx, account).await?;
    tx.delete::<membership::Entity>(membership::Column::AccountId.eq(account)).await?;
    vouching::unlink(tx, account).await
}

/// A town never loses its last admin: passes when `account` is none, or not the only one.
async fn another_admin(tx: &TenantTx, account: Uuid) -> Result<(), Error> {
    let admins = tx
        .find::<membership::Entity>()
        .filter(membership::Column::Role.eq(Role::Admin.as_str()))
        .for_update()
        .all()
        .await?;
    let only = matches!(admins.as_slice(), [one] if one.account_id == account);
    if only { Err(Error::LastAdmin) } else { Ok(()) }
}

/// What an account that asks `from` somewhere is in the transaction's town: staff with its role,
/// else a citizen.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn actor(tx: &TenantTx, account: Uuid, from: Origin) -> Result<Actor, Error> {
    Ok(match standing(tx, account).await? {
        Some((role, reach)) => Actor::Staff { account, role, reach, from },
        None => Actor::Citizen,
    })
}

/// An account's role in the transaction's town, and where it holds; none where it has none.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn standing(tx: &TenantTx, account: Uuid) -> Result<Option<(Role, Reach)>, Error> {
    let membership = tx
        .find::<membership::Entity>()
        .filter(membership::Column::AccountId.eq(account))
        .one()
        .await?;
    membership.map(|row| Ok((row.role.parse()?, reach(&row)?))).transpose()
}

/// The same for whoever holds a session, which may not count in this town.
///
/// # Errors
/// As for [`standing`].
pub async fn standing_of(tx: &TenantTx, session: Session) -> Result<Option<(Role, Reach)>, Error> {
    match session.account_in(tx.scope().tenant) {
        Some(account) => standing(tx, account).await,
        None => Ok(None),
    }
}

fn reach(row: &membership::Model) -> Result<Reach, Error> {
    let locations: Vec<Uuid> = listed(row.locations.as_ref())?;
    let departments: Vec<String> = listed(row.departments.as_ref())?;
    Ok(Reach {
        places: Places::only(&locations)?,
        departments: Departments::only(departments.iter().map(String::as_str))?,
    })
}

fn listed<T: DeserializeOwned>(list: Option<&serde_json::Value>) -> Result<Vec<T>, Error> {
    let Some(list) = list else { return Ok(Vec::new()) };
    serde_json::from_value(list.clone()).map_err(|error| Error::Corrupt(error.to_string()))
}

/// Where an account has a role, with the role. One of the looks across tenants: on PostgreSQL it
/// goes through the function `towns_of_account()`.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn towns_of(db: &Db, account: Uuid) -> Result<Vec<(TenantId, Role)>, Error> {
    let backend = db.platform().get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT tenant_id, role FROM towns_of_account($1)"
    } else {
        "SELECT tenant_id, role FROM membership WHERE account_id = $1"
    };
    let statement = Statement::from_sql_and_values(backend, sql, [account.into()]);
    let rows = db.platform().query_all_raw(statement).await?;
    let read = |row: QueryResult| {
        let role: String = row.try_get("", "role")?;
        Ok((TenantId(row.try_get("", "tenant_id")?), role.parse()?))
    };
    rows.into_iter().map(read).collect()
}
