//! The schema, once for PostgreSQL and once for SQLite, each with its own strongest constraint
//! against booking a counter twice.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

/// One step: its name and the statements for each database, which stand in a folder of their own.
struct Step {
    name: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
}

macro_rules! step {
    ($name:literal, $folder:literal) => {
        Step {
            name: $name,
            postgres: include_str!(concat!($folder, "/postgres.sql")),
            sqlite: include_str!(concat!($folder, "/sqlite.sql")),
        }
    };
}

/// All steps, oldest first. A name never changes once a database has seen it.
const STEPS: [Step; 30] = [
    step!("m0001_first_light", "first_light"),
    step!("m0004_console", "console"),
    step!("m0008_accounts", "accounts"),
    step!("m0009_waiting_list", "waiting_list"),
    step!("m0010_contact_limits", "contact_limits"),
    step!("m0011_setup_history", "setup_history"),
    step!("m0012_self_service", "self_service"),
    step!("m0013_erasure", "erasure"),
    step!("m0030_appointment_note", "appointment_note"),
    step!("m0031_request_proposal", "request_proposal"),
    step!("m0032_audit_looks", "audit_looks"),
    step!("m0033_closing", "closing"),
    step!("m0020_town_logo", "town_logo"),
    step!("m0021_county_template", "county_template"),
    step!("m0022_member_locations", "member_locations"),
    step!("m0056_audit_origin", "audit_origin"),
    step!("m0044_provider_sign_in", "provider_sign_in"),
    step!("m0057_passkey", "passkey"),
    step!("m0058_member_departments", "member_departments"),
    step!("m0048_outbox_subject", "outbox_subject"),
    step!("m0059_account_leaving", "account_leaving"),
    step!("m0070_waiting_proof", "waiting_proof"),
    step!("m0071_passed_places", "passed_places"),
    step!("m0072_town_name", "town_name"),
    step!("m0073_request_withdrawn", "request_withdrawn"),
    step!("m0080_known_browser", "known_browser"),
    step!("m0081_audit_actor", "audit_actor"),
    step!("m0082_shared_claims", "shared_claims"),
    step!("m0083_town_change", "town_change"),
    step!("m0084_outbox_of", "outbox_of"),
];

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Postgres => self.postgres,
            _ => self.sqlite,
        };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.into_iter().map(|step| Box::new(step) as Box<dyn MigrationTrait>).collect()
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

#[cfg(test)]
mod tests {
    use super::STEPS;

    /// What takes something away from a server of the release before, which goes on working while
    /// the servers are replaced one by one.
    const TAKES_AWAY: [&str; 7] = [
        "DROP TABLE",
        "DROP COLUMN",
        "DROP FUNCTION",
        "DROP INDEX",
        "RENAME",
        "SET NOT NULL",
        "ALTER COLUMN",
    ];

    #[test]
    fn a_step_only_adds_so_that_the_release_before_goes_on_working() {
        for step in &STEPS[1..] {
            let sql = step.postgres.to_uppercase();
            for statement in sql.split(';') {
                for word in TAKES_AWAY {
                    assert!(!statement.contains(word), "{}: {word} in {statement}", step.name);
                }
                let needed = statement.contains("ADD COLUMN") && statement.contains("NOT NULL");
                let given = statement.contains("DEFAULT");
                assert!(!needed || given, "{}: the older insert nothing in {statement}", step.name);
            }
        }
    }
}
