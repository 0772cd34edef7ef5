//! Public holidays of the Länder.

use chrono::NaiveDate;
use holiday_de::GermanRegion;

use crate::model::Land;

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
    use super::*;

    /// Month and day of every holiday of 2026.
    fn of_2026(land: Land) -> Vec<(u32, u32)> {
        use chrono::Datelike;
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
