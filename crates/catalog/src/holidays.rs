//! Public holidays of the Länder.

use chrono::{Days, NaiveDate};
use holiday_de::{GermanHoliday, GermanRegion};

use crate::model::{Land, Location, TownSetup};

/// A day with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// Its German name.
    pub name: &'static str,
}

/// The public holidays of the Land in a year, ascending; none before 1995.
#[must_use]
pub fn of_year(land: Land, year: i32) -> Vec<Holiday> {
    let all = region(land).holiday_dates_in_year(year).into_iter();
    all.map(|(date, own)| Holiday { date, name: own.description() }).collect()
}

/// Days on which offices of the Land are shut here and there and that are no public holidays in all of
/// it, ascending: a town enters those that are its own as closures.
#[must_use]
pub fn customary(land: Land, year: i32) -> Vec<Holiday> {
    let named =
        |own: GermanHoliday| Some(Holiday { date: own.date(year)?, name: own.description() });
    let carnival = GermanHoliday::Faschingsdienstag.date(year);
    let carnival = carnival.and_then(|tuesday| tuesday.checked_sub_days(Days::new(1)));
    let mut days = vec![
        carnival.map(|date| Holiday { date, name: "Rosenmontag" }),
        named(GermanHoliday::Heiligabend),
        named(GermanHoliday::Silvester),
    ];
    match land {
        Land::By => days.push(named(GermanHoliday::AugsburgerFriedensfest)),
        Land::Sn | Land::Th => days.push(named(GermanHoliday::Fronleichnam)),
        _ => {}
    }
    let mut days: Vec<Holiday> = days.into_iter().flatten().collect();
    days.sort_by_key(|own| own.date);
    days
}

/// The locations with a special opening on a day, which stands on holidays too.
pub fn open_on(setup: &TownSetup, date: NaiveDate) -> impl Iterator<Item = &Location> {
    setup.locations.iter().filter(move |own| own.specials.iter().any(|own| own.date == date))
}

/// Whether the whole town is shut on all of a day by a closure of its own.
#[must_use]
pub fn is_closed(setup: &TownSetup, date: NaiveDate) -> bool {
    setup.closures.iter().any(|own| {
        let is_whole = own.from_time.is_none() && own.to_time.is_none();
        is_whole && (own.from..=own.to).contains(&date)
    })
}

/// Whether `date` is a public holiday in all of the Land.
#[must_use]
pub fn is_holiday(land: Land, date: NaiveDate) -> bool {
    region(land).is_holiday(date)
}

fn region(land: Land) -> GermanRegion {
    match land {
        Land::Bw => GermanRegion::BadenWuerttemberg,
        Land::By => GermanRegion::Bayern,
        Land::Be => GermanRegion::Berlin,
        Land::Bb => GermanRegion::Brandenburg,
        Land::Hb => GermanRegion::Bremen,
        Land::Hh => GermanRegion::Hamburg,
        Land::He => GermanRegion::Hessen,
        Land::Mv => GermanRegion::MechlenburgVorpommern,
        Land::Ni => GermanRegion::Niedersachsen,
        Land::Nw => GermanRegion::NordrheinWestfalen,
        Land::Rp => GermanRegion::RheinlandPfalz,
        Land::Sl => GermanRegion::Saarland,
        Land::Sn => GermanRegion::Sachsen,
        Land::St => GermanRegion::SachsenAnhalt,
        Land::Sh => GermanRegion::SchleswigHolstein,
        Land::Th => GermanRegion::Thueringen,
    }
}

#[cfg(test)]
mod tests {
    use chrono::Datelike as _;

    use super::*;

    /// Month and day of every holiday of 2026.
    fn of_2026(land: Land) -> Vec<(u32, u32)> {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let year = first.iter_days().take_while(|date| date.year() == 2026);
        year.filter(|date| is_holiday(land, *date)).map(|date| (date.month(), date.day())).collect()
    }

    #[test]
    fn nordrhein_westfalen_has_eleven_holidays_in_2026() {
        let expected = [
            (1, 1),
            (4, 3),
            (4, 6),
            (5, 1),
            (5, 14),
            (5, 25),
            (6, 4),
            (10, 3),
            (11, 1),
            (12, 25),
            (12, 26),
        ];
        assert_eq!(of_2026(Land::Nw), expected);
    }

    #[test]
    fn the_holidays_of_a_year_are_the_days_that_count_as_such() {
        for land in Land::ALL {
            let listed: Vec<_> =
                of_year(land, 2026).iter().map(|own| (own.date.month(), own.date.day())).collect();
            assert_eq!(listed, of_2026(land), "{land:?}");
        }
        let names: Vec<_> = of_year(Land::Nw, 2027).iter().map(|own| own.name).collect();
        assert_eq!(names[1..4], ["Karfreitag", "Ostermontag", "Erster Mai"]);
    }

    #[test]
    fn local_days_are_no_holidays_of_the_whole_land() {
        for land in Land::ALL {
            let days = customary(land, 2027);
            assert!(days.iter().all(|own| !is_holiday(land, own.date)), "{land:?}: {days:?}");
            assert!(days.is_sorted_by_key(|own| own.date));
        }
        let of = |land, name: &str| {
            let days = customary(land, 2027);
            days.into_iter().find(|own| own.name == name).map(|own| own.date.to_string())
        };
        assert_eq!(of(Land::Nw, "Rosenmontag").as_deref(), Some("2027-02-08"));
        assert_eq!(of(Land::By, "Augsburger Friedensfest").as_deref(), Some("2027-08-08"));
        assert_eq!(of(Land::Nw, "Augsburger Friedensfest"), None);
    }

    #[test]
    fn niedersachsen_has_reformation_day_instead_of_corpus_christi_and_all_saints() {
        let expected = [
            (1, 1),
            (4, 3),
            (4, 6),
            (5, 1),
            (5, 14),
            (5, 25),
            (10, 3),
            (10, 31),
            (12, 25),
            (12, 26),
        ];
        assert_eq!(of_2026(Land::Ni), expected);
    }
}
