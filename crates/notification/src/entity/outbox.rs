#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One mail, waiting, sent or given up.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    /// `mail`, `sms` or `webhook`.
    pub medium: String,
    pub subject_id: Uuid,
    /// The notice; emptied once it is sent.
    pub sealed: Vec<u8>,
    /// `waiting`, `sent` or `dead`.
    pub state: String,
    pub attempts: i32,
    pub due_at: DateTimeUtc,
    pub claimed_until: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    /// Stays the same however often it is sent.
    pub message_id: String,
    pub traceparent: Option<String>,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity);
