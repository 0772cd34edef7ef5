//! Free slots: citizens are shown what is kept in memory, staff and whoever moves an appointment are
//! told what the database says; the rest is computation.

use std::sync::Arc;

use catalog::model::TownSetup;
use chrono::{DateTime, DurationRound as _, NaiveDate, TimeDelta, Utc};
use tenant::{Scope, moment::Moment};
use uuid::Uuid;

use crate::{
    Alternative, AppointmentRef, BasketLine, Channel, Error, Office, basket, calendar,
    holds::Hold,
    occupancy::{add_holds, occupancy},
    slots::{self, Audience, Busy, DaySlots, Line, Search, Taken},
};

/// Longest range that may be asked for, in days.
pub const MAX_RANGE_DAYS: u16 = 62;

/// How many starts a refusal offers instead.
const ALTERNATIVES: usize = 5;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct FreeSlotsQuery {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Only this location.
    pub location: Option<Uuid>,
    /// First local date.
    pub from: NaiveDate,
    /// Last local date.
    pub to: NaiveDate,
    /// Phone and counter also see the reserve, and need a clerk.
    pub channel: Channel,
    /// Token of one's own hold, which does not hide its slot.
    pub hold: Option<String>,
    /// The appointment that is to be moved: its span counts as free.
    pub instead_of: Option<AppointmentRef>,
}

/// What is free.
#[derive(Clone, Debug)]
pub struct FreeSlots {
    /// Days with free starts, by date and location.
    pub days: Vec<DaySlots>,
    /// The next free date after the range, when the range is empty.
    pub next_free_date: Option<NaiveDate>,
    /// On what the answer rests; nothing where the database was asked for it alone.
    pub basis: Option<Basis>,
}

/// On what an answer rests that came from memory.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    scope: Scope,
    /// When set-up and calendar were looked at.
    seen: Moment,
    /// When the holds were.
    held: Moment,
    /// When something ends by itself, or a start comes too near.
    until: DateTime<Utc>,
}

impl Basis {
    /// Whether the same question would get the same answer now: from the same looks, and nothing has
    /// ended meanwhile.
    #[must_use]
    pub fn stands(&self, office: &Office) -> bool {
        office.now() < self.until
            && self.seen.suits(office.db.moment(&self.scope))
            && self.held.suits(office.holds.moment(&self.scope))
    }

    fn and(self, other: Self) -> Self {
        let Self { scope, seen, held, until } = self;
        Self {
            scope,
            seen: seen.and(other.seen),
            held: held.and(other.held),
            until: until.min(other.until),
        }
    }
}

/// Free slots of a basket in a range of dates.
///
/// # Errors
/// Refusals of the basket, [`Error::Range`], [`Error::UnknownLocation`], `Forbidden`, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn free_slots(
    office: &Office,
    scope: &Scope,
    query: &FreeSlotsQuery,
) -> Result<FreeSlots, Error> {
    if query.to < query.from || (query.to - query.from).num_days() >= i64::from(MAX_RANGE_DAYS) {
        return Err(Error::Range { max_days: MAX_RANGE_DAYS });
    }
    match query.channel.audience(scope)? {
        Audience::Public if query.instead_of.is_none() => shown(office, scope, query).await,
        audience => exact(office, scope, query, audience).await,
    }
}

/// From what is kept in memory, which may lag by a moment.
async fn shown(office: &Office, scope: &Scope, query: &FreeSlotsQuery) -> Result<FreeSlots, Error> {
    let now = office.now();
    let own = query.hold.as_deref();
    let (setup, taken, mut basis) =
        shown_taken(office, scope, own, (query.from, query.to), now).await?;
    let lines = lines(scope, &setup, query)?;
    let search = search(&setup, &lines, query, Audience::Public, now, &taken);
    let days = slots::free_slots(&search);
    let rest = slots::dates(&search).and_then(|(_, last)| Some((query.to.succ_opt()?, last)));
    let next_free_date = match rest {
        Some((next, last)) if days.is_empty() && next <= last => {
            let (_, taken, rest) = shown_taken(office, scope, own, (next, last), now).await?;
            basis = basis.and(rest);
            slots::next_free_date(&Search { taken: &taken, ..search })
        }
        _ => None,
    };
    Ok(FreeSlots { days, next_free_date, basis: Some(basis) })
}

