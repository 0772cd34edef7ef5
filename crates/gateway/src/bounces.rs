//! Reports of mails that came back, as the mail server hands them over.

use notification::{
    bounce,
    outbox::{self, Bounced},
};
use tenant::Scope;

use crate::state::AppState;

/// Notes that a mail came back; nothing where the report tells of no failure for good.
///
/// # Errors
/// Faults of the database: the mail server should hand it over again.
pub(crate) async fn take(
    state: &AppState,
    report: &[u8],
) -> Result<Option<Bounced>, tenant::Error> {
    let Some(bounce) = bounce::read(report) else { return Ok(None) };
    let office = &state.office;
    let tx = office.db.write(&Scope::system(bounce.tenant)).await?;
    let bounced = outbox::bounced(&tx, bounce.mail, &bounce.status, office.now()).await?;
    tx.commit().await?;
    Ok(Some(bounced))
}
