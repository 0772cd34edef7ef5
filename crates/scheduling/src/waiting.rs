//! The waiting list: whoever found nothing that suits is offered places that become free, one
//! after the other, in the order in which they came.

mod offers;
mod rules;
mod taking;

pub use offers::offer_free_places;
pub use rules::WaitingWish;
pub use taking::take_offer;
pub(crate) use taking::{check_taken, taken};

use catalog::model::TownSetup;
use chrono::{DateTime, NaiveDate, Utc};
use notification::{notice::Kind, outbox};
use sea_orm::{ActiveModelTrait as _, ColumnTrait, Set, sea_query::SimpleExpr};
use tenant::{Scope, TenantTx, audit, seal::Keyring, seal::token_hash};
use uuid::Uuid;

use crate::{
    AppointmentRef, BasketLine, Channel, Contact, Error, Office, Status,
    appointments::contact_of,
    availability::check_location,
    basket,
    booking::{check_online_contact, store_contact},
    entity::{contact as contact_row, waiting_wish},
    limits::{self, Counted},
    notices,
    offer::{Offer, Shown},
    proving::{self, Payment},
    returning, secrets, usage,
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
    /// Services with quantities; what a later appointment is for stays what it is for.
    pub basket: Vec<BasketLine>,
    /// Which days, times and locations suit.
    pub wish: WaitingWish,
    /// Who waits; without, whoever has the later appointment.
    pub contact: Option<Contact>,
    /// Secret of a later appointment that is given back for an earlier one.
    pub instead_of: Option<String>,
    /// Solution of the challenge, where one is asked for. Without it few may wait, and what they
    /// take stands only once it is confirmed by mail.
    pub proof: Option<String>,
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
    /// Whether a mail to them was refused for good or came back, so that nothing is offered to them;
    /// only looked up for the page.
    pub unreachable: bool,
}

/// Puts somebody on the list and writes to them. The same call twice is one place.
///
/// # Errors
/// [`Error::Wishes`] for a wish that nothing can meet, [`Error::IdempotencyKey`],
/// [`Error::Challenge`], [`Error::ChallengeNeeded`] when too many came without a solution, refusals
/// of basket, contact and language, [`Error::UnknownAppointment`], [`Error::WrongStatus`] where that
/// appointment does not stand, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn join_waiting_list(
    office: &Office,
    scope: &Scope,
    wanted: &JoinWaitingList,
) -> Result<Waiting, Error> {
    secrets::check_idempotency_key(&wanted.idempotency_key)?;
    let refused = match try_to_join(office, scope, wanted).await {
        Err(refused) => refused,
        joined => return joined,
    };
    // Whatever has changed since then: the same submit gets the same answer.
    let tx = office.db.read(scope).await?;
    let keyring = office.vault.keyring(&tx).await?;
    repeated(office, &tx, &keyring, wanted).await?.ok_or(refused)
}

