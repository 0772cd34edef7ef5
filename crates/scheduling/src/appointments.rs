//! Appointments: what they are, finding and listing them.

use std::collections::HashMap;

use catalog::model::{Location, TownSetup};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Order, sea_query::ExprTrait as _};
use serde::{Deserialize, Serialize};
use tenant::{
    Role, Scope, TenantSelect, TenantTx,
    audit::{self, List},
    seal::token_hash,
};
use uuid::Uuid;

use crate::{
    BasketLine, Channel, Contact, Error, Office,
    entity::{appointment, contact as contact_row},
    notices,
    slots::Busy,
};

/// Where an appointment stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Status {
    Booked,
    Arrived,
    Called,
    Served,
    Missed,
    Cancelled,
}

impl Status {
    const ALL: [Self; 6] =
        [Self::Booked, Self::Arrived, Self::Called, Self::Served, Self::Missed, Self::Cancelled];

    /// The word kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::Called => "called",
            Self::Served => "served",
            Self::Missed => "missed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether an appointment that stands so occupies its counter.
    #[must_use]
    pub fn occupies(self) -> bool {
        !matches!(self, Self::Missed | Self::Cancelled)
    }
}

impl std::str::FromStr for Status {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| tenant::Error::Corrupt(format!("no such status: {word}")).into())
    }
}

/// An appointment.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// Identity.
    pub id: Uuid,
    /// Short code for the phone, such as `K7M2-XQ4P`.
    pub code: String,
    /// Where it stands.
    pub status: Status,
    /// How it was booked.
    pub channel: Channel,
    /// Where.
    pub location: Uuid,
    /// The counter it occupies.
    pub counter: Uuid,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End, buffer included.
    pub ends_at: DateTime<Utc>,
    /// Whether it sits in the reserve.
    pub reserve: bool,
    /// What for.
    pub basket: Vec<BasketLine>,
    /// Language of its mails.
    pub locale: String,
    /// Of its calendar file; rises with every change.
    pub sequence: i32,
    /// When it was booked.
    pub created_at: DateTime<Utc>,
    /// Until when its address has to be confirmed; none once it stands.
    pub confirm_until: Option<DateTime<Utc>>,
    /// Who comes; none once the retention period has ended, or where it was not asked for.
    pub contact: Option<Contact>,
}

impl Appointment {
    pub(crate) fn from_row(
        row: appointment::Model,
        contact: Option<Contact>,
    ) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            code: row.code,
            status: row.status.parse()?,
            channel: row.channel.parse()?,
            location: row.location_id,
            counter: row.counter_id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            reserve: row.reserve,
            basket: serde_json::from_value(row.basket).map_err(catalog::Error::from)?,
            locale: row.locale,
            sequence: row.sequence,
            created_at: row.created_at,
            confirm_until: row.confirm_until,
            contact,
        })
    }

    /// Its location, unless the town has retired it.
    #[must_use]
    pub fn location_in<'a>(&self, setup: &'a TownSetup) -> Option<&'a Location> {
        setup.locations.iter().find(|location| location.id == self.location)
    }
}

/// The appointment whose page `secret` opens, with its contact data.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
pub async fn appointment_by_secret(
    office: &Office,
    scope: &Scope,
    secret: &str,
) -> Result<Appointment, Error> {
    let tx = office.db.read(scope).await?;
    let row = AppointmentRef::Secret(secret.to_owned()).look_up(&tx).await?;
    let contact = contact_of(office, &tx, row.id).await?;
    Appointment::from_row(row, contact)
}

/// Which appointment is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppointmentRef {
    /// The one whose page this secret opens: the citizen's way.
    Secret(String),
    /// The one with this identity: the way of staff.
    Id(Uuid),
}

impl AppointmentRef {
    /// Finds it, and keeps others from changing it while the transaction lasts.
    pub(crate) async fn find(&self, tx: &TenantTx) -> Result<appointment::Model, Error> {
        self.select(tx)?.for_update().one().await?.ok_or(Error::UnknownAppointment)
    }

    /// Finds it.
    pub(crate) async fn look_up(&self, tx: &TenantTx) -> Result<appointment::Model, Error> {
        self.select(tx)?.one().await?.ok_or(Error::UnknownAppointment)
    }

