//! Closing: a counter that is out for an hour, an office that stays shut for a day.

use std::collections::BTreeSet;

use catalog::{
    hours::{Day, local_date},
    model::{Closure, Location, Slug, TownSetup},
    store,
};
use chrono::{DateTime, Days, Utc};
use sea_orm::{ColumnTrait, Order};
use tenant::{
    Role, Scope, TenantTx,
    audit::{self, List},
};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Channel, Error, FreeSlotsQuery, Office, Reschedule, Status,
    appointments::{contact_of, contacts_of},
    cancelling::cancel,
    entity::appointment,
    free_slots,
    rescheduling::reschedule,
    undoing::Operation,
    words,
};

/// What is to be closed.
#[derive(Clone, Debug)]
pub struct Close {
    /// Where.
    pub location: Uuid,
    /// When, which counters, why.
    pub closure: Closure,
}

/// The appointments that a closure would fall on, by start, with their contact data; the look is
/// written to the audit log.
///
/// # Errors
/// `Forbidden` below clerk and where another department is served as well, [`Error::TooLong`] for the
/// reason, [`Error::UnknownLocation`] also for a counter that is not there, faults.
pub async fn affected_by_closure(
    office: &Office,
    scope: &Scope,
    close: &Close,
) -> Result<Vec<Appointment>, Error> {
    check(office, scope, close).await?;
    found(office, scope, close, &BTreeSet::new()).await
}

/// Passes whoever may close what is to be closed, where that is there.
async fn check(office: &Office, scope: &Scope, close: &Close) -> Result<(), Error> {
    scope.require(Role::Clerk)?;
    let setup = office.setup(scope).await?;
    let place = place(&setup, close)?;
    let is_here = |slug: &Slug| place.counters.iter().any(|own| own.slug == *slug);
    if !close.closure.counters.iter().all(is_here) {
        return Err(Error::UnknownLocation);
    }
    for text in close.closure.reason.0.values() {
        words::reason(text)?;
    }
    check_departments(scope, &setup, place, &close.closure)
}

fn place<'a>(setup: &'a TownSetup, close: &Close) -> Result<&'a Location, Error> {
    let place = setup.locations.iter().find(|own| own.id == close.location);
    place.ok_or(Error::UnknownLocation)
}

/// What the closure falls on besides what is `known`; the look is written to the audit log.
async fn found(
    office: &Office,
    scope: &Scope,
    close: &Close,
    known: &BTreeSet<Uuid>,
) -> Result<Vec<Appointment>, Error> {
    let setup = office.setup(scope).await?;
    let place = place(&setup, close)?;
    let tx = office.db.write(scope).await?;
    let mut affected = affected(office, &tx, &setup, place, &close.closure).await?;
    affected.retain(|own| !known.contains(&own.id));
    if affected.is_empty() && !known.is_empty() {
        return Ok(affected);
    }
    let ids: Vec<Uuid> = affected.iter().map(|own| own.id).collect();
    let detail = format!("{} – {}", close.closure.from, close.closure.to);
    let list = List { action: audit::Action::ClosureViewed, of: Some(place.id), detail };
    audit::record_look(&tx, office.now(), &list, &ids).await?;
    tx.commit().await?;
    Ok(affected)
}

/// Whether the closure falls on those that are `shown`, and on nobody else.
async fn is_on(
    office: &Office,
    scope: &Scope,
    close: &Close,
    shown: &BTreeSet<Uuid>,
) -> Result<bool, Error> {
    let setup = office.setup(scope).await?;
    let place = place(&setup, close)?;
    let tx = office.db.read(scope).await?;
    let affected = affected(office, &tx, &setup, place, &close.closure).await?;
    Ok(affected.iter().map(|own| own.id).collect::<BTreeSet<_>>() == *shown)
}

/// A closure falls on whole counters: whose role is limited to departments closes, and opens again,
/// only those at which no other department is served.
pub(crate) fn check_departments(
    scope: &Scope,
    setup: &TownSetup,
    place: &Location,
    closure: &Closure,
) -> Result<(), Error> {
    let departments = scope.departments();
    let is_ours = |slug: &Slug| {
        setup.service(slug).is_none_or(|service| departments.include(&service.department))
    };
    let named = |slug: &Slug| closure.counters.is_empty() || closure.counters.contains(slug);
    let mut closed = place.counters.iter().filter(|counter| named(&counter.slug));
    let ours = closed.all(|counter| counter.services.iter().all(is_ours));
    if ours { Ok(()) } else { Err(tenant::Error::Forbidden.into()) }
}

/// What happens with the appointments that a closure falls on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affected {
    /// They stay as they are.
    Keep,
    /// They go to another counter at the same time; those that find none stay.
    Redistribute,
    /// They go to another counter at the same time, else to the next free time at the location.
    Move,
    /// They are cancelled.
    Cancel,
}

