//! Who runs the platform, and who compares the towns of a county. Neither sees a citizen's data:
//! they open no scope in a town.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Set, Statement,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    Db, Error,
    entity::{county, county_operator, platform_operator},
};

/// A county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct County {
    /// Five-digit key.
    pub key: String,
    /// Such as `Kreis Steinfurt`.
    pub name: String,
}

/// Makes an account an operator of the platform.
///
/// # Errors
/// [`Error::Database`].
pub async fn entrust_platform(db: &Db, account: Uuid) -> Result<(), Error> {
    platform_operator::Entity::insert(platform_operator::ActiveModel { account_id: Set(account) })
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db.platform())
        .await?;
    Ok(())
}

/// Makes an account an operator of a county that has a town.
///
/// # Errors
/// [`Error::Database`], also for an unknown county.
pub async fn entrust_county(db: &Db, account: Uuid, key: &str) -> Result<(), Error> {
    county_operator::Entity::insert(county_operator::ActiveModel {
        account_id: Set(account),
        county_key: Set(key.to_owned()),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(db.platform())
    .await?;
    Ok(())
}

/// Takes from an account what it was entrusted with: a county, or the platform.
///
/// # Errors
/// [`Error::Database`].
pub async fn dismiss(db: &Db, account: Uuid, county: Option<&str>) -> Result<(), Error> {
    match county {
        Some(key) => {
            county_operator::Entity::delete_many()
                .filter(county_operator::Column::AccountId.eq(account))
                .filter(county_operator::Column::CountyKey.eq(key))
                .exec(db.platform())
                .await?;
        }
        None => {
            platform_operator::Entity::delete_by_id(account).exec(db.platform()).await?;
        }
    }
    Ok(())
}

/// Whether an account runs the platform.
///
/// # Errors
/// [`Error::Database`].
pub async fn runs_platform(db: &Db, account: Uuid) -> Result<bool, Error> {
    Ok(platform_operator::Entity::find_by_id(account).one(db.platform()).await?.is_some())
}

/// The counties whose towns an account compares, by name; all of them for those who run the
/// platform.
///
/// # Errors
/// [`Error::Database`].
pub async fn counties_of(db: &Db, account: Uuid) -> Result<Vec<County>, Error> {
    let all = county::Entity::find();
    let mine = if runs_platform(db, account).await? {
        all
    } else {
        let own = county_operator::Column::AccountId.eq(account);
        let rows = county_operator::Entity::find().filter(own).all(db.platform()).await?;
        all.filter(county::Column::Key.is_in(rows.into_iter().map(|row| row.county_key)))
    };
    let mut counties: Vec<County> = mine
        .all(db.platform())
        .await?
        .into_iter()
        .map(|row| County { key: row.key, name: row.name })
        .collect();
    counties.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(counties)
}

/// How often something happened in a town.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    /// The town.
    pub tenant_id: Uuid,
    /// What, such as `booked`.
    pub kind: String,
    /// By which way, such as `online`.
    pub channel: String,
    /// How often.
    pub events: i64,
}

/// On PostgreSQL the named function, which counts and shows nothing else.
const USAGE_POSTGRES: &str =
    "SELECT tenant_id, kind, channel, events FROM county_usage($1, $2, $3)";
const USAGE_SQLITE: &str = "SELECT u.tenant_id, u.kind, u.channel, count(*) AS events \
     FROM usage_event u JOIN tenant t ON t.id = u.tenant_id \
     WHERE t.county_key = $1 AND u.at >= $2 AND u.at < $3 GROUP BY u.tenant_id, u.kind, u.channel";

/// What happened in the towns of a county in `since..until`. One of the looks across tenants.
///
/// # Errors
/// [`Error::Forbidden`] for accounts that are not the county's operators, [`Error::Database`].
pub async fn usage(
    db: &Db,
    account: Uuid,
    county: &str,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Count>, Error> {
    if !counties_of(db, account).await?.iter().any(|own| own.key == county) {
        return Err(Error::Forbidden);
    }
    let backend = db.platform().get_database_backend();
    let sql = if backend == DbBackend::Postgres { USAGE_POSTGRES } else { USAGE_SQLITE };
    let values = [county.into(), since.into(), until.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(Count::find_by_statement(statement).all(db.platform()).await?)
}
