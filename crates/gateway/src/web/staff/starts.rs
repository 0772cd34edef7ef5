//! Free starts as a list to choose from.

use chrono::{DateTime, Days, SecondsFormat, Utc};
use notification::dates;
use scheduling::{AppointmentRef, BasketLine, Channel, Error, FreeSlotsQuery};
use uuid::Uuid;

use super::desk::Desk;

/// How many days of starts are offered.
const DAYS: u64 = 28;
/// Most starts; more help nobody who is on the phone.
const MOST: usize = 200;

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub location: Uuid,
    pub basket: &'a [BasketLine],
    /// The start that would be best; none is the earliest.
    pub start: Option<DateTime<Utc>>,
    pub channel: Channel,
    /// The appointment that is to be moved.
    pub instead_of: Option<Uuid>,
}

/// Starts by day, of which one is chosen.
pub(super) struct Starts {
    /// Days with their starts.
    pub days: Vec<(String, Vec<Start>)>,
    /// The clock of the wanted start, where another had to be chosen.
    pub moved: Option<String>,
}

/// A start that can be chosen.
pub(super) struct Start {
    pub value: String,
    pub clock: String,
    pub chosen: bool,
}

impl Starts {
    /// Where there is nowhere to go.
    pub(super) fn none() -> Self {
        Self { days: Vec::new(), moved: None }
    }

    /// The wanted start alone, where nothing is known of others now.
    pub(super) fn only(desk: &Desk, start: DateTime<Utc>) -> Self {
        let only = Start {
            value: start.to_rfc3339_opts(SecondsFormat::Secs, true),
            clock: desk.clock(start),
            chosen: true,
        };
        let date = dates::date(desk.local(start).date_naive(), "de");
        Self { days: vec![(date, vec![only])], moved: None }
    }

    /// From the wanted start's day on: the wanted start or the next after it is chosen.
    pub(super) async fn offer(desk: &Desk, wanted: &Wanted<'_>) -> Result<Self, Error> {
        let from = wanted.start.map_or(desk.today(), |start| desk.local(start).date_naive());
        let query = FreeSlotsQuery {
            basket: wanted.basket.to_vec(),
            location: Some(wanted.location),
            from: from.max(desk.today()),
            to: from.max(desk.today()) + Days::new(DAYS - 1),
            channel: wanted.channel,
            hold: None,
            instead_of: wanted.instead_of.map(AppointmentRef::Id),
        };
        let found = scheduling::free_slots(&desk.office, &desk.scope, &query).await?;
        let mut all = found.days.iter().flat_map(|day| &day.starts).copied();
        let chosen = match wanted.start {
            Some(start) => all.find(|own| *own >= start),
            None => all.next(),
        };
        let start = |at: &DateTime<Utc>| Start {
            value: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            clock: desk.clock(*at),
            chosen: Some(*at) == chosen,
        };
        let mut left = MOST;
        let days = found.days.iter().map_while(|day| {
            let starts: Vec<_> = day.starts.iter().take(left).map(start).collect();
            left -= starts.len();
            (!starts.is_empty()).then(|| (dates::date(day.date, "de"), starts))
        });
        let days = days.collect();
        let missed = wanted.start.filter(|start| chosen != Some(*start));
        Ok(Self { days, moved: missed.map(|start| desk.clock(start)) })
    }
}
