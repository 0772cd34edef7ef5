//! Rescheduling: the old slot is given back and the new one taken in one transaction, or nothing
//! changes.

use std::sync::Arc;

use catalog::{
    hours::local_date,
    model::{BookingMode, TownSetup, WebhookEvent},
};
use chrono::{DateTime, Utc};
use notification::notice::Kind;
use sea_orm::{DbErr, Set};
use tenant::{Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, BasketLine, Channel, Error, Office, Status,
    appointments::contact_of,
    availability::{check_location, refusal},
    basket,
    booking::is_overlap,
    entity::appointment,
    notices::Told,
    occupancy::{add_holds, occupancy},
    offer::Taking,
    returning, secrets,
    slots::{self, Audience, Busy, Candidate, Line, Search, Taken},
    undoing::{Operation, Part},
    usage, waiting, words,
};

/// How often one candidate is tried where the database ends a deadlock.
const ATTEMPTS: usize = 5;

/// What an appointment is to become.
#[derive(Clone, Debug)]
pub struct Reschedule {
    /// Which one.
    pub which: AppointmentRef,
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// Only at this counter.
    pub counter: Option<Uuid>,
    /// What for, where that changes.
    pub basket: Option<Vec<BasketLine>>,
    /// Token of the own hold on the new slot, if there is one.
    pub hold: Option<String>,
    /// Why, in the office's own words; may be empty.
    pub reason: String,
    /// The offer of the waiting list that is taken; it does not stand in its own way.
    pub takes: Option<Taking>,
}

/// A place and time that nothing stands against.
struct Plan {
    /// Of the appointment for which that is so.
    sequence: i32,
    setup: Arc<TownSetup>,
    basket: Vec<BasketLine>,
    candidates: Vec<Candidate>,
    refusal: Error,
}

/// Moves an appointment, or changes what it is for: identity, code, secret and calendar entry
/// stay. The span it has now does not stand in its own way. A mail tells the new time; the
/// reminder moves along. Asking for what it already is changes nothing, unless its counter has been
/// closed: then it goes to another one at the same time, of which nobody needs to be told.
///
/// # Errors
/// [`Error::SlotTaken`] with alternatives, [`Error::SlotNotOffered`], [`Error::UnknownAppointment`],
/// [`Error::WrongStatus`] unless it is booked and has not begun, `Forbidden` by identity below
/// clerk, [`Error::TooLong`] for the reason, refusals of the basket, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn reschedule_appointment(
    office: &Office,
    scope: &Scope,
    wanted: &Reschedule,
) -> Result<Appointment, Error> {
    let wanted = Reschedule { reason: words::reason(&wanted.reason)?, ..wanted.clone() };
    reschedule(office, scope, &wanted, None).await
}

/// The same, as a part of an operation that can be undone until its mails leave;
/// [`Error::WrongStatus`] also for what has changed since the operation found it.
pub(crate) async fn reschedule(
    office: &Office,
    scope: &Scope,
    wanted: &Reschedule,
    part: Option<Part<'_>>,
) -> Result<Appointment, Error> {
    'changed: for _ in 0..ATTEMPTS {
        let tx = office.db.write(scope).await?;
        let row = wanted.which.find(&tx).await?;
        if let Some(part) = part {
            part.check(&row)?;
        }
        let plan = plan(office, &tx, wanted, &row).await?;
        if is_the_same(&row, wanted, &plan)? {
            let contact = contact_of(office, &tx, row.id).await?;
            return Appointment::from_row(row, contact);
        }
        drop(tx);
        for candidate in &plan.candidates {
            for _ in 0..ATTEMPTS {
                match attempt(office, scope, wanted, (&plan, candidate), part).await? {
                    Outcome::Stands(appointment) => return Ok(*appointment),
                    Outcome::Taken => break,
                    Outcome::Again => {}
                    Outcome::Changed => continue 'changed,
                }
            }
        }
        return Err(plan.refusal);
    }
    let changes = DbErr::Custom("the appointment keeps changing".to_owned());
    Err(tenant::Error::Busy(changes).into())
}

/// What came of a try with one candidate.
enum Outcome {
    /// The appointment is as it is wanted.
    Stands(Box<Appointment>),
    /// The counter was taken meanwhile.
    Taken,
    /// PostgreSQL ended a deadlock between two who want the same at our cost; who won is seen the
    /// next time.
    Again,
    /// The appointment is not what it was when this was planned.
    Changed,
}

