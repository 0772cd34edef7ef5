//! What a use case may answer instead of what was asked for.

use catalog::model::Slug;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Appointment, Note,
    challenge::Flaw,
    contact::{ContactField, ContactProblem},
};

/// A free start offered in place of a taken one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
}

/// Refusals and faults of scheduling.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No service, or more than `max`.
    #[error("a basket has one to {max} lines")]
    EmptyBasket {
        /// Most lines.
        max: usize,
    },
    /// The town has no such service.
    #[error("no service {0:?}")]
    UnknownService(Slug),
    /// The town has no such location.
    #[error("no such location")]
    UnknownLocation,
    /// No such department in this town.
    #[error("no such department")]
    UnknownDepartment,
    /// More than one appointment allows, or none.
    #[error("quantity of {service:?} must be 1 to {max}")]
    Quantity {
        /// The service.
        service: Slug,
        /// Its greatest quantity.
        max: u16,
    },
    /// The service is not booked this way (directly, by request, not at all).
    #[error("service {0:?} is not booked this way")]
    WrongMode(Slug),
    /// The slot was free once and no longer is.
    #[error("the slot is taken")]
    SlotTaken {
        /// The nearest free starts, nearest first.
        nearest: Vec<Alternative>,
    },
    /// A change of the set-up would leave these appointments outside, or a closure would fall on
    /// them, and nobody has said what happens with just these.
    #[error("{} appointment(s) would lie outside", .0.len())]
    Outside(Vec<Appointment>),
    /// Somebody else has written another note meanwhile, or taken it away: as it is now.
    #[error("somebody else has changed the note")]
    NoteChanged(Option<Note>),
    /// Somebody has undone the closing while it was carried out.
    #[error("somebody has undone the closing meanwhile")]
    Undone,
    /// Where the appointment stands in its life does not allow this step.
    #[error("the appointment's status does not allow this")]
    WrongStatus,
    /// Nobody can have come yet, or missed what has not begun.
    #[error("the appointment cannot be marked like this before {from}")]
    TooEarly {
        /// From when on it can.
        from: DateTime<Utc>,
    },
    /// No slot starts there: closed, off the grid, past, too soon or too far ahead.
    #[error("no slot is offered at this time")]
    SlotNotOffered,
    /// A date range that ends before it starts or is longer than `max_days`.
    #[error("a range has 1 to {max_days} days")]
    Range {
        /// Longest range.
        max_days: u16,
    },
    /// Contact data that cannot be accepted.
    #[error("contact data is incomplete")]
    Contact(Vec<(ContactField, ContactProblem)>),
    /// Somebody has as many appointments to come, open requests or wishes as the town allows.
    #[error("no more than {most} at the same time for one address or number")]
    Limit {
        /// How many are allowed.
        most: u16,
    },
    /// The solution of a challenge that cannot be accepted.
    #[error("the solution of the challenge is not accepted")]
    Challenge(Flaw),
    /// A challenge has to be solved first.
    #[error("a challenge has to be solved first")]
    ChallengeNeeded,
    /// A text that is longer than allowed.
    #[error("no more than {most} characters")]
    TooLong {
        /// How many are allowed.
        most: usize,
    },
    /// A request names one to three wishes, all in the future.
    #[error("a request has one to three wishes in the future")]
    Wishes,
    /// The idempotency key was used before for something else, or is shorter than 16 or longer
    /// than 64 characters.
    #[error("the idempotency key is malformed or belongs to another booking")]
    IdempotencyKey,
    /// A language the town does not offer.
    #[error("the town does not offer this language")]
    Locale,
    /// No such appointment.
    #[error("no such appointment")]
    UnknownAppointment,
    /// The ground floor refused.
    #[error(transparent)]
    Tenant(#[from] tenant::Error),
    /// The catalogue refused.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The outbox refused.
    #[error(transparent)]
    Notification(notification::Error),
}

impl Error {
    /// Whether the same is worth another try in a moment.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        use tenant::Error::Busy;
        matches!(self, Self::Tenant(Busy(_)) | Self::Catalog(catalog::Error::Tenant(Busy(_))))
    }
}

impl From<notification::Error> for Error {
    /// What the ground floor refused stays what it is.
    fn from(error: notification::Error) -> Self {
        match error {
            notification::Error::Tenant(error) => Self::Tenant(error),
            error => Self::Notification(error),
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Tenant(error.into())
    }
}