/// The set-up, and what citizens see as taken in a range of dates.
async fn shown_taken(
    office: &Office,
    scope: &Scope,
    own: Option<&str>,
    (from, to): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Result<(Arc<TownSetup>, Taken, Basis), Error> {
    let calendar::Shown { setup, mut taken, moment: seen, until } =
        calendar::shown(office, scope, from, to).await?;
    // Windows and the notice that is needed are in full minutes.
    let mut until = until.unwrap_or(DateTime::<Utc>::MAX_UTC).min(next_minute(now));
    let (holds, held) = office.holds.shown(scope, now).await;
    for hold in standing(holds.between(from, to), own, now) {
        taken.add(&Busy::from(hold));
        until = until.min(hold.expires_at);
    }
    Ok((setup, taken, Basis { scope: *scope, seen, held, until }))
}

/// The same on one date, where it is kept in memory.
pub(crate) fn kept_taken(
    office: &Office,
    scope: &Scope,
    own: Option<&str>,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Option<(Arc<TownSetup>, Taken)> {
    let calendar::Shown { setup, mut taken, .. } = calendar::kept(office, scope, (date, date))?;
    for hold in standing(office.holds.kept(scope, now)?.between(date, date), own, now) {
        taken.add(&Busy::from(hold));
    }
    Some((setup, taken))
}

/// The holds of others that stand.
fn standing<'a>(
    holds: impl Iterator<Item = &'a Hold>,
    own: Option<&str>,
    now: DateTime<Utc>,
) -> impl Iterator<Item = &'a Hold> {
    holds.filter(move |hold| hold.is_live(now) && Some(hold.token.as_str()) != own)
}

fn next_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let minute = TimeDelta::minutes(1);
    now.duration_trunc(minute).unwrap_or(now) + minute
}

/// From the database.
async fn exact(
    office: &Office,
    scope: &Scope,
    query: &FreeSlotsQuery,
    audience: Audience,
) -> Result<FreeSlots, Error> {
    let now = office.now();
    let tx = office.db.read(scope).await?;
    let (setup, mut busy) = occupancy(office, &tx, audience, None).await?;
    if let Some(which) = &query.instead_of {
        let own = Busy::from(&which.look_up(&tx).await?);
        busy.retain(|busy| *busy != own);
    }
    drop(tx);
    add_holds(office, scope, &mut busy, query.hold.as_deref()).await;
    let lines = lines(scope, &setup, query)?;
    let taken = Taken::of(setup.town.time_zone, &busy);
    let search = search(&setup, &lines, query, audience, now, &taken);
    let days = slots::free_slots(&search);
    let next_free_date = days.is_empty().then(|| slots::next_free_date(&search)).flatten();
    Ok(FreeSlots { days, next_free_date, basis: None })
}

fn lines<'a>(
    scope: &Scope,
    setup: &'a TownSetup,
    query: &FreeSlotsQuery,
) -> Result<Vec<Line<'a>>, Error> {
    let lines = basket::resolve(scope, setup, &query.basket, query.channel.modes())?;
    check_location(setup, query.location)?;
    Ok(lines)
}

fn search<'a>(
    setup: &'a TownSetup,
    lines: &'a [Line<'a>],
    query: &FreeSlotsQuery,
    audience: Audience,
    now: DateTime<Utc>,
    taken: &'a Taken,
) -> Search<'a> {
    let FreeSlotsQuery { location, from, to, .. } = *query;
    Search { setup, lines, location, from, to, audience, now, taken }
}

pub(crate) fn check_location(setup: &TownSetup, location: Option<Uuid>) -> Result<(), Error> {
    match location {
        Some(id) if !setup.locations.iter().any(|own| own.id == id) => Err(Error::UnknownLocation),
        _ => Ok(()),
    }
}

/// The refusal, with alternatives as whoever asks is shown them.
pub(crate) async fn refuse(
    office: &Office,
    scope: &Scope,
    search: &Search<'_>,
    own: Option<&str>,
    starts_at: DateTime<Utc>,
) -> Result<Error, Error> {
    let taken = match (search.audience, slots::dates(search)) {
        (Audience::Public, Some(dates)) => {
            shown_taken(office, scope, own, dates, search.now).await?.1
        }
        _ => {
            let tx = office.db.read(scope).await?;
            let (_, mut busy) = occupancy(office, &tx, search.audience, None).await?;
            drop(tx);
            add_holds(office, scope, &mut busy, own).await;
            Taken::of(search.setup.town.time_zone, &busy)
        }
    };
    Ok(refusal(&Search { taken: &taken, ..*search }, search.lines, starts_at))
}

/// The refusal of a slot: taken, with the nearest free starts, when it would be offered on an
/// empty calendar; else never offered.
pub(crate) fn refusal(search: &Search<'_>, lines: &[Line<'_>], starts_at: DateTime<Utc>) -> Error {
    let nothing = Taken::nothing(search.setup.town.time_zone);
    let empty = Search { taken: &nothing, lines, ..*search };
    if slots::candidates(&empty, starts_at).is_empty() {
        return Error::SlotNotOffered;
    }
    let nearest = slots::nearest(search, starts_at, ALTERNATIVES);
    Error::SlotTaken {
        nearest: nearest
            .into_iter()
            .map(|(location, starts_at)| Alternative { location, starts_at })
            .collect(),
    }
}
