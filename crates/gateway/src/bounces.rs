//! Reports of mails that came back, as the mail server hands them over.

use notification::{bounce, outbox};
use tenant::Scope;

use crate::state::AppState;

/// What came of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Staff see that the mail did not arrive.
    Noted,
    /// The mail is known no more, or its failure already.
    Unknown,
    /// It was no report of a failure for good.
    Other,
}

/// Notes that a mail came back.
///
/// # Errors
/// Faults of the database: the mail server should hand it over again.
pub(crate) async fn take(state: &AppState, report: &[u8]) -> Result<Taken, tenant::Error> {
    let Some(bounce) = bounce::read(report) else { return Ok(Taken::Other) };
    let office = &state.office;
    let tx = office.db.write(&Scope::system(bounce.tenant)).await?;
    let noted = outbox::bounced(&tx, bounce.mail, &bounce.status, office.now()).await?;
    tx.commit().await?;
    Ok(if noted { Taken::Noted } else { Taken::Unknown })
}
