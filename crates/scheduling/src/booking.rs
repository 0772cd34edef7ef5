//! Booking: a citizen's yes becomes durable, once.

use catalog::model::{PhoneRule, TownSetup, WebhookEvent};
use chrono::{DateTime, Utc};
use notification::notice::Kind;
use sea_orm::{ActiveModelTrait as _, ColumnTrait, DbErr, Set};
use tenant::{Role, Scope, TenantTx, audit, moment::Change, seal::Keyring, seal::token_hash};
use uuid::Uuid;

use crate::{
    Appointment, BasketLine, Channel, Contact, Error, Office, answering,
    availability::{check_location, refuse},
    basket, calendar, confirming,
    contact::{ContactField, ContactProblem},
    entity::{appointment, contact as contact_row},
    holds::Hold,
    limits::{self, Counted},
    notices::Told,
    occupancy::{local_day, occupancy, on_day_of, others},
    offer::Settles,
    proposing,
    proving::{self, Payment},
    returning, secrets,
    slots::{self, Audience, Busy, Candidate, Search, Taken},
    usage, waiting,
};

/// What is to be booked.
#[derive(Clone, Debug)]
pub struct BookAppointment {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// Phone and counter also book in the reserve, and need a clerk.
    pub channel: Channel,
    /// Who comes.
    pub contact: Contact,
    /// Token of the own hold, if there is one.
    pub hold: Option<String>,
    /// 16 to 64 visible ASCII characters; a repeated submit with the same key and content returns
    /// the same appointment.
    pub idempotency_key: String,
    /// Language of the mails, one of the town's.
    pub locale: String,
    /// The request or the place on the waiting list that this booking settles. Without a clerk a
    /// request is for whoever takes the time that was proposed and is kept.
    pub settles: Option<Settles>,
    /// Beyond what is open: only what is occupied stands in the way. For admins.
    pub beyond: bool,
    /// Solution of the challenge, where one is asked for and no hold was paid with one. Without it
    /// the booking stands only once it is confirmed by mail.
    pub proof: Option<String>,
}

impl BookAppointment {
    /// The request that it answers.
    pub(crate) fn request(&self) -> Option<Uuid> {
        self.settles.as_ref().and_then(Settles::request)
    }

    /// The span that is kept for whoever books, which does not stand in their way.
    pub(crate) fn kept(&self) -> Option<Busy> {
        self.settles.as_ref().and_then(Settles::kept)
    }
}

/// A booked appointment with the secret of its own page.
#[derive(Clone, Debug)]
pub struct Booked {
    /// The appointment.
    pub appointment: Appointment,
    /// Opens its page; known to the citizen only.
    pub secret: String,
}

/// Books a slot: appointment, contact data, mail, audit line and figure in one transaction.
///
/// The counter of the own hold is tried first, then the others that fit, best first; only when
/// none is left the answer is [`Error::SlotTaken`].
///
/// # Errors
/// [`Error::SlotTaken`] with alternatives, [`Error::SlotNotOffered`],
/// [`Error::IdempotencyKey`], [`Error::Challenge`], [`Error::ChallengeNeeded`] when too many places
/// wait for those who bring no solution, refusals of basket, contact and language, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn book_appointment(
    office: &Office,
    scope: &Scope,
    wanted: &BookAppointment,
) -> Result<Booked, Error> {
    secrets::check_idempotency_key(&wanted.idempotency_key)?;
    let refused = match try_to_book(office, scope, wanted).await {
        Err(refused) => refused,
        booked => return booked,
    };
    // Whatever has changed since then: the same submit gets the same answer.
    let tx = office.db.read(scope).await?;
    let keyring = office.vault.keyring(&tx).await?;
    repeated(&tx, &keyring, wanted).await?.ok_or(refused)
}