/// Tries one candidate. A lost race ends a transaction on PostgreSQL, so each try has its own.
async fn attempt(
    office: &Office,
    scope: &Scope,
    wanted: &Reschedule,
    (plan, candidate): (&Plan, &Candidate),
    part: Option<Part<'_>>,
) -> Result<Outcome, Error> {
    let tx = office.db.write(scope).await?;
    let operation = part.map(|part| part.operation);
    if let Some(operation) = operation {
        operation.stands(&tx).await?;
    }
    let row = wanted.which.find(&tx).await?;
    if let Some(part) = part {
        part.check(&row)?;
    }
    check_status(&row, wanted, office.now())?;
    if is_the_same(&row, wanted, plan)? {
        // The same call came twice at the same moment.
        let contact = contact_of(office, &tx, row.id).await?;
        return Ok(Outcome::Stands(Box::new(Appointment::from_row(row, contact)?)));
    }
    if row.sequence != plan.sequence {
        return Ok(Outcome::Changed);
    }
    if let Some(taking) = &wanted.takes {
        waiting::check_taken(&tx, taking, office.now()).await?;
    }
    let before = row.clone();
    match tx.update(moved(&row, wanted, &plan.basket, candidate)?).await {
        Ok(row) => {
            if matches!(wanted.which, AppointmentRef::Secret(_)) {
                let (old, new) = (Busy::from(&before), Busy::from(&row));
                returning::give_back_rest(&tx, &plan.setup, old, new, office.now());
            }
            if let Some(until) = row.confirm_until {
                returning::forget_lapse(&tx, &before).await?;
                returning::give_back_unless_confirmed(&tx, &plan.setup, &row, until);
            }
            let is_told = !shows_the_same(&before, &row);
            let reason = is_told.then_some(wanted.reason.as_str());
            if let Some(operation) = operation {
                operation.note(&tx, &before, row.sequence).await?;
            }
            if let Some(taking) = &wanted.takes {
                waiting::taken(&tx, taking, row.id, office.now()).await?;
            }
            let appointment = complete(office, tx, &plan.setup, row, reason, operation).await?;
            if let Some(token) = &wanted.hold {
                office.holds.release(scope.tenant, token).await;
            }
            Ok(Outcome::Stands(Box::new(appointment)))
        }
        Err(error) if is_overlap(&error) => Ok(Outcome::Taken),
        // Two moves waited for each other under the exclusion constraint.
        Err(error) if tenant::is_deadlock(&error) => Ok(Outcome::Again),
        Err(error) => Err(error.into()),
    }
}

/// A citizen moves what has not begun and is confirmed; staff also what is late.
fn check_status(
    row: &appointment::Model,
    wanted: &Reschedule,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let by_citizen = matches!(wanted.which, AppointmentRef::Secret(_));
    let too_late = row.starts_at <= now;
    let too_early = row.confirm_until.is_some();
    if row.status != Status::Booked.as_str() || by_citizen && (too_late || too_early) {
        return Err(Error::WrongStatus);
    }
    Ok(())
}

async fn plan(
    office: &Office,
    tx: &TenantTx,
    wanted: &Reschedule,
    row: &appointment::Model,
) -> Result<Plan, Error> {
    let now = office.now();
    check_status(row, wanted, now)?;
    let channel = match wanted.which {
        AppointmentRef::Secret(_) => Channel::Online,
        AppointmentRef::Id(_) => Channel::Phone,
    };
    let audience = channel.audience(tx.scope())?;
    let offered = wanted.takes.map(|taking| taking.span);
    let sees = if offered.is_some() { Audience::Staff } else { audience };
    let (setup, mut busy) = occupancy(office, tx, sees, None).await?;
    let own = Busy::from(row);
    busy.retain(|busy| *busy != own && Some(*busy) != offered);
    add_holds(office, tx.scope(), &mut busy, wanted.hold.as_deref()).await;
    check_location(&setup, Some(wanted.location))?;
    let basket = match &wanted.basket {
        Some(basket) => basket.clone(),
        None => serde_json::from_value(row.basket.clone()).map_err(catalog::Error::from)?,
    };
    let lines: Vec<Line<'_>> =
        basket::resolve(tx.scope(), &setup, &basket, Channel::Phone.modes())?;
    if channel == Channel::Online {
        check_modes(row, &lines)?;
    }
    let taken = Taken::of(setup.town.time_zone, &busy);
    let date = local_date(wanted.starts_at, setup.town.time_zone);
    let search = Search {
        setup: &setup,
        lines: &lines,
        location: Some(wanted.location),
        from: date,
        to: date,
        audience,
        now,
        taken: &taken,
    };
    let mut candidates = slots::candidates(&search, wanted.starts_at);
    candidates.retain(|own| wanted.counter.is_none_or(|counter| own.counter == counter));
    // Whoever only stays longer stays where they are.
    candidates.sort_by_key(|candidate| candidate.counter != row.counter_id);
    let refusal = refusal(&search, &lines, wanted.starts_at);
    drop(lines);
    Ok(Plan { sequence: row.sequence, setup, basket, candidates, refusal })
}

