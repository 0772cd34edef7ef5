//! People who sign in; one person can have roles in several towns.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// One account.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub email: String,
    /// Argon2id in PHC form; empty until a password was chosen.
    pub password_hash: String,
    pub created_at: DateTimeUtc,
    /// Sealed secret of the second factor.
    pub second_factor: Option<Vec<u8>>,
    /// Since when it counts; `None` while it is being set up.
    pub second_factor_since: Option<DateTimeUtc>,
    /// The step of the last code that was used.
    pub second_factor_step: Option<i64>,
    /// Since when it has no role anywhere.
    pub without_role_since: Option<DateTimeUtc>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("account").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
