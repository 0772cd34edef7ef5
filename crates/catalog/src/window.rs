//! The booking window: from when and until when a basket may be booked.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::{
    hours::{local_date, start},
    model::{BookingWindow, Location, Service, Town},
};

/// Days ahead that may be booked when nothing is set.
const DEFAULT_DAYS_AHEAD: u16 = 28;
/// Days ahead that staff may book.
const STAFF_DAYS_AHEAD: u64 = 365;

/// What may be booked at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bookable {
    /// No start before this instant.
    pub earliest: DateTime<Utc>,
    /// First local date.
    pub first: NaiveDate,
    /// Last local date; before `first` when nothing may be booked.
    pub last: NaiveDate,
}

impl Bookable {
    /// For citizens: each service's own window over the location's over the town's, and of several
    /// services the strictest.
    #[must_use]
    pub fn for_citizens<'a>(
        town: &Town,
        location: &Location,
        services: impl IntoIterator<Item = &'a Service>,
        now: DateTime<Utc>,
    ) -> Self {
        let today = local_date(now, town.time_zone);
        let mut strictest = Self { earliest: now, first: today, last: NaiveDate::MAX };
        for service in services {
            let rules = [&service.booking, &location.booking, &town.booking];
            let own = Self::by_rules(rules, town.time_zone, now);
            strictest = Self {
                earliest: strictest.earliest.max(own.earliest),
                first: strictest.first.max(own.first),
                last: strictest.last.min(own.last),
            };
        }
        strictest
    }

    /// For staff: from now on for a year; notice, release and dates bind citizens only.
    #[must_use]
    pub fn for_staff(town: &Town, now: DateTime<Utc>) -> Self {
        let first = local_date(now, town.time_zone);
        Self { earliest: now, first, last: ahead(first, STAFF_DAYS_AHEAD) }
    }

    fn by_rules(rules: [&BookingWindow; 3], zone: Tz, now: DateTime<Utc>) -> Self {
        let today = local_date(now, zone);
        let notice = rules.iter().find_map(|rule| rule.min_notice).unwrap_or(0);
        let days = rules.iter().find_map(|rule| rule.max_days_ahead).unwrap_or(DEFAULT_DAYS_AHEAD);
        let mut last = ahead(today, u64::from(days));
        let released = rules
            .iter()
            .find_map(|rule| rule.release_time)
            .is_none_or(|release| now >= start(today, release, zone));
        if !released {
            last = last.pred_opt().unwrap_or(last);
        }
        let from = rules.iter().find_map(|rule| rule.bookable_from).unwrap_or(today);
        let until = rules.iter().find_map(|rule| rule.bookable_until).unwrap_or(last);
        Self {
            earliest: now + TimeDelta::minutes(i64::from(notice)),
            first: today.max(from),
            last: last.min(until),
        }
    }

    /// Whether a start on the local `date` lies inside.
    #[must_use]
    pub fn allows(&self, date: NaiveDate, starts_at: DateTime<Utc>) -> bool {
        (self.first..=self.last).contains(&date) && starts_at >= self.earliest
    }
}

fn ahead(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}
