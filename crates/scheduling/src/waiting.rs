//! The waiting list: whoever found nothing that suits is offered places that become free, one
//! after the other, in the order in which they came.

mod offers;
mod rules;

pub use offers::offer_free_places;
pub use rules::WaitingWish;

use chrono::{DateTime, Utc};
use notification::notice::Kind;
use sea_orm::{ActiveModelTrait as _, ColumnTrait, Set};
use tenant::{Scope, TenantTx, audit, seal::Keyring, seal::token_hash};
use uuid::Uuid;

use crate::{
    AppointmentRef, BasketLine, BookAppointment, Booked, Channel, Contact, Error, Office,
    Reschedule,
    appointments::contact_of,
    availability::check_location,
    basket, book_appointment,
    booking::{check_online_contact, store_contact},
    entity::{contact as contact_row, waiting_wish},
    limits::{self, Counted},
    notices,
    offer::Offer,
    reschedule_appointment, secrets, usage,
};

/// Where somebody stands on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingStatus {
    /// Nothing has become free yet.
    Waiting,
    /// A place is kept until it is taken, passed on or the offer ends.
    Offered,
    /// An offered place was taken.
    Taken,
    /// Left by one's own wish.
    Left,
    /// The last day of the wish is over.
    Ended,
}

impl WaitingStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Taken => "taken",
            Self::Left => "left",
            Self::Ended => "ended",
        }
    }
}

impl std::str::FromStr for WaitingStatus {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        [Self::Waiting, Self::Offered, Self::Taken, Self::Left, Self::Ended]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| tenant::Error::Corrupt(format!("no such status: {word}")).into())
    }
}

/// What is wanted by whom.
#[derive(Clone, Debug)]
pub struct JoinWaitingList {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Which days, times and locations suit.
    pub wish: WaitingWish,
    /// Who waits; without, whoever has the later appointment.
    pub contact: Option<Contact>,
    /// Secret of a later appointment that is given back for an earlier one.
    pub instead_of: Option<String>,
    /// As for a booking.
    pub idempotency_key: String,
    /// Language of the mails.
    pub locale: String,
}

/// Somebody's place on the list.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Identity.
    pub id: Uuid,
    /// Short code for the phone.
    pub code: String,
    /// Opens its page.
    pub secret: String,
    /// What for.
    pub basket: Vec<BasketLine>,
    /// What suits.
    pub wish: WaitingWish,
    /// Where it stands.
    pub status: WaitingStatus,
    /// The place that is kept now.
    pub offer: Option<Offer>,
    /// The later appointment that is given back.
    pub instead_of: Option<Uuid>,
    /// Who waits; none once waiting is over.
    pub contact: Option<Contact>,
    /// Language of the mails.
    pub locale: String,
}

