//! What citizens are shown as occupied, kept in memory day by day. It may lag: by nothing behind what
//! this process has changed itself, by `tenant::moment::FRESH` behind what others have. Nothing needs
//! to be told or heard for that, so nothing can be missed when a connection is lost.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use catalog::{
    hours::{day_start, local_date},
    model::TownSetup,
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use tenant::{
    Scope, TenantId,
    kept::{Kept, Turn},
    moment::Moment,
};

use crate::{
    Error, MAX_RANGE_DAYS, Office,
    occupancy::{Span, spans},
    office::seen_by,
    slots::{Audience, Busy, Taken, TakenDay},
};

/// Room for so many bitmaps of a counter's day, 200 bytes each.
const ROOM: usize = 250_000;

/// The calendars of towns.
#[derive(Debug)]
pub struct Calendars {
    kept: Kept<TenantId, Arc<Calendar>>,
}

impl Default for Calendars {
    fn default() -> Self {
        Self { kept: Kept::with_room(ROOM) }
    }
}

/// A town's days, each as it was at a moment.
#[derive(Debug)]
struct Calendar {
    zone: Tz,
    days: BTreeMap<NaiveDate, Day>,
}

#[derive(Clone, Debug)]
struct Day {
    moment: Moment,
    /// What is occupied until somebody changes it.
    taken: TakenDay,
    /// What becomes free by itself, and when.
    passing: Arc<[(Busy, DateTime<Utc>)]>,
}

/// A range of local dates.
type Range = (NaiveDate, NaiveDate);

/// What citizens see of a town: its set-up with the minutes that are occupied, and when it was so.
pub(crate) struct Shown {
    pub setup: Arc<TownSetup>,
    pub taken: Taken,
    pub moment: Moment,
}

/// What citizens see of the scope's town in a range of dates, from today on.
pub(crate) async fn shown(
    office: &Office,
    scope: &Scope,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Shown, Error> {
    let now = office.now();
    let asked = office.db.moment(scope);
    let look = |calendar: Arc<Calendar>| {
        let (setup, moment) = office.setups.fresh(scope, asked)?;
        let (taken, days) = calendar.shown(setup.town.time_zone, (from, to), asked, now)?;
        let moment = days.map_or(moment, |days| moment.and(days));
        Some(Shown { setup: seen_by(scope, setup), taken, moment })
    };
    let renew = async |turn: Turn<'_, TenantId, Arc<Calendar>>| {
        let mut zone = match office.setups.last_seen(scope) {
            Some(setup) => setup.town.time_zone,
            None => office.setups.shown(&office.db, scope).await?.town.time_zone,
        };
        loop {
            let before = turn.get().filter(|kept| kept.zone == zone);
            let days = before.map(|kept| kept.fresh(asked)).unwrap_or_default();
            let from = from.max(local_date(now, zone));
            let (setup, calendar) = load(office, scope, zone, days, (from, to)).await?;
            let weight = calendar.days.values().map(|day| 1 + day.taken.counters()).sum();
            let calendar = Arc::new(calendar);
            turn.keep(Arc::clone(&calendar), weight);
            if setup.town.time_zone == zone {
                let moment = calendar.oldest((from, to)).map_or(asked, |days| days.and(asked));
                return Ok(Shown { setup, taken: calendar.taken((from, to), now), moment });
            }
            zone = setup.town.time_zone;
        }
    };
    office.calendars.kept.look(&scope.tenant, look, renew).await
}

/// The set-up of the scope's town, for somebody who will look at the calendar next: one look at the
/// database answers both.
///
/// # Errors
/// Faults of the catalogue and the database.
pub async fn setup_with_calendar(office: &Office, scope: &Scope) -> Result<Arc<TownSetup>, Error> {
    let last_seen = office.setups.last_seen(scope);
    let zone = last_seen.map_or(Tz::UTC, |setup| setup.town.time_zone);
    let today = local_date(office.now(), zone);
    let horizon = today + Days::new(u64::from(MAX_RANGE_DAYS));
    Ok(shown(office, scope, today, horizon).await?.setup)
}

/// Looks at the days of the range that are not among `days`.
async fn load(
    office: &Office,
    scope: &Scope,
    zone: Tz,
    mut days: BTreeMap<NaiveDate, Day>,
    (from, to): Range,
) -> Result<(Arc<TownSetup>, Calendar), Error> {
    let dates = || from.iter_days().take_while(|date| *date <= to);
    let missing = || dates().filter(|date| !days.contains_key(date));
    let first = missing().next().unwrap_or(from);
    let last = missing().last().unwrap_or(from);
    let end = last.succ_opt().unwrap_or(last);
    let around = (day_start(first, zone), day_start(end, zone));
    let tx = office.db.read(scope).await?;
    let moment = tx.moment();
    let (setup, spans) = spans(office, &tx, Audience::Public, Some(around)).await?;
    drop(tx);
    let mut taken = Taken::nothing(zone);
    let mut passing: HashMap<NaiveDate, Vec<(Busy, DateTime<Utc>)>> = HashMap::new();
    for Span { busy, until } in spans {
        let Some(until) = until else {
            taken.add(&busy);
            continue;
        };
        let end = local_date(busy.ends_at, zone);
        for date in local_date(busy.starts_at, zone).iter_days().take_while(|date| *date <= end) {
            passing.entry(date).or_default().push((busy, until));
        }
    }
    for date in first.iter_days().take_while(|date| *date <= last) {
        let passing = passing.remove(&date).unwrap_or_default().into();
        days.insert(date, Day { moment, taken: taken.on(date), passing });
    }
    Ok((setup, Calendar { zone, days }))
}

impl Calendar {
    /// The range, if each of its days may be shown to somebody who asks at `asked`, and when the oldest
    /// of them was looked at.
    fn shown(
        &self,
        zone: Tz,
        (from, to): Range,
        asked: Moment,
        now: DateTime<Utc>,
    ) -> Option<(Taken, Option<Moment>)> {
        let from = from.max(local_date(now, zone));
        let suits = |date| self.days.get(&date).is_some_and(|day| day.moment.suits(asked));
        let all = from.iter_days().take_while(|date| *date <= to).all(suits);
        (zone == self.zone && all).then(|| (self.taken((from, to), now), self.oldest((from, to))))
    }

    /// When the day of the range was looked at that was looked at longest ago.
    fn oldest(&self, (from, to): Range) -> Option<Moment> {
        let days = (from <= to).then(|| self.days.range(from..=to))?;
        days.map(|(_, day)| day.moment).reduce(Moment::and)
    }

    /// The days that may be shown to somebody who asks at `asked`.
    fn fresh(&self, asked: Moment) -> BTreeMap<NaiveDate, Day> {
        let days = self.days.iter().filter(|(_, day)| day.moment.suits(asked));
        days.map(|(date, day)| (*date, day.clone())).collect()
    }

    fn taken(&self, (from, to): Range, now: DateTime<Utc>) -> Taken {
        let mut taken = Taken::nothing(self.zone);
        if from > to {
            return taken;
        }
        for day in self.days.range(from..=to).map(|(_, day)| day) {
            taken.put(day.taken.clone());
        }
        for day in self.days.range(from..=to).map(|(_, day)| day) {
            for (busy, _) in day.passing.iter().filter(|(_, until)| *until > now) {
                taken.add(busy);
            }
        }
        taken
    }
}
