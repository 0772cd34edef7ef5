//! Which places suit a wish. Pure.

use catalog::time::{WallTime, Weekday};
use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// Days, times and locations that suit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingWish {
    /// Only at these; none named means all.
    #[serde(default, alias = "location", deserialize_with = "locations")]
    pub locations: Vec<Uuid>,
    /// First local date.
    pub first: NaiveDate,
    /// Last local date, included.
    pub last: NaiveDate,
    /// Days of the week; none named means all.
    pub weekdays: Vec<Weekday>,
    /// Earliest start, local time.
    pub from: WallTime,
    /// Latest start, local time.
    pub to: WallTime,
}

/// Earlier releases wrote one location or none.
fn locations<'de, D: Deserializer<'de>>(stored: D) -> Result<Vec<Uuid>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Several(Vec<Uuid>),
        One(Option<Uuid>),
    }
    Ok(match Stored::deserialize(stored)? {
        Stored::Several(all) => all,
        Stored::One(one) => one.into_iter().collect(),
    })
}

impl WaitingWish {
    /// Whether anything can ever meet it.
    pub(super) fn is_possible(&self, today: NaiveDate) -> bool {
        self.first <= self.last && self.last >= today && self.from < self.to
    }

    /// The location, where only one suits.
    pub(crate) fn only_location(&self) -> Option<Uuid> {
        match self.locations[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Whether a start at a location suits.
    pub(super) fn suits(&self, location: Uuid, start: DateTime<Utc>, zone: Tz) -> bool {
        let local = start.with_timezone(&zone);
        let date = local.date_naive();
        let minute = local.hour() * 60 + local.minute();
        (self.locations.is_empty() || self.locations.contains(&location))
            && (self.first..=self.last).contains(&date)
            && (self.weekdays.is_empty() || self.weekdays.contains(&date.weekday().into()))
            && (u32::from(self.from.minutes())..=u32::from(self.to.minutes())).contains(&minute)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn wish() -> WaitingWish {
        WaitingWish {
            locations: Vec::new(),
            first: "2026-11-24".parse().unwrap(),
            last: "2026-11-30".parse().unwrap(),
            weekdays: vec![Weekday::Tue, Weekday::Mon],
            from: "08:00".parse().unwrap(),
            to: "12:00".parse().unwrap(),
        }
    }

    #[test]
    fn a_start_suits_on_its_days_between_its_times_by_the_town_s_clocks() {
        for (start, suits) in [
            ("2026-11-24T07:00:00Z", true),
            ("2026-11-24T11:00:00Z", true),
            ("2026-11-24T11:05:00Z", false),
            ("2026-11-24T06:55:00Z", false),
            ("2026-11-25T08:00:00Z", false),
            ("2026-11-30T08:00:00Z", true),
            ("2026-12-01T08:00:00Z", false),
        ] {
            assert_eq!(wish().suits(Uuid::nil(), at(start), Berlin), suits, "{start}");
        }
    }

    #[test]
    fn a_start_suits_at_the_named_locations_or_at_any() {
        let [here, there, elsewhere] = [1, 2, 3].map(Uuid::from_u128);
        let start = at("2026-11-24T07:00:00Z");
        let suits = |locations: &[Uuid], location| {
            WaitingWish { locations: locations.to_vec(), ..wish() }.suits(location, start, Berlin)
        };
        assert!(suits(&[], here));
        assert!(suits(&[here, there], here) && suits(&[here, there], there));
        assert!(!suits(&[here, there], elsewhere));
    }

    #[test]
    fn a_wish_of_an_earlier_release_keeps_its_location() {
        let here = Uuid::from_u128(1);
        let dates = r#""first":"2026-11-24","last":"2026-11-30","weekdays":["tue","mon"],"from":"08:00","to":"12:00""#;
        for (stored, locations) in [
            (format!(r#"{{"location":"{here}",{dates}}}"#), vec![here]),
            (format!(r#"{{"location":null,{dates}}}"#), Vec::new()),
        ] {
            let read: WaitingWish = serde_json::from_str(&stored).unwrap();
            assert_eq!(read, WaitingWish { locations, ..wish() });
        }
    }

    #[test]
    fn a_wish_in_the_past_or_upside_down_is_impossible() {
        let today = "2026-11-30".parse().unwrap();
        assert!(wish().is_possible(today));
        assert!(!wish().is_possible("2026-12-01".parse().unwrap()));
        assert!(!WaitingWish { to: "08:00".parse().unwrap(), ..wish() }.is_possible(today));
        assert!(!WaitingWish { first: "2026-12-01".parse().unwrap(), ..wish() }.is_possible(today));
    }
}
