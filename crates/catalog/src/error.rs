//! What can go wrong with a town's set-up.

use crate::{logo::Unfit, model::Slug, townfile::Problem};

/// Refusals and faults of the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else has changed the set-up since it was read.
    #[error("the set-up was changed by somebody else meanwhile")]
    Outdated,
    /// The town file breaks rules; all of them are listed.
    #[error("{} problem(s) in the town file", .0.len())]
    Invalid(Vec<Problem>),
    /// What was sent cannot be a logo.
    #[error("{0}")]
    Logo(#[from] Unfit),
    /// Another town has this slug or host name.
    #[error("the slug or a host name belongs to another town")]
    NameTaken,
    /// Another town has this slug.
    #[error("another town has this slug; {free} is free")]
    SlugTaken {
        /// One that no town has.
        free: Slug,
    },
    /// The town has no such location.
    #[error("no such location")]
    UnknownLocation,
    /// There is no such town.
    #[error("no such town")]
    UnknownTown,
    /// A stored set-up does not have the shape this version writes.
    #[error("stored set-up: {0}")]
    Corrupt(#[from] serde_json::Error),
    /// The ground floor refused.
    #[error(transparent)]
    Tenant(#[from] tenant::Error),
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Tenant(error.into())
    }
}
