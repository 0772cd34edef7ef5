#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One place on the waiting list; holds no personal data.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "waiting_wish")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub basket: Json,
    pub wish: Json,
    pub status: String,
    /// Starts that were offered and not taken, wherever, as the release before wrote them.
    pub passed: Json,
    /// The later appointment that is given back for an earlier one.
    pub appointment_id: Option<Uuid>,
    pub offer_location: Option<Uuid>,
    pub offer_counter: Option<Uuid>,
    pub offer_starts_at: Option<DateTimeUtc>,
    pub offer_ends_at: Option<DateTimeUtc>,
    pub offer_until: Option<DateTimeUtc>,
    pub locale: String,
    pub code: String,
    pub secret_hash: Vec<u8>,
    pub idempotency_key: String,
    pub fingerprint: Vec<u8>,
    pub created_at: DateTimeUtc,
    /// Whether a solution of the challenge was brought, where one was asked for.
    pub proven: bool,
    /// Locations and starts that were offered and not taken.
    pub passed_places: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

tenant::tenant_entity!(Entity);
