//! A closing is one operation: until its mails leave it can be undone, and nobody has heard of it.

use catalog::{
    model::{Closure, TownSetup, WebhookEvent},
    store,
};
use chrono::{DateTime, TimeDelta, Utc};
use notification::{notice::Kind, outbox};
use sea_orm::{ColumnTrait, Order, Set};
use serde::{Deserialize, Serialize};
use tenant::{
    Role, Scope, TenantTx,
    audit::{self, List},
};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office, Status, announcing,
    appointments::contact_of,
    booking::is_overlap,
    closing::check_departments,
    confirming,
    entity::{appointment, closing, closing_item},
    notices::Told,
    secrets, usage,
};

/// So long the mails of a closing wait once it is carried out.
const GRACE: TimeDelta = TimeDelta::minutes(5);

/// A closing whose mails have not left.
#[derive(Clone, Debug)]
pub struct Undoable {
    /// Identity.
    pub id: Uuid,
    /// Where.
    pub location: Uuid,
    /// What was closed.
    pub closure: Closure,
    /// How many appointments were moved or cancelled.
    pub changed: usize,
    /// Undone before this instant, or never.
    pub until: DateTime<Utc>,
    /// Whether who asks may undo it: another department may be served at its counters as well.
    pub may_undo: bool,
}

/// What came of undoing a closing.
#[derive(Clone, Debug, Default)]
pub struct Undone {
    /// Appointments that stand again where they stood.
    pub restored: Vec<Appointment>,
    /// Those whose place was taken, or that somebody has changed since: they stay as they are, and
    /// are told.
    pub left: Vec<Appointment>,
}

/// A closing while it is carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    /// When its mails leave, unless they are put off.
    pub(crate) mails_at: DateTime<Utc>,
}

/// An appointment's part in a closing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) operation: &'a Operation,
    /// Its sequence as the closing found it.
    found: i32,
}

impl Part<'_> {
    /// Passes while the appointment is as the closing found it: who has come meanwhile, or was moved or
    /// cancelled by somebody else, is none of its business any more.
    pub(crate) fn check(&self, row: &appointment::Model) -> Result<(), Error> {
        let is_as_found = row.status == Status::Booked.as_str() && row.sequence == self.found;
        if is_as_found { Ok(()) } else { Err(Error::WrongStatus) }
    }
}

/// Where an appointment stood.
#[derive(Serialize, Deserialize)]
struct Was {
    location: Uuid,
    counter: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    reserve: bool,
    /// The Confirmations that were written before it was changed, and which of them had left;
    /// releases before have not noted them. Instants would not do: the clocks of servers differ.
    told: Option<Vec<(Uuid, bool)>>,
}

impl Operation {
    /// Begins in the transaction that writes the closure; `added` tells whether it is a new one.
    pub(crate) async fn begin(
        tx: &TenantTx,
        location: Uuid,
        closure: &Closure,
        added: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let operation = Self { id: Uuid::now_v7(), mails_at: now + GRACE };
        tx.insert(closing::ActiveModel {
            id: Set(operation.id),
            location_id: Set(location),
            closure: Set(serde_json::to_value(closure).map_err(catalog::Error::from)?),
            added: Set(added),
            mails_at: Set(operation.mails_at),
            undone_at: Set(None),
            ..Default::default()
        })
        .await?;
        Ok(operation)
    }

    /// The part of an appointment that this closing has found.
    pub(crate) fn part(&self, own: &Appointment) -> Part<'_> {
        Part { operation: self, found: own.sequence }
    }

    /// Passes while nobody has undone the closing, and keeps it so until the transaction ends. Asked
    /// before an appointment is locked: whoever undoes locks in the same order.
    pub(crate) async fn stands(&self, tx: &TenantTx) -> Result<(), Error> {
        self.locked(tx).await.map(|_| ())
    }

    async fn locked(&self, tx: &TenantTx) -> Result<closing::Model, Error> {
        let own = tx.find::<closing::Entity>().filter(closing::Column::Id.eq(self.id));
        let row = own.for_update().one().await?;
        row.filter(|row| row.undone_at.is_none()).ok_or(Error::Undone)
    }

    /// Puts the mails off while a long closing goes on, so that none leaves before its end.
    pub(crate) async fn keep_waiting(
        &mut self,
        office: &Office,
        scope: &Scope,
    ) -> Result<(), Error> {
        let is_near = self.mails_at < office.now() + GRACE / 2;
        if is_near { self.wait_from_now(office, scope).await } else { Ok(()) }
    }

    /// Lets mails, and whoever may undo, wait their whole time from now on; those of a closing that
    /// took longer than they wait leave.
    pub(crate) async fn wait_from_now(
        &mut self,
        office: &Office,
        scope: &Scope,
    ) -> Result<(), Error> {
        let now = office.now();
        let tx = office.db.write(scope).await?;
        let row = self.locked(&tx).await?;
        if row.mails_at <= now {
            return Ok(());
        }
        let mails_at = now + GRACE;
        let subjects: Vec<Uuid> =
            items(&tx, self.id).await?.iter().map(|item| item.appointment_id).collect();
        outbox::put_off(&tx, &subjects, row.mails_at, mails_at).await?;
        tx.update(closing::ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(row.id),
            mails_at: Set(mails_at),
            ..Default::default()
        })
        .await?;
        tx.commit().await?;
        self.mails_at = mails_at;
        Ok(())
    }

    /// Notes where an appointment stood, in the transaction that changes it.
    pub(crate) async fn note(
        &self,
        tx: &TenantTx,
        before: &appointment::Model,
        sequence: i32,
    ) -> Result<(), Error> {
        let was = Was {
            location: before.location_id,
            counter: before.counter_id,
            starts_at: before.starts_at,
            ends_at: before.ends_at,
            reserve: before.reserve,
            told: Some(outbox::of_kind(tx, before.id, Kind::Confirmation).await?),
        };
        tx.insert_later(closing_item::ActiveModel {
            id: Set(Uuid::now_v7()),
            closing_id: Set(self.id),
            appointment_id: Set(before.id),
            was: Set(serde_json::to_value(was).map_err(catalog::Error::from)?),
            sequence: Set(sequence),
            ..Default::default()
        });
        Ok(())
    }
}

