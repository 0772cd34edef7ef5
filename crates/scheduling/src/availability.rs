//! Free slots: one look at the database, the rest is computation.

use std::sync::Arc;

use catalog::model::TownSetup;
use chrono::{DateTime, NaiveDate, Utc};
use tenant::{Scope, TenantTx};
use uuid::Uuid;

use crate::{
    Alternative, AppointmentRef, BasketLine, Channel, Error, Office, basket,
    holds::Hold,
    office::seen_by,
    slots::{self, Audience, Busy, DaySlots, Line, Search},
};

/// Longest range that may be asked for, in days.
pub const MAX_RANGE_DAYS: u16 = 62;

/// How many starts a refusal offers instead.
const ALTERNATIVES: usize = 5;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct FreeSlotsQuery {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Only this location.
    pub location: Option<Uuid>,
    /// First local date.
    pub from: NaiveDate,
    /// Last local date.
    pub to: NaiveDate,
    /// Phone and counter also see the reserve, and need a clerk.
    pub channel: Channel,
    /// Token of one's own hold, which does not hide its slot.
    pub hold: Option<String>,
    /// The appointment that is to be moved: its span counts as free.
    pub instead_of: Option<AppointmentRef>,
}

/// What is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlots {
    /// Days with free starts, by date and location.
    pub days: Vec<DaySlots>,
    /// The next free date after the range, when the range is empty.
    pub next_free_date: Option<NaiveDate>,
}

/// Free slots of a basket in a range of dates.
///
/// # Errors
/// Refusals of the basket, [`Error::Range`], [`Error::UnknownLocation`], `Forbidden`, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn free_slots(
    office: &Office,
    scope: &Scope,
    query: &FreeSlotsQuery,
) -> Result<FreeSlots, Error> {
    if query.to < query.from || (query.to - query.from).num_days() >= i64::from(MAX_RANGE_DAYS) {
        return Err(Error::Range { max_days: MAX_RANGE_DAYS });
    }
    let audience = query.channel.audience(scope)?;
    let now = office.now();
    let tx = office.db.read(scope).await?;
    let (setup, mut busy) = occupancy(office, &tx, audience, None).await?;
    if let Some(which) = &query.instead_of {
        let own = Busy::from(&which.look_up(&tx).await?);
        busy.retain(|busy| *busy != own);
    }
    drop(tx);
    add_holds(office, scope, &mut busy, query.hold.as_deref()).await;
    let lines = basket::resolve(scope, &setup, &query.basket, query.channel.modes())?;
    check_location(&setup, query.location)?;
    let search = Search {
        setup: &setup,
        lines: &lines,
        location: query.location,
        from: query.from,
        to: query.to,
        audience,
        now,
        busy: &busy,
    };
    let days = slots::free_slots(&search);
    let next_free_date = days.is_empty().then(|| slots::next_free_date(&search)).flatten();
    Ok(FreeSlots { days, next_free_date })
}

pub(crate) fn check_location(setup: &TownSetup, location: Option<Uuid>) -> Result<(), Error> {
    match location {
        Some(id) if !setup.locations.iter().any(|own| own.id == id) => Err(Error::UnknownLocation),
        _ => Ok(()),
    }
}

