#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One request with its wishes; holds no personal data.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub location_id: Option<Uuid>,
    pub basket: Json,
    pub wishes: Json,
    pub status: String,
    pub locale: String,
    pub code: String,
    pub secret_hash: Vec<u8>,
    pub idempotency_key: String,
    pub fingerprint: Vec<u8>,
    pub created_at: DateTimeUtc,
    pub answered_at: Option<DateTimeUtc>,
    pub appointment_id: Option<Uuid>,
    pub offer_location: Option<Uuid>,
    pub offer_counter: Option<Uuid>,
    pub offer_starts_at: Option<DateTimeUtc>,
    pub offer_ends_at: Option<DateTimeUtc>,
    pub offer_until: Option<DateTimeUtc>,
    /// Starts that were proposed and not taken.
    pub passed: Json,
    /// When whoever asked took it back, which closed it as declined.
    pub withdrawn_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity, at Column::LocationId, for Column::Basket);
