//! Whether anything has changed in a town: what an open page of the console listens to.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, Utc};
use tenant::{Role, Scope};
use uuid::Uuid;

use crate::{Error, Office, occupancy::kept_places, slots::Busy};

/// A word that changes with every booking, mark, cancellation and change of the set-up, and with
/// every place that is held or offered, or no longer is. It tells of what happens after `since`, which
/// is to stay the same while somebody listens: what happened is counted from there on, so nothing that
/// leaves a count hides what enters it. Two statements over indexes; the holds of other processes are
/// those of half a second ago.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn pulse(office: &Office, scope: &Scope, since: DateTime<Utc>) -> Result<String, Error> {
    scope.require(Role::Reader)?;
    let now = office.now();
    let tx = office.db.read(scope).await?;
    let sql = "SELECT t.setup_version, (SELECT count(*) FROM usage_event u \
               WHERE u.tenant_id = t.id AND u.at > $2) AS events, \
               (SELECT u.id FROM usage_event u WHERE u.tenant_id = t.id \
               ORDER BY u.at DESC, u.id DESC LIMIT 1) AS newest FROM tenant t WHERE t.id = $1";
    let rows = tx.query(sql, vec![since.into()]).await?;
    let row = rows.first().ok_or(catalog::Error::UnknownTown)?;
    let version: i64 = row.try_get("", "setup_version")?;
    let events: i64 = row.try_get("", "events")?;
    let newest: Option<Uuid> = row.try_get("", "newest")?;
    let mut places = kept_places(&tx, now).await?;
    drop(tx);
    let (holds, _) = office.holds.shown(scope, now).await;
    places.extend(holds.iter().filter(|hold| hold.is_live(now)).map(Busy::from));
    let newest = newest.unwrap_or_default().simple();
    Ok(format!("{version}-{events}-{newest}-{:x}", digest(places)))
}

/// The same for the same places, in whatever order they come.
fn digest(places: Vec<Busy>) -> u64 {
    let mut places: Vec<_> =
        places.iter().map(|own| (own.counter, own.starts_at, own.ends_at)).collect();
    places.sort_unstable();
    let mut hasher = DefaultHasher::new();
    places.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn place(counter: u128, minute: i64) -> Busy {
        let starts_at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let ends_at = starts_at + TimeDelta::minutes(15);
        Busy { counter: Uuid::from_u128(counter), starts_at, ends_at }
    }

    #[test]
    fn each_place_that_is_held_counts_and_their_order_does_not() {
        let (one, other) = (place(1, 0), place(2, 0));
        assert_eq!(digest(vec![one, other]), digest(vec![other, one]));
        assert_ne!(digest(vec![one]), digest(vec![other]));
        assert_ne!(digest(vec![one]), digest(vec![place(1, 5)]));
        assert_ne!(digest(vec![one]), digest(Vec::new()));
    }
}
