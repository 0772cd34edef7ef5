//! Staff answer requests: the oldest first.

use chrono::{DateTime, Utc};
use notification::{notice::Kind, outbox};
use sea_orm::{ColumnTrait, Order, Set, sea_query::ExprTrait as _};
use tenant::{
    Role, Scope, TenantTx,
    audit::{self, List},
};
use uuid::Uuid;

use crate::{
    BookAppointment, Booked, Channel, Error, Office, Requested, appointments::contacts_of, booking,
    entity::appointment_request, notices, offer::Settles, requests::requested, usage, words,
};

/// Which open requests are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    /// Only those after this one (instant of receipt and id), for the next page.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// At most so many.
    pub limit: u64,
}

/// Open requests, the oldest first.
#[derive(Clone, Debug)]
pub struct OpenRequests {
    /// As many as were wanted.
    pub requests: Vec<Requested>,
    /// How many more there are after them.
    pub more: u64,
}

/// Which time a request gets.
#[derive(Clone, Debug)]
pub struct TimeForRequest {
    /// The request.
    pub request: Uuid,
    /// Where.
    pub location: Uuid,
    /// When: one of the free starts that staff see.
    pub starts_at: DateTime<Utc>,
}

/// Requests without an answer, the oldest first, with their contact data; the look is written to
/// the audit log, with whose data were shown.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn open_requests(
    office: &Office,
    scope: &Scope,
    inbox: &Inbox,
) -> Result<OpenRequests, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.write(scope).await?;
    let wanted = || {
        let open = appointment_request::Column::Status.eq("open");
        let rows = tx.find::<appointment_request::Entity>().filter(open);
        let Some((at, id)) = inbox.after else { return rows };
        let later = appointment_request::Column::CreatedAt.gt(at);
        let same = appointment_request::Column::CreatedAt.eq(at);
        rows.filter(later.or(same.and(appointment_request::Column::Id.gt(id))))
    };
    let rows = wanted()
        .order_by(appointment_request::Column::CreatedAt, Order::Asc)
        .order_by(appointment_request::Column::Id, Order::Asc)
        .limit(inbox.limit)
        .all()
        .await?;
    let shown = rows.len() as u64;
    let all = if shown < inbox.limit { shown } else { wanted().count().await? };
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let list = List { action: audit::Action::InboxViewed, of: None, detail: String::new() };
    audit::record_look(&tx, office.now(), &list, &ids).await?;
    let requests = read(office, tx, rows).await?;
    Ok(OpenRequests { requests, more: all.saturating_sub(shown) })
}

/// One request, be it answered; the look is written to the audit log.
///
/// # Errors
/// `Forbidden` for citizens, [`Error::UnknownAppointment`], faults.
pub async fn request_by_id(office: &Office, scope: &Scope, id: Uuid) -> Result<Requested, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.write(scope).await?;
    let own = appointment_request::Column::Id.eq(id);
    let row = tx.find::<appointment_request::Entity>().filter(own).one().await?;
    let row = row.ok_or(Error::UnknownAppointment)?;
    audit::record(&tx, office.now(), audit::Action::ContactViewed, Some(row.id));
    let found = read(office, tx, vec![row]).await?;
    found.into_iter().next().ok_or(Error::UnknownAppointment)
}

/// The requests with their contact data.
async fn read(
    office: &Office,
    tx: TenantTx,
    rows: Vec<appointment_request::Model>,
) -> Result<Vec<Requested>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, &tx, &ids).await?;
    let keyring = office.vault.keyring(&tx).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let contact = contacts.remove(&row.id);
        found.push(requested(&keyring, row, contact)?);
    }
    tx.commit().await?;
    Ok(found)
}

/// Gives a request a firm time: books for the person who asked, with the confirmation mail.
/// Accepting twice at the same time returns the same appointment.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownAppointment`], [`Error::WrongStatus`] once it is
/// answered, and the refusals of [`booking::book_appointment`].
pub async fn accept_request(
    office: &Office,
    scope: &Scope,
    wanted: &TimeForRequest,
) -> Result<Booked, Error> {
    scope.require(Role::Clerk)?;
    let tx = office.db.read(scope).await?;
    let row = tx
        .find::<appointment_request::Entity>()
        .filter(appointment_request::Column::Id.eq(wanted.request))
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)?;
    let contact = contacts_of(office, &tx, &[row.id]).await?.remove(&row.id);
    let request = requested(&*office.vault.keyring(&tx).await?, row, contact)?;
    drop(tx);
    let order = order(request, wanted.location, wanted.starts_at)?;
    booking::book_appointment(office, scope, &order).await
}

/// The booking that answers a request; what is proposed does not stand in its way.
pub(crate) fn order(
    request: Requested,
    location: Uuid,
    starts_at: DateTime<Utc>,
) -> Result<BookAppointment, Error> {
    Ok(BookAppointment {
        basket: request.basket,
        location,
        starts_at,
        channel: Channel::Phone,
        // Without contact data its time has passed.
        contact: request.contact.ok_or(Error::WrongStatus)?,
        hold: None,
        idempotency_key: format!("request-{}", request.id),
        locale: request.locale,
        settles: Some(Settles::Request {
            id: request.id,
            proposed: request.proposal.map(|offer| offer.span),
        }),
        beyond: false,
        proof: None,
    })
}

/// Tells somebody that none of the wishes can be met, with the office's `reason`.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::TooLong`] for the reason, [`Error::UnknownAppointment`],
/// [`Error::WrongStatus`] once it is answered, faults.
pub async fn decline_request(
    office: &Office,
    scope: &Scope,
    request: Uuid,
    reason: &str,
) -> Result<(), Error> {
    scope.require(Role::Clerk)?;
    let reason = words::reason(reason)?;
    let now = office.now();
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let row = find_open(&tx, request).await?;
    answered(&tx, &row, "declined", None, now).await?;
    let contact = contacts_of(office, &tx, &[row.id]).await?.remove(&row.id);
    audit::record(&tx, now, audit::Action::RequestDeclined, Some(request));
    usage::count(&tx, now, "declined", Channel::Online, row.location_id, &row.basket);
    let declined = requested(&*office.vault.keyring(&tx).await?, row, contact)?;
    let notice = notices::request(office, &setup, &declined, Kind::RequestDeclined, &reason);
    if let Some(notice) = notice {
        notices::post(office, &tx, request, &notice, now, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(())
}

/// Marks an open request as accepted, in the transaction that books its appointment.
pub(crate) async fn accepted(
    tx: &TenantTx,
    request: Uuid,
    appointment: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = find_open(tx, request).await?;
    answered(tx, &row, "accepted", Some(appointment), now).await?;
    audit::record(tx, now, audit::Action::RequestAccepted, Some(request));
    Ok(())
}

/// The request, kept from others while the transaction lasts.
pub(crate) async fn find_open(
    tx: &TenantTx,
    request: Uuid,
) -> Result<appointment_request::Model, Error> {
    let row = tx
        .find::<appointment_request::Entity>()
        .filter(appointment_request::Column::Id.eq(request))
        .for_update()
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)?;
    if row.status == "open" { Ok(row) } else { Err(Error::WrongStatus) }
}

async fn answered(
    tx: &TenantTx,
    row: &appointment_request::Model,
    status: &str,
    appointment: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    outbox::withdraw(tx, row.id, Kind::AlternativeProposed).await?;
    tx.update(appointment_request::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        status: Set(status.to_owned()),
        answered_at: Set(Some(now)),
        appointment_id: Set(appointment),
        offer_until: Set(None),
        ..Default::default()
    })
    .await?;
    Ok(())
}
