//! "My appointments": a link by mail shows all appointments to come of one address, without an
//! account. Whoever asks learns nothing; whoever reads the mail does.

use chrono::TimeDelta;
use notification::notice::Kind;
use sea_orm::{ColumnTrait, Set, Value};
use tenant::{Scope, TenantTx, seal::token_hash};
use uuid::Uuid;

use crate::{
    Appointment, Error, Office,
    appointments::contacts_of,
    contact::{ContactField, ContactProblem, is_email},
    entity::{appointment, overview_link},
    limits, notices, secrets,
};

/// How long the link works.
const LIFE: TimeDelta = TimeDelta::minutes(30);

/// Mails a link to all appointments to come of `email`, where there are any. The answer is the same
/// where there are none.
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
    if to_come(office, &tx, &hash).await?.is_empty() {
        return Ok(());
    }
    let token = secrets::token();
    let until = now + LIFE;
    tx.insert(overview_link::ActiveModel {
        token_hash: Set(token_hash(&token)),
        email_hash: Set(hash),
        expires_at: Set(until),
        ..Default::default()
    })
    .await?;
    let link = format!("{}/{}/meine-termine/{token}", office.public_url, setup.town.slug);
    let notice = notices::plain(office, &setup, Kind::Overview, locale, email, link);
    notices::post(office, &tx, Uuid::now_v7(), &notice, now, now).await?;
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
    let rows = to_come(office, &tx, &link.email_hash).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut contacts = contacts_of(office, &tx, &ids).await?;
    let keyring = office.vault.keyring(&tx).await?;
    let with_secret = |row: appointment::Model| {
        let (id, contact) = (row.id, contacts.remove(&row.id));
        Ok((Appointment::from_row(row, contact)?, secrets::link(&keyring, id)?))
    };
    rows.into_iter().map(with_secret).collect()
}

async fn to_come(
    office: &Office,
    tx: &TenantTx,
    email_hash: &[u8],
) -> Result<Vec<appointment::Model>, Error> {
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
    Ok(rows)
}
