#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// A picture that a town has uploaded.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "town_logo")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Made of its content.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// PNG.
    pub content: Vec<u8>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity);
