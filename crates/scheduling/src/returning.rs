//! Places that citizens give back: the public sees them again after a random while, so that nobody
//! can cancel at a time agreed upon with a buyer. Staff and those on the waiting list see them at once.

use catalog::{
    hours::local_date,
    model::{ReturnMinutes, TownSetup},
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::Set;
use tenant::TenantTx;
use uuid::Uuid;

use crate::{Error, entity::returned_place, slots::Busy};

/// When the public sees the place again; none is at once. `chance` decides between the town's least
/// and most minutes.
fn free_from(
    rule: ReturnMinutes,
    starts_at: DateTime<Utc>,
    zone: Tz,
    now: DateTime<Utc>,
    chance: u16,
) -> Option<DateTime<Utc>> {
    if rule.to == 0 || local_date(starts_at, zone) == local_date(now, zone) {
        return None;
    }
    let (from, to) = (i64::from(rule.from) * 60, i64::from(rule.to) * 60);
    let seconds = from + (to - from) * i64::from(chance) / i64::from(u16::MAX);
    Some(now + TimeDelta::seconds(seconds))
}

/// Keeps the span of an appointment that a citizen gave back from the public for a while.
pub(crate) async fn give_back(
    tx: &TenantTx,
    setup: &TownSetup,
    place: Busy,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (rule, zone) = (setup.town.return_minutes, setup.town.time_zone);
    let Some(free_from) = free_from(rule, place.starts_at, zone, now, rand::random()) else {
        return Ok(());
    };
    tx.insert(returned_place::ActiveModel {
        id: Set(Uuid::now_v7()),
        counter_id: Set(place.counter),
        starts_at: Set(place.starts_at),
        ends_at: Set(place.ends_at),
        free_from: Set(free_from),
        ..Default::default()
    })
    .await?;
    Ok(())
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
    fn a_place_on_the_towns_same_day_comes_back_at_once() {
        assert_eq!(minutes("2026-11-24T08:00:00Z", u16::MAX), None);
    }

    #[test]
    fn where_the_town_wants_no_delay_there_is_none() {
        let rule = ReturnMinutes { from: 0, to: 0 };
        let start = "2026-12-25T08:00:00Z".parse().unwrap();
        assert_eq!(free_from(rule, start, ZONE, DateTime::UNIX_EPOCH, 7), None);
    }
}
