//! Free slots: pure computation over bitmaps of minutes, one per counter and day.
//!
//! A span ends with its local day: windows that adjoin at midnight are two.

#[cfg(test)]
mod fixture;
mod floor;
mod minutes;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
mod taken;
#[cfg(test)]
mod tests;

use catalog::{
    hours::local_date,
    model::{Service, TownSetup},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

use floor::Floor;
pub use taken::{Taken, TakenDay};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Citizens see windows released to the public, inside the booking window.
    Public,
    /// Staff also see the reserve, without notice and release.
    Staff,
    /// Admins may go beyond what is open: only what is occupied stands in their way.
    Beyond,
}

/// A service with its quantity.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The service.
    pub service: &'a Service,
    /// People or items, at least one.
    pub quantity: u16,
}

/// A span that a counter is occupied: an appointment, or a live hold of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// The counter.
    pub counter: Uuid,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End, excluded.
    pub ends_at: DateTime<Utc>,
}

/// What is looked for, and in what.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The town.
    pub setup: &'a TownSetup,
    /// The basket.
    pub lines: &'a [Line<'a>],
    /// Only this location.
    pub location: Option<Uuid>,
    /// First local date.
    pub from: NaiveDate,
    /// Last local date.
    pub to: NaiveDate,
    /// Who looks.
    pub audience: Audience,
    /// The present instant.
    pub now: DateTime<Utc>,
    /// Everything that is occupied.
    pub taken: &'a Taken,
}

/// Free starts at one location on one day; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySlots {
    /// The location.
    pub location: Uuid,
    /// The local date.
    pub date: NaiveDate,
    /// Starts, ascending.
    pub starts: Vec<DateTime<Utc>>,
}

/// A counter on which a span fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its location.
    pub location: Uuid,
    /// The counter.
    pub counter: Uuid,
    /// Whether the span touches the reserve.
    pub reserve: bool,
    /// End of the span.
    pub ends_at: DateTime<Utc>,
}

/// Minutes a basket needs: each line's duration and further people, and the largest buffer.
#[must_use]
pub fn needed_minutes(lines: &[Line<'_>]) -> u32 {
    let line = |Line { service, quantity }: &Line<'_>| {
        u32::from(service.duration)
            + u32::from(service.extra) * u32::from(quantity.saturating_sub(1))
    };
    let buffer = lines.iter().map(|line| line.service.buffer).max().unwrap_or(0);
    lines.iter().map(line).fold(u32::from(buffer), u32::saturating_add)
}

/// All free starts, by date and then in the order of the locations.
#[must_use]
pub fn free_slots(search: &Search<'_>) -> Vec<DaySlots> {
    Floor::of(search).days(search.from, search.to).collect()
}

/// The first date after the searched range, inside the booking window, with a free start.
#[must_use]
pub fn next_free_date(search: &Search<'_>) -> Option<NaiveDate> {
    let after = search.to.succ_opt()?;
    Floor::of(search).days(after, NaiveDate::MAX).next().map(|day| day.date)
}

/// First and last date on which the basket may be booked anywhere.
#[must_use]
pub fn dates(search: &Search<'_>) -> Option<(NaiveDate, NaiveDate)> {
    Floor::of(search).dates()
}

/// Up to `most` free starts, the nearest to `wished` first, wherever they lie in the booking
/// window.
#[must_use]
pub fn nearest(
    search: &Search<'_>,
    wished: DateTime<Utc>,
    most: usize,
) -> Vec<(Uuid, DateTime<Utc>)> {
    let floor = Floor::of(search);
    let Some((first, last)) = floor.dates() else { return Vec::new() };
    let middle = local_date(wished, search.setup.town.time_zone).clamp(first, last);
    let mut found = Vec::new();
    let mut enough = false;
    for days in (0..).map(Days::new) {
        let before = middle.checked_sub_days(days).filter(|date| *date >= first);
        let after = middle.checked_add_days(days).filter(|date| *date <= last && *date != middle);
        if enough || before.or(after).is_none() {
            break;
        }
        // The next day out may still be nearer than the far end of this one; later ones are not.
        enough = found.len() >= most;
        for day in [before, after].into_iter().flatten().flat_map(|date| floor.days(date, date)) {
            found.extend(day.starts.into_iter().map(|start| (day.location, start)));
        }
    }
    found.sort_by_key(|(_, start)| ((*start - wished).abs(), *start));
    found.truncate(most);
    found
}

/// The counters on which the basket fits at exactly `start`, best first: the least versatile, then
/// the one with the tightest gap. Empty when no slot is offered there.
#[must_use]
pub fn candidates(search: &Search<'_>, start: DateTime<Utc>) -> Vec<Candidate> {
    Floor::of(search).candidates(start)
}
