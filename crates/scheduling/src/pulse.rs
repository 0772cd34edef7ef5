//! Whether anything has changed in a town: what an open page of the console listens to.

use tenant::{Role, Scope};

use crate::{Error, Office};

/// A word that changes with every booking, mark, cancellation and change of the set-up. One
/// statement over an index.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn pulse(office: &Office, scope: &Scope) -> Result<String, Error> {
    scope.require(Role::Reader)?;
    let tx = office.db.read(scope).await?;
    let sql = "SELECT t.setup_version, (SELECT count(*) FROM usage_event u \
               WHERE u.tenant_id = t.id AND u.at > $2) AS events FROM tenant t WHERE t.id = $1";
    // A day back is enough: a page that is open longer has heard of what came before.
    let since = office.now() - chrono::TimeDelta::days(1);
    let rows = tx.query(sql, vec![since.into()]).await?;
    let row = rows.first().ok_or(catalog::Error::UnknownTown)?;
    let version: i64 = row.try_get("", "setup_version")?;
    let events: i64 = row.try_get("", "events")?;
    Ok(format!("{version}-{events}"))
}
