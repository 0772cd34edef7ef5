//! Passkeys of accounts: public keys, no secrets.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One passkey.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// As its owner calls it.
    pub name: String,
    /// By which an authenticator names it.
    #[sea_orm(unique)]
    pub credential_id: Vec<u8>,
    /// The public key with what belongs to it, as the library keeps it.
    pub credential: Json,
    /// How often the authenticator says that it has signed; zero where it does not count.
    pub sign_count: i64,
    pub created_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