/// Puts somebody on the list and writes to them. The same call twice is one place.
///
/// # Errors
/// [`Error::Wishes`] for a wish that nothing can meet, [`Error::IdempotencyKey`], refusals of
/// basket, contact and language, [`Error::UnknownAppointment`], faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn join_waiting_list(
    office: &Office,
    scope: &Scope,
    wanted: &JoinWaitingList,
) -> Result<Waiting, Error> {
    secrets::check_idempotency_key(&wanted.idempotency_key)?;
    let now = office.now();
    let setup = office.setup(scope).await?;
    let JoinWaitingList { basket, wish, instead_of, locale, .. } = wanted;
    basket::resolve(scope, &setup, basket, Channel::Online.modes())?;
    check_location(&setup, wish.location)?;
    if !setup.town.locales.contains(locale) {
        return Err(Error::Locale);
    }
    if !wish.is_possible(now.with_timezone(&setup.town.time_zone).date_naive()) {
        return Err(Error::Wishes);
    }
    let tx = office.db.write(scope).await?;
    let (appointment, contact) = match instead_of {
        Some(secret) => {
            let row = AppointmentRef::Secret(secret.clone()).find(&tx).await?;
            let contact = contact_of(office, &tx, row.id).await?;
            (Some(row.id), contact.ok_or(Error::UnknownAppointment)?)
        }
        None => (None, wanted.contact.clone().ok_or(Error::UnknownAppointment)?),
    };
    check_online_contact(&setup, &contact)?;
    let keyring = office.vault.keyring(&tx).await?;
    let id = Uuid::now_v7();
    let row = waiting_wish::Model {
        tenant_id: scope.tenant.0,
        id,
        basket: json(basket)?,
        wish: json(wish)?,
        status: WaitingStatus::Waiting.as_str().to_owned(),
        passed: json(&Vec::<DateTime<Utc>>::new())?,
        appointment_id: appointment,
        offer_location: None,
        offer_counter: None,
        offer_starts_at: None,
        offer_ends_at: None,
        offer_until: None,
        locale: locale.clone(),
        code: secrets::code(),
        secret_hash: token_hash(&secrets::link(&keyring, id)?),
        idempotency_key: wanted.idempotency_key.clone(),
        fingerprint: secrets::fingerprint(
            &keyring,
            &(basket, wish, &contact, appointment, locale),
        )?,
        created_at: now,
    };
    let active = waiting_wish::ActiveModel::from(row.clone()).reset_all();
    if !tx.insert_unless_taken(active).await? {
        let known = tx
            .find::<waiting_wish::Entity>()
            .filter(waiting_wish::Column::IdempotencyKey.eq(&wanted.idempotency_key))
            .one()
            .await?
            .filter(|known| known.fingerprint == row.fingerprint)
            .ok_or(Error::IdempotencyKey)?;
        return waiting(&keyring, known, Some(contact));
    }
    limits::check(&tx, &keyring, &setup, &contact, Counted::Wishes, now).await?;
    store_contact(&tx, &keyring, id, &contact).await?;
    usage::count(&tx, now, "waiting", Channel::Online, wish.location, &row.basket).await?;
    audit::record(&tx, now, "waiting.joined", Some(id)).await?;
    let waiting = waiting(&keyring, row, Some(contact))?;
    if let Some(notice) = notices::waiting(office, &setup, &waiting, Kind::WaitingListed) {
        notices::post(office, &tx, id, &notice, now, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.notify_one();
    Ok(waiting)
}

/// The place on the list whose page `secret` opens.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn waiting_by_secret(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<Waiting, Error> {
    let tx = office.db.read(scope).await?;
    let row = find(&tx, secret).await?;
    let contact = contact_of(office, &tx, row.id).await?;
    waiting(&*office.vault.keyring(&tx).await?, row, contact)
}

/// Takes the place that is kept: books it, or moves the later appointment to it, whose place goes
/// to the next.
///
/// # Errors
/// [`Error::WrongStatus`] when nothing is kept (any more), [`Error::SlotTaken`] in the rare case
/// that somebody was faster than the offer, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn take_offer(office: &Office, scope: &Scope, secret: &str) -> Result<Booked, Error> {
    let own = waiting_by_secret(office, scope, secret).await?;
    let offer = own.offer.filter(|offer| offer.until > office.now()).ok_or(Error::WrongStatus)?;
    let booked = match own.instead_of {
        Some(id) => {
            let secret = appointment_secret(office, scope, id).await?;
            let wanted = Reschedule {
                which: AppointmentRef::Secret(secret.clone()),
                location: offer.location,
                starts_at: offer.starts_at,
                counter: None,
                basket: None,
                hold: None,
                reason: String::new(),
                offered: Some(offer.span),
            };
            let appointment = reschedule_appointment(office, scope, &wanted).await?;
            Booked { appointment, secret }
        }
        None => {
            let wanted = BookAppointment {
                basket: own.basket.clone(),
                location: offer.location,
                starts_at: offer.starts_at,
                channel: Channel::Online,
                contact: own.contact.clone().ok_or(Error::WrongStatus)?,
                hold: None,
                idempotency_key: format!("waiting-{}", own.id),
                locale: own.locale.clone(),
                answers: None,
                beyond: false,
                offered: Some(offer.span),
                proof: None,
            };
            book_appointment(office, scope, &wanted).await?
        }
    };
    close(office, scope, own.id, WaitingStatus::Taken).await?;
    Ok(booked)
}

