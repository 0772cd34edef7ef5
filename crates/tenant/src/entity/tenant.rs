//! The registry of towns.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One town.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub county_key: String,
    /// `onboarding`, `live` or `suspended`.
    pub status: String,
    /// Rises with every change of the set-up; caches compare it.
    pub setup_version: i64,
    /// What belongs to the town as a whole; `catalog` gives it its shape.
    pub setup: Json,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

crate::tenant_entity!(Entity, Column::Id);
