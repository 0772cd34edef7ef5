//! The set-up in the database: loading it, and applying a changed one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, Order, Set, SqlErr};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenant::{
    TenantTx, audit,
    entity::{tenant as tenant_row, tenant_host},
    seal::Vault,
};
use uuid::Uuid;

use crate::{
    Error,
    entity::{counter, location, service, setup_version},
    hours::local_date,
    logo,
    model::{Closure, Counter, Location, MailTexts, Named, Service, Town, TownSetup, TownStatus},
    townfile,
};

/// What the town's own row keeps of the set-up.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct TownDocument {
    town: Town,
    departments: Vec<Named>,
    categories: Vec<Named>,
    closures: Vec<Closure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mails: Vec<MailTexts>,
}

impl From<&TownSetup> for TownDocument {
    fn from(setup: &TownSetup) -> Self {
        Self {
            town: setup.town.clone(),
            departments: setup.departments.clone(),
            categories: setup.categories.clone(),
            closures: setup.closures.clone(),
            mails: setup.mails.clone(),
        }
    }
}

/// Loads the set-up of the transaction's town with its version.
///
/// # Errors
/// [`Error::UnknownTown`], [`Error::Corrupt`], database faults.
pub async fn load(tx: &TenantTx) -> Result<(i64, TownSetup), Error> {
    let town = tx.find::<tenant_row::Entity>().one().await?.ok_or(Error::UnknownTown)?;
    let document: TownDocument = serde_json::from_value(town.setup)?;
    let services = tx
        .find::<service::Entity>()
        .filter(service::Column::RetiredAt.is_null())
        .order_by(service::Column::Position, Order::Asc)
        .all()
        .await?;
    let locations = tx
        .find::<location::Entity>()
        .filter(location::Column::RetiredAt.is_null())
        .order_by(location::Column::Position, Order::Asc)
        .all()
        .await?;
    let counters = tx
        .find::<counter::Entity>()
        .filter(counter::Column::RetiredAt.is_null())
        .order_by(counter::Column::Position, Order::Asc)
        .all()
        .await?;
    let services = services.into_iter().map(|row| {
        let service: Service = serde_json::from_value(row.definition)?;
        Ok(Service { id: row.id, ..service })
    });
    let mut of_location: HashMap<Uuid, Vec<Counter>> = HashMap::new();
    for row in counters {
        let counter: Counter = serde_json::from_value(row.definition)?;
        of_location.entry(row.location_id).or_default().push(Counter { id: row.id, ..counter });
    }
    let locations = locations.into_iter().map(|row| {
        let location: Location = serde_json::from_value(row.definition)?;
        let counters = of_location.remove(&row.id).unwrap_or_default();
        Ok(Location { id: row.id, counters, ..location })
    });
    let setup = TownSetup {
        town: document.town,
        departments: document.departments,
        categories: document.categories,
        services: services.collect::<Result<_, serde_json::Error>>()?,
        locations: locations.collect::<Result<_, serde_json::Error>>()?,
        closures: document.closures,
        mails: document.mails,
    };
    Ok((town.setup_version, setup))
}

/// The same, which nobody else changes before the transaction ends.
///
/// # Errors
/// As [`load`].
pub async fn load_to_change(tx: &TenantTx) -> Result<(i64, TownSetup), Error> {
    tx.find::<tenant_row::Entity>().for_update().one().await?;
    load(tx).await
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The town is new.
    Created,
    /// Something was different; the set-up has a new version.
    Changed,
    /// Nothing was different; nothing was written.
    Unchanged,
}

