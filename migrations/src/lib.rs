//! The schema, once for PostgreSQL and once for SQLite, each with its own strongest constraint
//! against booking a counter twice.

mod accounts;
mod console;
mod contact_limits;
mod county_template;
mod first_light;
mod member_locations;
mod setup_history;
mod town_logo;
mod waiting_list;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(first_light::Migration),
            Box::new(console::Migration),
            Box::new(accounts::Migration),
            Box::new(waiting_list::Migration),
            Box::new(contact_limits::Migration),
            Box::new(setup_history::Migration),
            Box::new(town_logo::Migration),
            Box::new(county_template::Migration),
            Box::new(member_locations::Migration),
        ]
    }
}

/// What stands between a database and this version of the program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer version has migrated it.
    #[error("the database was migrated by a newer version ({0}); start that version instead")]
    Newer(String),
    /// Not all migrations have run.
    #[error("the database lacks {0} migration(s); run `amtstermin migrate` first")]
    Older(usize),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

/// Applies what is missing.
///
/// # Errors
/// [`Error::Newer`], [`Error::Database`].
pub async fn migrate(db: &sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), Error> {
    refuse_newer(db).await?;
    Ok(Migrator::up(db, None).await?)
}

/// Passes when the database is exactly at this version.
///
/// # Errors
/// [`Error::Newer`], [`Error::Older`], [`Error::Database`].
pub async fn check(db: &sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), Error> {
    let applied = applied(db).await?;
    newest_unknown(&applied)?;
    match Migrator::migrations().len() - applied.len() {
        0 => Ok(()),
        missing => Err(Error::Older(missing)),
    }
}

async fn refuse_newer(db: &sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), Error> {
    newest_unknown(&applied(db).await?)
}

fn newest_unknown(applied: &[String]) -> Result<(), Error> {
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    match applied.iter().rev().find(|name| !known.contains(name)) {
        Some(newer) => Err(Error::Newer(newer.clone())),
        None => Ok(()),
    }
}

/// Names of the migrations the database has seen; reads only, so the runtime role may ask.
async fn applied(
    db: &sea_orm_migration::sea_orm::DatabaseConnection,
) -> Result<Vec<String>, DbErr> {
    use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let names = Statement::from_string(
        db.get_database_backend(),
        "SELECT version FROM seaql_migrations ORDER BY version",
    );
    db.query_all_raw(names).await?.iter().map(|row| row.try_get("", "version")).collect()
}
