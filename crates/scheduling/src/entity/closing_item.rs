#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// What a closing did to one appointment.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "closing_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub closing_id: Uuid,
    pub appointment_id: Uuid,
    /// Where it stood.
    pub was: Json,
    /// The appointment's number of changes afterwards.
    pub sequence: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity);