/// A closure that closings have added is none of theirs any more: undoing them leaves one that somebody
/// makes anew.
pub(crate) async fn leave_closure(
    tx: &TenantTx,
    location: Uuid,
    closure: &Closure,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let rows = tx
        .find::<closing::Entity>()
        .filter(closing::Column::LocationId.eq(location))
        .filter(closing::Column::Added.eq(true))
        .filter(closing::Column::MailsAt.gt(now))
        .for_update()
        .all()
        .await?;
    for row in rows {
        let own: Closure = serde_json::from_value(row.closure).map_err(catalog::Error::from)?;
        if own == *closure {
            tx.update(closing::ActiveModel {
                tenant_id: Set(row.tenant_id),
                id: Set(row.id),
                added: Set(false),
                ..Default::default()
            })
            .await?;
        }
    }
    Ok(())
}

/// Closings that can be undone, the newest first.
///
/// # Errors
/// `Forbidden` below clerk, faults.
pub async fn undoable_closings(office: &Office, scope: &Scope) -> Result<Vec<Undoable>, Error> {
    scope.require(Role::Clerk)?;
    let setup = office.setup(scope).await?;
    let tx = office.db.read(scope).await?;
    let rows = tx
        .find::<closing::Entity>()
        .filter(closing::Column::MailsAt.gt(office.now()))
        .filter(closing::Column::UndoneAt.is_null())
        .order_by(closing::Column::Id, Order::Desc)
        .all()
        .await?;
    let mut undoable = Vec::with_capacity(rows.len());
    for row in rows {
        let closure = serde_json::from_value(row.closure).map_err(catalog::Error::from)?;
        undoable.push(Undoable {
            may_undo: check(scope, &setup, row.location_id, &closure).is_ok(),
            changed: items(&tx, row.id).await?.len(),
            id: row.id,
            location: row.location_id,
            closure,
            until: row.mails_at,
        });
    }
    Ok(undoable)
}

/// Passes where whoever asks may undo the closing, as they may have made it; at a location that is
/// retired no department is served.
fn check(scope: &Scope, setup: &TownSetup, location: Uuid, closure: &Closure) -> Result<(), Error> {
    match setup.locations.iter().find(|own| own.id == location) {
        Some(place) => check_departments(scope, setup, place, closure),
        None => Ok(()),
    }
}

/// Whether an appointment was cancelled by a closing that may still be undone.
pub(crate) async fn may_come_back(
    tx: &TenantTx,
    appointment: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM closing_item i \
               JOIN closing c ON c.tenant_id = i.tenant_id AND c.id = i.closing_id \
               WHERE i.tenant_id = $1 AND i.appointment_id = $2 \
               AND c.mails_at > $3 AND c.undone_at IS NULL";
    Ok(!tx.query(sql, vec![appointment.into(), now.into()]).await?.is_empty())
}

/// The appointments that a closing has changed, the last one first.
async fn items(tx: &TenantTx, closing: Uuid) -> Result<Vec<closing_item::Model>, Error> {
    let of = tx.find::<closing_item::Entity>().filter(closing_item::Column::ClosingId.eq(closing));
    Ok(of.order_by(closing_item::Column::Id, Order::Desc).all().await?)
}

