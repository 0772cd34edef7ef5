//! Which places suit a wish. Pure.

use catalog::time::{WallTime, Weekday};
use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Days, times and location that suit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingWish {
    /// Only here.
    pub location: Option<Uuid>,
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

impl WaitingWish {
    /// Whether anything can ever meet it.
    pub(super) fn is_possible(&self, today: NaiveDate) -> bool {
        self.first <= self.last && self.last >= today && self.from < self.to
    }

    /// Whether a start suits.
    pub(super) fn suits(&self, start: DateTime<Utc>, zone: chrono_tz::Tz) -> bool {
        let local = start.with_timezone(&zone);
        let date = local.date_naive();
        let minute = local.hour() * 60 + local.minute();
        (self.first..=self.last).contains(&date)
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
            location: None,
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
            assert_eq!(wish().suits(at(start), Berlin), suits, "{start}");
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
