//! A reminder says what holds when it leaves: the town's words, the documents to bring and the place as
//! they are then, not as they were when somebody booked.

use async_trait::async_trait;
use notification::{
    notice::{Kind, Notice},
    renew::Renew,
};
use tenant::TenantTx;
use uuid::Uuid;

use crate::{
    Appointment, AppointmentRef, Error, Office,
    appointments::contact_of,
    notices::{self, Told},
    secrets,
};

#[async_trait]
impl Renew for Office {
    async fn reminder(&self, tx: &TenantTx, subject: Uuid) -> Option<Notice> {
        match reminder(self, tx, subject).await {
            Ok(notice) => notice,
            Err(error) => {
                tracing::warn!(%error, "a reminder leaves as it was planned");
                None
            }
        }
    }
}

async fn reminder(office: &Office, tx: &TenantTx, subject: Uuid) -> Result<Option<Notice>, Error> {
    let row = AppointmentRef::Id(subject).look_up(tx).await?;
    let contact = contact_of(office, tx, row.id).await?;
    let secret = secrets::link(&*office.vault.keyring(tx).await?, row.id)?;
    let setup = office.setups.current(tx).await?;
    let appointment = Appointment::from_row(row, contact)?;
    let told = Told { office, setup: &setup, appointment: &appointment, secret: &secret };
    Ok(notices::appointment(&told, Kind::Reminder, ""))
}