/// Makes the transaction's town look like `setup`: what is missing there is retired, what is new
/// is added; appointments are never touched. Every set-up that is stored comes this way, so it is here
/// that its rules are checked.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NameTaken`], role below admin, database faults.
pub async fn apply(
    tx: &TenantTx,
    vault: &Vault,
    setup: &TownSetup,
    now: DateTime<Utc>,
) -> Result<Imported, Error> {
    tx.scope().require(tenant::Role::Admin)?;
    townfile::check(setup).map_err(Error::Invalid)?;
    logo::require(tx, setup.town.branding.logo.as_deref()).await?;
    let known = tx.find::<tenant_row::Entity>().one().await?;
    require_offer(tx, known.is_some(), setup, now).await?;
    let document = serde_json::to_value(TownDocument::from(setup))?;
    tx.register_county(&setup.town.county.key, &setup.town.county.name).await?;
    let mut changed = match &known {
        None => {
            create_town(tx, setup, document, now).await?;
            vault.provision(tx, now).await?;
            true
        }
        Some(row) if row.setup != document => {
            update_town(tx, setup, document).await?;
            true
        }
        Some(_) => false,
    };
    changed |= apply_services(tx, &setup.services, now).await?;
    changed |= apply_locations(tx, &setup.locations, now).await?;
    if !changed {
        return Ok(Imported::Unchanged);
    }
    let imported = match &known {
        None => Imported::Created,
        Some(_) => Imported::Changed,
    };
    next_version(tx, known.map(|row| row.setup_version), now).await?;
    audit::record(tx, now, audit::Action::SetupImported, None);
    Ok(imported)
}

/// Passes where a live town has something to book, or had nothing before.
async fn require_offer(
    tx: &TenantTx,
    is_known: bool,
    setup: &TownSetup,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let today = local_date(now, setup.town.time_zone);
    if townfile::check_offer(None, setup, today).is_ok() {
        return Ok(());
    }
    let before = if is_known { Some(load(tx).await?.1) } else { None };
    townfile::check_offer(before.as_ref(), setup, today).map_err(Error::Invalid)
}

/// Counts the version up, and keeps the set-up as it is now.
async fn next_version(
    tx: &TenantTx,
    version: Option<i64>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if let Some(version) = version {
        tx.update(tenant_row::ActiveModel {
            id: Set(tx.scope().tenant.0),
            setup_version: Set(version + 1),
            ..Default::default()
        })
        .await?;
    }
    let (version, setup) = load(tx).await?;
    tx.insert(setup_version::ActiveModel {
        version: Set(version),
        at: Set(now),
        actor: Set(tx.scope().actor.to_string()),
        file: Set(townfile::to_toml(&setup)),
        ..Default::default()
    })
    .await?;
    Ok(())
}

/// A version of the set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub version: i64,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who made it, as in the audit log.
    pub actor: String,
    /// The town file.
    pub file: String,
}

/// The versions up to `newest` (or to the present), the newest first, at most `limit`.
///
/// # Errors
/// Role below admin, database faults.
pub async fn history(
    tx: &TenantTx,
    newest: Option<i64>,
    limit: u64,
) -> Result<Vec<Version>, Error> {
    tx.scope().require(tenant::Role::Admin)?;
    let rows = tx
        .find::<setup_version::Entity>()
        .filter(setup_version::Column::Version.lte(newest.unwrap_or(i64::MAX)))
        .order_by(setup_version::Column::Version, Order::Desc)
        .limit(limit)
        .all()
        .await?;
    let version = |row: setup_version::Model| Version {
        version: row.version,
        at: row.at,
        actor: row.actor,
        file: row.file,
    };
    Ok(rows.into_iter().map(version).collect())
}

/// The same for a set-up that was read at `version` and edited since: what somebody else has
/// changed meanwhile is never overwritten.
///
/// # Errors
/// [`Error::Outdated`], and those of [`apply`].
pub async fn change(
    tx: &TenantTx,
    vault: &Vault,
    version: i64,
    setup: &TownSetup,
    now: DateTime<Utc>,
) -> Result<Imported, Error> {
    tx.scope().require(tenant::Role::Admin)?;
    let known = tx.find::<tenant_row::Entity>().for_update().one().await?;
    if known.is_none_or(|row| row.setup_version != version) {
        return Err(Error::Outdated);
    }
    apply(tx, vault, setup, now).await
}

/// Closes a location, or some of its counters, for a time: the one change of the set-up that
/// clerks make too. Tells whether the closure was not there already.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownLocation`], [`Error::Invalid`], faults.
pub async fn add_closure(
    tx: &TenantTx,
    location: Uuid,
    closure: &Closure,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    townfile::check_closure(closure).map_err(Error::Invalid)?;
    let add = |closures: &mut Vec<Closure>| {
        let is_new = !closures.contains(closure);
        if is_new {
            closures.push(closure.clone());
        }
        is_new
    };
    change_closures(tx, location, add, audit::Action::ClosureAdded, now).await
}

