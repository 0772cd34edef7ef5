//! Who did what, from where.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One line of the audit log; never changed, holds no personal data of citizens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub actor: String,
    pub action: String,
    pub subject_id: Option<Uuid>,
    /// Which list was looked at, or what became what.
    pub detail: Option<String>,
    /// Whose data it showed: ids, separated by spaces.
    pub shown: Option<String>,
    /// The address from which a member of staff asked.
    pub address: Option<String>,
    /// By which way: `page` or `api`.
    pub way: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

crate::tenant_entity!(Entity);
