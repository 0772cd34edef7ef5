//! Counts the places: what is free, what is held and what is booked make up what was opened.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use futures::StreamExt as _;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, QueryResult, Statement};
use serde_json::json;

use super::{
    citizen::hold,
    ledger::Answer,
    town::{COUNTERS, DAYS, SLUG, Slot, basket, slots},
};
use crate::{citizen::free, drill::world::World, office::Server};

/// What a server says that keeps holds by itself for a moment, since Redis was too slow.
pub const ALONE: &str = "this process goes on by itself";

/// All free slots of the town.
pub async fn free_slots(server: &Server) -> BTreeSet<Slot> {
    let days = free(server, SLUG, basket(), DAYS.0, DAYS.1).await;
    slots(&json!({ "data": { "freeSlots": days } })).into_iter().collect()
}

/// Everything that does not agree with what was `opened` on the empty town; empty is well. Holds
/// whatever is left, so it comes last, and on a server in whose eyes all earlier holds have expired.
pub async fn check(server: &Server, owner: &str, opened: &BTreeSet<Slot>) -> Vec<String> {
    let mut wrong = Vec::new();
    let booked = booked(owner).await;
    let taken = |slot: &Slot| booked.get(slot).copied().unwrap_or(0);
    let free = free_slots(server).await;
    for slot in booked.keys().chain(&free).filter(|slot| !opened.contains(slot)) {
        wrong.push(format!("{slot:?} was never opened"));
    }
    for slot in opened.iter().filter(|slot| free.contains(slot) != (taken(slot) < COUNTERS)) {
        wrong.push(format!("{slot:?}: {} booked, free: {}", taken(slot), free.contains(slot)));
    }
    let world = World::new(&[&server.url]);
    let left = opened.iter().flat_map(|slot| (taken(slot)..COUNTERS).map(|_| *slot));
    let refused: Vec<Slot> = futures::stream::iter(left.collect::<Vec<_>>())
        .map(async |slot| (slot, hold(&world, 0, slot).await.0))
        .buffer_unordered(8)
        .filter_map(async |(slot, answer)| (answer != Answer::Yes).then_some(slot))
        .collect()
        .await;
    for slot in refused {
        wrong.push(format!("{slot:?}: {} booked, and not all the rest can be held", taken(&slot)));
    }
    // More can be held then than there is: holds are a courtesy.
    if !server.log().contains(ALONE) {
        for slot in free_slots(server).await {
            wrong.push(format!("{slot:?} is free though everything is held"));
        }
    }
    wrong
}

/// How many appointments occupy each slot.
async fn booked(owner: &str) -> BTreeMap<Slot, usize> {
    let sql = "SELECT location_id, starts_at, count(*) FROM appointment \
         WHERE status NOT IN ('missed', 'cancelled') GROUP BY location_id, starts_at";
    let db = Database::connect(owner).await.expect("PostgreSQL");
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let read = |row: QueryResult| {
        let slot = Slot {
            location: row.try_get_by_index(0).expect("a location"),
            starts_at: row.try_get_by_index::<DateTime<Utc>>(1).expect("an instant"),
        };
        (slot, usize::try_from(row.try_get_by_index::<i64>(2).expect("a count")).expect("a count"))
    };
    rows.expect("rows").into_iter().map(read).collect()
}

/// Whether the town opens what its file says: so many starts a day at two locations.
#[must_use]
pub fn is_whole(opened: &BTreeSet<Slot>) -> bool {
    let days: BTreeSet<NaiveDate> = opened.iter().map(|slot| slot.starts_at.date_naive()).collect();
    days.len() == 8 && opened.len() == 8 * 2 * 24
}
