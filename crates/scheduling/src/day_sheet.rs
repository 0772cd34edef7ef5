//! A location's day as its clerks see it: counters side by side, with what is open, held and
//! booked.

use std::collections::{HashMap, HashSet};

use catalog::{
    hours::{Day, Hours, local_date},
    model::{Counter, Location, Release, Slug, TownSetup},
    retired::{self, Retired},
};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc, Weekday};
use sea_orm::{ColumnTrait, Order};
use tenant::{
    Departments, Role, Scope, TenantTx,
    audit::{self, List},
};
use uuid::Uuid;

use crate::{
    Appointment, Contact, Error, Office,
    appointments::contacts_of,
    availability::MAX_RANGE_DAYS,
    entity::appointment,
    occupancy::{add_holds, kept_places},
    slots::Busy,
};

/// Start and end, the end excluded.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// One day of one location.
#[derive(Clone, Debug)]
pub struct DaySheet {
    /// The local date.
    pub date: NaiveDate,
    /// The counters, in the town's order; behind them retired ones at which somebody has an
    /// appointment.
    pub counters: Vec<CounterDay>,
}

/// A counter's day.
#[derive(Clone, Debug)]
pub struct CounterDay {
    /// Identity.
    pub counter: Uuid,
    /// Its key in the town's set-up.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// Whether the town has taken it out of its set-up: it is never open, and its appointments stand
    /// until somebody moves or cancels them.
    pub is_retired: bool,
    /// When it is open, ascending; closures are cut out.
    pub open: Vec<OpenSpan>,
    /// When it would be open and a closure keeps it shut, ascending.
    pub blocked: Vec<Span>,
    /// Appointments, by start; the cancelled ones are left out.
    pub appointments: Vec<Appointment>,
    /// Places that citizens are filling in a form for, that are offered to somebody, or that another
    /// department has taken: start and end.
    pub held: Vec<Span>,
}

/// A span during which a counter is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSpan {
    /// Start.
    pub from: DateTime<Utc>,
    /// End, excluded.
    pub to: DateTime<Utc>,
    /// Public, or kept for staff.
    pub release: Release,
}

/// The day of a location, be it a retired one. That contact data were looked at is written to the audit log, with whose
/// they were.
///
/// # Errors
/// `Forbidden` for citizens, [`Error::UnknownLocation`], [`Error::Range`] for a date in no year from
/// 1 to 10000, faults.
pub async fn day_sheet(
    office: &Office,
    scope: &Scope,
    location: Uuid,
    date: NaiveDate,
) -> Result<DaySheet, Error> {
    let sheets = sheets(office, scope, location, &[date]).await?;
    sheets.into_iter().next().ok_or(Error::UnknownLocation)
}

/// The seven days of the week, from Monday on, in which `date` lies; the look is written down as
/// for [`day_sheet`].
///
/// # Errors
/// As [`day_sheet`].
pub async fn week_sheet(
    office: &Office,
    scope: &Scope,
    location: Uuid,
    date: NaiveDate,
) -> Result<Vec<DaySheet>, Error> {
    let monday = date.week(Weekday::Mon).checked_first_day();
    let monday = monday.ok_or(Error::Range { max_days: MAX_RANGE_DAYS })?;
    let dates: Vec<NaiveDate> = monday.iter_days().take(7).collect();
    sheets(office, scope, location, &dates).await
}

async fn sheets(
    office: &Office,
    scope: &Scope,
    location: Uuid,
    dates: &[NaiveDate],
) -> Result<Vec<DaySheet>, Error> {
    scope.require(Role::Reader)?;
    // Further away no database keeps an instant.
    if dates.iter().any(|date| !(1..=10_000).contains(&date.year())) {
        return Err(Error::Range { max_days: MAX_RANGE_DAYS });
    }
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let retired = retired::load(&tx).await?;
    let place = setup.locations.iter().find(|own| own.id == location);
    let place = place.or(retired.location(location)).ok_or(Error::UnknownLocation)?;
    let mut held = kept_places(&tx, office.now()).await?;
    let mut booked = Vec::with_capacity(dates.len());
    for date in dates {
        let day = Day::new(&setup, *date);
        let own = appointments(office, &tx, place, &day).await?;
        held.extend(of_others(&tx, place, &day, &own).await?);
        booked.push((day, own));
    }
    tx.commit().await?;
    add_holds(office, scope, &mut held, None).await;
    let sheet = |(day, own): (Day, HashMap<Uuid, Vec<Appointment>>)| {
        DaySheet::of(&setup, (place, &retired), &day, own, &held)
    };
    Ok(booked.into_iter().map(sheet).collect())
}

