//! The versions of a template that a county has published. They belong to no town and hold nobody's
//! data; whoever may publish is asked by the caller's own rule.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set, SqlErr};
use tenant::{Db, accounts::operators};
use uuid::Uuid;

use super::{Template, merge::Versions};
use crate::{Error, entity::county_template, townfile};

/// A published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its number, from 1.
    pub version: i64,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who published it.
    pub account: Uuid,
    /// As [`townfile::template_to_toml`] writes it.
    pub file: String,
}

/// What a county publishes now.
///
/// # Errors
/// Database faults.
pub async fn latest(db: &Db, county: &str) -> Result<Option<Published>, Error> {
    let newest = county_template::Entity::find()
        .filter(county_template::Column::CountyKey.eq(county))
        .order_by_desc(county_template::Column::Version);
    let row = newest.one(db.platform()).await?;
    Ok(row.map(|row| Published {
        version: row.version,
        at: row.published_at,
        account: row.account_id,
        file: row.file,
    }))
}

/// All that a county has published.
///
/// # Errors
/// [`Error::Invalid`] for a version that this program cannot read, database faults.
pub async fn versions(db: &Db, county: &str) -> Result<Versions, Error> {
    let rows = county_template::Entity::find()
        .filter(county_template::Column::CountyKey.eq(county))
        .order_by_asc(county_template::Column::Version)
        .all(db.platform())
        .await?;
    let read = |row: county_template::Model| {
        let template = townfile::parse_template(&row.file).map_err(Error::Invalid)?;
        Ok((row.version, template))
    };
    Ok(Versions { all: rows.into_iter().map(read).collect::<Result<_, Error>>()? })
}

/// Publishes a template that was made from `version` (0 where there was none); returns the new
/// version, or the same where nothing is different.
///
/// # Errors
/// `Forbidden` for accounts that are not the county's operators, [`Error::Outdated`], database
/// faults.
pub async fn publish(
    db: &Db,
    account: Uuid,
    county: &str,
    version: i64,
    template: &Template,
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let own = operators::counties_of(db, account).await?;
    if !own.iter().any(|own| own.key == county) {
        return Err(tenant::Error::Forbidden.into());
    }
    let known = latest(db, county).await?;
    if known.as_ref().map_or(0, |known| known.version) != version {
        return Err(Error::Outdated);
    }
    let file = townfile::template_to_toml(template);
    if known.is_some_and(|known| known.file == file) {
        return Ok(version);
    }
    let row = county_template::ActiveModel {
        county_key: Set(county.to_owned()),
        version: Set(version + 1),
        published_at: Set(now),
        account_id: Set(account),
        file: Set(file),
    };
    match row.insert(db.platform()).await {
        Ok(_) => Ok(version + 1),
        // Somebody else was faster.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(Error::Outdated)
        }
        Err(error) => Err(error.into()),
    }
}
