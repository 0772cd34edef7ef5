//! What is occupied: a bitmap of minutes for each counter and local day.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use catalog::hours::{day_start, local_date};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::{Busy, minutes::Minutes};

/// The minutes that counters are occupied, by local day.
#[derive(Clone, Debug)]
pub struct Taken {
    zone: Tz,
    /// By their first minutes.
    days: BTreeMap<i64, TakenDay>,
}

/// The minutes of one local day that counters are occupied; costs little to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenDay {
    /// First minute, since the epoch.
    first: i64,
    /// The minute after the last.
    end: i64,
    counters: Arc<HashMap<Uuid, Minutes>>,
}

impl Taken {
    /// Nothing is occupied in this zone.
    #[must_use]
    pub fn nothing(zone: Tz) -> Self {
        Self { zone, days: BTreeMap::new() }
    }

    /// These spans are occupied.
    #[must_use]
    pub fn of(zone: Tz, spans: &[Busy]) -> Self {
        let mut taken = Self::nothing(zone);
        spans.iter().for_each(|span| taken.add(span));
        taken
    }

    /// Occupies one more span. One that begins or ends within a minute occupies the whole of it.
    pub fn add(&mut self, span: &Busy) {
        let mut from = epoch_minute(span.starts_at);
        let to = epoch_minute(span.ends_at - TimeDelta::nanoseconds(1)) + 1;
        while from < to {
            let day = self.day_with(from);
            let end = to.min(day.end);
            if let (Ok(from), Ok(end)) =
                ((from - day.first).try_into(), (end - day.first).try_into())
            {
                Arc::make_mut(&mut day.counters).entry(span.counter).or_default().set(from, end);
            }
            from = end;
        }
    }

    /// The day with this minute.
    fn day_with(&mut self, minute: i64) -> &mut TakenDay {
        let before = self.days.range(..=minute).next_back();
        let day = match before {
            Some((_, day)) if minute < day.end => day.clone(),
            _ => {
                let at = DateTime::from_timestamp(minute * 60, 0).unwrap_or_default();
                TakenDay::empty(local_date(at, self.zone), self.zone)
            }
        };
        self.days.entry(day.first).or_insert(day)
    }

    /// What is occupied on a local date.
    #[must_use]
    pub fn on(&self, date: NaiveDate) -> TakenDay {
        let empty = TakenDay::empty(date, self.zone);
        self.days.get(&empty.first).cloned().unwrap_or(empty)
    }

    /// Replaces a day.
    pub fn put(&mut self, day: TakenDay) {
        self.days.insert(day.first, day);
    }

    /// The minutes that a counter is occupied on the day with this first instant.
    pub(super) fn minutes(&self, day: DateTime<Utc>, counter: Uuid) -> Option<&Minutes> {
        self.days.get(&epoch_minute(day))?.counters.get(&counter)
    }
}

impl TakenDay {
    fn empty(date: NaiveDate, zone: Tz) -> Self {
        let first = epoch_minute(day_start(date, zone));
        let next = date.succ_opt().map(|next| epoch_minute(day_start(next, zone)));
        // The last day of the calendar has no next one.
        Self { first, end: next.unwrap_or(first + 1), counters: Arc::default() }
    }

    /// How many counters have something on that day.
    #[must_use]
    pub fn counters(&self) -> usize {
        self.counters.len()
    }
}

fn epoch_minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}
