//! What can go wrong on the ground floor.

/// Faults below every use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The actor may not do this.
    #[error("not allowed for this actor")]
    Forbidden,
    /// E-mail address and password do not belong together.
    #[error("unknown e-mail address or wrong password")]
    WrongCredentials,
    /// The database refused or is out of reach.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// A sealed value could not be opened: wrong master key or damaged row.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// A row holds what no code writes.
    #[error("corrupt row: {0}")]
    Corrupt(String),
}