/// Undoes a closing in one transaction: the closure goes, appointments stand again where they
/// stood, and their mails are withdrawn. One that is still being carried out changes nobody after
/// that. Whose place was taken meanwhile, who was changed by somebody else, or to whom a confirmation
/// was written since, is left as they are.
///
/// # Errors
/// `Forbidden` below clerk and where another department is served as well,
/// [`Error::UnknownAppointment`] for what is no closing here,
/// [`Error::WrongStatus`] once its mails leave or it is undone, [`Error::SlotTaken`] when somebody
/// takes a place at the same moment (nothing is undone then), faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn undo_closing(office: &Office, scope: &Scope, id: Uuid) -> Result<Undone, Error> {
    scope.require(Role::Clerk)?;
    let now = office.now();
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let row = tx
        .find::<closing::Entity>()
        .filter(closing::Column::Id.eq(id))
        .for_update()
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)?;
    if row.undone_at.is_some() || row.mails_at <= now {
        return Err(Error::WrongStatus);
    }
    let closure: Closure = serde_json::from_value(row.closure).map_err(catalog::Error::from)?;
    check(scope, &setup, row.location_id, &closure)?;
    if row.added {
        store::remove_closure(&tx, row.location_id, &closure, now).await?;
    }
    confirming::lapse(&tx, now).await?;
    let mut undone = Undone::default();
    // The last change first: each then finds the places as the closing found them.
    for item in items(&tx, id).await? {
        let (appointment, is_restored) =
            match restore(office, &tx, &item, (row.mails_at - GRACE, now)).await {
                // At a location that is not this clerk's meanwhile: it stays as it is, unseen.
                Err(Error::UnknownAppointment) => continue,
                found => found?,
            };
        let list = if is_restored { &mut undone.restored } else { &mut undone.left };
        list.push(appointment);
    }
    for list in [&mut undone.restored, &mut undone.left] {
        list.sort_by_key(|own| own.starts_at);
    }
    tx.update(closing::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(id),
        undone_at: Set(Some(now)),
        ..Default::default()
    })
    .await?;
    audit::record(&tx, now, audit::Action::ClosureUndone, Some(row.location_id));
    // Whoever undoes is told who they are; those that were put back have a line of their own.
    let left: Vec<Uuid> = undone.left.iter().map(|own| own.id).collect();
    let look = List {
        action: audit::Action::ClosureViewed,
        of: Some(row.location_id),
        detail: String::new(),
    };
    audit::record_look(&tx, now, &look, &left).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.ring(scope.tenant);
    Ok(undone)
}

/// Puts one appointment back, unless that is no longer possible; tells whether it was. Reminders that were
/// due since the closing `began` leave now.
async fn restore(
    office: &Office,
    tx: &TenantTx,
    item: &closing_item::Model,
    (began, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(Appointment, bool), Error> {
    let row = AppointmentRef::Id(item.appointment_id).find(tx).await?;
    let contact = contact_of(office, tx, row.id).await?;
    let was: Was = serde_json::from_value(item.was.clone()).map_err(catalog::Error::from)?;
    // By whom the address was confirmed or corrected since, is told the time that the closing gave.
    let is_told = match &was.told {
        Some(before) => {
            // What still waited then may have left since, with the time that the closing gave.
            let told = outbox::of_kind(tx, row.id, Kind::Confirmation).await?;
            told.iter().any(|mail| !before.contains(mail))
        }
        None => false,
    };
    let is_as_left = row.sequence == item.sequence
        && !is_told
        && (row.status == Status::Booked.as_str() || row.status == Status::Cancelled.as_str());
    if !is_as_left || is_taken(tx, row.id, &was).await? {
        return Ok((Appointment::from_row(row, contact)?, false));
    }
    for kind in [Kind::Changed, Kind::CancelledByOffice] {
        outbox::withdraw_later(tx, row.id, kind.as_str(), now).await?;
    }
    for event in [WebhookEvent::Changed, WebhookEvent::Cancelled] {
        outbox::withdraw_later(tx, row.id, &announcing::name(event), now).await?;
    }
    let stands = appointment::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        location_id: Set(was.location),
        counter_id: Set(was.counter),
        starts_at: Set(was.starts_at),
        ends_at: Set(was.ends_at),
        reserve: Set(was.reserve),
        status: Set(Status::Booked.as_str().to_owned()),
        sequence: Set(row.sequence + 1),
        ..Default::default()
    };
    let row = tx.update(stands).await.map_err(|error| {
        if is_overlap(&error) { Error::SlotTaken { nearest: Vec::new() } } else { error.into() }
    })?;
    let channel = row.channel.parse()?;
    usage::count(tx, now, "restored", channel, Some(row.location_id), &row.basket);
    audit::record(tx, now, audit::Action::AppointmentRestored, Some(row.id));
    let secret = secrets::link(&*office.vault.keyring(tx).await?, row.id)?;
    let appointment = Appointment::from_row(row, contact)?;
    let setup = office.setups.load(tx).await?;
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &secret };
    told.plan_reminders_again(tx, began, now).await?;
    Ok((appointment, true))
}

/// Whether another appointment has the place meanwhile.
async fn is_taken(tx: &TenantTx, own: Uuid, was: &Was) -> Result<bool, Error> {
    let others = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::CounterId.eq(was.counter))
        .filter(appointment::Column::Status.is_in(["booked", "arrived", "called", "served"]))
        .filter(appointment::Column::StartsAt.lt(was.ends_at))
        .filter(appointment::Column::EndsAt.gt(was.starts_at))
        .filter(appointment::Column::Id.ne(own));
    Ok(others.count().await? > 0)
}
