//! What counties publish for their towns.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// A template for each county, and those it had.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0021_county_template"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Postgres => include_str!("postgres.sql"),
            _ => include_str!("sqlite.sql"),
        };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
