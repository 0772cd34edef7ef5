//! The slow and obvious way to find free starts: every minute of a day is looked at by itself,
//! against every rule, closure and span there is.

use std::ops::Range;

use catalog::{
    holidays::is_holiday,
    model::{BookingWindow, Counter, Location, OpeningRule, Release},
    time::WallTime,
};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::{Audience, Busy, Search, needed_minutes};

/// Every minute of a local date, in the order in which they pass.
struct Clock {
    date: NaiveDate,
    minutes: Vec<Tick>,
}

/// A minute: its instant and what the clock on the wall shows.
struct Tick {
    at: DateTime<Utc>,
    wall: u32,
}

/// A window, from and to which minute of the day, and for whom.
struct Window {
    from: usize,
    to: usize,
    release: Release,
}

/// Free starts at `location` on `date`, each with the numbers of the counters that can take it.
pub(super) fn free_starts(
    search: &Search<'_>,
    busy: &[Busy],
    location: &Location,
    date: NaiveDate,
) -> Vec<(DateTime<Utc>, Vec<usize>)> {
    let Some(earliest) = earliest(search, location, date) else { return Vec::new() };
    let clock = Clock::of(search, date);
    let serves = |counter: &Counter| {
        search.lines.iter().all(|line| counter.services.contains(&line.service.slug))
    };
    let counters = location.counters.iter().enumerate().filter(|(_, counter)| serves(counter));
    let starts: Vec<(usize, Vec<bool>)> = counters
        .map(|(index, counter)| (index, clock.starts(search, busy, location, counter)))
        .collect();
    let takers = |minute: usize| -> Vec<usize> {
        starts.iter().filter(|(_, starts)| starts[minute]).map(|(index, _)| *index).collect()
    };
    (0..clock.minutes.len())
        .map(|minute| (clock.minutes[minute].at, takers(minute)))
        .filter(|(at, takers)| *at >= earliest && !takers.is_empty())
        .collect()
}

/// From when on starts on `date` may be booked, if that date may be booked at all.
fn earliest(search: &Search<'_>, location: &Location, date: NaiveDate) -> Option<DateTime<Utc>> {
    let today = search.now.with_timezone(&search.setup.town.time_zone).date_naive();
    let ahead = (date - today).num_days();
    if search.audience == Audience::Staff {
        return (0..=365).contains(&ahead).then_some(search.now);
    }
    let mut earliest = search.now;
    for line in search.lines {
        let rules = [&line.service.booking, &location.booking, &search.setup.town.booking];
        let notice = first(rules, |rule| rule.min_notice).unwrap_or(0);
        let days = i64::from(first(rules, |rule| rule.max_days_ahead).unwrap_or(28));
        let released = first(rules, |rule| rule.release_time).is_none_or(|release| {
            let shown = |tick: &Tick| tick.wall >= u32::from(release.minutes());
            Clock::of(search, today).minutes.iter().any(|tick| tick.at <= search.now && shown(tick))
        });
        let inside = (ahead < days || ahead == days && released)
            && first(rules, |rule| rule.bookable_from).is_none_or(|from| from <= date)
            && first(rules, |rule| rule.bookable_until).is_none_or(|until| date <= until);
        if !inside {
            return None;
        }
        earliest = earliest.max(search.now + TimeDelta::minutes(i64::from(notice)));
    }
    Some(earliest)
}

fn first<T>(rules: [&BookingWindow; 3], pick: impl Fn(&BookingWindow) -> Option<T>) -> Option<T> {
    rules.into_iter().find_map(pick)
}

impl Clock {
    fn of(search: &Search<'_>, date: NaiveDate) -> Self {
        // Far enough around the date for every zone of Europe.
        let around = date.and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::hours(4);
        let minutes = (0..32 * 60)
            .map(|minute| around + TimeDelta::minutes(minute))
            .map(|at| (at, at.with_timezone(&search.setup.town.time_zone)))
            .filter(|(_, local)| local.date_naive() == date)
            .map(|(at, local)| Tick { at, wall: local.hour() * 60 + local.minute() });
        Self { date, minutes: minutes.collect() }
    }

