//! Whether anything has changed in a town: what an open page of the console listens to.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};
use tenant::{Role, Scope};
use uuid::Uuid;

use crate::{Error, Office, occupancy::kept_places, slots::Busy};

/// How far before the first look is counted, for what is written down late.
const BACK: TimeDelta = TimeDelta::minutes(5);
/// So long is counted on from there: further back there is ever more to count.
const LONGEST: TimeDelta = TimeDelta::hours(12);

/// A word that changes with every booking, mark, cancellation and change of the set-up, and with
/// every place that is held or offered, or no longer is. Whoever listens brings the word that is
/// `known`, from which it is told since when what happened is counted: it stays the same while
/// somebody listens, so nothing that leaves a count hides what enters it. Two statements over indexes;
/// the holds of other processes are those of at most half a second ago.
///
/// # Errors
/// `Forbidden` for citizens, faults.
pub async fn pulse(office: &Office, scope: &Scope, known: Option<&str>) -> Result<String, Error> {
    scope.require(Role::Reader)?;
    let now = office.now();
    let since = since(known, now);
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
    places.extend(holds.all().filter(|hold| hold.is_live(now)).map(Busy::from));
    let newest = newest.unwrap_or_default().simple();
    Ok(format!("{}-{version}-{events}-{newest}-{:x}", since.timestamp(), digest(places)))
}

/// Since when is counted: as in the known word, unless that is too old or none of ours.
fn since(known: Option<&str>, now: DateTime<Utc>) -> DateTime<Utc> {
    let told = known.and_then(|word| word.split_once('-')?.0.parse().ok());
    let told = told.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    told.filter(|told| (now - LONGEST..=now).contains(told)).unwrap_or(now - BACK)
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
    use super::*;

    fn place(counter: u128, minute: i64) -> Busy {
        let starts_at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let ends_at = starts_at + TimeDelta::minutes(15);
        Busy { counter: Uuid::from_u128(counter), starts_at, ends_at }
    }

    #[test]
    fn who_listens_is_told_of_what_happens_since_they_began_for_half_a_day() {
        let began = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let word = |since: DateTime<Utc>| format!("{}-1-2-ab-c", since.timestamp());
        let first = since(None, began);
        assert_eq!(first, began - BACK);
        let later = began + TimeDelta::hours(11);
        assert_eq!(since(Some(&word(first)), later), first);
        let next_day = began + TimeDelta::hours(13);
        assert_eq!(since(Some(&word(first)), next_day), next_day - BACK);
        for strange in ["", "x", "x-1", "-5-1", "99999999999999999-1", &word(later)] {
            assert_eq!(since(Some(strange), began), first, "{strange}");
        }
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
