//! A place that is kept for one person, as their page shows it.

use catalog::model::Location;
use notification::dates;
use scheduling::Offer;

use crate::web::town::Town;

/// When and where a place is kept, and until when.
pub(super) struct Kept<'a> {
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
            date: date(offer.starts_at),
            time: dates::time(offer.starts_at, zone, locale),
            until: format!("{}, {}", date(offer.until), dates::time(offer.until, zone, locale)),
            location: town.setup.locations.iter().find(|own| own.id == offer.location),
        }
    }
}