/// Takes a closure of one location back; tells whether it was there.
///
/// # Errors
/// As [`add_closure`].
pub async fn remove_closure(
    tx: &TenantTx,
    location: Uuid,
    closure: &Closure,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let remove = |closures: &mut Vec<Closure>| {
        let at = closures.iter().position(|own| own == closure);
        at.map(|at| closures.remove(at)).is_some()
    };
    change_closures(tx, location, remove, audit::Action::ClosureRemoved, now).await
}

/// Changes the closures of a location: a new version of the set-up, if there is a change at all.
async fn change_closures(
    tx: &TenantTx,
    location: Uuid,
    change: impl FnOnce(&mut Vec<Closure>) -> bool,
    action: audit::Action,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    tx.scope().require(tenant::Role::Clerk)?;
    let town = tx.find::<tenant_row::Entity>().for_update().one().await?;
    let town = town.ok_or(Error::UnknownTown)?;
    let row = tx
        .find::<location::Entity>()
        .filter(location::Column::Id.eq(location))
        .filter(location::Column::RetiredAt.is_null())
        .one()
        .await?
        .ok_or(Error::UnknownLocation)?;
    let mut definition: Location = serde_json::from_value(row.definition)?;
    if !change(&mut definition.closures) {
        return Ok(false);
    }
    tx.update(location::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        definition: Set(serde_json::to_value(&definition)?),
        ..Default::default()
    })
    .await?;
    next_version(tx, Some(town.setup_version), now).await?;
    audit::record(tx, now, action, Some(location));
    Ok(true)
}

fn status_word(status: TownStatus) -> &'static str {
    match status {
        TownStatus::Onboarding => "onboarding",
        TownStatus::Live => "live",
        TownStatus::Suspended => "suspended",
    }
}

/// A unique name that another town has already.
fn name_taken(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::NameTaken,
        _ => error.into(),
    }
}

async fn create_town(
    tx: &TenantTx,
    setup: &TownSetup,
    document: Value,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    tx.insert(tenant_row::ActiveModel {
        slug: Set(setup.town.slug.clone()),
        county_key: Set(setup.town.county.key.clone()),
        status: Set(status_word(setup.town.status).to_owned()),
        setup_version: Set(1),
        setup: Set(document),
        created_at: Set(now),
        ..Default::default()
    })
    .await
    .map_err(name_taken)?;
    set_hosts(tx, &setup.town.hosts).await
}

async fn update_town(tx: &TenantTx, setup: &TownSetup, document: Value) -> Result<(), Error> {
    tx.update(tenant_row::ActiveModel {
        id: Set(tx.scope().tenant.0),
        slug: Set(setup.town.slug.clone()),
        county_key: Set(setup.town.county.key.clone()),
        status: Set(status_word(setup.town.status).to_owned()),
        setup: Set(document),
        ..Default::default()
    })
    .await
    .map_err(name_taken)?;
    tx.delete::<tenant_host::Entity>(tenant_host::Column::Host.is_not_null()).await?;
    set_hosts(tx, &setup.town.hosts).await
}

async fn set_hosts(tx: &TenantTx, hosts: &[String]) -> Result<(), Error> {
    for host in hosts {
        tx.insert(tenant_host::ActiveModel { host: Set(host.clone()), ..Default::default() })
            .await
            .map_err(name_taken)?;
    }
    Ok(())
}

/// How a wanted list of things differs from the rows that are there.
enum Step {
    Insert { id: Uuid, slug: String, position: i32, definition: Value },
    Update { id: Uuid, position: i32, definition: Value },
    Retire { id: Uuid },
}

/// A row as the comparison sees it.
struct Known {
    id: Uuid,
    slug: String,
    position: i32,
    definition: Value,
    retired: bool,
}

