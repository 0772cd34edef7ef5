//! A place that is kept for one person, as their page shows it.

use catalog::model::Location;
use chrono::{DateTime, Utc};
use notification::dates;
use scheduling::{Offer, Shown};
use serde::Deserialize;

use crate::web::town::Town;

/// When and where a place is kept, and until when.
pub(super) struct Kept<'a> {
    /// What the page's buttons send back, so that only what was shown is answered.
    pub offer: Offer,
    /// The day.
    pub date: String,
    /// The time.
    pub time: String,
    /// The end of the offer.
    pub until: String,
    /// The place.
    pub location: Option<&'a Location>,
}

impl<'a> Kept<'a> {
    /// In the visitor's language.
    pub(super) fn of(town: &'a Town, offer: &Offer) -> Self {
        let (zone, locale) = (town.setup.town.time_zone, town.locale());
        let date = |at| dates::date(town.local_date(at), locale);
        Self {
            offer: *offer,
            date: date(offer.starts_at),
            time: dates::time(offer.starts_at, zone, locale),
            until: format!("{}, {}", date(offer.until), dates::time(offer.until, zone, locale)),
            location: town.setup.locations.iter().find(|own| own.id == offer.location),
        }
    }
}

/// What the buttons beside a kept place send.
#[derive(Deserialize)]
pub(super) struct Decision {
    /// What to do.
    pub tun: String,
    #[serde(default)]
    ort: String,
    #[serde(default)]
    start: String,
}

impl Decision {
    /// The place that was shown; what cannot be read is no place that is kept.
    pub(super) fn shown(&self) -> Shown {
        Shown {
            location: self.ort.parse().unwrap_or_default(),
            starts_at: self.start.parse::<DateTime<Utc>>().unwrap_or_default(),
        }
    }
}