async fn try_to_join(
    office: &Office,
    scope: &Scope,
    wanted: &JoinWaitingList,
) -> Result<Waiting, Error> {
    let now = office.now();
    let setup = office.setup(scope).await?;
    check(scope, &setup, wanted, now)?;
    let tx = office.db.write(scope).await?;
    let (appointment, contact) = match &wanted.instead_of {
        Some(secret) => {
            let row = AppointmentRef::Secret(secret.clone()).find(&tx).await?;
            if row.status != Status::Booked.as_str() || row.confirm_until.is_some() {
                return Err(Error::WrongStatus);
            }
            // Another wish for the same appointment takes the place of the one before.
            end_of(&tx, &setup, row.id, now).await?;
            let contact = contact_of(office, &tx, row.id).await?;
            (Some(row.id), contact.ok_or(Error::UnknownAppointment)?)
        }
        None => (None, wanted.contact.clone().ok_or(Error::UnknownAppointment)?),
    };
    check_online_contact(&setup, &contact)?;
    let keyring = office.vault.keyring(&tx).await?;
    let payment = match appointment {
        Some(_) => Payment::None,
        None => proving::pay(office, &tx, &setup, wanted.proof.as_deref(), now).await?,
    };
    let id = Uuid::now_v7();
    let row = waiting_wish::Model {
        tenant_id: scope.tenant.0,
        id,
        basket: json(&wanted.basket)?,
        wish: json(&wanted.wish)?,
        status: WaitingStatus::Waiting.as_str().to_owned(),
        passed: json(&[(); 0])?,
        passed_places: json(&[(); 0])?,
        appointment_id: appointment,
        offer_location: None,
        offer_counter: None,
        offer_starts_at: None,
        offer_ends_at: None,
        offer_until: None,
        locale: wanted.locale.clone(),
        code: secrets::code(),
        secret_hash: token_hash(&secrets::link(&keyring, id)?),
        idempotency_key: wanted.idempotency_key.clone(),
        fingerprint: fingerprint(&keyring, wanted)?,
        created_at: now,
        proven: payment != Payment::Owed,
    };
    let active = waiting_wish::ActiveModel::from(row.clone()).reset_all();
    if !tx.insert_unless_taken(active).await? {
        return Err(Error::IdempotencyKey);
    }
    limits::check(&tx, &keyring, &setup, &contact, Counted::Wishes, now).await?;
    let deed = format!("wish {}", wanted.idempotency_key);
    payment.settle(office, &setup, scope.tenant, &deed, now).await?;
    store_contact(&tx, &keyring, id, &contact)?;
    let location = wanted.wish.only_location();
    usage::count(&tx, now, "waiting", Channel::Online, location, &row.basket);
    audit::record(&tx, now, audit::Action::WaitingJoined, Some(id));
    let waiting = waiting(&keyring, row, Some(contact))?;
    if let Some(notice) = notices::waiting(office, &setup, &waiting, Kind::WaitingListed) {
        notices::post(office, &tx, id, &notice, now, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    office.place_freed.ring(scope.tenant);
    Ok(waiting)
}

fn check(
    scope: &Scope,
    setup: &TownSetup,
    wanted: &JoinWaitingList,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let JoinWaitingList { basket, wish, locale, .. } = wanted;
    basket::resolve(scope, setup, basket, Channel::Online.modes())?;
    for location in &wish.locations {
        check_location(setup, Some(*location))?;
    }
    if !setup.town.locales.contains(locale) {
        return Err(Error::Locale);
    }
    if !wish.is_possible(now.with_timezone(&setup.town.time_zone).date_naive()) {
        return Err(Error::Wishes);
    }
    Ok(())
}

fn fingerprint(keyring: &Keyring, wanted: &JoinWaitingList) -> Result<Vec<u8>, Error> {
    let JoinWaitingList { basket, wish, contact, instead_of, locale, .. } = wanted;
    secrets::fingerprint(keyring, &(basket, wish, contact, instead_of, locale))
}

/// The place on the list that was taken with the same key before.
async fn repeated(
    office: &Office,
    tx: &TenantTx,
    keyring: &Keyring,
    wanted: &JoinWaitingList,
) -> Result<Option<Waiting>, Error> {
    let row = tx
        .find::<waiting_wish::Entity>()
        .filter(waiting_wish::Column::IdempotencyKey.eq(&wanted.idempotency_key))
        .one()
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.fingerprint != fingerprint(keyring, wanted)? {
        return Err(Error::IdempotencyKey);
    }
    let contact = contact_of(office, tx, row.id).await?;
    waiting(keyring, row, contact).map(Some)
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
    let unreachable = outbox::unreachable(&tx, &[row.id]).await?.contains(&row.id);
    let own = waiting(&*office.vault.keyring(&tx).await?, row, contact)?;
    Ok(Waiting { unreachable, ..own })
}

/// Passes the kept place on and waits for another.
///
/// # Errors
/// [`Error::WrongStatus`] when nothing is kept, or another place than was `shown`; faults.
pub async fn pass_offer(
    office: &Office,
    scope: &Scope,
    secret: &str,
    shown: Option<&Shown>,
) -> Result<(), Error> {
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let row = find(&tx, secret).await?;
    let is_offered = row.status == WaitingStatus::Offered.as_str();
    if !is_offered || row.offer().is_none_or(|offer| !offer.is(shown)) {
        return Err(Error::WrongStatus);
    }
    give_back(&tx, &setup, &row, office.now());
    wait_on(&tx, row).await?;
    tx.commit().await?;
    office.place_freed.ring(scope.tenant);
    Ok(())
}

/// Leaves the list; a place that was kept goes to the next. Leaving twice is no error.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn leave_waiting_list(office: &Office, scope: &Scope, secret: &str) -> Result<(), Error> {
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let row = find(&tx, secret).await?;
    if matches!(row.status.parse()?, WaitingStatus::Waiting | WaitingStatus::Offered) {
        give_back(&tx, &setup, &row, office.now());
        end(&tx, row.id, WaitingStatus::Left, office.now()).await?;
        tx.commit().await?;
        office.place_freed.ring(scope.tenant);
    }
    Ok(())
}

/// Gives a place that is kept back: the next is asked first, and the public sees it after a random
/// while, or an offer could be passed on to a buyer at a time agreed upon.
fn give_back(tx: &TenantTx, setup: &TownSetup, row: &waiting_wish::Model, now: DateTime<Utc>) {
    if let Some(offer) = row.offer() {
        returning::give_back(tx, setup, offer.span, now);
    }
}

/// Ends the waiting; with it go the contact data, and the mails that have not left.
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
    for kind in [Kind::WaitingListed, Kind::SlotOffered] {
        outbox::withdraw(tx, id, kind).await?;
    }
    tx.delete::<contact_row::Entity>(contact_row::Column::SubjectId.eq(id)).await?;
    let action = match status {
        WaitingStatus::Taken => audit::Action::WaitingTaken,
        WaitingStatus::Left => audit::Action::WaitingLeft,
        _ => audit::Action::WaitingEnded,
    };
    audit::record(tx, now, action, Some(id));
    Ok(())
}

