//! Another time for a request: staff propose it, it is kept, and whoever asked takes it or not.

use chrono::{DateTime, TimeDelta, Utc};
use notification::{notice::Kind, outbox};
use sea_orm::Set;
use tenant::{Role, Scope, TenantTx, audit, entity::tenant as town};

use crate::{
    BasketLine, BookAppointment, Booked, Channel, Error, Office, Requested, TimeForRequest,
    answering::{find_open, order},
    appointments::contact_of,
    availability::{check_location, refusal},
    basket, booking,
    entity::appointment_request,
    notices,
    occupancy::{add_holds, occupancy},
    offer::{Offer, Shown, kept_until},
    requests::{self, requested},
    slots::{self, Audience, Busy, Candidate, Search, Taken},
};

/// Longest time for which a proposed time is kept.
const LONGEST: TimeDelta = TimeDelta::days(3);

/// Proposes a time to whoever asked, keeps it for three days (shorter near its date) and writes to
/// them. A time that was proposed before is given back.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownAppointment`], [`Error::WrongStatus`] once it is
/// answered, [`Error::SlotTaken`] with alternatives, [`Error::SlotNotOffered`] also where the time
/// is too near for an answer, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn propose_time(
    office: &Office,
    scope: &Scope,
    wanted: &TimeForRequest,
) -> Result<Requested, Error> {
    scope.require(Role::Clerk)?;
    let now = office.now();
    let until = kept_until(wanted.starts_at, now, LONGEST).ok_or(Error::SlotNotOffered)?;
    let mut busy = Vec::new();
    add_holds(office, scope, &mut busy, None).await;
    let tx = office.db.write(scope).await?;
    // One at a time in a town, or two would be offered the same place.
    tx.find::<town::Entity>().for_update().one().await?;
    let row = find_open(&tx, wanted.request).await?;
    let place = place(office, &tx, wanted, &row, busy).await?;
    let span = Busy { counter: place.counter, starts_at: wanted.starts_at, ends_at: place.ends_at };
    let offer = Offer { location: place.location, starts_at: wanted.starts_at, until, span };
    let row = keep(&tx, row, Some(&offer)).await?;
    let contact = contact_of(office, &tx, row.id).await?.ok_or(Error::WrongStatus)?;
    audit::record(&tx, now, audit::Action::RequestProposed, Some(row.id));
    let proposed = requested(&*office.vault.keyring(&tx).await?, row, Some(contact))?;
    let setup = office.setups.load(&tx).await?;
    let notice = notices::request(office, &setup, &proposed, Kind::AlternativeProposed, "");
    if let Some(notice) = notice {
        notices::post(office, &tx, proposed.id, &notice, now, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.ring(scope.tenant);
    Ok(proposed)
}

/// The best counter at the wanted time; what was proposed before does not stand in the way.
async fn place(
    office: &Office,
    tx: &TenantTx,
    wanted: &TimeForRequest,
    row: &appointment_request::Model,
    mut busy: Vec<Busy>,
) -> Result<Candidate, Error> {
    let (setup, occupied) = occupancy(office, tx, Audience::Staff, None).await?;
    busy.extend(occupied);
    let before = row.offer().map(|offer| offer.span);
    busy.retain(|busy| Some(*busy) != before);
    check_location(&setup, Some(wanted.location))?;
    let basket: Vec<BasketLine> =
        serde_json::from_value(row.basket.clone()).map_err(catalog::Error::from)?;
    let lines = basket::resolve(tx.scope(), &setup, &basket, Channel::Phone.modes())?;
    let taken = Taken::of(setup.town.time_zone, &busy);
    let date = wanted.starts_at.with_timezone(&setup.town.time_zone).date_naive();
    let search = Search {
        setup: &setup,
        lines: &lines,
        location: Some(wanted.location),
        from: date,
        to: date,
        audience: Audience::Staff,
        now: office.now(),
        taken: &taken,
    };
    let candidates = slots::candidates(&search, wanted.starts_at);
    let best = candidates.into_iter().next();
    best.ok_or_else(|| refusal(&search, &lines, wanted.starts_at))
}

/// Keeps a time for whoever asked, or none any more; what was proposed before was not taken.
async fn keep(
    tx: &TenantTx,
    row: appointment_request::Model,
    offer: Option<&Offer>,
) -> Result<appointment_request::Model, Error> {
    let mut passed: Vec<DateTime<Utc>> =
        serde_json::from_value(row.passed).map_err(catalog::Error::from)?;
    passed.extend(row.offer_starts_at.filter(|start| !passed.contains(start)));
    outbox::withdraw(tx, row.id, Kind::AlternativeProposed).await?;
    let kept = appointment_request::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        offer_location: Set(offer.map(|offer| offer.location)),
        offer_counter: Set(offer.map(|offer| offer.span.counter)),
        offer_starts_at: Set(offer.map(|offer| offer.span.starts_at)),
        offer_ends_at: Set(offer.map(|offer| offer.span.ends_at)),
        offer_until: Set(offer.map(|offer| offer.until)),
        passed: Set(serde_json::to_value(&passed).map_err(catalog::Error::from)?),
        ..Default::default()
    };
    Ok(tx.update(kept).await?)
}

/// Takes the proposed time: books it for whoever asked. The same call twice at the same moment is
/// one appointment.
///
/// # Errors
/// [`Error::UnknownAppointment`], [`Error::WrongStatus`] when nothing is kept (any more) or another
/// time than was `shown`,
/// [`Error::SlotTaken`] in the rare case that somebody was faster than the proposal, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn take_proposal(
    office: &Office,
    scope: &Scope,
    secret: &str,
    shown: Option<&Shown>,
) -> Result<Booked, Error> {
    let own = crate::requested_by_secret(office, scope, secret).await?;
    let kept = own.kept(office.now()).filter(|offer| offer.is(shown));
    let offer = kept.ok_or(Error::WrongStatus)?;
    let order = order(own, offer.location, offer.starts_at)?;
    booking::book_appointment(office, scope, &order).await
}

/// Declines the proposed time; the request waits for another answer.
///
/// # Errors
/// [`Error::UnknownAppointment`], [`Error::WrongStatus`] when nothing is kept or another time than was
/// `shown`, faults.
pub async fn pass_proposal(
    office: &Office,
    scope: &Scope,
    secret: &str,
    shown: Option<&Shown>,
) -> Result<(), Error> {
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let row = requests::find(&tx, secret).await?;
    let kept = row.offer().filter(|offer| offer.until > now && offer.is(shown));
    if row.status != "open" || kept.is_none() {
        return Err(Error::WrongStatus);
    }
    let row = keep(&tx, row, None).await?;
    audit::record(&tx, now, audit::Action::RequestPassed, Some(row.id));
    tx.commit().await?;
    office.place_freed.ring(scope.tenant);
    Ok(())
}

/// Passes when a booking takes exactly the time that is kept for its request.
pub(crate) async fn check_taken(
    tx: &TenantTx,
    wanted: &BookAppointment,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let request = wanted.request().ok_or(tenant::Error::Forbidden)?;
    let row = find_open(tx, request).await?;
    let offer = row.offer().filter(|offer| {
        offer.until > now
            && (offer.location, offer.starts_at) == (wanted.location, wanted.starts_at)
            && wanted.kept() == Some(offer.span)
    });
    offer.map(|_| ()).ok_or(Error::WrongStatus)
}