/// What staff have given a time for a citizen may move; what staff alone give a time for no citizen
/// brings in on the way.
fn check_modes(row: &appointment::Model, lines: &[Line<'_>]) -> Result<(), Error> {
    let present: Vec<BasketLine> =
        serde_json::from_value(row.basket.clone()).map_err(catalog::Error::from)?;
    let new = lines.iter().map(|line| line.service).find(|service| {
        service.mode != BookingMode::Direct
            && !present.iter().any(|line| line.service == service.slug)
    });
    new.map_or(Ok(()), |service| Err(Error::WrongMode(service.slug.clone())))
}

/// Whether the appointment is already what it is to become, at a counter where that can be.
fn is_the_same(row: &appointment::Model, wanted: &Reschedule, plan: &Plan) -> Result<bool, Error> {
    let present: Vec<BasketLine> =
        serde_json::from_value(row.basket.clone()).map_err(catalog::Error::from)?;
    Ok(row.starts_at == wanted.starts_at
        && row.location_id == wanted.location
        && present == plan.basket
        && wanted.counter.is_none_or(|counter| counter == row.counter_id)
        && plan.candidates.iter().any(|candidate| candidate.counter == row.counter_id))
}

/// Whether the citizen sees no difference: the counter alone is another.
fn shows_the_same(one: &appointment::Model, other: &appointment::Model) -> bool {
    (one.starts_at, one.location_id, &one.basket)
        == (other.starts_at, other.location_id, &other.basket)
}

fn moved(
    row: &appointment::Model,
    wanted: &Reschedule,
    basket: &[BasketLine],
    candidate: &Candidate,
) -> Result<appointment::ActiveModel, Error> {
    Ok(appointment::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        location_id: Set(candidate.location),
        counter_id: Set(candidate.counter),
        starts_at: Set(wanted.starts_at),
        ends_at: Set(candidate.ends_at),
        reserve: Set(candidate.reserve),
        basket: Set(serde_json::to_value(basket).map_err(catalog::Error::from)?),
        sequence: Set(row.sequence + 1),
        ..Default::default()
    })
}

/// Writes down what has happened; tells the citizen where there is a reason to.
async fn complete(
    office: &Office,
    tx: TenantTx,
    setup: &TownSetup,
    row: appointment::Model,
    told_why: Option<&str>,
    operation: Option<&Operation>,
) -> Result<Appointment, Error> {
    let now = office.now();
    let contact = contact_of(office, &tx, row.id).await?;
    let secret = secrets::link(&*office.vault.keyring(&tx).await?, row.id)?;
    let channel = row.channel.parse()?;
    usage::count(&tx, now, "moved", channel, Some(row.location_id), &row.basket);
    audit::record(&tx, now, audit::Action::AppointmentMoved, Some(row.id));
    let appointment = Appointment::from_row(row, contact)?;
    let told = Told { office, setup, appointment: &appointment, secret: &secret };
    // Who has not confirmed is told when they do; until then the address may be somebody else's.
    if appointment.confirm_until.is_none() {
        told.announce_of(&tx, WebhookEvent::Changed, operation, now).await?;
        if let Some(reason) = told_why {
            told.tell_of(&tx, Kind::Changed, reason, operation, now).await?;
            told.plan_reminders_anew(&tx, operation, now).await?;
        }
    }
    let tenant = tx.scope().tenant;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.ring(tenant);
    Ok(appointment)
}
