#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One appointment; holds no personal data.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub location_id: Uuid,
    pub counter_id: Uuid,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub status: String,
    pub channel: String,
    /// Whether it sits in the reserve.
    pub reserve: bool,
    pub basket: Json,
    pub locale: String,
    pub code: String,
    pub secret_hash: Vec<u8>,
    pub idempotency_key: String,
    /// Keyed hash of what was booked with the idempotency key.
    pub fingerprint: Vec<u8>,
    /// Of the calendar file; rises with every change.
    pub sequence: i32,
    pub created_at: DateTimeUtc,
    /// Until when it waits for its address to be confirmed.
    pub confirm_until: Option<DateTimeUtc>,
    /// Hash of the secret that confirms it.
    pub confirm_hash: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity, at Column::LocationId, for Column::Basket);
