//! Dates, times and amounts as people write them in each language.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

const WEEKDAYS_DE: [&str; 7] =
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const WEEKDAYS_EN: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `Donnerstag, 3. Dezember 2026` or `Thursday, 3 December 2026`.
#[must_use]
pub fn date(date: NaiveDate, locale: &str) -> String {
    let (day, year) = (date.day(), date.year());
    let weekday = date.weekday().num_days_from_monday() as usize;
    let month = date.month0() as usize;
    match locale {
        "de" => format!("{}, {day}. {} {year}", WEEKDAYS_DE[weekday], MONTHS_DE[month]),
        _ => format!("{}, {day} {} {year}", WEEKDAYS_EN[weekday], MONTHS_EN[month]),
    }
}

/// `Dezember 2026` or `December 2026`.
#[must_use]
pub fn month(date: NaiveDate, locale: &str) -> String {
    let names = if locale == "de" { MONTHS_DE } else { MONTHS_EN };
    format!("{} {}", names[date.month0() as usize], date.year())
}

/// The weekday's first two letters, Monday being 0.
#[must_use]
pub fn weekday_short(day: usize, locale: &str) -> &'static str {
    let names = if locale == "de" { WEEKDAYS_DE } else { WEEKDAYS_EN };
    &names[day % 7][..2]
}

/// The weekday's name, Monday being 0.
#[must_use]
pub fn weekday(day: usize, locale: &str) -> &'static str {
    let names = if locale == "de" { WEEKDAYS_DE } else { WEEKDAYS_EN };
    names[day % 7]
}

/// `10:15 Uhr` or `10:15`, by the office's clock.
#[must_use]
pub fn time(at: DateTime<Utc>, zone: Tz, locale: &str) -> String {
    let local = at.with_timezone(&zone);
    let unit = if locale == "de" { " Uhr" } else { "" };
    format!("{:02}:{:02}{unit}", local.hour(), local.minute())
}

/// `46,00 €` or `€46.00`.
#[must_use]
pub fn amount(cents: u32, locale: &str) -> String {
    let (euros, cents) = (cents / 100, cents % 100);
    if locale == "de" {
        format!("{euros},{cents:02} €")
    } else {
        format!("€{euros}.{cents:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_amounts_read_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 3).unwrap();
        assert_eq!(date(day, "de"), "Donnerstag, 3. Dezember 2026");
        assert_eq!(date(day, "en"), "Thursday, 3 December 2026");
        let at = day.and_hms_opt(9, 15, 0).unwrap().and_utc();
        assert_eq!(time(at, chrono_tz::Europe::Berlin, "de"), "10:15 Uhr");
        assert_eq!(amount(2760, "de"), "27,60 €");
        assert_eq!(amount(5, "en"), "€0.05");
    }
}
