//! Requests: up to three preferred times that staff answer.

use catalog::{
    model::{BookingMode, TownSetup},
    time::WallTime,
};
use chrono::{DateTime, NaiveDate, Utc};
use notification::notice::Kind;
use sea_orm::{ActiveModelTrait as _, ColumnTrait, Set};
use serde::{Deserialize, Serialize};
use tenant::{Scope, TenantTx, audit, seal::Keyring, seal::token_hash};
use uuid::Uuid;

use crate::{
    BasketLine, Channel, Contact, Error, Office,
    appointments::contact_of,
    availability::check_location,
    basket,
    booking::{check_online_contact, store_contact},
    entity::appointment_request,
    erasing,
    limits::{self, Counted},
    notices,
    offer::Offer,
    secrets, usage,
};

/// Most wishes in one request.
const MAX_WISHES: usize = 3;

/// A preferred time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Local date.
    pub date: NaiveDate,
    /// Not before, local time.
    pub from: WallTime,
    /// Not after, local time; later than `from`.
    pub to: WallTime,
}

/// What is requested.
#[derive(Clone, Debug)]
pub struct RequestAppointment {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Only here.
    pub location: Option<Uuid>,
    /// One to three, the best first.
    pub wishes: Vec<Wish>,
    /// Who asks.
    pub contact: Contact,
    /// As for a booking.
    pub idempotency_key: String,
    /// Language of the mails.
    pub locale: String,
}

/// A request that was received.
#[derive(Clone, Debug)]
pub struct Requested {
    /// Identity.
    pub id: Uuid,
    /// Short code for the phone.
    pub code: String,
    /// Opens its page.
    pub secret: String,
    /// What for.
    pub basket: Vec<BasketLine>,
    /// The wishes.
    pub wishes: Vec<Wish>,
    /// Only here.
    pub location: Option<Uuid>,
    /// Language of its mails.
    pub locale: String,
    /// Who asks; none once the retention period has ended.
    pub contact: Option<Contact>,
    /// When it was received.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub status: RequestStatus,
    /// The time that staff have proposed last; kept while `until` has not passed.
    pub proposal: Option<Offer>,
    /// Starts that were proposed and not taken, the last one last.
    pub passed: Vec<DateTime<Utc>>,
    /// Opens the page of the appointment that has come of it.
    pub appointment: Option<String>,
    /// The identity of that appointment, for staff.
    pub appointment_id: Option<Uuid>,
}

