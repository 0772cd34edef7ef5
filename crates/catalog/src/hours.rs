//! Opening hours of one location on one local day, in minutes that really elapse: a day has 1380,
//! 1440 or 1500 of them.

use std::{fmt, ops::Range};

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
    TimeZone, Utc,
};
use chrono_tz::Tz;

use crate::{
    holidays::is_holiday,
    model::{Closure, Counter, Location, OpeningRule, Release, Slug, TownSetup},
    time::WallTime,
};

/// A local day of a town, ready to turn wall-clock times into elapsed minutes.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// Its first instant.
    pub starts_at: DateTime<Utc>,
    /// How many minutes it has.
    pub minutes: u16,
    zone: Tz,
    holiday: bool,
}

/// Names a window of a location, by its number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opening {
    /// A recurring one.
    Rule(usize),
    /// A special opening.
    Special(usize),
}

impl fmt::Display for Opening {
    /// As a town file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(number) => write!(f, "opening[{number}]"),
            Self::Special(number) => write!(f, "special[{number}]"),
        }
    }
}

/// A stretch of a day during which a counter is open, in elapsed minutes, end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Start.
    pub from: u16,
    /// End.
    pub to: u16,
    /// Who may book it.
    pub release: Release,
}

/// First instant of a local date.
#[must_use]
pub fn day_start(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    start(date, WallTime::MIDNIGHT, zone)
}

/// The local date at an instant; defined for every instant, also at the ends of the calendar.
#[must_use]
pub fn local_date(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let utc = at.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset).unwrap_or(utc).date()
}

/// The first instant at which the town's clocks show `wall` or later: the earlier one where they
/// show it twice, the first after the gap where they skip it.
#[must_use]
pub fn start(date: NaiveDate, wall: WallTime, zone: Tz) -> DateTime<Utc> {
    let mut local = on_the_wall(date, wall);
    loop {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return at.to_utc(),
            LocalResult::None => local += MINUTE,
        }
    }
}

/// The end of the last minute at which the town's clocks show less than `wall`, so that windows
/// that adjoin on paper adjoin on every day.
fn end(date: NaiveDate, wall: WallTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&(on_the_wall(date, wall) - MINUTE)) {
        LocalResult::Single(last) | LocalResult::Ambiguous(_, last) => last.to_utc() + MINUTE,
        LocalResult::None => start(date, wall, zone),
    }
}

const MINUTE: TimeDelta = TimeDelta::minutes(1);

fn on_the_wall(date: NaiveDate, wall: WallTime) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(wall.minutes()))
}

impl Day {
    /// The local `date` in the town.
    #[must_use]
    pub fn new(setup: &TownSetup, date: NaiveDate) -> Self {
        let zone = setup.town.time_zone;
        let starts_at = day_start(date, zone);
        let next = date.succ_opt().map_or(starts_at, |next| day_start(next, zone));
        let minutes = u16::try_from((next - starts_at).num_minutes()).unwrap_or(0);
        Self { date, starts_at, minutes, zone, holiday: is_holiday(setup.town.land, date) }
    }

    /// Elapsed minutes from the day's start to `at`, negative before it.
    #[must_use]
    pub fn minute_of(&self, at: DateTime<Utc>) -> i64 {
        (at - self.starts_at).num_minutes()
    }

    /// The instant after so many elapsed minutes.
    #[must_use]
    pub fn at(&self, minute: u16) -> DateTime<Utc> {
        self.starts_at + TimeDelta::minutes(i64::from(minute))
    }

    fn stretch(&self, from: WallTime, to: WallTime) -> Range<u16> {
        debug_assert!(from < to, "town files with windows over midnight are refused");
        if self.minutes == WallTime::END.minutes() {
            return from.minutes()..to.minutes();
        }
        let elapsed = |at| u16::try_from(self.minute_of(at)).unwrap_or(0).min(self.minutes);
        elapsed(start(self.date, from, self.zone))..elapsed(end(self.date, to, self.zone))
    }

