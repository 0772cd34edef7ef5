#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// The personal data of one appointment or request, sealed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    pub sealed: Vec<u8>,
    /// Keyed hash of the address, to count appointments.
    pub email_hash: Option<Vec<u8>>,
    /// Keyed hash of the number.
    pub phone_hash: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity);