impl DaySheet {
    fn of(
        setup: &TownSetup,
        (place, retired): (&Location, &Retired),
        day: &Day,
        mut booked: HashMap<Uuid, Vec<Appointment>>,
        held: &[Busy],
    ) -> Self {
        let hours = Hours::on(day, setup, place);
        let counters = place.counters.iter().map(|counter| {
            let (open, blocked) = spans(day, &hours, counter);
            let here = held.iter().filter(|own| {
                own.counter == counter.id
                    && local_date(own.starts_at, setup.town.time_zone) == day.date
            });
            CounterDay {
                counter: counter.id,
                slug: counter.slug.clone(),
                name: counter.name.clone(),
                is_retired: false,
                open,
                blocked,
                appointments: booked.remove(&counter.id).unwrap_or_default(),
                held: here.map(|own| (own.starts_at, own.ends_at)).collect(),
            }
        });
        let mut counters: Vec<CounterDay> = counters.collect();
        let gone = retired.counters.iter().filter_map(|(_, counter)| {
            Some(CounterDay {
                counter: counter.id,
                slug: counter.slug.clone(),
                name: counter.name.clone(),
                is_retired: true,
                open: Vec::new(),
                blocked: Vec::new(),
                appointments: booked.remove(&counter.id)?,
                held: Vec::new(),
            })
        });
        counters.extend(gone);
        Self { date: day.date, counters }
    }
}

async fn appointments(
    office: &Office,
    tx: &TenantTx,
    place: &Location,
    day: &Day,
) -> Result<HashMap<Uuid, Vec<Appointment>>, Error> {
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::LocationId.eq(place.id))
        .filter(appointment::Column::StartsAt.gte(day.starts_at))
        .filter(appointment::Column::StartsAt.lt(day.at(day.minutes)))
        .filter(appointment::Column::Status.ne("cancelled"))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let list =
        List { action: audit::Action::DayViewed, of: Some(place.id), detail: day.date.to_string() };
    audit::record_look(tx, office.now(), &list, &ids).await?;
    let mut contacts: HashMap<Uuid, Contact> = contacts_of(office, tx, &ids).await?;
    let mut by_counter: HashMap<Uuid, Vec<Appointment>> = HashMap::new();
    for row in rows {
        let contact = contacts.remove(&row.id);
        by_counter.entry(row.counter_id).or_default().push(Appointment::from_row(row, contact)?);
    }
    Ok(by_counter)
}

/// The places that departments have taken for which the actor does not work: that they are taken, and
/// nothing else.
async fn of_others(
    tx: &TenantTx,
    place: &Location,
    day: &Day,
    own: &HashMap<Uuid, Vec<Appointment>>,
) -> Result<Vec<Busy>, Error> {
    if tx.scope().departments() == Departments::ALL {
        return Ok(Vec::new());
    }
    let known: HashSet<Uuid> = own.values().flatten().map(|own| own.id).collect();
    let sql = "SELECT id, counter_id, starts_at, ends_at FROM appointment \
               WHERE tenant_id = $1 AND location_id = $2 AND starts_at >= $3 AND starts_at < $4 \
               AND status IN ('booked', 'arrived', 'called', 'served')";
    let range = [day.starts_at.into(), day.at(day.minutes).into()];
    let rows = tx.query(sql, [place.id.into()].into_iter().chain(range).collect()).await?;
    let mut others = Vec::new();
    for row in rows {
        if !known.contains(&row.try_get("", "id")?) {
            others.push(Busy {
                counter: row.try_get("", "counter_id")?,
                starts_at: row.try_get("", "starts_at")?,
                ends_at: row.try_get("", "ends_at")?,
            });
        }
    }
    Ok(others)
}