    /// By identity only a clerk finds one.
    fn select<'tx>(
        &self,
        tx: &'tx TenantTx,
    ) -> Result<TenantSelect<'tx, appointment::Entity>, Error> {
        let select = tx.find::<appointment::Entity>();
        Ok(match self {
            Self::Secret(secret) => {
                select.filter(appointment::Column::SecretHash.eq(token_hash(secret)))
            }
            Self::Id(id) => {
                tx.scope().require(Role::Clerk)?;
                select.filter(appointment::Column::Id.eq(*id))
            }
        })
    }
}

impl From<&appointment::Model> for Busy {
    fn from(row: &appointment::Model) -> Self {
        Self { counter: row.counter_id, starts_at: row.starts_at, ends_at: row.ends_at }
    }
}

/// The contact data of an appointment or request, while they are kept.
pub(crate) async fn contact_of(
    office: &Office,
    tx: &TenantTx,
    subject: Uuid,
) -> Result<Option<Contact>, Error> {
    let row = tx
        .find::<contact_row::Entity>()
        .filter(contact_row::Column::SubjectId.eq(subject))
        .one()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let plain = office.vault.keyring(tx).await?.open("contact", subject, &row.sealed)?;
    Ok(Some(readable(&plain)?))
}

/// What was sealed; the reader's own words on what it cannot read may repeat it.
fn readable(plain: &[u8]) -> Result<Contact, Error> {
    let corrupt = |_| tenant::Error::Corrupt("contact data of another form".to_owned());
    Ok(serde_json::from_slice(plain).map_err(corrupt)?)
}

/// The same for many, by subject: one statement.
pub(crate) async fn contacts_of(
    office: &Office,
    tx: &TenantTx,
    subjects: &[Uuid],
) -> Result<HashMap<Uuid, Contact>, Error> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx
        .find::<contact_row::Entity>()
        .filter(contact_row::Column::SubjectId.is_in(subjects.iter().copied()))
        .all()
        .await?;
    let keyring = office.vault.keyring(tx).await?;
    let open = |row: contact_row::Model| -> Result<_, Error> {
        let plain = keyring.open("contact", row.subject_id, &row.sealed)?;
        Ok((row.subject_id, readable(&plain)?))
    };
    rows.into_iter().map(open).collect()
}

/// Which appointments staff want to see.
#[derive(Clone, Debug)]
pub struct AppointmentFilter {
    /// First local date.
    pub from: NaiveDate,
    /// Last local date.
    pub to: NaiveDate,
    /// Only after this one (start and id), for the next page.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// At most so many.
    pub limit: u64,
}

/// The town's appointments in a range of dates, by start; the look is written to the audit log,
/// with whose data were shown.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn list_appointments(
    office: &Office,
    scope: &Scope,
    filter: &AppointmentFilter,
) -> Result<Vec<Appointment>, Error> {
    scope.require(Role::Reader)?;
    let setup = office.setup(scope).await?;
    let zone = setup.town.time_zone;
    let starts = slots_day_start(filter.from, zone);
    let ends = slots_day_start(filter.to.succ_opt().unwrap_or(filter.to), zone);
    let tx = office.db.write(scope).await?;
    let mut rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::StartsAt.gte(starts))
        .filter(appointment::Column::StartsAt.lt(ends));
    if let Some((start, id)) = filter.after {
        let later = appointment::Column::StartsAt.gt(start);
        let same = appointment::Column::StartsAt.eq(start).and(appointment::Column::Id.gt(id));
        rows = rows.filter(later.or(same));
    }
    let rows = rows
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .order_by(appointment::Column::Id, Order::Asc)
        .limit(filter.limit)
        .all()
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let detail = format!("{} – {}", filter.from, filter.to);
    let list = List { action: audit::Action::ListViewed, of: None, detail };
    audit::record_look(&tx, office.now(), &list, &ids).await?;
    let mut contacts = contacts_of(office, &tx, &ids).await?;
    let mut appointments = Vec::with_capacity(rows.len());
    for row in rows {
        let contact = contacts.remove(&row.id);
        appointments.push(Appointment::from_row(row, contact)?);
    }
    tx.commit().await?;
    Ok(appointments)
}

/// First instant of a local date.
fn slots_day_start(date: NaiveDate, zone: chrono_tz::Tz) -> DateTime<Utc> {
    catalog::hours::day_start(date, zone)
}

/// The appointment's calendar file.
///
/// # Errors
/// Faults of the catalogue and the database.
pub async fn calendar_file(
    office: &Office,
    scope: &Scope,
    appointment: &Appointment,
    secret: &str,
) -> Result<String, Error> {
    let setup = office.setup(scope).await?;
    Ok(notices::calendar(office, &setup, appointment, secret))
}