/// What a closure has done with them.
#[derive(Clone, Debug)]
pub struct Closed {
    /// Identity of the closing, to undo it.
    pub id: Uuid,
    /// Until then it can be undone; then its mails leave.
    pub undo_until: DateTime<Utc>,
    /// Now at another counter or time.
    pub moved: Vec<Appointment>,
    /// Cancelled.
    pub cancelled: Vec<Appointment>,
    /// Where they stood.
    pub left: Vec<Appointment>,
    /// Somebody else has changed them meanwhile: as they are now.
    pub changed: Vec<Appointment>,
}

/// How many days ahead a moved appointment may land.
const AHEAD: Days = Days::new(28);
/// How many free times are tried for each, should others take them meanwhile.
const TRIES: usize = 5;

/// Closes, and does with what falls on the closure as `then` says. It is one operation: everybody
/// whose day or time changes is told, with the closure's reason, once it can no longer be undone.
/// Whoever has come already stays. The closure stands before it is looked who is affected, and is
/// looked at again when all are done, so that whoever was just being booked is not forgotten. Each is
/// changed only as it was found; who was changed by somebody else meanwhile is left to them and
/// reported. What was interrupted, or left, is finished by closing again. The time in which it can be
/// undone begins with its end; undone before that, it stops where it is.
///
/// Where whoever decides was `shown` a list, nothing happens unless it names just those whom the
/// closure falls on; somebody who is booked after that stays.
///
/// # Errors
/// As [`affected_by_closure`], [`Error::Outside`] with those whom it falls on where others were
/// shown, and [`Error::Undone`] where somebody has undone it meanwhile.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn close(
    office: &Office,
    scope: &Scope,
    close: &Close,
    then: Affected,
    shown: Option<&BTreeSet<Uuid>>,
) -> Result<Closed, Error> {
    check(office, scope, close).await?;
    if let Some(shown) = shown
        && !is_on(office, scope, close, shown).await?
    {
        return Err(Error::Outside(found(office, scope, close, &BTreeSet::new()).await?));
    }
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let added = store::add_closure(&tx, close.location, &close.closure, now).await?;
    let mut operation = Operation::begin(&tx, close.location, &close.closure, added, now).await?;
    tx.commit().await?;
    let mut closed = Closed {
        id: operation.id,
        undo_until: operation.mails_at,
        moved: Vec::new(),
        cancelled: Vec::new(),
        left: Vec::new(),
        changed: Vec::new(),
    };
    let mut known = BTreeSet::new();
    loop {
        let affected = found(office, scope, close, &known).await?;
        if affected.is_empty() {
            operation.wait_from_now(office, scope).await?;
            closed.undo_until = operation.mails_at;
            return Ok(closed);
        }
        for own in affected {
            operation.keep_waiting(office, scope).await?;
            known.insert(own.id);
            let reason = close.closure.reason.get(&own.locale).to_owned();
            let is_shown = shown.is_none_or(|shown| shown.contains(&own.id));
            let then = if is_shown { then } else { Affected::Keep };
            settle(office, scope, own, (then, &reason), &operation, &mut closed).await?;
        }
    }
}

