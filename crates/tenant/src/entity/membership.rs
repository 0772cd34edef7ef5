//! Roles of accounts in towns.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One account's role in one town.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub role: String,
    /// Ids of the locations that the role is limited to.
    pub locations: Option<Json>,
    /// Slugs of the departments that the role is limited to.
    pub departments: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

crate::tenant_entity!(Entity);
