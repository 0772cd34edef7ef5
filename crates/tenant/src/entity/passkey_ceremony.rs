//! Ceremonies that have begun and wait for the authenticator's answer.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One ceremony, by the hash of its token.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_ceremony")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// Whose passkey is being made; none for signing in.
    pub account_id: Option<Uuid>,
    /// The challenge with what belongs to it, as the library keeps it.
    pub state: Json,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
