//! A notice that leaves long after it was written says what holds then: a reminder because it was
//! planned, others because no mail server took them. What was moved meanwhile is told as it is now, and
//! nobody is reminded of what stands no more.

use async_trait::async_trait;
use catalog::model::{SmsGateway, Webhook};
use notification::{
    notice::{Kind, Notice},
    renew::{Renew, Renewed, Targets},
    sms::Gateway,
};
use tenant::TenantTx;
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office, Status,
    appointments::contact_of,
    notices::{self, Told},
    secrets,
};

#[async_trait]
impl Renew for Office {
    async fn renewed(&self, tx: &TenantTx, subject: Uuid, written: &Notice) -> Renewed {
        match written.kind {
            Kind::Confirmation | Kind::RequestAccepted | Kind::Changed | Kind::Reminder => {}
            _ => return Renewed::AsWritten,
        }
        match anew(self, tx, subject, written).await {
            Ok(Some(notice)) => Renewed::Anew(Box::new(notice)),
            Ok(None) | Err(Error::UnknownAppointment) => Renewed::Pointless,
            Err(error) => {
                tracing::warn!(%error, "a notice leaves as it was written");
                Renewed::AsWritten
            }
        }
    }

    async fn targets(&self, tx: &TenantTx) -> Result<Targets, notification::Error> {
        let setup = self.setups.current(tx).await;
        let town = &setup.map_err(|error| notification::Error::Later(error.to_string()))?.town;
        let gateway = |own: &SmsGateway| Gateway {
            url: own.url.clone(),
            headers: own.headers.clone().into_iter().collect(),
            body: own.body.clone(),
        };
        let webhook = |own: &Webhook| (own.slug.clone(), own.url.clone());
        let webhooks = town.webhooks.iter().map(webhook).collect();
        Ok(Targets { sms: town.sms.as_ref().map(gateway), webhooks })
    }
}

/// None where the appointment stands no more, or nobody knows any more who comes.
async fn anew(
    office: &Office,
    tx: &TenantTx,
    subject: Uuid,
    written: &Notice,
) -> Result<Option<Notice>, Error> {
    let row = AppointmentRef::Id(subject).look_up(tx).await?;
    let contact = contact_of(office, tx, row.id).await?;
    let secret = secrets::link(&*office.vault.keyring(tx).await?, row.id)?;
    let setup = office.setups.current(tx).await?;
    let appointment = Appointment::from_row(row, contact)?;
    let reminds = written.kind == Kind::Reminder;
    if appointment.status != Status::Booked || reminds && appointment.confirm_until.is_some() {
        return Ok(None);
    }
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &secret };
    Ok(notices::appointment(&told, written.kind, &written.reason))
}