    /// The minutes of this day that `closure` takes, if it is one of its days.
    #[must_use]
    pub fn closed(&self, closure: &Closure) -> Range<u16> {
        let from = closure.from_time.unwrap_or(WallTime::MIDNIGHT);
        let to = closure.to_time.unwrap_or(WallTime::END);
        self.stretch(from, to)
    }
}

/// When a location is open on a day: what its counters share, worked out once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hours<'a> {
    open: Vec<(Opening, &'a [Slug], Window)>,
    closed: Vec<(&'a [Slug], Range<u16>)>,
}

impl<'a> Hours<'a> {
    /// The rules that apply, unless the day is a public holiday; the special openings, which stand
    /// on holidays too; and the closures of town and location.
    #[must_use]
    pub fn on(day: &Day, setup: &'a TownSetup, location: &'a Location) -> Self {
        let window = |opening, counters: &'a Vec<Slug>, (from, to), release| {
            let Range { start, end } = day.stretch(from, to);
            (opening, counters.as_slice(), Window { from: start, to: end, release })
        };
        let rules = (1..).zip(&location.openings);
        let rules =
            rules.filter(|(_, rule)| !day.holiday && applies(rule, day.date)).map(|(n, own)| {
                window(Opening::Rule(n), &own.counters, (own.from, own.to), own.release)
            });
        let specials = (1..).zip(&location.specials);
        let specials = specials.filter(|(_, special)| special.date == day.date).map(|(n, own)| {
            window(Opening::Special(n), &own.counters, (own.from, own.to), own.release)
        });
        let open = rules.chain(specials);
        let closures = setup.closures.iter().chain(&location.closures);
        let closed = closures
            .filter(|closure| (closure.from..=closure.to).contains(&day.date))
            .map(|closure| (closure.counters.as_slice(), day.closed(closure)));
        Self { open: open.collect(), closed: closed.collect() }
    }

    /// When `counter` is open, before closures.
    pub fn open(&self, counter: &Counter) -> impl Iterator<Item = Window> {
        self.named(counter).map(|(_, window)| window)
    }

    /// The same with what each window is called.
    pub fn named(&self, counter: &Counter) -> impl Iterator<Item = (Opening, Window)> {
        let own = self.open.iter().filter(|(_, named, _)| names(named, counter));
        own.map(|(opening, _, window)| (*opening, *window))
    }

    /// When `counter` is closed whatever else is said.
    pub fn closed(&self, counter: &Counter) -> impl Iterator<Item = Range<u16>> {
        self.closed.iter().filter(|(named, _)| names(named, counter)).map(|(_, span)| span.clone())
    }
}

/// Whether a window that names such counters opens `counter`: none named means all.
pub(crate) fn names(counters: &[Slug], counter: &Counter) -> bool {
    counters.is_empty() || counters.contains(&counter.slug)
}

/// Whether a rule holds on a day, unless that is a public holiday.
pub(crate) fn applies(rule: &OpeningRule, date: NaiveDate) -> bool {
    rule.weekdays.contains(&date.weekday().into())
        && rule.valid_from.is_none_or(|from| date >= from)
        && rule.valid_until.is_none_or(|until| date <= until)
        && in_rhythm(rule, date)
        && in_month(rule, date)
}

/// Every n-th week, counted from the Monday of the first.
fn in_rhythm(rule: &OpeningRule, date: NaiveDate) -> bool {
    let monday = |date: NaiveDate| date.week(chrono::Weekday::Mon).first_day();
    match rule.valid_from {
        Some(first) if rule.every_weeks > 1 => {
            let weeks = (monday(date) - monday(first)).num_weeks();
            weeks.rem_euclid(i64::from(rule.every_weeks)) == 0
        }
        _ => true,
    }
}

/// The n-th or last such weekday of the month.
fn in_month(rule: &OpeningRule, date: NaiveDate) -> bool {
    let nth = i8::try_from((date.day() - 1) / 7 + 1).unwrap_or(0);
    let last = date.checked_add_days(Days::new(7)).is_none_or(|next| next.month() != date.month());
    let weeks = &rule.weeks_of_month;
    weeks.is_empty() || weeks.contains(&nth) || (last && weeks.contains(&-1))
}