async fn try_to_book(
    office: &Office,
    scope: &Scope,
    wanted: &BookAppointment,
) -> Result<Booked, Error> {
    let kept = wanted.kept();
    // Whoever was proposed a time by staff takes what staff see.
    let is_proposed = wanted.request().is_some() && scope.require(Role::Clerk).is_err();
    let audience = match wanted.beyond {
        _ if is_proposed => Audience::Staff,
        true => beyond(scope)?,
        false => wanted.channel.audience(scope)?,
    };
    let now = office.now();
    let date = local_day(office, scope, wanted.starts_at);
    let live = office.holds.live(scope.tenant, date, now).await;
    let held = held_span(wanted, &live);
    let mut busy: Vec<Busy> = others(&live, wanted.hold.as_deref()).collect();

    let tx = office.db.write(scope).await?;
    let sees = if kept.is_some() { Audience::Staff } else { audience };
    let (setup, booked) = match held {
        // Only its own counter is wanted; that nobody else is there is all that has to be known.
        Some(own) => occupancy(office, &tx, sees, Some((own.starts_at, own.ends_at))).await?,
        None => on_day_of(office, &tx, sees, wanted.starts_at).await?,
    };
    busy.extend(booked);
    busy.retain(|busy| Some(*busy) != kept);
    let keyring = office.vault.keyring(&tx).await?;
    check_contact(&setup, wanted)?;
    check_location(&setup, Some(wanted.location))?;
    let lines = basket::resolve(scope, &setup, &wanted.basket, wanted.channel.modes())?;
    match &wanted.settles {
        Some(Settles::Wish(taking)) => waiting::check_taken(&tx, taking, now).await?,
        Some(Settles::Request { .. }) if is_proposed => {
            proposing::check_taken(&tx, wanted, now).await?;
        }
        _ => {}
    }
    let payment = payment(office, &tx, &setup, wanted, held.is_some(), now).await?;
    let making = Making { office, setup: &setup, keyring: &keyring, wanted, payment, now };
    let taken = Taken::of(setup.town.time_zone, &busy);
    let date = wanted.starts_at.with_timezone(&setup.town.time_zone).date_naive();
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
    candidates.sort_by_key(|candidate| Some(candidate.counter) != held.map(|own| own.counter));
    for candidate in candidates {
        let row = making.row(&candidate)?;
        let at_once = insert(&tx, &row).await?;
        if at_once || makes_room(&tx, &row, now).await? {
            let occupies_alone = at_once && wanted.settles.is_none() && row.confirm_until.is_none();
            let (booked, change) = making.complete(tx, row).await?;
            if let Some(change) = change.filter(|_| occupies_alone) {
                let Candidate { counter, ends_at, .. } = candidate;
                let busy = Busy { counter, starts_at: wanted.starts_at, ends_at };
                calendar::occupy(office, scope, &busy, change);
            }
            if let Some(token) = &wanted.hold {
                office.holds.release(scope.tenant, token).await;
            }
            return Ok(booked);
        }
    }
    drop(tx);
    Err(refuse(office, scope, &search, wanted.hold.as_deref(), wanted.starts_at).await?)
}

/// What the citizen pays with: nothing for what is kept for them, else a hold that was paid for, or
/// a solution.
async fn payment(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    wanted: &BookAppointment,
    is_held: bool,
    now: DateTime<Utc>,
) -> Result<Payment, Error> {
    if wanted.settles.is_some() || wanted.channel != Channel::Online {
        return Ok(Payment::None);
    }
    match &wanted.hold {
        Some(token) if is_held && !tx.scope().is_staff() => Ok(Payment::Hold(token.clone())),
        _ => proving::pay(office, tx, setup, wanted.proof.as_deref(), now).await,
    }
}

fn beyond(scope: &Scope) -> Result<Audience, Error> {
    scope.require(Role::Admin)?;
    Ok(Audience::Beyond)
}

/// What is kept or held for whoever books.
fn held_span(wanted: &BookAppointment, live: &[Hold]) -> Option<Busy> {
    if let Some(kept) = wanted.kept() {
        return Some(kept);
    }
    let token = wanted.hold.as_deref()?;
    let own = |hold: &&Hold| hold.token == token && hold.starts_at == wanted.starts_at;
    live.iter().find(own).map(Busy::from)
}

