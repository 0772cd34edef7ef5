//! What every use case needs: the rows, the keys, the time, the kept set-ups, the holds,
//! the tallies.

use std::sync::Arc;

use catalog::{
    cache::Setups,
    model::{BookingMode, TownSetup},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenant::{Clock, Db, Places, Scope, seal::Vault};
use tokio::sync::Notify;

use crate::{Calendars, Error, Freed, holds::Holds, slots::Audience, tallies::Tallies};

/// The parts of a running system that use cases work with.
#[derive(Debug)]
pub struct Office {
    /// Rows.
    pub db: Db,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Kept set-ups.
    pub setups: Setups,
    /// Kept calendars.
    pub calendars: Calendars,
    /// Live holds.
    pub holds: Holds,
    /// How often what happened lately.
    pub tallies: Tallies,
    /// Address of the pages as citizens see it, without a slash at the end.
    pub public_url: String,
    /// Rung after a commit that left a mail in the outbox.
    pub mail_waiting: Arc<Notify>,
    /// Rung when a place may have become free for those who wait.
    pub place_freed: Freed,
    /// Tells the W3C trace context of the present span, for the mail that follows.
    pub traceparent: fn() -> Option<String>,
}

impl Office {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The town's set-up as it is, or was a moment ago; staff whose role is limited see their own
    /// locations.
    ///
    /// # Errors
    /// Faults of the catalogue and the database.
    pub async fn setup(&self, scope: &Scope) -> Result<Arc<TownSetup>, Error> {
        Ok(seen_by(scope, self.setups.shown(&self.db, scope).await?))
    }
}

/// The set-up as the actor of `scope` sees it.
pub(crate) fn seen_by(scope: &Scope, setup: Arc<TownSetup>) -> Arc<TownSetup> {
    match scope.places() {
        Places::EVERYWHERE => setup,
        places => Arc::new(setup.seen_at(&places)),
    }
}

/// The way a citizen came (Weg).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The town's pages or an API client on a citizen's behalf.
    Online,
    /// A call that staff answer.
    Phone,
    /// At the desk.
    Counter,
}

impl Channel {
    /// The word kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Phone => "phone",
            Self::Counter => "counter",
        }
    }

    /// How the services are booked that may be booked this way: staff also give firm times for what
    /// citizens can only request.
    pub(crate) fn modes(self) -> &'static [BookingMode] {
        match self {
            Self::Online => &[BookingMode::Direct],
            Self::Phone | Self::Counter => &[BookingMode::Direct, BookingMode::Request],
        }
    }

    /// Which windows this channel sees, once it is sure that the actor may use it.
    pub(crate) fn audience(self, scope: &Scope) -> Result<Audience, Error> {
        match self {
            Self::Online => Ok(Audience::Public),
            Self::Phone | Self::Counter => {
                scope.require(tenant::Role::Clerk)?;
                Ok(Audience::Staff)
            }
        }
    }
}

impl std::str::FromStr for Channel {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        [Self::Online, Self::Phone, Self::Counter]
            .into_iter()
            .find(|channel| channel.as_str() == word)
            .ok_or_else(|| tenant::Error::Corrupt(format!("no such channel: {word}")).into())
    }
}
