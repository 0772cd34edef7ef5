//! Offering: each place that becomes free goes to the first whom it suits.

use catalog::model::TownSetup;
use chrono::{DateTime, TimeDelta, Utc};
use notification::{notice::Kind, outbox};
use sea_orm::{ColumnTrait, Order, Set};
use tenant::{Scope, TenantTx, audit, entity::tenant as town};
use uuid::Uuid;

use super::{Place, WaitingStatus, end, give_back, is_open, wait_on, waiting};
use crate::{
    BasketLine, Channel, Error, Office, Status, WaitingWish,
    appointments::contact_of,
    basket,
    entity::{appointment, waiting_wish},
    notices,
    occupancy::{add_holds, occupancy},
    offer::{BEFORE_OTHERS, Offer, SHORTEST, kept_until},
    returning,
    slots::{self, Audience, Busy, Search, Taken},
    undoing,
};

/// Offers what is free to those who wait, in the order in which they came, and takes offers back
/// that nobody answered. Returns how many were offered. May be called at any time and by any
/// number of processes: a town's offers are made one after the other, each time from one look at
/// the calendar, so that nobody is passed over for a place that becomes free meanwhile.
///
/// # Errors
/// Faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn offer_free_places(office: &Office, scope: &Scope) -> Result<usize, Error> {
    let tx = office.db.read(scope).await?;
    if tx.find::<waiting_wish::Entity>().filter(is_open()).count().await? == 0 {
        return Ok(0);
    }
    drop(tx);
    let now = office.now();
    let mut busy = Vec::new();
    add_holds(office, scope, &mut busy, None).await;
    let tx = office.db.write(scope).await?;
    // One at a time in a town, or two would be offered the same place.
    tx.find::<town::Entity>().for_update().one().await?;
    let setup = office.setups.current(&tx).await?;
    let waits = take_back(&tx, &setup, now).await?;
    let ids: Vec<Uuid> = waits.iter().map(|row| row.id).collect();
    let unreachable = outbox::unreachable(&tx, &ids).await?;
    let (setup, occupied) = occupancy(office, &tx, Audience::Staff, None).await?;
    busy.extend(occupied);
    busy.extend(returning::kept_back(&tx, now + BEFORE_OTHERS).await?);
    let mut taken = Taken::of(setup.town.time_zone, &busy);
    let mut offered = 0;
    for row in waits {
        let later = match row.appointment_id {
            Some(id) => later(&tx, id, now).await?,
            None => Later::None,
        };
        match choose(scope, &setup, &taken, &row, later, now)? {
            // They would keep one place after the other from those who read their mails.
            Choice::Place(_) if unreachable.contains(&row.id) => {}
            Choice::Place(place) => {
                taken.add(&place.span);
                offer(office, &tx, &setup, row, &place, now).await?;
                offered += 1;
            }
            Choice::Nothing => {}
            Choice::Over => end(&tx, row.id, WaitingStatus::Ended, now).await?,
        }
    }
    tx.commit().await?;
    if offered > 0 {
        office.mail_waiting.notify_one();
    }
    Ok(offered)
}

