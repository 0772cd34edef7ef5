//! The days of a month at a glance.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};

/// First day of the month of `date`.
pub(super) fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// First day of the month after that of `date`.
pub(super) fn month_after(date: NaiveDate) -> NaiveDate {
    month_of(date).checked_add_months(Months::new(1)).unwrap_or(date)
}

/// First day of the month before that of `date`.
pub(super) fn month_before(date: NaiveDate) -> NaiveDate {
    month_of(date).checked_sub_months(Months::new(1)).unwrap_or(date)
}

/// Last day of the month of `date`.
pub(super) fn month_end(date: NaiveDate) -> NaiveDate {
    month_after(date).pred_opt().unwrap_or(date)
}

/// A day of a month's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    /// The date.
    pub date: NaiveDate,
    /// Its number.
    pub number: u32,
    /// How many starts are free.
    pub free: usize,
}

/// The month's weeks from Monday to Sunday; days of other months are `None`.
pub(super) fn weeks(month: NaiveDate, free: &BTreeMap<NaiveDate, usize>) -> Vec<[Option<Day>; 7]> {
    let first = month_of(month);
    let monday = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
    let week = |start: NaiveDate| {
        std::array::from_fn(|offset| {
            let date = start + Days::new(offset as u64);
            let inside = month_of(date) == first;
            inside.then(|| Day {
                date,
                number: date.day(),
                free: free.get(&date).copied().unwrap_or(0),
            })
        })
    };
    monday.iter_weeks().take_while(|start| *start <= month_end(first)).map(week).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn numbers(month: &str) -> Vec<Vec<u32>> {
        let weeks = weeks(date(month), &BTreeMap::new());
        weeks.iter().map(|week| week.iter().flatten().map(|day| day.number).collect()).collect()
    }

    #[test]
    fn weeks_run_from_monday_to_sunday_and_hold_every_day_once() {
        assert_eq!(numbers("2026-12-01")[0], [1, 2, 3, 4, 5, 6]);
        assert_eq!(numbers("2026-12-01").last().unwrap(), &[28, 29, 30, 31]);
        assert_eq!(numbers("2027-02-01").len(), 4, "starts on a Monday and has 28 days");
        for month in ["2026-12-01", "2027-02-01", "2028-02-01", "2026-08-01"] {
            let days: Vec<u32> = numbers(month).concat();
            let all: Vec<u32> = (1..=month_end(date(month)).day()).collect();
            assert_eq!(days, all, "{month}");
        }
    }

    #[test]
    fn a_day_tells_how_many_starts_are_free() {
        let free = BTreeMap::from([(date("2026-12-03"), 12)]);
        let third = weeks(date("2026-12-31"), &free)[0][3].unwrap();
        assert_eq!(third, Day { date: date("2026-12-03"), number: 3, free: 12 });
    }

    #[test]
    fn months_follow_each_other_across_a_year() {
        assert_eq!(month_after(date("2026-12-31")), date("2027-01-01"));
        assert_eq!(month_before(date("2027-01-31")), date("2026-12-01"));
        assert_eq!(month_end(date("2028-02-10")), date("2028-02-29"));
    }
}
