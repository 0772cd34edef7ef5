//! "My appointments": a link by mail shows all appointments to come of one address, without an
//! account. Whoever asks learns nothing; whoever reads the mail does. It goes to the address that was
//! given at booking, and shows what was booked with that: another that differs by what follows a `+`
//! finds it too, but may be somebody else's.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use notification::notice::Kind;
use sea_orm::{ColumnTrait, Set, Value};
use tenant::{Scope, TenantTx, seal::token_hash};
use uuid::Uuid;

use crate::{
    Appointment, Contact, Error, Office,
    appointments::contacts_of,
    contact::{ContactField, ContactProblem, is_email},
    entity::{appointment, overview_link},
    limits, notices, secrets,
};

/// How long the link works.
const LIFE: TimeDelta = TimeDelta::minutes(30);

/// Mails a link to all appointments to come of `email`, where there are any, to the address in the way
/// in which it was given then. The answer is the same where there are none.
///
/// # Errors
/// [`Error::Contact`] when it is no address, [`Error::Locale`], faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn request_overview(
    office: &Office,
    scope: &Scope,
    email: &str,
    locale: &str,
) -> Result<(), Error> {
    let email = email.trim();
    if !is_email(email) {
        let problem =
            if email.is_empty() { ContactProblem::Missing } else { ContactProblem::Malformed };
        return Err(Error::Contact(vec![(ContactField::Email, problem)]));
    }
    let now = office.now();
    let setup = office.setup(scope).await?;
    if !setup.town.locales.iter().any(|own| own == locale) {
        return Err(Error::Locale);
    }
    let tx = office.db.write(scope).await?;
    let keyring = office.vault.keyring(&tx).await?;
    let hash = limits::email_hash(&keyring, email)?;
    let found = to_come(office, &tx, &hash).await?;
    let stored = found.iter().filter_map(|(_, contact)| contact.email.as_deref());
    let addresses: BTreeMap<String, &str> = stored.map(|own| (own.to_lowercase(), own)).collect();
    for address in addresses.values() {
        let token = secrets::token_for(&keyring, address)?;
        tx.insert(overview_link::ActiveModel {
            token_hash: Set(token_hash(&token)),
            email_hash: Set(hash.clone()),
            expires_at: Set(now + LIFE),
            ..Default::default()
        })
        .await?;
        let link = format!("{}/{}/meine-termine/{token}", office.public_url, setup.town.slug);
        let notice = notices::plain(office, &setup, Kind::Overview, locale, address, link);
        notices::post(office, &tx, Uuid::now_v7(), &notice, now, now).await?;
    }
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(())
}

/// The appointments to come that the mailed link shows, by start, each with the secret of its own
/// page.
///
/// # Errors
/// [`Error::UnknownAppointment`] when the link is unknown or too old, faults.
pub async fn overview(
    office: &Office,
    scope: &Scope,
    token: &str,
) -> Result<Vec<(Appointment, String)>, Error> {
    let tx = office.db.read(scope).await?;
    let link = tx
        .find::<overview_link::Entity>()
        .filter(overview_link::Column::TokenHash.eq(token_hash(token)))
        .filter(overview_link::Column::ExpiresAt.gt(office.now()))
        .one()
        .await?
        .ok_or(Error::UnknownAppointment)?;
    let keyring = office.vault.keyring(&tx).await?;
    let mut own = Vec::new();
    for (row, contact) in to_come(office, &tx, &link.email_hash).await? {
        if secrets::is_token_for(&keyring, token, contact.email.as_deref().unwrap_or_default())? {
            let secret = secrets::link(&keyring, row.id)?;
            own.push((Appointment::from_row(row, Some(contact))?, secret));
        }
    }
    Ok(own)
}

async fn to_come(
    office: &Office,
    tx: &TenantTx,
    email_hash: &[u8],
) -> Result<Vec<(appointment::Model, Contact)>, Error> {
    let sql = "SELECT a.id FROM contact c JOIN appointment a \
               ON a.tenant_id = c.tenant_id AND a.id = c.subject_id \
               WHERE c.tenant_id = $1 AND c.email_hash = $2 \
               AND a.status = 'booked' AND a.ends_at > $3 AND a.confirm_until IS NULL";
    let found = tx.query(sql, vec![Value::from(email_hash.to_vec()), office.now().into()]).await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let rows = tx
        .find::<appointment::Entity>()
        .filter(appointment::Column::Id.is_in(ids))
        .order_by(appointment::Column::StartsAt, sea_orm::Order::Asc)
        .all()
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, tx, &ids).await?;
    let with_contact = |row: appointment::Model| Some((contacts.remove(&row.id)?, row));
    let found = rows.into_iter().filter_map(with_contact);
    Ok(found.map(|(contact, row)| (row, contact)).collect())
}