/// Does with one appointment what was decided, and notes what came of it.
async fn settle(
    office: &Office,
    scope: &Scope,
    own: Appointment,
    (then, reason): (Affected, &str),
    operation: &Operation,
    closed: &mut Closed,
) -> Result<(), Error> {
    let done = match then {
        _ if own.status != Status::Booked => Ok(None),
        Affected::Keep => Ok(None),
        Affected::Cancel => {
            let which = AppointmentRef::Id(own.id);
            cancel(office, scope, &which, reason, Some(operation.part(&own))).await.map(Some)
        }
        Affected::Redistribute => {
            elsewhere(office, scope, &own, reason, &[own.starts_at], Some(operation)).await
        }
        Affected::Move => onward(office, scope, &own, reason, Some(operation)).await,
    };
    match done {
        Ok(Some(own)) if own.status == Status::Cancelled => closed.cancelled.push(own),
        Ok(Some(own)) => closed.moved.push(own),
        Ok(None) => closed.left.push(own),
        Err(Error::WrongStatus) => closed.changed.push(as_it_is(office, scope, own.id).await?),
        // Its citizen had it forgotten at this moment: nobody comes any more.
        Err(Error::UnknownAppointment) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// An appointment as it stands now, whose contact data the listing has just shown.
async fn as_it_is(office: &Office, scope: &Scope, id: Uuid) -> Result<Appointment, Error> {
    let tx = office.db.read(scope).await?;
    let row = AppointmentRef::Id(id).find(&tx).await?;
    let contact = contact_of(office, &tx, id).await?;
    Appointment::from_row(row, contact)
}

/// Moves an appointment, which no longer fits where it stands, to another counter at the same time,
/// else to the next free time at its location; none where there is nothing. Whoever comes at
/// another time is told with `reason`.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::WrongStatus`] unless it is booked, faults.
pub(crate) async fn move_on(
    office: &Office,
    scope: &Scope,
    own: &Appointment,
    reason: &str,
) -> Result<Option<Appointment>, Error> {
    onward(office, scope, own, reason, None).await
}

/// The same, as a part of an operation that can be undone until its mails leave.
async fn onward(
    office: &Office,
    scope: &Scope,
    own: &Appointment,
    reason: &str,
    operation: Option<&Operation>,
) -> Result<Option<Appointment>, Error> {
    let mut starts = vec![own.starts_at];
    starts.extend(later(office, scope, own).await?);
    elsewhere(office, scope, own, reason, &starts, operation).await
}

/// The next free times at an appointment's location: those that citizens see, before the reserve.
async fn later(
    office: &Office,
    scope: &Scope,
    own: &Appointment,
) -> Result<Vec<DateTime<Utc>>, Error> {
    let mut starts = Vec::new();
    let zone = office.setup(scope).await?.town.time_zone;
    let from = local_date(own.starts_at, zone);
    for channel in [Channel::Online, Channel::Phone] {
        let query = FreeSlotsQuery {
            basket: own.basket.clone(),
            location: Some(own.location),
            from,
            to: from + AHEAD,
            channel,
            hold: None,
            instead_of: Some(AppointmentRef::Id(own.id)),
        };
        match free_slots(office, scope, &query).await {
            Ok(free) => {
                let all = free.days.iter().flat_map(|day| &day.starts);
                starts.extend(all.filter(|start| **start > own.starts_at).take(TRIES));
            }
            Err(error) if is_retired(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(starts)
}

/// Moves an appointment to the first of the starts at which any counter of its location is free.
pub(crate) async fn elsewhere(
    office: &Office,
    scope: &Scope,
    own: &Appointment,
    reason: &str,
    starts: &[DateTime<Utc>],
    operation: Option<&Operation>,
) -> Result<Option<Appointment>, Error> {
    for starts_at in starts {
        let wanted = Reschedule {
            which: AppointmentRef::Id(own.id),
            location: own.location,
            starts_at: *starts_at,
            counter: None,
            basket: None,
            hold: None,
            reason: reason.to_owned(),
            takes: None,
        };
        let part = operation.map(|operation| operation.part(own));
        // Boxed: in this depth an unoptimised build has no room for it on the stack.
        match Box::pin(reschedule(office, scope, &wanted, part)).await {
            Ok(moved) => return Ok(Some(moved)),
            // Taken meanwhile, or by another of those that have to move.
            Err(Error::SlotTaken { .. } | Error::SlotNotOffered) => {}
            Err(error) if is_retired(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether the town no longer has the appointment's location or one of its services, only explains or
/// takes requests for it, or has less of it than the appointment takes: then there is no other time
/// that whoever looks may choose.
fn is_retired(error: &Error) -> bool {
    matches!(
        error,
        Error::UnknownLocation
            | Error::UnknownService(_)
            | Error::WrongMode(_)
            | Error::Quantity { .. }
    )
}

async fn affected(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    place: &Location,
    closure: &Closure,
) -> Result<Vec<Appointment>, Error> {
    let first = Day::new(setup, closure.from);
    let last = Day::new(setup, closure.to);
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::LocationId.eq(place.id))
        .filter(appointment::Column::Status.is_in(["booked", "arrived", "called"]))
        .filter(appointment::Column::EndsAt.gt(first.starts_at.max(office.now())))
        .filter(appointment::Column::StartsAt.lt(last.at(last.minutes)))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let rows: Vec<_> = rows.into_iter().filter(|row| hits(setup, place, closure, row)).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, tx, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let contact = contacts.remove(&row.id);
            Appointment::from_row(row, contact)
        })
        .collect()
}

/// Whether the closure takes a minute of the appointment.
fn hits(setup: &TownSetup, place: &Location, closure: &Closure, row: &appointment::Model) -> bool {
    let counter = place.counters.iter().find(|own| own.id == row.counter_id);
    let named = closure.counters.is_empty()
        || counter.is_some_and(|own| closure.counters.contains(&own.slug));
    let day = Day::new(setup, local_date(row.starts_at, setup.town.time_zone));
    let closed = day.closed(closure);
    let from = day.minute_of(row.starts_at);
    let to = day.minute_of(row.ends_at);
    named && from < i64::from(closed.end) && to > i64::from(closed.start)
}
