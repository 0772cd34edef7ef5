//! What the database says is occupied: what is held and booked is checked against this.

use std::sync::Arc;

use catalog::{
    hours::{day_start, local_date},
    model::TownSetup,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::QueryResult;
use tenant::{Scope, TenantTx};
use uuid::Uuid;

use crate::{
    Error, Office,
    holds::Hold,
    offer::BEFORE_OTHERS,
    office::seen_by,
    slots::{Audience, Busy},
};

/// No appointment is longer than this. Rows are found by their starts, so that those of other days,
/// which are many, need not be looked at.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// The local day of an instant, once the town's zone is known here.
pub(crate) fn local_day(office: &Office, scope: &Scope, at: DateTime<Utc>) -> Option<NaiveDate> {
    Some(local_date(at, office.setups.last_seen(scope)?.town.time_zone))
}

/// The set-up, and what may stand in the way of an appointment at `start`: everything on its local
/// day.
pub(crate) async fn on_day_of(
    office: &Office,
    tx: &TenantTx,
    audience: Audience,
    start: DateTime<Utc>,
) -> Result<(Arc<TownSetup>, Vec<Busy>), Error> {
    let last_seen = office.setups.last_seen(tx.scope());
    let mut zone = last_seen.map_or(Tz::UTC, |setup| setup.town.time_zone);
    loop {
        let date = local_date(start, zone);
        let next = date.succ_opt().unwrap_or(date);
        let day = (day_start(date, zone), day_start(next, zone));
        let (setup, busy) = occupancy(office, tx, audience, Some(day)).await?;
        if setup.town.time_zone == zone {
            return Ok((setup, busy));
        }
        zone = setup.town.time_zone;
    }
}

/// A span that is occupied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub busy: Busy,
    /// When it becomes free by itself.
    pub until: Option<DateTime<Utc>>,
}

/// The town's set-up together with all spans that are occupied from `around` (or now) on.
pub(crate) async fn occupancy(
    office: &Office,
    tx: &TenantTx,
    audience: Audience,
    around: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<(Arc<TownSetup>, Vec<Busy>), Error> {
    let (setup, spans) = spans(office, tx, audience, around).await?;
    Ok((setup, spans.into_iter().map(|span| span.busy).collect()))
}

/// The town's set-up together with all spans its appointments occupy from `around` (or now) on,
/// those that are kept for people on the waiting list or with a request, and those that citizens gave
/// back or left unanswered a moment ago, which only the public does not see yet: one statement, which also tells the
/// set-up's version, so that the set-up is the one of the same moment. It names the statuses that
/// occupy nothing: named the other way round, they would let PostgreSQL read the index of the
/// exclusion constraint, with it every appointment that the town ever had, as long as the table has
/// no statistics yet.
///
/// Of a range the instants are hidden in subselects: PostgreSQL would else find that a plan for these
/// very instants reads less than one for any, and plan each time anew, which takes ten times as long
/// as what is planned. The plan is the same.
pub(crate) async fn spans(
    office: &Office,
    tx: &TenantTx,
    audience: Audience,
    around: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<(Arc<TownSetup>, Vec<Span>), Error> {
    let (from, to) = around.unwrap_or_else(|| (office.now(), DateTime::<Utc>::MAX_UTC));
    let [since, now_on, begins, lagging, upper] = match around {
        Some(_) => [
            "(SELECT $2)",
            "(SELECT $3)",
            "(SELECT $4)",
            "(SELECT $5)",
            "AND a.starts_at < (SELECT $6)",
        ],
        None => ["$2", "$3", "$4", "$5", ""],
    };
    let (returned, lag) = match audience {
        Audience::Public => {
            let returned = format!(
                "UNION ALL \
                SELECT t.setup_version, r.counter_id, r.starts_at, r.ends_at, r.free_from, FALSE \
                FROM returned_place r JOIN tenant t ON t.id = r.tenant_id \
                WHERE r.tenant_id = $1 AND r.free_from > {now_on}"
            );
            (returned, BEFORE_OTHERS)
        }
        Audience::Staff | Audience::Beyond => (String::new(), TimeDelta::zero()),
    };
    let now = office.now();
    let sql = format!(
        "SELECT t.setup_version, a.counter_id, a.starts_at, a.ends_at, a.confirm_until AS until, \
         FALSE AS lags \
         FROM tenant t LEFT JOIN appointment a ON a.tenant_id = t.id \
         AND a.status NOT IN ('missed', 'cancelled') \
         AND (a.confirm_until IS NULL OR a.confirm_until > {now_on}) \
         AND a.starts_at > {begins} AND a.ends_at > {since} {upper} WHERE t.id = $1 \
         UNION ALL \
         SELECT t.setup_version, w.offer_counter, w.offer_starts_at, w.offer_ends_at, w.offer_until, \
         TRUE \
         FROM waiting_wish w JOIN tenant t ON t.id = w.tenant_id \
         WHERE w.tenant_id = $1 AND w.status = 'offered' AND w.offer_until > {lagging} \
         UNION ALL \
         SELECT t.setup_version, r.offer_counter, r.offer_starts_at, r.offer_ends_at, r.offer_until, \
         FALSE \
         FROM appointment_request r JOIN tenant t ON t.id = r.tenant_id \
         WHERE r.tenant_id = $1 AND r.status = 'open' AND r.offer_until > {now_on} {returned}"
    );
    let mut values = vec![
        from.into(),
        now.into(),
        (from.checked_sub_signed(LONGEST).unwrap_or(from)).into(),
        (now - lag).into(),
    ];
    values.extend(around.map(|_| to.into()));
    let rows = tx.query(&sql, values).await?;
    let first = rows.first().ok_or(catalog::Error::UnknownTown)?;
    let setup = office.setups.at_version(tx, first.try_get("", "setup_version")?).await?;
    let spans =
        rows.iter().filter_map(|row| span(row, lag).transpose()).collect::<Result<_, _>>()?;
    Ok((seen_by(tx.scope(), setup), spans))
}

/// None for a town without appointments. What `lags` becomes free so much later.
fn span(row: &QueryResult, lag: TimeDelta) -> Result<Option<Span>, Error> {
    let Some(counter) = row.try_get::<Option<Uuid>>("", "counter_id")? else { return Ok(None) };
    let busy = Busy {
        counter,
        starts_at: row.try_get("", "starts_at")?,
        ends_at: row.try_get("", "ends_at")?,
    };
    let until: Option<DateTime<Utc>> = row.try_get("", "until")?;
    let lag = if row.try_get("", "lags")? { lag } else { TimeDelta::zero() };
    Ok(Some(Span { busy, until: until.map(|until| until + lag) }))
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
    let live = office.holds.live(scope.tenant, None, office.now()).await;
    busy.extend(others(&live, own));
}

/// What the holds occupy that are not one's own.
pub(crate) fn others(live: &[Hold], own: Option<&str>) -> impl Iterator<Item = Busy> {
    live.iter().filter(move |hold| Some(hold.token.as_str()) != own).map(Busy::from)
}
