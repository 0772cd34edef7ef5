//! Who has which role in a town.

use std::fmt;

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, Order, QueryResult, Set, Statement};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Account, sessions::Session, vouching};
use crate::{
    Actor, Db, Departments, Error, Origin, Places, Reach, Role, TenantId, TenantTx,
    entity::membership,
};

/// A role in a town, and where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// What somebody may do.
    pub role: Role,
    /// Where; an admin's role holds everywhere.
    pub reach: Reach,
}

impl Assignment {
    /// A role within limits, which an admin's has none of.
    #[must_use]
    pub fn new(role: Role, reach: Reach) -> Self {
        Self { role, reach: if role < Role::Admin { reach } else { Reach::default() } }
    }

    fn of(row: &membership::Model) -> Result<Self, Error> {
        Ok(Self { role: row.role.parse()?, reach: reach(row)? })
    }
}

impl fmt::Display for Assignment {
    /// Such as `clerk at 0198c0de-… for standesamt`: ids of locations, slugs of departments.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reach { places, departments } = self.reach;
        write!(f, "{}", self.role)?;
        for (nth, id) in places.all().into_iter().enumerate() {
            write!(f, "{}{id}", if nth == 0 { " at " } else { " " })?;
        }
        for (nth, slug) in departments.slugs().enumerate() {
            write!(f, "{}{slug}", if nth == 0 { " for " } else { " " })?;
        }
        Ok(())
    }
}

/// A member of a town's staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// What that person may do here, and where.
    pub assignment: Assignment,
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
    let linked = vouching::linked(tx, None).await?;
    let mut members = Vec::new();
    for row in rows {
        if let Some(account) = accounts.get(&row.account_id) {
            let (account, assignment) = (account.clone(), Assignment::of(&row)?);
            let is_linked = linked.contains(&account.id);
            members.push(Member { account, assignment, is_linked });
        }
    }
    members.sort_by(|one, other| one.account.email.cmp(&other.account.email));
    Ok(members)
}

/// Gives an account a role in the transaction's town; returns the one that it had. `sole` is the issuer
/// where the town's staff sign in at one provider only.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::LastAdmin`], [`Error::MemberChanged`] where somebody else
/// gives it its first role at the same moment, [`Error::Database`].
pub async fn grant(
    tx: &TenantTx,
    db: &Db,
    account: Uuid,
    assignment: Assignment,
    sole: Option<&str>,
) -> Result<Option<Assignment>, Error> {
    tx.scope().require(Role::Admin)?;
    let before = standing_to_change(tx, account).await?;
    let Assignment { role, reach: Reach { places, departments } } = assignment;
    if role < Role::Admin {
        another_admin(tx, db, account, sole).await?;
    }
    let locations: Vec<String> = places.all().iter().map(Uuid::to_string).collect();
    let departments: Vec<&str> = departments.slugs().collect();
    let row = membership::ActiveModel {
        tenant_id: Set(tx.scope().tenant.0),
        account_id: Set(account),
        role: Set(role.as_str().to_owned()),
        locations: Set((!locations.is_empty()).then(|| locations.into())),
        departments: Set((!departments.is_empty()).then(|| departments.into())),
    };
    if before.is_some() {
        tx.update(row).await?;
    } else if !tx.insert_unless_taken(row).await? {
        return Err(Error::MemberChanged);
    }
    Ok(before)
}

/// Takes an account's role in the transaction's town away; returns it.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::LastAdmin`], [`Error::Database`].
pub async fn revoke(
    tx: &TenantTx,
    db: &Db,
    account: Uuid,
    sole: Option<&str>,
) -> Result<Option<Assignment>, Error> {
    tx.scope().require(Role::Admin)?;
    let before = standing_to_change(tx, account).await?;
    another_admin(tx, db, account, sole).await?;
    tx.delete::<membership::Entity>(membership::Column::AccountId.eq(account)).await?;
    vouching::unlink(tx, account).await?;
    Ok(before)
}

/// A town never loses its last admin: passes unless `account` is the only one who can sign in.
async fn another_admin(
    tx: &TenantTx,
    db: &Db,
    account: Uuid,
    sole: Option<&str>,
) -> Result<(), Error> {
    let mut admins = admins_to_change(tx, db, sole).await?;
    admins.retain(|admin| admin.can_sign_in);
    let is_only = matches!(admins.as_slice(), [one] if one.account == account);
    if is_only { Err(Error::LastAdmin) } else { Ok(()) }
}

/// An admin of a town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Who.
    pub account: Uuid,
    /// Whether that is possible by now: with a password, or linked at the town's provider.
    pub can_sign_in: bool,
}

/// The admins of the transaction's town, whom nobody else changes before it ends. `sole` is the issuer
/// where the town's staff sign in at one provider only: a password opens nothing there.
///
/// # Errors
/// [`Error::Forbidden`] below admin, [`Error::Database`].
pub async fn admins_to_change(
    tx: &TenantTx,
    db: &Db,
    sole: Option<&str>,
) -> Result<Vec<Admin>, Error> {
    tx.scope().require(Role::Admin)?;
    let rows = rows_to_change(tx).await?;
    let admins = rows.iter().filter(|row| row.role == Role::Admin.as_str());
    let ids: Vec<Uuid> = admins.map(|row| row.account_id).collect();
    let accounts = super::all(db, &ids).await?;
    let linked = vouching::linked(tx, sole).await?;
    let has_password = |id: &Uuid| accounts.get(id).is_some_and(|account| account.has_password);
    let can_sign_in = |id: &Uuid| linked.contains(id) || (sole.is_none() && has_password(id));
    Ok(ids.iter().map(|id| Admin { account: *id, can_sign_in: can_sign_in(id) }).collect())
}

/// All roles of the transaction's town, which nobody else changes before it ends: in one order, so that
/// of two who take each other's role away one waits and no two wait for each other.
async fn rows_to_change(tx: &TenantTx) -> Result<Vec<membership::Model>, Error> {
    let all = tx.find::<membership::Entity>();
    Ok(all.order_by(membership::Column::AccountId, Order::Asc).for_update().all().await?)
}

/// What an account that asks `from` somewhere is in the transaction's town: staff with its role,
/// else a citizen.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn actor(tx: &TenantTx, account: Uuid, from: Origin) -> Result<Actor, Error> {
    Ok(match standing(tx, account).await? {
        Some(Assignment { role, reach }) => Actor::Staff { account, role, reach, from },
        None => Actor::Citizen,
    })
}

/// An account's role in the transaction's town; none where it has none.
///
/// # Errors
/// [`Error::Database`], [`Error::Corrupt`] for an unknown role.
pub async fn standing(tx: &TenantTx, account: Uuid) -> Result<Option<Assignment>, Error> {
    let own = membership::Column::AccountId.eq(account);
    let row = tx.find::<membership::Entity>().filter(own).one().await?;
    row.as_ref().map(Assignment::of).transpose()
}

/// The same, which nobody else changes before the transaction ends.
///
/// # Errors
/// As for [`standing`].
pub async fn standing_to_change(tx: &TenantTx, account: Uuid) -> Result<Option<Assignment>, Error> {
    let rows = rows_to_change(tx).await?;
    let own = rows.iter().find(|row| row.account_id == account);
    own.map(Assignment::of).transpose()
}

/// The same for whoever holds a session, which may not count in this town.
///
/// # Errors
/// As for [`standing`].
pub async fn standing_of(tx: &TenantTx, session: Session) -> Result<Option<Assignment>, Error> {
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
