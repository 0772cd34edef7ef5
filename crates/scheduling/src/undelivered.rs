//! What did not arrive: for those who may see whom it was for.

use std::collections::HashSet;

use notification::outbox::{self, DeadLetter};
use sea_orm::ColumnTrait as _;
use tenant::{Departments, Places, Scope, TenantTx};
use uuid::Uuid;

use crate::{
    Error, Office,
    entity::{appointment, appointment_request, waiting_wish},
};

/// What was given up: about one subject, or all. Staff whose role is limited to locations or
/// departments see what is about somebody there, or about a request that names no location.
///
/// # Errors
/// `Forbidden` for citizens and, where nothing is named, below admin; faults.
pub async fn undelivered(
    office: &Office,
    scope: &Scope,
    about: Option<Uuid>,
) -> Result<Vec<DeadLetter>, Error> {
    let tx = office.db.read(scope).await?;
    seen(&tx, about).await
}

/// Lets one be tried again, or all that [`undelivered`] tells; tells how many there were.
///
/// # Errors
/// `Forbidden` below admin, faults.
pub async fn send_again(
    office: &Office,
    scope: &Scope,
    which: Option<Uuid>,
) -> Result<usize, Error> {
    let tx = office.db.write(scope).await?;
    let seen = seen(&tx, None).await?.into_iter().map(|own| own.id);
    let ids: Vec<Uuid> = seen.filter(|id| which.is_none_or(|wanted| wanted == *id)).collect();
    let found = outbox::resend(&tx, &ids, office.now()).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(found)
}

async fn seen(tx: &TenantTx, about: Option<Uuid>) -> Result<Vec<DeadLetter>, Error> {
    let mut letters = outbox::dead(tx, about).await?;
    if is_limited(tx.scope()) {
        let subjects: Vec<Uuid> = letters.iter().map(|own| own.subject).collect();
        let known = known(tx, &subjects).await?;
        letters.retain(|own| known.contains(&own.subject));
    }
    Ok(letters)
}

fn is_limited(scope: &Scope) -> bool {
    scope.places() != Places::EVERYWHERE || scope.departments() != Departments::ALL
}

/// Those that the actor finds: the transaction hides what is elsewhere.
async fn known(tx: &TenantTx, subjects: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let of = appointment::Column::Id.is_in(subjects.to_vec());
    let appointments = tx.find::<appointment::Entity>().filter(of).all().await?;
    let of = appointment_request::Column::Id.is_in(subjects.to_vec());
    let requests = tx.find::<appointment_request::Entity>().filter(of).all().await?;
    let of = waiting_wish::Column::Id.is_in(subjects.to_vec());
    let wishes = tx.find::<waiting_wish::Entity>().filter(of).all().await?;
    let ids = appointments.into_iter().map(|row| row.id);
    let ids = ids.chain(requests.into_iter().map(|row| row.id));
    Ok(ids.chain(wishes.into_iter().map(|row| row.id)).collect())
}
