//! Places that citizens give back, or do not confirm: the public sees them again after a random while,
//! so that nobody can give one up at a time agreed upon with a buyer. Those on the waiting list are
//! offered them a moment earlier, staff see them at once.

use catalog::{
    hours::{day_start, local_date},
    model::{ReturnMinutes, TownSetup},
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::{ColumnTrait as _, Set};
use tenant::TenantTx;
use uuid::Uuid;

use crate::{
    Error,
    entity::{appointment, returned_place},
    slots::Busy,
};

/// When the public sees a place again that is given up at `at`; none is at once. `chance` decides
/// between the town's least and most minutes.
fn free_from(
    rule: ReturnMinutes,
    starts_at: DateTime<Utc>,
    zone: Tz,
    at: DateTime<Utc>,
    chance: u16,
) -> Option<DateTime<Utc>> {
    if rule.to == 0 || local_date(starts_at, zone) == local_date(at, zone) {
        return None;
    }
    let (from, to) = (i64::from(rule.from) * 60, i64::from(rule.to) * 60);
    let seconds = from + (to - from) * i64::from(chance) / i64::from(u16::MAX);
    // On its own day nothing is kept back any more.
    let day = day_start(local_date(starts_at, zone), zone);
    Some((at + TimeDelta::seconds(seconds)).min(day))
}

/// Keeps the span of an appointment that its citizen gives up at an instant from the public for a
/// while after it.
pub(crate) fn give_back(tx: &TenantTx, setup: &TownSetup, place: Busy, at: DateTime<Utc>) {
    keep_back(tx, setup, Uuid::now_v7(), place, at);
}

/// The same for what an appointment no longer occupies where it is moved or takes less time.
pub(crate) fn give_back_rest(
    tx: &TenantTx,
    setup: &TownSetup,
    old: Busy,
    new: Busy,
    at: DateTime<Utc>,
) {
    for rest in rest(old, new) {
        give_back(tx, setup, rest, at);
    }
}

/// What the old span covers and the new one does not.
fn rest(old: Busy, new: Busy) -> Vec<Busy> {
    let apart = new.ends_at <= old.starts_at || new.starts_at >= old.ends_at;
    if old.counter != new.counter || apart {
        return vec![old];
    }
    let before = Busy { ends_at: new.starts_at, ..old };
    let after = Busy { starts_at: new.ends_at, ..old };
    [before, after].into_iter().filter(|own| own.starts_at < own.ends_at).collect()
}

/// The same for an appointment that lapses unless it is confirmed until then: what nobody sees while
/// it stands.
pub(crate) fn give_back_unless_confirmed(
    tx: &TenantTx,
    setup: &TownSetup,
    row: &appointment::Model,
    until: DateTime<Utc>,
) {
    keep_back(tx, setup, row.id, Busy::from(row), until);
}

/// Takes that back: it is confirmed, or has ended in another way.
pub(crate) async fn forget_lapse(tx: &TenantTx, row: &appointment::Model) -> Result<(), Error> {
    if row.confirm_until.is_some() {
        tx.delete::<returned_place::Entity>(returned_place::Column::Id.eq(row.id)).await?;
    }
    Ok(())
}

/// What is kept back beyond an instant.
pub(crate) async fn kept_back(tx: &TenantTx, beyond: DateTime<Utc>) -> Result<Vec<Busy>, Error> {
    let rows = tx
        .find::<returned_place::Entity>()
        .filter(returned_place::Column::FreeFrom.gt(beyond))
        .all()
        .await?;
    let busy = |row: returned_place::Model| Busy {
        counter: row.counter_id,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    };
    Ok(rows.into_iter().map(busy).collect())
}

fn keep_back(tx: &TenantTx, setup: &TownSetup, id: Uuid, place: Busy, at: DateTime<Utc>) {
    let (rule, zone) = (setup.town.return_minutes, setup.town.time_zone);
    let Some(free_from) = free_from(rule, place.starts_at, zone, at, rand::random()) else {
        return;
    };
    tx.insert_later(returned_place::ActiveModel {
        id: Set(id),
        counter_id: Set(place.counter),
        starts_at: Set(place.starts_at),
        ends_at: Set(place.ends_at),
        free_from: Set(free_from),
        ..Default::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: ReturnMinutes = ReturnMinutes { from: 5, to: 30 };
    const ZONE: Tz = chrono_tz::Europe::Berlin;

    fn minutes(starts_at: &str, chance: u16) -> Option<i64> {
        // Half past midnight of 24 November in the town.
        let now = "2026-11-23T23:30:00Z".parse().unwrap();
        let from = free_from(RULE, starts_at.parse().unwrap(), ZONE, now, chance)?;
        Some((from - now).num_minutes())
    }

    #[test]
    fn a_place_comes_back_between_the_towns_least_and_most_minutes() {
        assert_eq!(minutes("2026-11-25T08:00:00Z", 0), Some(5));
        assert_eq!(minutes("2026-11-25T08:00:00Z", u16::MAX), Some(30));
        assert!((5..=30).contains(&minutes("2026-11-25T08:00:00Z", rand::random()).unwrap()));
    }

    #[test]
    fn a_place_comes_back_before_its_day_begins() {
        let rule = ReturnMinutes { from: 60, to: 1440 };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let from =
            free_from(rule, at("2026-11-25T08:00:00Z"), ZONE, at("2026-11-24T08:00:00Z"), u16::MAX);
        assert_eq!(from, Some(at("2026-11-24T23:00:00Z")));
    }

    #[test]
    fn a_place_on_the_towns_same_day_comes_back_at_once() {
        assert_eq!(minutes("2026-11-24T08:00:00Z", u16::MAX), None);
    }

    #[test]
    fn of_a_span_that_is_moved_or_shortened_the_rest_is_given_back() {
        let at = |hour: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let on = |counter, from, to| Busy {
            counter: Uuid::from_u128(counter),
            starts_at: at(from),
            ends_at: at(to),
        };
        let old = on(1, 8, 10);
        assert_eq!(rest(old, on(1, 8, 12)), [], "longer");
        assert_eq!(rest(old, on(1, 8, 9)), [on(1, 9, 10)], "shorter");
        assert_eq!(rest(old, on(1, 9, 11)), [on(1, 8, 9)], "a little later");
        assert_eq!(rest(old, on(1, 10, 12)), [old], "later");
        assert_eq!(rest(old, on(2, 8, 10)), [old], "elsewhere");
    }

    #[test]
    fn where_the_town_wants_no_delay_there_is_none() {
        let rule = ReturnMinutes { from: 0, to: 0 };
        let start = "2026-12-25T08:00:00Z".parse().unwrap();
        assert_eq!(free_from(rule, start, ZONE, DateTime::UNIX_EPOCH, 7), None);
    }
}
