//! Staff look for an appointment or a request: by what the citizen says on the phone.

use chrono::TimeDelta;
use sea_orm::{ColumnTrait, Order};
use tenant::{
    Role, Scope, TenantTx,
    audit::{self, List},
};
use uuid::Uuid;

use crate::{
    Appointment, Contact, Error, Office, Requested,
    appointments::contacts_of,
    entity::{appointment, appointment_request},
    requests::requested,
};

/// How far back a search looks; how long contact data are kept limits it further.
const BACK: TimeDelta = TimeDelta::days(30);
/// Most appointments, and most requests, that a search answers.
const MOST: usize = 50;

/// One appointment with its contact data; the look is written to the audit log.
///
/// # Errors
/// `Forbidden` for citizens, [`Error::UnknownAppointment`], faults.
pub async fn appointment_by_id(
    office: &Office,
    scope: &Scope,
    id: Uuid,
) -> Result<Appointment, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.write(scope).await?;
    let row = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::Id.eq(id))
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)?;
    let contact = contacts_of(office, &tx, &[id]).await?.remove(&id);
    audit::record(&tx, office.now(), audit::Action::ContactViewed, Some(id));
    tx.commit().await?;
    Appointment::from_row(row, contact)
}

/// The appointment that was booked under an idempotency key, with its contact data; the look is
/// written to the audit log.
///
/// # Errors
/// As [`appointment_by_id`].
pub async fn appointment_by_key(
    office: &Office,
    scope: &Scope,
    key: &str,
) -> Result<Appointment, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.read(scope).await?;
    let booked =
        tx.find::<appointment::Entity>().filter(appointment::Column::IdempotencyKey.eq(key));
    let id = booked.one().await?.ok_or(Error::UnknownAppointment)?.id;
    drop(tx);
    appointment_by_id(office, scope, id).await
}

/// What a search has found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Requests that wait for an answer, the oldest first.
    pub requests: Vec<Requested>,
    /// Appointments that are not over, by start.
    pub upcoming: Vec<Appointment>,
    /// Appointments that are over, the latest first.
    pub past: Vec<Appointment>,
    /// How many more requests and appointments there are than a search answers.
    pub more: usize,
}

/// Open requests and appointments, these from a month ago on, whose code, name, address or number
/// contain `words`; at most fifty of each, of the appointments first those that are to come. Names
/// are sealed, so they are opened and compared here, not in the database. The look is written to the
/// audit log.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn find_appointments(
    office: &Office,
    scope: &Scope,
    words: &str,
) -> Result<Found, Error> {
    scope.require(Role::Reader)?;
    let words = folded(words);
    if words.is_empty() {
        return Ok(Found::default());
    }
    let tx = office.db.write(scope).await?;
    let (upcoming, past) = matching_appointments(office, &tx, &words).await?;
    let requests = matching_requests(office, &tx, &words).await?;
    let (all, waiting) = (upcoming.len() + past.len(), requests.len());
    let mut found = Found { requests, upcoming, past, more: 0 };
    found.requests.truncate(MOST);
    found.upcoming.truncate(MOST);
    found.past.truncate(MOST - found.upcoming.len());
    found.more = all + waiting - found.requests.len() - found.upcoming.len() - found.past.len();
    let requests = found.requests.iter().map(|own| own.id);
    let appointments = found.upcoming.iter().chain(&found.past).map(|own| own.id);
    let ids: Vec<Uuid> = requests.chain(appointments).collect();
    // What was looked for may be a name, and has no place in the log.
    let list = List { action: audit::Action::SearchViewed, of: None, detail: String::new() };
    audit::record_look(&tx, office.now(), &list, &ids).await?;
    tx.commit().await?;
    Ok(found)
}

/// Those that are not over, by start, and those that are, the latest first.
async fn matching_appointments(
    office: &Office,
    tx: &TenantTx,
    words: &str,
) -> Result<(Vec<Appointment>, Vec<Appointment>), Error> {
    let now = office.now();
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::StartsAt.gte(now - BACK))
        .order_by(appointment::Column::StartsAt, Order::Asc)
        .all()
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, tx, &ids).await?;
    let (mut upcoming, mut past) = (Vec::new(), Vec::new());
    for row in rows {
        let contact = contacts.remove(&row.id);
        if matches(&row.code, contact.as_ref(), words) {
            let list = if row.ends_at > now { &mut upcoming } else { &mut past };
            list.push(Appointment::from_row(row, contact)?);
        }
    }
    past.reverse();
    Ok((upcoming, past))
}

/// Those that wait for an answer, the oldest first.
async fn matching_requests(
    office: &Office,
    tx: &TenantTx,
    words: &str,
) -> Result<Vec<Requested>, Error> {
    let rows = tx
        .find::<appointment_request::Entity>()
        .filter(appointment_request::Column::Status.eq("open"))
        .order_by(appointment_request::Column::CreatedAt, Order::Asc)
        .all()
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, tx, &ids).await?;
    let keyring = office.vault.keyring(tx).await?;
    let mut found = Vec::new();
    for row in rows {
        let contact = contacts.remove(&row.id);
        if matches(&row.code, contact.as_ref(), words) {
            found.push(requested(&keyring, row, contact)?);
        }
    }
    Ok(found)
}

/// The appointment or request that a number such as `K7M2-XQ4P`, or an identity, names; none where
/// nothing is called so. No contact data are looked at.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn subject_of(
    office: &Office,
    scope: &Scope,
    number: &str,
) -> Result<Option<Uuid>, Error> {
    scope.require(Role::Reader)?;
    if let Ok(id) = number.trim().parse() {
        return Ok(Some(id));
    }
    let code = number.trim().to_uppercase();
    let tx = office.db.read(scope).await?;
    let appointment =
        tx.find::<appointment::Entity>().filter(appointment::Column::Code.eq(&code)).one().await?;
    if let Some(row) = appointment {
        return Ok(Some(row.id));
    }
    let of_request = appointment_request::Column::Code.eq(&code);
    let request = tx.find::<appointment_request::Entity>().filter(of_request).one().await?;
    Ok(request.map(|row| row.id))
}

impl Appointment {
    /// Whether its code, or its citizen's name, address or number, contains `words`; nothing is in all.
    #[must_use]
    pub fn is_called(&self, words: &str) -> bool {
        matches(&self.code, self.contact.as_ref(), &folded(words))
    }
}

fn matches(code: &str, contact: Option<&Contact>, words: &str) -> bool {
    let contains = |text: &str| folded(text).contains(words);
    contains(code)
        || contact.is_some_and(|contact| {
            contains(&contact.name)
                || contact.email.as_deref().is_some_and(contains)
                || contact.phone.as_deref().is_some_and(contains)
        })
}

/// Letters and digits alone, in lower case: `K7M2-XQ4P` is found as `k7m2xq4p`, a number however
/// it is grouped.
fn folded(text: &str) -> String {
    text.chars().filter(|own| own.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_name_address_and_number_are_found_however_they_are_written() {
        let contact = Contact {
            sms: false,
            name: "Zoë van der Łąż".into(),
            email: Some("zoe@example.org".into()),
            phone: Some("+49 (5481) 33-0".into()),
        };
        for words in ["k7m2 xq", "van DER", "łąż", "ZOE@", "5481330"] {
            assert!(matches("K7M2-XQ4P", Some(&contact), &folded(words)), "{words}");
        }
        assert!(!matches("K7M2-XQ4P", Some(&contact), &folded("Mustermann")));
        assert!(!matches("K7M2-XQ4P", None, &folded("Zoë")));
    }
}