/// Those who wait or have an offer, first come first; kept from others while the transaction lasts,
/// so that what somebody takes or leaves at this moment is seen.
async fn open(tx: &TenantTx) -> Result<Vec<waiting_wish::Model>, Error> {
    let rows = tx
        .find::<waiting_wish::Entity>()
        .filter(is_open())
        .order_by(waiting_wish::Column::CreatedAt, Order::Asc)
        .order_by(waiting_wish::Column::Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    Ok(rows)
}

/// Takes offers back that nobody answered in time; returns those who wait, first come first.
async fn take_back(
    tx: &TenantTx,
    setup: &TownSetup,
    now: DateTime<Utc>,
) -> Result<Vec<waiting_wish::Model>, Error> {
    let mut waits = Vec::new();
    for row in open(tx).await? {
        if row.status == WaitingStatus::Waiting.as_str() {
            waits.push(row);
        } else if row.offer_until.is_none_or(|until| until <= now) {
            give_back(tx, setup, &row, now);
            waits.push(wait_on(tx, row).await?);
        }
    }
    Ok(waits)
}

/// What there is for a wish.
enum Choice {
    /// The first place that suits.
    Place(Offer),
    /// Nothing now.
    Nothing,
    /// Nothing any more: its days are over, or its later appointment was kept.
    Over,
}

/// The later appointment that is given back for an earlier one.
enum Later {
    /// There is none, or the office has cancelled it.
    None,
    /// It stands, starts then and is for that now.
    Stands(DateTime<Utc>, serde_json::Value),
    /// The office has cancelled it and may still undo that.
    Open,
    /// It has been, or somebody did not come.
    Over,
}

fn choose(
    scope: &Scope,
    setup: &TownSetup,
    taken: &Taken,
    row: &waiting_wish::Model,
    later: Later,
    now: DateTime<Utc>,
) -> Result<Choice, Error> {
    let zone = setup.town.time_zone;
    let longest = TimeDelta::hours(i64::from(setup.town.offer_hours));
    let wish: WaitingWish =
        serde_json::from_value(row.wish.clone()).map_err(catalog::Error::from)?;
    let (before, basket) = match later {
        Later::None => (DateTime::<Utc>::MAX_UTC, row.basket.clone()),
        Later::Stands(starts_at, basket) => (starts_at, basket),
        Later::Open => return Ok(Choice::Nothing),
        Later::Over => return Ok(Choice::Over),
    };
    let wanted: Vec<BasketLine> = serde_json::from_value(basket).map_err(catalog::Error::from)?;
    if wish.last < now.with_timezone(&zone).date_naive() {
        return Ok(Choice::Over);
    }
    // A service may be taken out of the set-up and come back.
    let Ok(lines) = basket::resolve(scope, setup, &wanted, Channel::Online.modes()) else {
        return Ok(Choice::Nothing);
    };
    let search = Search {
        setup,
        lines: &lines,
        location: wish.only_location(),
        from: wish.first,
        to: wish.last,
        audience: Audience::Public,
        now,
        taken,
    };
    let passed: Vec<Place> =
        serde_json::from_value(row.passed_places.clone()).map_err(catalog::Error::from)?;
    let passed_anywhere: Vec<DateTime<Utc>> =
        serde_json::from_value(row.passed.clone()).map_err(catalog::Error::from)?;
    let days = slots::free_slots(&search);
    let starts = days.iter().flat_map(|day| day.starts.iter().map(|start| (day.location, *start)));
    for (location, starts_at) in starts {
        if starts_at >= before
            || !wish.suits(location, starts_at, zone)
            || passed.contains(&(location, starts_at))
            || passed_anywhere.contains(&starts_at)
        {
            continue;
        }
        let Some(until) = kept_until(starts_at, now, longest) else { continue };
        // Near its date it must still be bookable when the offer ends, or at least for the shortest.
        let bookable = |until: &DateTime<Utc>| {
            !slots::candidates(&Search { now: *until, ..search }, starts_at).is_empty()
        };
        let Some(until) = [until, now + SHORTEST].into_iter().find(bookable) else { continue };
        let candidates = slots::candidates(&search, starts_at);
        if let Some(own) = candidates.into_iter().find(|own| own.location == location) {
            let span = Busy { counter: own.counter, starts_at, ends_at: own.ends_at };
            return Ok(Choice::Place(Offer { location, starts_at, until, span }));
        }
    }
    Ok(Choice::Nothing)
}

async fn later(tx: &TenantTx, id: Uuid, now: DateTime<Utc>) -> Result<Later, Error> {
    let row = tx.find::<appointment::Entity>().filter(appointment::Column::Id.eq(id)).one().await?;
    let Some(row) = row else { return Ok(Later::Over) };
    Ok(match row.status.parse()? {
        Status::Booked => Later::Stands(row.starts_at, row.basket),
        Status::Cancelled if undoing::may_come_back(tx, id, now).await? => Later::Open,
        Status::Cancelled => Later::None,
        Status::Arrived | Status::Called | Status::Served | Status::Missed => Later::Over,
    })
}

async fn offer(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    row: waiting_wish::Model,
    place: &Offer,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = tx
        .update(waiting_wish::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            status: Set(WaitingStatus::Offered.as_str().to_owned()),
            offer_location: Set(Some(place.location)),
            offer_counter: Set(Some(place.span.counter)),
            offer_starts_at: Set(Some(place.span.starts_at)),
            offer_ends_at: Set(Some(place.span.ends_at)),
            offer_until: Set(Some(place.until)),
            ..Default::default()
        })
        .await?;
    let id = row.id;
    let contact = contact_of(office, tx, id).await?;
    let own = waiting(&*office.vault.keyring(tx).await?, row, contact)?;
    audit::record(tx, now, audit::Action::WaitingOffered, Some(id));
    if let Some(notice) = notices::waiting(office, setup, &own, Kind::SlotOffered) {
        notices::post(office, tx, id, &notice, now, now).await?;
    }
    Ok(())
}
