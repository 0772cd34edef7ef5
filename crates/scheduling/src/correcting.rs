//! What staff correct of somebody's contact data (Art. 16 GDPR), and the agreement to short messages taken
//! back (Art. 7 (3) GDPR). The name stays what it is, or places could be sold.

use catalog::model::PhoneRule;
use chrono::{DateTime, Utc};
use notification::{notice::Kind, outbox};
use tenant::{Role, Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Channel, Contact, Error, Office, Status, appointments::contact_of,
    booking::replace_contact, confirming, contact, entity::appointment, notices::Told, secrets,
    waiting,
};

/// What tells of an appointment that stands: written again where it went to a wrong address.
const TELLS: [Kind; 4] =
    [Kind::ConfirmAddress, Kind::Confirmation, Kind::RequestAccepted, Kind::Changed];

/// Corrects address and number of whoever comes, also where they wait for something earlier; where one has changed they are told of the appointment
/// anew, and what did not reach them is forgotten.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::UnknownAppointment`], [`Error::WrongStatus`] once the contact data
/// are deleted, [`Error::Contact`] where a field is no address or number, or none is left of somebody
/// who booked online, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn correct_contact(
    office: &Office,
    scope: &Scope,
    appointment: Uuid,
    email: &str,
    phone: &str,
) -> Result<Appointment, Error> {
    scope.require(Role::Clerk)?;
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let row = AppointmentRef::Id(appointment).find(&tx).await?;
    let before = contact_of(office, &tx, row.id).await?.ok_or(Error::WrongStatus)?;
    let is_online = row.channel == Channel::Online.as_str();
    let contact = contact::parse(&before.name, email, phone, PhoneRule::Optional, is_online)
        .map_err(Error::Contact)?
        .with_sms(before.sms);
    if contact == before {
        return Appointment::from_row(row, Some(contact));
    }
    let keyring = office.vault.keyring(&tx).await?;
    for subject in waiting::open_of(&tx, row.id).await?.into_iter().chain([row.id]) {
        replace_contact(&tx, &keyring, subject, &contact).await?;
    }
    audit::record(&tx, now, audit::Action::ContactCorrected, Some(row.id));
    let appointment = tell_again(office, &tx, row, contact, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(appointment)
}

async fn tell_again(
    office: &Office,
    tx: &TenantTx,
    row: appointment::Model,
    contact: Contact,
    now: DateTime<Utc>,
) -> Result<Appointment, Error> {
    let keyring = office.vault.keyring(tx).await?;
    let setup = office.setups.current(tx).await?;
    let secret = secrets::link(&keyring, row.id)?;
    let appointment = Appointment::from_row(row, Some(contact))?;
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &secret };
    for kind in TELLS {
        outbox::withdraw(tx, appointment.id, kind).await?;
    }
    if appointment.status == Status::Booked && appointment.starts_at > now {
        match appointment.confirm_until {
            Some(until) => {
                let secret = confirming::secret(&keyring, appointment.id)?;
                told.ask_to_confirm(tx, &secret, until, now).await?;
            }
            None => told.tell(tx, Kind::Confirmation, "", now).await?,
        }
    }
    told.plan_reminders_anew(tx, None, now).await?;
    Ok(appointment)
}

/// Sends no more short messages about an appointment, by the wish of whoever has it. Twice is no error.
///
/// # Errors
/// [`Error::UnknownAppointment`], faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn stop_sms(office: &Office, scope: &Scope, secret: &str) -> Result<(), Error> {
    let tx = office.db.write(scope).await?;
    let row = AppointmentRef::Secret(secret.to_owned()).find(&tx).await?;
    let Some(contact) = contact_of(office, &tx, row.id).await?.filter(|contact| contact.sms) else {
        return Ok(());
    };
    let keyring = office.vault.keyring(&tx).await?;
    replace_contact(&tx, &keyring, row.id, &contact.with_sms(false)).await?;
    outbox::withdraw_sms(&tx, row.id).await?;
    audit::record(&tx, office.now(), audit::Action::ContactSmsStopped, Some(row.id));
    tx.commit().await?;
    Ok(())
}