/// Compares what is wanted with what is there; nothing where nothing differs.
fn differences<T: Serialize>(
    wanted: &[T],
    slug: impl Fn(&T) -> &str,
    known: &[Known],
) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    for (position, thing) in (0..).zip(wanted) {
        let definition = serde_json::to_value(thing)?;
        match known.iter().find(|row| row.slug == slug(thing)) {
            None => {
                let slug = slug(thing).to_owned();
                steps.push(Step::Insert { id: Uuid::now_v7(), slug, position, definition });
            }
            Some(row)
                if row.retired || row.position != position || row.definition != definition =>
            {
                steps.push(Step::Update { id: row.id, position, definition });
            }
            Some(_) => {}
        }
    }
    let gone = known
        .iter()
        .filter(|row| !row.retired && !wanted.iter().any(|thing| slug(thing) == row.slug));
    steps.extend(gone.map(|row| Step::Retire { id: row.id }));
    Ok(steps)
}

/// The rows of services, locations and counters differ in their types only.
macro_rules! known {
    ($rows:expr) => {
        $rows
            .into_iter()
            .map(|row| Known {
                id: row.id,
                slug: row.slug,
                position: row.position,
                definition: row.definition,
                retired: row.retired_at.is_some(),
            })
            .collect::<Vec<_>>()
    };
}

/// Carries out steps on one kind of rows; tells whether there were any.
macro_rules! carry_out {
    ($tx:expr, $now:expr, $steps:expr, $row:ident $(, $column:ident: $value:expr)?) => {{
        let steps: Vec<Step> = $steps;
        let changed = !steps.is_empty();
        let tenant_id = Set($tx.scope().tenant.0);
        for step in steps {
            let tenant_id = tenant_id.clone();
            match step {
                Step::Insert { id, slug, position, definition } => {
                    $tx.insert($row::ActiveModel {
                        tenant_id,
                        id: Set(id),
                        $($column: Set($value),)?
                        slug: Set(slug),
                        position: Set(position),
                        definition: Set(definition),
                        retired_at: Set(None),
                    })
                    .await?;
                }
                Step::Update { id, position, definition } => {
                    $tx.update($row::ActiveModel {
                        tenant_id,
                        id: Set(id),
                        position: Set(position),
                        definition: Set(definition),
                        retired_at: Set(None),
                        ..Default::default()
                    })
                    .await?;
                }
                Step::Retire { id } => {
                    $tx.update($row::ActiveModel {
                        tenant_id,
                        id: Set(id),
                        retired_at: Set(Some($now)),
                        ..Default::default()
                    })
                    .await?;
                }
            }
        }
        changed
    }};
}

async fn apply_services(
    tx: &TenantTx,
    wanted: &[Service],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let known = known!(tx.find::<service::Entity>().all().await?);
    let steps = differences(wanted, |service| &service.slug, &known)?;
    Ok(carry_out!(tx, now, steps, service))
}

async fn apply_locations(
    tx: &TenantTx,
    wanted: &[Location],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let known = known!(tx.find::<location::Entity>().all().await?);
    // Counters have rows of their own.
    let bare: Vec<Location> = wanted
        .iter()
        .map(|location| Location { counters: Vec::new(), ..location.clone() })
        .collect();
    let steps = differences(&bare, |location| &location.slug, &known)?;
    let mut ids: HashMap<String, Uuid> = known.into_iter().map(|row| (row.slug, row.id)).collect();
    for step in &steps {
        if let Step::Insert { id, slug, .. } = step {
            ids.insert(slug.clone(), *id);
        }
    }
    let mut changed = carry_out!(tx, now, steps, location);
    for (slug, id) in ids {
        let location = wanted.iter().find(|location| location.slug == slug);
        let counters = location.map_or(&[][..], |location| &location.counters);
        changed |= apply_counters(tx, id, counters, now).await?;
    }
    Ok(changed)
}

async fn apply_counters(
    tx: &TenantTx,
    location: Uuid,
    wanted: &[Counter],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let rows =
        tx.find::<counter::Entity>().filter(counter::Column::LocationId.eq(location)).all().await?;
    let steps = differences(wanted, |counter| &counter.slug, &known!(rows))?;
    Ok(carry_out!(tx, now, steps, counter, location_id: location))
}