/// The town's set-up together with all spans its appointments occupy from `around` (or now) on,
/// those that are kept for people on the waiting list or with a request, and those that citizens gave
/// back a moment ago, which only the public does not see yet: one statement, which also tells the
/// set-up's version, so that a kept set-up is never stale.
pub(crate) async fn occupancy(
    office: &Office,
    tx: &TenantTx,
    audience: Audience,
    around: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<(Arc<TownSetup>, Vec<Busy>), Error> {
    let (from, to) = around.unwrap_or_else(|| (office.now(), DateTime::<Utc>::MAX_UTC));
    let upper = around.map_or("", |_| "AND a.starts_at < $4");
    let returned = match audience {
        Audience::Public => {
            "UNION ALL SELECT t.setup_version, r.counter_id, r.starts_at, r.ends_at \
             FROM returned_place r JOIN tenant t ON t.id = r.tenant_id \
             WHERE r.tenant_id = $1 AND r.free_from > $3"
        }
        Audience::Staff | Audience::Beyond => "",
    };
    let sql = format!(
        "SELECT t.setup_version, a.counter_id, a.starts_at, a.ends_at \
         FROM tenant t LEFT JOIN appointment a ON a.tenant_id = t.id \
         AND a.status IN ('booked', 'arrived', 'called', 'served') \
         AND (a.confirm_until IS NULL OR a.confirm_until > $3) \
         AND a.ends_at > $2 {upper} WHERE t.id = $1 \
         UNION ALL \
         SELECT t.setup_version, w.offer_counter, w.offer_starts_at, w.offer_ends_at \
         FROM waiting_wish w JOIN tenant t ON t.id = w.tenant_id \
         WHERE w.tenant_id = $1 AND w.status = 'offered' AND w.offer_until > $3 \
         UNION ALL \
         SELECT t.setup_version, r.offer_counter, r.offer_starts_at, r.offer_ends_at \
         FROM appointment_request r JOIN tenant t ON t.id = r.tenant_id \
         WHERE r.tenant_id = $1 AND r.status = 'open' AND r.offer_until > $3 {returned}"
    );
    let mut values = vec![from.into(), office.now().into()];
    values.extend(around.map(|_| to.into()));
    let rows = tx.query(&sql, values).await?;
    let first = rows.first().ok_or(catalog::Error::UnknownTown)?;
    let setup = office.setups.at_version(tx, first.try_get("", "setup_version")?).await?;
    let setup = seen_by(tx.scope(), setup);
    let mut busy = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(counter) = row.try_get::<Option<Uuid>>("", "counter_id")? {
            busy.push(Busy {
                counter,
                starts_at: row.try_get("", "starts_at")?,
                ends_at: row.try_get("", "ends_at")?,
            });
        }
    }
    Ok((setup, busy))
}

/// The places that are kept for people on the waiting list or with a request.
pub(crate) async fn kept_places(tx: &TenantTx, now: DateTime<Utc>) -> Result<Vec<Busy>, Error> {
    let sql = "SELECT offer_counter, offer_starts_at, offer_ends_at FROM waiting_wish \
               WHERE tenant_id = $1 AND status = 'offered' AND offer_until > $2 \
               UNION ALL \
               SELECT offer_counter, offer_starts_at, offer_ends_at FROM appointment_request \
               WHERE tenant_id = $1 AND status = 'open' AND offer_until > $2";
    let rows = tx.query(sql, vec![now.into()]).await?;
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        kept.push(Busy {
            counter: row.try_get("", "offer_counter")?,
            starts_at: row.try_get("", "offer_starts_at")?,
            ends_at: row.try_get("", "offer_ends_at")?,
        });
    }
    Ok(kept)
}

/// Adds the live holds of others.
pub(crate) async fn add_holds(
    office: &Office,
    scope: &Scope,
    busy: &mut Vec<Busy>,
    own: Option<&str>,
) {
    let live = office.holds.live(scope.tenant, office.now()).await;
    busy.extend(
        live.into_iter()
            .filter(|hold| Some(hold.token.as_str()) != own)
            .map(|Hold { counter, starts_at, ends_at, .. }| Busy { counter, starts_at, ends_at }),
    );
}

/// The refusal of a slot: taken, with the nearest free starts, when it would be offered on an
/// empty calendar; else never offered.
pub(crate) fn refusal(search: &Search<'_>, lines: &[Line<'_>], starts_at: DateTime<Utc>) -> Error {
    let empty = Search { busy: &[], lines, ..*search };
    if slots::candidates(&empty, starts_at).is_empty() {
        return Error::SlotNotOffered;
    }
    let nearest = slots::nearest(search, starts_at, ALTERNATIVES);
    Error::SlotTaken {
        nearest: nearest
            .into_iter()
            .map(|(location, starts_at)| Alternative { location, starts_at })
            .collect(),
    }
}