/// Passes the kept place on and waits for another.
///
/// # Errors
/// [`Error::WrongStatus`] when nothing is kept, faults.
pub async fn pass_offer(office: &Office, scope: &Scope, secret: &str) -> Result<(), Error> {
    let tx = office.db.write(scope).await?;
    let row = find(&tx, secret).await?;
    if row.status != WaitingStatus::Offered.as_str() {
        return Err(Error::WrongStatus);
    }
    wait_on(&tx, row).await?;
    tx.commit().await?;
    office.place_freed.notify_one();
    Ok(())
}

/// Leaves the list; a place that was kept goes to the next. Leaving twice is no error.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn leave_waiting_list(office: &Office, scope: &Scope, secret: &str) -> Result<(), Error> {
    let own = waiting_by_secret(office, scope, secret).await?;
    if matches!(own.status, WaitingStatus::Waiting | WaitingStatus::Offered) {
        close(office, scope, own.id, WaitingStatus::Left).await?;
    }
    Ok(())
}

/// Ends the waiting; with it goes the contact data.
async fn close(
    office: &Office,
    scope: &Scope,
    id: Uuid,
    status: WaitingStatus,
) -> Result<(), Error> {
    let now = office.now();
    let tx = office.db.write(scope).await?;
    end(&tx, id, status, now).await?;
    tx.commit().await?;
    office.place_freed.notify_one();
    Ok(())
}

async fn end(
    tx: &TenantTx,
    id: Uuid,
    status: WaitingStatus,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    tx.update(waiting_wish::ActiveModel {
        tenant_id: Set(tx.scope().tenant.0),
        id: Set(id),
        status: Set(status.as_str().to_owned()),
        ..nothing_offered()
    })
    .await?;
    tx.delete::<contact_row::Entity>(contact_row::Column::SubjectId.eq(id)).await?;
    audit::record(tx, now, &format!("waiting.{}", status.as_str()), Some(id)).await?;
    Ok(())
}

/// Waits on; the start that was offered is not offered again.
async fn wait_on(tx: &TenantTx, row: waiting_wish::Model) -> Result<waiting_wish::Model, Error> {
    let mut passed: Vec<DateTime<Utc>> =
        serde_json::from_value(row.passed).map_err(catalog::Error::from)?;
    passed.extend(row.offer_starts_at);
    let waits = waiting_wish::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        status: Set(WaitingStatus::Waiting.as_str().to_owned()),
        passed: Set(json(&passed)?),
        ..nothing_offered()
    };
    Ok(tx.update(waits).await?)
}

fn nothing_offered() -> waiting_wish::ActiveModel {
    waiting_wish::ActiveModel {
        offer_location: Set(None),
        offer_counter: Set(None),
        offer_starts_at: Set(None),
        offer_ends_at: Set(None),
        offer_until: Set(None),
        ..Default::default()
    }
}

async fn appointment_secret(office: &Office, scope: &Scope, id: Uuid) -> Result<String, Error> {
    let tx = office.db.read(scope).await?;
    secrets::link(&*office.vault.keyring(&tx).await?, id)
}

async fn find(tx: &TenantTx, secret: &str) -> Result<waiting_wish::Model, Error> {
    tx.find::<waiting_wish::Entity>()
        .filter(waiting_wish::Column::SecretHash.eq(token_hash(secret)))
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, Error> {
    Ok(serde_json::to_value(value).map_err(catalog::Error::from)?)
}

fn waiting(
    keyring: &Keyring,
    row: waiting_wish::Model,
    contact: Option<Contact>,
) -> Result<Waiting, Error> {
    let offer = Offer::from_columns(
        row.offer_location,
        row.offer_counter,
        row.offer_starts_at,
        row.offer_ends_at,
        row.offer_until,
    );
    Ok(Waiting {
        id: row.id,
        code: row.code,
        secret: secrets::link(keyring, row.id)?,
        basket: serde_json::from_value(row.basket).map_err(catalog::Error::from)?,
        wish: serde_json::from_value(row.wish).map_err(catalog::Error::from)?,
        status: row.status.parse()?,
        offer,
        instead_of: row.appointment_id,
        contact,
        locale: row.locale,
    })
}