/// What a counter is at in a minute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open(Release),
    Blocked,
}

/// What is open of a day, and what is closed of it against the rule: the reserve wins over public
/// windows, closures over both.
fn spans(day: &Day, hours: &Hours<'_>, counter: &Counter) -> (Vec<OpenSpan>, Vec<Span>) {
    let mut state: Vec<Option<State>> = vec![None; usize::from(day.minutes)];
    let windows: Vec<_> = hours.open(counter).collect();
    for release in [Release::Public, Release::Reserve] {
        for window in windows.iter().filter(|window| window.release == release) {
            state[usize::from(window.from)..usize::from(window.to)]
                .fill(Some(State::Open(release)));
        }
    }
    for closed in hours.closed(counter) {
        for own in &mut state[usize::from(closed.start)..usize::from(closed.end)] {
            *own = own.map(|_| State::Blocked);
        }
    }
    let (mut open, mut blocked) = (Vec::new(), Vec::new());
    let mut minute = 0_u16;
    for run in state.chunk_by(|a, b| a == b) {
        let next = minute + u16::try_from(run.len()).unwrap_or(u16::MAX);
        let (from, to) = (day.at(minute), day.at(next));
        match run[0] {
            Some(State::Open(release)) => open.push(OpenSpan { from, to, release }),
            Some(State::Blocked) => blocked.push((from, to)),
            None => {}
        }
        minute = next;
    }
    (open, blocked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::townfile;

    fn open(date: &str, counter: usize) -> Vec<(String, String, Release)> {
        let setup = townfile::parse(townfile::SHIPPED[1].1).unwrap();
        let place = &setup.locations[0];
        let day = Day::new(&setup, date.parse().unwrap());
        let hours = Hours::on(&day, &setup, place);
        let clock =
            |at: DateTime<Utc>| at.with_timezone(&setup.town.time_zone).format("%H:%M").to_string();
        let (open, _) = spans(&day, &hours, &place.counters[counter]);
        open.into_iter().map(|span| (clock(span.from), clock(span.to), span.release)).collect()
    }

    #[test]
    fn the_reserve_stands_out_of_the_open_hours() {
        let monday = open("2026-11-23", 0);
        let reserve: Vec<_> =
            monday.iter().filter(|(_, _, release)| *release == Release::Reserve).collect();
        assert_eq!(reserve.len(), 1, "{monday:?}");
        assert!(monday.is_sorted_by_key(|(from, ..)| from.clone()));
    }

    #[test]
    fn a_public_holiday_is_empty() {
        assert_eq!(open("2026-12-25", 0), []);
    }

    #[test]
    fn a_closure_blocks_what_it_takes_of_the_open_hours() {
        let mut setup = townfile::parse(townfile::SHIPPED[1].1).unwrap();
        let date = "2026-11-25".parse().unwrap();
        let day = Day::new(&setup, date);
        let of = |setup: &TownSetup| {
            let place = &setup.locations[0];
            spans(&day, &Hours::on(&day, setup, place), &place.counters[0])
        };
        let (before, none) = of(&setup);
        assert_eq!(none, []);
        let from_time = Some("10:00".parse().unwrap());
        setup.locations[0].closures.push(catalog::model::Closure {
            from: date,
            to: date,
            from_time,
            to_time: None,
            counters: Vec::new(),
            reason: catalog::model::Text::default(),
        });
        let (after, blocked) = of(&setup);
        let minutes = |(from, to): (DateTime<Utc>, DateTime<Utc>)| (to - from).num_minutes();
        let open = |spans: &[OpenSpan]| -> i64 {
            spans.iter().map(|span| minutes((span.from, span.to))).sum()
        };
        let shut: i64 = blocked.into_iter().map(minutes).sum();
        assert!(shut > 0);
        assert_eq!(open(&before), open(&after) + shut);
    }
}
