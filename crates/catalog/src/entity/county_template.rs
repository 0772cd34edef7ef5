#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// A version of what a county offers its towns; belongs to no town.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "county_template")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub published_at: DateTimeUtc,
    pub account_id: Uuid,
    /// As [`crate::townfile::template_to_toml`] writes it.
    pub file: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
