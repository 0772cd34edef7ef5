//! What can go wrong on the ground floor.

use crate::{
    accounts::{passkeys::Refusal, password::Weakness},
    busy::is_busy,
};

/// Faults below every use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The actor may not do this.
    #[error("not allowed for this actor")]
    Forbidden,
    /// E-mail address and password do not belong together.
    #[error("unknown e-mail address or wrong password")]
    WrongCredentials,
    /// Neither a code of the account's second factor nor one of its recovery codes, or used before.
    #[error("wrong code")]
    WrongCode,
    /// A passkey is not accepted.
    #[error("passkey refused: {0:?}")]
    Passkey(Refusal),
    /// The password would not keep others out.
    #[error("weak password: {0:?}")]
    WeakPassword(Weakness),
    /// A role is limited to more locations than a scope carries.
    #[error("a role is limited to at most six locations")]
    TooManyPlaces,
    /// A role is limited to more departments than a scope carries.
    #[error("a role is limited to at most six departments")]
    TooManyDepartments,
    /// Somebody has a role in the town already, and another one than was to be given.
    #[error("this person has another role in this town already")]
    AlreadyMember,
    /// A role was changed since it was read.
    #[error("the role was changed in the meantime")]
    MemberChanged,
    /// The town would be left without an admin.
    #[error("a town keeps at least one admin")]
    LastAdmin,
    /// A town's provider has signed somebody in who has no role there.
    #[error("whom the provider has signed in has no role in this town")]
    UnknownPerson,
    /// The member with that address is linked with somebody else whom the provider knows.
    #[error("this member of staff is linked with another person at the provider")]
    AnotherPerson,
    /// The database is out of reach or has too much to do; another try may succeed. Whether a
    /// commit that ended so was carried out is not known.
    #[error("the database is busy or out of reach: {0}")]
    Busy(sea_orm::DbErr),
    /// The database refused.
    #[error("database: {0}")]
    Database(sea_orm::DbErr),
    /// A sealed value could not be opened: wrong master key or damaged row.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// A row holds what no code writes.
    #[error("corrupt row: {0}")]
    Corrupt(String),
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        if is_busy(&error) { Self::Busy(error) } else { Self::Database(error) }
    }
}
