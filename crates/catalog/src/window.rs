//! The booking window: from when and until when a basket may be booked.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::{
    hours::{local_date, start},
    model::{BookingWindow, Location, Service, Town},
};

/// Days ahead that may be booked when nothing is set.
const DEFAULT_DAYS_AHEAD: u16 = 28;
/// Days ahead that may be booked at most. Where nothing is free a look goes through them all.
pub(crate) const MAX_DAYS_AHEAD: u16 = 730;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::TownSetup, townfile};

    const NOW: &str = "2026-12-02T09:00:00Z";

    /// A town that sets nothing about its booking window.
    fn town() -> TownSetup {
        let mut setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        setup.town.booking = BookingWindow::default();
        setup.locations[0].booking = BookingWindow::default();
        for service in &mut setup.services {
            service.booking = BookingWindow::default();
        }
        setup
    }

    fn bookable(setup: &TownSetup, services: &[Service]) -> Bookable {
        Bookable::for_citizens(&setup.town, &setup.locations[0], services, NOW.parse().unwrap())
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn where_nothing_is_set_four_weeks_are_open_from_now_on() {
        let setup = town();
        let expected = Bookable {
            earliest: NOW.parse().unwrap(),
            first: date("2026-12-02"),
            last: date("2026-12-30"),
        };
        assert_eq!(bookable(&setup, &setup.services[..1]), expected);
    }

    #[test]
    fn a_service_overrides_its_location_and_that_the_town() {
        let mut setup = town();
        let last = |setup: &TownSetup| bookable(setup, &setup.services[..1]).last;
        setup.town.booking.max_days_ahead = Some(10);
        assert_eq!(last(&setup), date("2026-12-12"));
        setup.locations[0].booking.max_days_ahead = Some(20);
        assert_eq!(last(&setup), date("2026-12-22"));
        setup.services[0].booking.max_days_ahead = Some(0);
        assert_eq!(last(&setup), date("2026-12-02"));
    }

    #[test]
    fn a_basket_takes_the_strictest_of_its_services_in_each_respect() {
        let mut setup = town();
        setup.services[0].booking.min_notice = Some(120);
        setup.services[0].booking.bookable_until = Some(date("2026-12-20"));
        setup.services[1].booking.min_notice = Some(30);
        setup.services[1].booking.bookable_from = Some(date("2026-12-07"));
        setup.services[1].booking.bookable_until = Some(date("2026-12-24"));
        let expected = Bookable {
            earliest: "2026-12-02T11:00:00Z".parse().unwrap(),
            first: date("2026-12-07"),
            last: date("2026-12-20"),
        };
        assert_eq!(bookable(&setup, &setup.services[..2]), expected);
    }

    #[test]
    fn staff_book_from_now_on_for_a_year_whatever_binds_citizens() {
        let mut setup = town();
        setup.town.booking.min_notice = Some(120);
        setup.town.booking.bookable_from = Some(date("2027-06-01"));
        let now = NOW.parse().unwrap();
        let expected =
            Bookable { earliest: now, first: date("2026-12-02"), last: date("2027-12-02") };
        assert_eq!(Bookable::for_staff(&setup.town, now), expected);
    }

    #[test]
    fn today_is_the_towns_day_and_not_that_of_greenwich() {
        let setup = town();
        let midnight = "2026-12-02T23:30:00Z".parse().unwrap();
        assert_eq!(Bookable::for_staff(&setup.town, midnight).first, date("2026-12-03"));
    }
}
