//! A place that is kept for one person until they answer: somebody on the waiting list, or whose
//! request gets another time. While it is kept it is occupied for everybody else, because
//! `occupancy.rs` reads offers in the same statement as appointments.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    entity::{appointment_request, waiting_wish},
    slots::Busy,
};

/// A place that is kept for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// Kept so long.
    pub until: DateTime<Utc>,
    /// What it occupies.
    pub(crate) span: Busy,
}

/// An offer as whoever decides has seen it: another may have come in its stead meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
}

impl Offer {
    /// Whether it is the one that was `shown`, where that is known.
    pub(crate) fn is(&self, shown: Option<&Shown>) -> bool {
        let own = Shown { location: self.location, starts_at: self.starts_at };
        shown.is_none_or(|shown| *shown == own)
    }
}

/// Rows that may hold an offer, all in columns of the same names.
macro_rules! may_hold_an_offer {
    ($($row:ty),+) => {$(
        impl $row {
            /// The place that is offered, also once its time is over.
            pub(crate) fn offer(&self) -> Option<Offer> {
                let (starts_at, ends_at) = (self.offer_starts_at?, self.offer_ends_at?);
                let span = Busy { counter: self.offer_counter?, starts_at, ends_at };
                let (location, until) = (self.offer_location?, self.offer_until?);
                Some(Offer { location, starts_at, until, span })
            }
        }
    )+};
}

may_hold_an_offer!(appointment_request::Model, waiting_wish::Model);

/// What somebody has waited for that a booking or a move settles in the same transaction.
#[derive(Clone, Copy, Debug)]
pub enum Settles {
    /// An open request: staff accept it, or whoever asked takes the time that was proposed.
    Request {
        /// The request.
        id: Uuid,
        /// The time that is kept for it.
        proposed: Option<Busy>,
    },
    /// A place on the waiting list, whose offer is taken.
    Wish(Taking),
}

/// An offer of the waiting list that is taken.
#[derive(Clone, Copy, Debug)]
pub struct Taking {
    pub(crate) wish: Uuid,
    pub(crate) span: Busy,
    /// Whether joining the list was paid for with a solution, where one was asked for.
    pub(crate) proven: bool,
}

impl Settles {
    /// The span that is kept for this person, which does not stand in its own way.
    pub(crate) fn kept(&self) -> Option<Busy> {
        match self {
            Self::Request { proposed, .. } => *proposed,
            Self::Wish(taking) => Some(taking.span),
        }
    }

    /// The request, if it is one.
    pub(crate) fn request(&self) -> Option<Uuid> {
        match self {
            Self::Request { id, .. } => Some(*id),
            Self::Wish(_) => None,
        }
    }
}

/// So long before the public those who wait are offered a place that a citizen gave back or that the
/// one before did not answer: longer than it takes until the next look.
pub(crate) const BEFORE_OTHERS: TimeDelta = TimeDelta::minutes(2);

/// Shortest time in which somebody can answer a mail.
pub(crate) const SHORTEST: TimeDelta = TimeDelta::minutes(30);

/// Until when a place at `start` is kept: for `longest`, near the date for a quarter of the time
/// that is left; none where that is too short to answer.
pub(crate) fn kept_until(
    start: DateTime<Utc>,
    now: DateTime<Utc>,
    longest: TimeDelta,
) -> Option<DateTime<Utc>> {
    let patience = longest.min((start - now) / 4);
    (patience >= SHORTEST).then(|| now + patience)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_its_time_and_shorter_near_its_date() {
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let now = at("2026-11-23T08:00:00Z");
        let kept =
            |start: &str| kept_until(at(start), now, TimeDelta::hours(12)).map(|until| until - now);
        assert_eq!(kept("2026-11-30T08:00:00Z"), Some(TimeDelta::hours(12)));
        assert_eq!(kept("2026-11-24T08:00:00Z"), Some(TimeDelta::hours(6)));
        assert_eq!(kept("2026-11-23T10:00:00Z"), Some(TimeDelta::minutes(30)));
        assert_eq!(kept("2026-11-23T09:59:00Z"), None);
        assert_eq!(kept("2026-11-23T07:00:00Z"), None);
    }
}
