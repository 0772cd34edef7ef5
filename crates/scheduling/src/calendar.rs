//! What citizens are shown as occupied, kept in memory day by day. It may lag: by nothing behind what
//! this process has changed itself, by `tenant::moment::FRESH` behind what others have.

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
    moment::{Change, Moment},
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

/// What citizens see of a town: its set-up with the minutes that are occupied, when it was so, and when
/// the first of them become free by themselves.
pub(crate) struct Shown {
    pub setup: Arc<TownSetup>,
    pub taken: Taken,
    pub moment: Moment,
    pub until: Option<DateTime<Utc>>,
}

/// The same where it is kept and may be shown, without a look.
pub(crate) fn kept(office: &Office, scope: &Scope, range: Range) -> Option<Shown> {
    let calendar = office.calendars.kept.get(&scope.tenant)?;
    calendar.seen(office, scope, range, office.db.moment(scope), office.now())
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
    let look = |calendar: Arc<Calendar>| calendar.seen(office, scope, (from, to), asked, now);
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
                let until = calendar.next_end((from, to), now);
                return Ok(Shown { setup, taken: calendar.taken((from, to), now), moment, until });
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

/// Shows what was booked just now, the only change that `change` stands for, without another look.
pub(crate) fn occupy(office: &Office, scope: &Scope, busy: &Busy, change: Change) {
    office.setups.stays(scope, change);
    office.calendars.kept.amend(&scope.tenant, |calendar| {
        *calendar = Arc::new(calendar.with(busy, change));
    });
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
    days.extend(days_of(&spans, zone, (first, last), moment));
    Ok((setup, Calendar { zone, days }))
}

/// The days of a range with all that is occupied on them.
fn days_of(
    spans: &[Span],
    zone: Tz,
    (first, last): Range,
    moment: Moment,
) -> BTreeMap<NaiveDate, Day> {
    let mut taken = Taken::nothing(zone);
    let mut passing: HashMap<NaiveDate, Vec<(Busy, DateTime<Utc>)>> = HashMap::new();
    for Span { busy, until } in spans {
        let Some(until) = until else {
            taken.add(busy);
            continue;
        };
        let end = local_date(busy.ends_at, zone);
        for date in local_date(busy.starts_at, zone).iter_days().take_while(|date| *date <= end) {
            passing.entry(date).or_default().push((*busy, *until));
        }
    }
    let dates = first.iter_days().take_while(|date| *date <= last);
    dates
        .map(|date| {
            let passing = passing.remove(&date).unwrap_or_default().into();
            (date, Day { moment, taken: taken.on(date), passing })
        })
        .collect()
}

impl Calendar {
    /// What may be shown to somebody who asks at `asked`.
    fn seen(
        &self,
        office: &Office,
        scope: &Scope,
        range: Range,
        asked: Moment,
        now: DateTime<Utc>,
    ) -> Option<Shown> {
        let (setup, moment) = office.setups.fresh(scope, asked)?;
        let (taken, days) = self.shown(setup.town.time_zone, range, asked, now)?;
        let moment = days.map_or(moment, |days| moment.and(days));
        let until = self.next_end(range, now);
        Some(Shown { setup: seen_by(scope, setup), taken, moment, until })
    }

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

    /// The same days, those that lack nothing else with one more span.
    fn with(&self, busy: &Busy, change: Change) -> Self {
        let dates = local_date(busy.starts_at, self.zone)..=local_date(busy.ends_at, self.zone);
        let mut taken = Taken::nothing(self.zone);
        for (_, day) in self.days.range(dates.clone()) {
            taken.put(day.taken.clone());
        }
        taken.add(busy);
        let days = self.days.iter().map(|(date, day)| {
            let Some(moment) = day.moment.with(change) else { return (*date, day.clone()) };
            let own = dates.contains(date).then(|| taken.on(*date));
            let taken = own.unwrap_or_else(|| day.taken.clone());
            (*date, Day { moment, taken, passing: Arc::clone(&day.passing) })
        });
        Self { zone: self.zone, days: days.collect() }
    }

    /// The days that may be shown to somebody who asks at `asked`.
    fn fresh(&self, asked: Moment) -> BTreeMap<NaiveDate, Day> {
        let days = self.days.iter().filter(|(_, day)| day.moment.suits(asked));
        days.map(|(date, day)| (*date, day.clone())).collect()
    }

    /// When something in the range becomes free by itself.
    fn next_end(&self, (from, to): Range, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = (from <= to).then(|| self.days.range(from..=to))?;
        let ends = days.flat_map(|(_, day)| day.passing.iter().map(|(_, until)| *until));
        ends.filter(|until| *until > now).min()
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Europe::Berlin;
    use proptest::prelude::*;
    use tenant::moment::Changes;

    use super::*;

    const TOWN: TenantId = TenantId(uuid::Uuid::from_u128(1));

    /// A span within three days around the night in which the clocks go back.
    fn span() -> impl Strategy<Value = Busy> {
        let parts = (0..2_i64 * 25 * 60, 1..600_i64, 0..3_u128);
        parts.prop_map(|(minute, length, counter)| {
            let starts_at = day_start(date(24), Berlin) + TimeDelta::minutes(minute);
            let ends_at = starts_at + TimeDelta::minutes(length);
            Busy { counter: uuid::Uuid::from_u128(counter), starts_at, ends_at }
        })
    }

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, day).unwrap()
    }

    proptest! {
        #[test]
        fn a_calendar_with_one_more_booking_is_the_one_that_another_look_would_show(
            before in prop::collection::vec(span(), 0..6), booked in span(),
        ) {
            let changes = Changes::default();
            let fixed = |busy| Span { busy, until: None };
            let mut spans: Vec<Span> = before.into_iter().map(fixed).collect();
            let calendar = |spans: &[Span]| {
                let range = (date(24), date(26));
                Calendar { zone: Berlin, days: days_of(spans, Berlin, range, changes.moment(TOWN)) }
            };
            let earlier = calendar(&spans);
            let change = changes.count_up(TOWN);
            let amended = earlier.with(&booked, change);
            spans.push(fixed(booked));
            let (asked, now) = (changes.moment(TOWN), day_start(date(24), Berlin));
            prop_assert!(earlier.shown(Berlin, (date(24), date(26)), asked, now).is_none());
            let later = calendar(&spans).with(&booked, change);
            prop_assert!(later.shown(Berlin, (date(24), date(26)), asked, now).is_some(), "it is not older than it was");
            let (shown, _) = amended.shown(Berlin, (date(24), date(26)), asked, now).unwrap();
            let (looked, _) = calendar(&spans).shown(Berlin, (date(24), date(26)), asked, now).unwrap();
            for day in 24..=26 {
                prop_assert_eq!(shown.on(date(day)), looked.on(date(day)));
            }
        }
    }
}