/// What holds for every way of building a [`Contact`]: a citizen who books online has an address,
/// and a number where the town asks for one.
pub(crate) fn check_online_contact(setup: &TownSetup, contact: &Contact) -> Result<(), Error> {
    let mut missing = Vec::new();
    if contact.email.is_none() {
        missing.push((ContactField::Email, ContactProblem::Missing));
    }
    if setup.town.contact.phone == PhoneRule::Required && contact.phone.is_none() {
        missing.push((ContactField::Phone, ContactProblem::Missing));
    }
    if missing.is_empty() { Ok(()) } else { Err(Error::Contact(missing)) }
}

fn check_contact(setup: &TownSetup, wanted: &BookAppointment) -> Result<(), Error> {
    if !setup.town.locales.contains(&wanted.locale) {
        return Err(Error::Locale);
    }
    match wanted.channel {
        Channel::Online => check_online_contact(setup, &wanted.contact),
        Channel::Phone | Channel::Counter => Ok(()),
    }
}

fn fingerprint(keyring: &Keyring, wanted: &BookAppointment) -> Result<Vec<u8>, Error> {
    let BookAppointment { basket, location, starts_at, channel, contact, locale, .. } = wanted;
    secrets::fingerprint(keyring, &(basket, location, starts_at, channel, contact, locale))
}

/// The appointment that was booked with the same key before.
async fn repeated(
    tx: &TenantTx,
    keyring: &Keyring,
    wanted: &BookAppointment,
) -> Result<Option<Booked>, Error> {
    let row = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::IdempotencyKey.eq(&wanted.idempotency_key))
        .one()
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.fingerprint != fingerprint(keyring, wanted)? {
        return Err(Error::IdempotencyKey);
    }
    let secret = secrets::link(keyring, row.id)?;
    let appointment = Appointment::from_row(row, Some(wanted.contact.clone()))?;
    Ok(Some(Booked { appointment, secret }))
}

