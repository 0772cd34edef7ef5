//! What is computed of a town rather than set up.

use async_graphql::SimpleObject;
use catalog::{
    color::{self, WHITE},
    holidays::{self, Holiday},
    model::TownSetup,
};
use chrono::NaiveDate;
use uuid::Uuid;

/// A public holiday of the town's Land: nothing is open unless a special opening says so.
#[derive(SimpleObject)]
pub(super) struct PublicHoliday {
    /// The day.
    date: NaiveDate,
    /// Its German name.
    name: &'static str,
    /// Ids of the locations that have a special opening nevertheless.
    open_at: Vec<Uuid>,
}

impl PublicHoliday {
    /// Those of a year, ascending.
    pub(super) fn of_year(setup: &TownSetup, year: i32) -> Vec<Self> {
        let days = holidays::of_year(setup.town.land, year).into_iter();
        let holiday = |Holiday { date, name }: Holiday| Self {
            date,
            name,
            open_at: holidays::open_on(setup, date).map(|own| own.id).collect(),
        };
        days.map(holiday).collect()
    }
}

/// How white text is read on a colour.
#[derive(SimpleObject)]
pub(super) struct ColorContrast {
    /// From 1 to 21.
    ratio: f64,
    /// Whether that is enough for the town's colour: at least 4.5.
    is_readable: bool,
    /// The colour itself where it is, else the lightest shade of it that is, as `#rrggbb`.
    suggestion: String,
}

impl ColorContrast {
    /// Of a colour as `#rrggbb`; none for any other text.
    pub(super) fn of(text: &str) -> Option<Self> {
        let own = color::parse(text)?;
        Some(Self {
            ratio: color::contrast(own, WHITE),
            is_readable: color::carries_white(own),
            suggestion: color::hex(color::shade_for_white(own)),
        })
    }
}