impl Requested {
    /// The proposed time that is kept at `now`.
    #[must_use]
    pub fn kept(&self, now: DateTime<Utc>) -> Option<Offer> {
        let open = self.status == RequestStatus::Open;
        self.proposal.filter(|offer| open && offer.until > now)
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    /// It waits for an answer.
    Open,
    /// It has become an appointment.
    Accepted,
    /// None of its wishes could be met.
    Declined,
    /// Whoever asked has taken it back.
    Withdrawn,
}

impl RequestStatus {
    pub(crate) fn of(row: &appointment_request::Model) -> Result<Self, Error> {
        match row.status.as_str() {
            _ if row.withdrawn_at.is_some() => Ok(Self::Withdrawn),
            "open" => Ok(Self::Open),
            "accepted" => Ok(Self::Accepted),
            "declined" => Ok(Self::Declined),
            word => Err(tenant::Error::Corrupt(format!("no such status: {word}")).into()),
        }
    }
}

/// Receives a request: its row, contact data, mail, audit line and figure in one transaction.
///
/// # Errors
/// [`Error::Wishes`], [`Error::IdempotencyKey`], refusals of basket, contact and language, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn request_appointment(
    office: &Office,
    scope: &Scope,
    wanted: &RequestAppointment,
) -> Result<Requested, Error> {
    secrets::check_idempotency_key(&wanted.idempotency_key)?;
    let now = office.now();
    let setup = office.setup(scope).await?;
    check(scope, &setup, wanted, now)?;
    let tx = office.db.write(scope).await?;
    let keyring = office.vault.keyring(&tx).await?;
    let RequestAppointment { basket, location, wishes, contact, locale, .. } = wanted;
    let fingerprint = secrets::fingerprint(&keyring, &(basket, location, wishes, contact, locale))?;
    let id = Uuid::now_v7();
    let row = appointment_request::Model {
        tenant_id: scope.tenant.0,
        id,
        location_id: *location,
        basket: serde_json::to_value(basket).map_err(catalog::Error::from)?,
        wishes: serde_json::to_value(wishes).map_err(catalog::Error::from)?,
        status: "open".to_owned(),
        locale: locale.clone(),
        code: secrets::code(),
        secret_hash: token_hash(&secrets::link(&keyring, id)?),
        idempotency_key: wanted.idempotency_key.clone(),
        fingerprint,
        created_at: now,
        answered_at: None,
        appointment_id: None,
        offer_location: None,
        offer_counter: None,
        offer_starts_at: None,
        offer_ends_at: None,
        offer_until: None,
        passed: serde_json::json!([]),
        withdrawn_at: None,
    };
    let active = appointment_request::ActiveModel::from(row.clone()).reset_all();
    if !tx.insert_unless_taken(active).await? {
        return repeated(&tx, &keyring, &row, contact).await;
    }
    limits::check(&tx, &keyring, &setup, contact, Counted::Requests, now).await?;
    store_contact(&tx, &keyring, id, contact)?;
    usage::count(&tx, now, "requested", Channel::Online, *location, &row.basket);
    audit::record(&tx, now, audit::Action::RequestReceived, Some(id));
    let requested = requested(&keyring, row, Some(contact.clone()))?;
    let notice = notices::request(office, &setup, &requested, Kind::RequestReceived, "");
    if let Some(notice) = notice {
        notices::post(office, &tx, id, &notice, now, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(requested)
}

fn check(
    scope: &Scope,
    setup: &TownSetup,
    wanted: &RequestAppointment,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    basket::resolve(scope, setup, &wanted.basket, &[BookingMode::Request])?;
    check_location(setup, wanted.location)?;
    check_online_contact(setup, &wanted.contact)?;
    if !setup.town.locales.contains(&wanted.locale) {
        return Err(Error::Locale);
    }
    let today = now.with_timezone(&setup.town.time_zone).date_naive();
    let fits = |wish: &Wish| wish.date >= today && wish.from < wish.to;
    let wishes = &wanted.wishes;
    if wishes.is_empty() || wishes.len() > MAX_WISHES || !wishes.iter().all(fits) {
        return Err(Error::Wishes);
    }
    Ok(())
}

async fn repeated(
    tx: &TenantTx,
    keyring: &Keyring,
    wanted: &appointment_request::Model,
    contact: &Contact,
) -> Result<Requested, Error> {
    let row = tx
        .find::<appointment_request::Entity>()
        .filter(appointment_request::Column::IdempotencyKey.eq(&wanted.idempotency_key))
        .one()
        .await?
        .filter(|row| row.fingerprint == wanted.fingerprint)
        .ok_or(Error::IdempotencyKey)?;
    requested(keyring, row, Some(contact.clone()))
}

/// The request whose page `secret` opens.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn requested_by_secret(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<Requested, Error> {
    let tx = office.db.read(scope).await?;
    let row = find(&tx, secret).await?;
    let contact = contact_of(office, &tx, row.id).await?;
    requested(&*office.vault.keyring(&tx).await?, row, contact)
}

/// The request whose page `secret` opens; in a transaction that writes, kept from others while it
/// lasts.
pub(crate) async fn find(tx: &TenantTx, secret: &str) -> Result<appointment_request::Model, Error> {
    let own = appointment_request::Column::SecretHash.eq(token_hash(secret));
    let found = tx.find::<appointment_request::Entity>().filter(own).for_update().one().await?;
    found.ok_or(Error::UnknownAppointment)
}

/// Takes an open request back: its data and mails are deleted, a time that was proposed is free.
/// Twice is no error. Returns the ids of the deleted mails, of which copies may be kept elsewhere.
///
/// # Errors
/// [`Error::UnknownAppointment`], [`Error::WrongStatus`] once it is answered, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn withdraw_request(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<Vec<Uuid>, Error> {
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let row = find(&tx, secret).await?;
    match RequestStatus::of(&row)? {
        RequestStatus::Withdrawn => return Ok(Vec::new()),
        RequestStatus::Accepted | RequestStatus::Declined => return Err(Error::WrongStatus),
        RequestStatus::Open => {}
    }
    tx.update(appointment_request::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        status: Set("declined".to_owned()),
        answered_at: Set(Some(now)),
        withdrawn_at: Set(Some(now)),
        ..Default::default()
    })
    .await?;
    audit::record(&tx, now, audit::Action::RequestWithdrawn, Some(row.id));
    let mails = erasing::forget(&tx, row.id, now).await?;
    tx.commit().await?;
    office.place_freed.ring(scope.tenant);
    Ok(mails)
}

pub(crate) fn requested(
    keyring: &Keyring,
    row: appointment_request::Model,
    contact: Option<Contact>,
) -> Result<Requested, Error> {
    let (status, proposal) = (RequestStatus::of(&row)?, row.offer());
    let appointment = row.appointment_id.map(|id| secrets::link(keyring, id)).transpose()?;
    Ok(Requested {
        id: row.id,
        code: row.code,
        secret: secrets::link(keyring, row.id)?,
        basket: serde_json::from_value(row.basket).map_err(catalog::Error::from)?,
        wishes: serde_json::from_value(row.wishes).map_err(catalog::Error::from)?,
        location: row.location_id,
        locale: row.locale,
        contact,
        created_at: row.created_at,
        status,
        proposal,
        passed: serde_json::from_value(row.passed).map_err(catalog::Error::from)?,
        appointment,
        appointment_id: row.appointment_id,
    })
}