/// Inserts the appointment unless its counter was taken meanwhile; the database decides.
async fn insert(tx: &TenantTx, row: &appointment::Model) -> Result<bool, Error> {
    let row = appointment::ActiveModel::from(row.clone()).reset_all();
    match tx.insert_unless_taken(row).await {
        Ok(inserted) => Ok(inserted),
        Err(error) if is_overlap(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Tries once more where a place stood in the way that nobody has confirmed in time.
async fn makes_room(
    tx: &TenantTx,
    row: &appointment::Model,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    Ok(confirming::lapse(tx, now).await? > 0 && insert(tx, row).await?)
}

/// SQLite's trigger; PostgreSQL's exclusion constraint skips the row instead.
pub(crate) fn is_overlap(error: &DbErr) -> bool {
    error.to_string().contains("appointment_counter_once")
}

/// A booking while it is made.
struct Making<'a> {
    office: &'a Office,
    setup: &'a TownSetup,
    keyring: &'a Keyring,
    wanted: &'a BookAppointment,
    payment: Payment,
    now: DateTime<Utc>,
}

impl Making<'_> {
    /// The appointment as it will stand.
    fn row(&self, candidate: &Candidate) -> Result<appointment::Model, Error> {
        let Self { setup, keyring, wanted, payment, now, .. } = self;
        let id = Uuid::now_v7();
        let unproven = matches!(&wanted.settles, Some(Settles::Wish(taking)) if !taking.proven);
        let asks = unproven
            || *payment == Payment::Owed
            || setup.town.confirm_minutes > 0
            || limits::is_excepted(setup, &wanted.contact);
        let confirms = asks && wanted.channel == Channel::Online;
        let confirm_hash = confirms.then(|| confirming::secret(keyring, id)).transpose()?;
        Ok(appointment::Model {
            // Set by the insert.
            tenant_id: Uuid::nil(),
            id,
            location_id: candidate.location,
            counter_id: candidate.counter,
            starts_at: wanted.starts_at,
            ends_at: candidate.ends_at,
            status: "booked".to_owned(),
            channel: wanted.channel.as_str().to_owned(),
            reserve: candidate.reserve,
            basket: serde_json::to_value(&wanted.basket).map_err(catalog::Error::from)?,
            locale: wanted.locale.clone(),
            code: secrets::code(),
            secret_hash: token_hash(&secrets::link(keyring, id)?),
            idempotency_key: wanted.idempotency_key.clone(),
            fingerprint: fingerprint(keyring, wanted)?,
            sequence: 0,
            created_at: *now,
            confirm_until: confirms.then(|| *now + proving::to_confirm(setup)),
            confirm_hash: confirm_hash.map(|secret| token_hash(&secret)),
        })
    }

    /// Writes everything that belongs to the inserted appointment, and commits.
    async fn complete(
        &self,
        tx: TenantTx,
        row: appointment::Model,
    ) -> Result<(Booked, Option<Change>), Error> {
        let Self { office, setup, keyring, wanted, ref payment, now } = *self;
        let id = row.id;
        let secret = secrets::link(keyring, id)?;
        if wanted.channel == Channel::Online {
            limits::check(&tx, keyring, setup, &wanted.contact, Counted::Appointments, now).await?;
        }
        let deed = format!("booking {}", wanted.idempotency_key);
        payment.settle(office, setup, tx.scope().tenant, &deed, now).await?;
        store_contact(&tx, keyring, id, &wanted.contact)?;
        usage::count(&tx, now, "booked", wanted.channel, Some(row.location_id), &row.basket);
        audit::record(&tx, now, audit::Action::AppointmentBooked, Some(id));
        if wanted.beyond {
            audit::record(&tx, now, audit::Action::AppointmentBeyondHours, Some(id));
        }
        match &wanted.settles {
            Some(Settles::Request { id: request, .. }) => {
                answering::accepted(&tx, *request, id, now).await?;
            }
            Some(Settles::Wish(taking)) => waiting::taken(&tx, taking, id, now).await?,
            None => {}
        }
        if let Some(until) = row.confirm_until {
            returning::give_back_unless_confirmed(&tx, setup, &row, until);
        }
        let appointment = Appointment::from_row(row, Some(wanted.contact.clone()))?;
        let told = Told { office, setup, appointment: &appointment, secret: &secret };
        match appointment.confirm_until {
            Some(until) => {
                told.ask_to_confirm(&tx, &confirming::secret(keyring, id)?, until, now).await?;
            }
            None => {
                told.announce(&tx, WebhookEvent::Booked, now).await?;
                let accepts = wanted.request().is_some() && tx.scope().is_staff();
                let kind = if accepts { Kind::RequestAccepted } else { Kind::Confirmation };
                told.tell(&tx, kind, "", now).await?;
                told.plan_reminders(&tx, now).await?;
            }
        }
        let change = tx.commit().await?;
        office.mail_waiting.notify_one();
        tracing::info!(appointment = %id, channel = wanted.channel.as_str(), "booked");
        Ok((Booked { appointment, secret }, change))
    }
}

/// Seals contact data into their own row, in place of those that are there.
pub(crate) async fn replace_contact(
    tx: &TenantTx,
    keyring: &Keyring,
    subject: Uuid,
    contact: &Contact,
) -> Result<(), Error> {
    tx.delete::<contact_row::Entity>(contact_row::Column::SubjectId.eq(subject)).await?;
    store_contact(tx, keyring, subject, contact)
}

/// Seals contact data into their own row.
pub(crate) fn store_contact(
    tx: &TenantTx,
    keyring: &Keyring,
    subject: Uuid,
    contact: &Contact,
) -> Result<(), Error> {
    let plain = serde_json::to_vec(contact).map_err(catalog::Error::from)?;
    let limits::Hashes { email, phone } = limits::hashes(keyring, contact)?;
    tx.insert_later(contact_row::ActiveModel {
        subject_id: Set(subject),
        sealed: Set(keyring.seal("contact", subject, &plain)?),
        email_hash: Set(email),
        phone_hash: Set(phone),
        ..Default::default()
    });
    Ok(())
}