/// Ends the waiting of those whose last day was before a date, which offering does as long as the town
/// is live, and forgets what repeats of those are known by who have long ended: a hash of who came.
pub(crate) async fn end_passed(
    tx: &TenantTx,
    date: NaiveDate,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = "UPDATE waiting_wish SET fingerprint = $3 WHERE tenant_id = $1 AND created_at < $2 \
               AND status NOT IN ('waiting', 'offered') AND length(fingerprint) > 0";
    tx.query(sql, vec![before.into(), Vec::<u8>::new().into()]).await?;
    for row in tx.find::<waiting_wish::Entity>().filter(is_open()).all().await? {
        let wish: WaitingWish = serde_json::from_value(row.wish).map_err(catalog::Error::from)?;
        if wish.last < date {
            end(tx, row.id, WaitingStatus::Ended, now).await?;
        }
    }
    Ok(())
}

/// Ends the waiting for something earlier than an appointment; returns the wishes that ever were.
pub(crate) async fn end_of(
    tx: &TenantTx,
    setup: &TownSetup,
    appointment: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    let of_appointment = waiting_wish::Column::AppointmentId.eq(appointment);
    let rows = tx.find::<waiting_wish::Entity>().filter(of_appointment).for_update().all().await?;
    for row in &rows {
        if matches!(row.status.parse()?, WaitingStatus::Waiting | WaitingStatus::Offered) {
            give_back(tx, setup, row, now);
            end(tx, row.id, WaitingStatus::Left, now).await?;
        }
    }
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Wishes for something earlier than an appointment that are still open.
pub(crate) async fn open_of(tx: &TenantTx, appointment: Uuid) -> Result<Vec<Uuid>, Error> {
    let of_appointment = waiting_wish::Column::AppointmentId.eq(appointment);
    let open = tx.find::<waiting_wish::Entity>().filter(of_appointment).filter(is_open());
    let rows = open.all().await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn is_open() -> SimpleExpr {
    let [waiting, offered] = [WaitingStatus::Waiting, WaitingStatus::Offered];
    waiting_wish::Column::Status.is_in([waiting.as_str(), offered.as_str()])
}

/// A location and a start there.
type Place = (Uuid, DateTime<Utc>);

/// Waits on; the place that was offered is not offered again.
async fn wait_on(tx: &TenantTx, row: waiting_wish::Model) -> Result<waiting_wish::Model, Error> {
    let mut passed: Vec<Place> =
        serde_json::from_value(row.passed_places).map_err(catalog::Error::from)?;
    passed.extend(row.offer_location.zip(row.offer_starts_at));
    outbox::withdraw(tx, row.id, Kind::SlotOffered).await?;
    let waits = waiting_wish::ActiveModel {
        tenant_id: Set(row.tenant_id),
        id: Set(row.id),
        status: Set(WaitingStatus::Waiting.as_str().to_owned()),
        passed_places: Set(json(&passed)?),
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

/// The wish whose page `secret` opens; in a transaction that writes, kept from others while it lasts.
async fn find(tx: &TenantTx, secret: &str) -> Result<waiting_wish::Model, Error> {
    let own = waiting_wish::Column::SecretHash.eq(token_hash(secret));
    let found = tx.find::<waiting_wish::Entity>().filter(own).for_update().one().await?;
    found.ok_or(Error::UnknownAppointment)
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, Error> {
    Ok(serde_json::to_value(value).map_err(catalog::Error::from)?)
}

fn waiting(
    keyring: &Keyring,
    row: waiting_wish::Model,
    contact: Option<Contact>,
) -> Result<Waiting, Error> {
    let offer = row.offer();
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
        unreachable: false,
    })
}