    /// For each minute, whether the basket may start.
    fn starts(
        &self,
        search: &Search<'_>,
        busy: &[Busy],
        location: &Location,
        counter: &Counter,
    ) -> Vec<bool> {
        let windows = self.windows(search, location, counter);
        let closed = self.closed(search, location, counter);
        let seen = |release| search.audience == Audience::Staff || release == Release::Public;
        let within = |window: &Window, minute| (window.from..window.to).contains(&minute);
        let free = |minute: usize| {
            let at = self.minutes[minute].at;
            let covering = windows.iter().filter(|window| within(window, minute));
            let mut covering = covering.map(|window| window.release).peekable();
            covering.peek().is_some()
                && covering.all(seen)
                && !closed.iter().any(|closed| closed.contains(&minute))
                && !busy.iter().any(|busy| {
                    let next = at + TimeDelta::minutes(1);
                    busy.counter == counter.id && busy.starts_at < next && at < busy.ends_at
                })
        };
        let free: Vec<bool> = (0..self.minutes.len()).map(free).collect();
        let needed = usize::try_from(needed_minutes(search.lines)).unwrap();
        let on_grid = |minute: usize| {
            windows.iter().filter(|window| seen(window.release)).any(|window| {
                within(window, minute)
                    && (minute - window.from).is_multiple_of(location.start_step.into())
            })
        };
        let fits = |minute: usize| {
            free.get(minute..minute + needed).is_some_and(|span| span.iter().all(|free| *free))
        };
        (0..free.len()).map(|minute| on_grid(minute) && fits(minute)).collect()
    }

    fn closed(
        &self,
        search: &Search<'_>,
        location: &Location,
        counter: &Counter,
    ) -> Vec<Range<usize>> {
        let closures = search.setup.closures.iter().chain(&location.closures);
        closures
            .filter(|own| own.from <= self.date && self.date <= own.to)
            .filter(|own| concerns(&own.counters, counter))
            .map(|own| {
                let from = own.from_time.map_or(0, |from| self.start(from));
                from..own.to_time.map_or(self.minutes.len(), |to| self.end(to))
            })
            .collect()
    }

    fn windows(&self, search: &Search<'_>, location: &Location, counter: &Counter) -> Vec<Window> {
        let holiday = is_holiday(search.setup.town.land, self.date);
        let rules = location
            .openings
            .iter()
            .filter(|rule| {
                !holiday && concerns(&rule.counters, counter) && applies(rule, self.date)
            })
            .map(|rule| (rule.from, rule.to, rule.release));
        let specials = location
            .specials
            .iter()
            .filter(|own| own.date == self.date && concerns(&own.counters, counter))
            .map(|own| (own.from, own.to, own.release));
        rules
            .chain(specials)
            .map(|(from, to, release)| Window { from: self.start(from), to: self.end(to), release })
            .collect()
    }

    /// The first minute at which the clock shows `wall` or later.
    fn start(&self, wall: WallTime) -> usize {
        let shown = |tick: &Tick| tick.wall >= u32::from(wall.minutes());
        self.minutes.iter().position(shown).unwrap_or(self.minutes.len())
    }

    /// The minute after the last one at which the clock shows less than `wall`.
    fn end(&self, wall: WallTime) -> usize {
        let before = |tick: &Tick| tick.wall < u32::from(wall.minutes());
        self.minutes.iter().rposition(before).map_or(0, |last| last + 1)
    }
}

fn concerns(counters: &[String], counter: &Counter) -> bool {
    counters.is_empty() || counters.contains(&counter.slug)
}

fn applies(rule: &OpeningRule, date: NaiveDate) -> bool {
    let weekday = date.weekday();
    let same_in_month: Vec<NaiveDate> = (1..=31)
        .filter_map(|day| NaiveDate::from_ymd_opt(date.year(), date.month(), day))
        .filter(|other| other.weekday() == weekday)
        .collect();
    let in_month = rule.weeks_of_month.iter().any(|week| match usize::try_from(*week) {
        Ok(nth) => same_in_month.get(nth - 1) == Some(&date),
        Err(_) => same_in_month.last() == Some(&date),
    });
    rule.weekdays.contains(&weekday.into())
        && (rule.weeks_of_month.is_empty() || in_month)
        && rule.valid_until.is_none_or(|until| date <= until)
        && rule
            .valid_from
            .is_none_or(|from| from <= date && in_rhythm(from, rule.every_weeks, date))
}

/// Walks from week to week, from the first on.
fn in_rhythm(first: NaiveDate, every_weeks: u16, date: NaiveDate) -> bool {
    let days = i64::from(first.weekday().num_days_from_monday());
    let mut monday = first - TimeDelta::days(days);
    while monday + TimeDelta::days(7) <= date {
        monday += TimeDelta::weeks(i64::from(every_weeks));
    }
    monday <= date
}
