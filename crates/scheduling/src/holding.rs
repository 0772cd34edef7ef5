//! Holding a slot while a citizen fills in the form.

use catalog::{
    hours::local_date,
    model::{Challenge, TownSetup},
};
use chrono::{DateTime, TimeDelta, Utc};
use tenant::{Scope, TenantTx};
use uuid::Uuid;

use crate::{
    BasketLine, Channel, Error, Office,
    availability::{check_location, kept_taken, refuse},
    basket,
    holds::Hold,
    occupancy::{local_day, occupancy, on_day_of, others},
    proving::{self, Payment},
    secrets,
    slots::{self, Audience, Line, Search, Taken},
};

/// What is to be held.
#[derive(Clone, Debug)]
pub struct HoldSlot {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// Phone and counter also hold in the reserve, and need a clerk.
    pub channel: Channel,
    /// Token of the hold that this one replaces.
    pub replaces: Option<String>,
    /// Solution of the challenge, where one is asked for.
    pub proof: Option<String>,
}

/// A hold that was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Names the hold at booking.
    pub token: String,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Where.
    pub location: Uuid,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// End of the occupied span.
    pub ends_at: DateTime<Utc>,
}

/// Holds a slot for the town's hold time.
///
/// # Errors
/// [`Error::SlotTaken`] with alternatives, [`Error::SlotNotOffered`], [`Error::ChallengeNeeded`],
/// [`Error::Challenge`], refusals of the basket, faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn hold_slot(office: &Office, scope: &Scope, wanted: &HoldSlot) -> Result<Held, Error> {
    let audience = wanted.channel.audience(scope)?;
    let now = office.now();
    let seen = match audience {
        Audience::Public => seen(office, scope, wanted, now).await?,
        Audience::Staff | Audience::Beyond => None,
    };
    // What others hold is among what was seen, and no two hold the same.
    let live = match (&seen, &wanted.replaces) {
        (Some(_), None) => Vec::new(),
        (None, None) => {
            let date = local_day(office, scope, wanted.starts_at);
            office.holds.live(scope.tenant, date, now).await
        }
        // What is replaced may lie on another day.
        (_, Some(_)) => office.holds.live(scope.tenant, None, now).await,
    };
    let tx = office.db.read(scope).await?;
    let (setup, busy) = match &seen {
        Some((_, span)) => occupancy(office, &tx, audience, Some(*span)).await?,
        None => on_day_of(office, &tx, audience, wanted.starts_at).await?,
    };
    let payment = payment(office, &tx, &setup, wanted, &live, now).await?;
    drop(tx);
    check_location(&setup, Some(wanted.location))?;
    let lines = basket::resolve(scope, &setup, &wanted.basket, wanted.channel.modes())?;
    let mut taken = seen.map_or_else(|| Taken::nothing(setup.town.time_zone), |(taken, _)| taken);
    for busy in busy.into_iter().chain(others(&live, wanted.replaces.as_deref())) {
        taken.add(&busy);
    }
    let search = search(&setup, &lines, wanted, audience, now, &taken);
    let date = search.from;
    let expires_at = now + TimeDelta::minutes(i64::from(setup.town.hold_minutes));
    let token = secrets::token();
    for candidate in slots::candidates(&search, wanted.starts_at) {
        let hold = Hold {
            token: token.clone(),
            counter: candidate.counter,
            date,
            starts_at: wanted.starts_at,
            ends_at: candidate.ends_at,
            expires_at,
        };
        if office.holds.claim(scope.tenant, &hold, wanted.replaces.as_deref(), now).await {
            if let Err(refused) = payment.settle(office, &setup, scope.tenant, &token, now).await {
                office.holds.release(scope.tenant, &hold.token).await;
                return Err(refused);
            }
            let Hold { token, starts_at, ends_at, .. } = hold;
            return Ok(Held { token, expires_at, location: wanted.location, starts_at, ends_at });
        }
    }
    Err(refuse(office, scope, &search, wanted.replaces.as_deref(), wanted.starts_at).await?)
}

/// What citizens see as taken on the day of the slot, and the span that would be held, where that is
/// kept in memory. Most who come too late in a rush are refused by that, without a look at the database.
async fn seen(
    office: &Office,
    scope: &Scope,
    wanted: &HoldSlot,
    now: DateTime<Utc>,
) -> Result<Option<(Taken, (DateTime<Utc>, DateTime<Utc>))>, Error> {
    let own = wanted.replaces.as_deref();
    let Some(date) = local_day(office, scope, wanted.starts_at) else { return Ok(None) };
    let Some((setup, taken)) = kept_taken(office, scope, own, date, now) else { return Ok(None) };
    check_location(&setup, Some(wanted.location))?;
    let lines = basket::resolve(scope, &setup, &wanted.basket, wanted.channel.modes())?;
    let search = search(&setup, &lines, wanted, Audience::Public, now, &taken);
    match slots::candidates(&search, wanted.starts_at).first() {
        Some(candidate) => Ok(Some((taken, (wanted.starts_at, candidate.ends_at)))),
        None => Err(refuse(office, scope, &search, own, wanted.starts_at).await?),
    }
}

fn search<'a>(
    setup: &'a TownSetup,
    lines: &'a [Line<'a>],
    wanted: &HoldSlot,
    audience: Audience,
    now: DateTime<Utc>,
    taken: &'a Taken,
) -> Search<'a> {
    let date = local_date(wanted.starts_at, setup.town.time_zone);
    let location = Some(wanted.location);
    Search { setup, lines, location, from: date, to: date, audience, now, taken }
}

/// A hold costs what a place costs; one that replaces another takes no further place.
async fn payment(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    wanted: &HoldSlot,
    live: &[Hold],
    now: DateTime<Utc>,
) -> Result<Payment, Error> {
    if let Some(replaced) = &wanted.replaces
        && setup.town.challenge != Challenge::Off
        && live.iter().any(|own| own.token == *replaced)
    {
        return Ok(Payment::None);
    }
    match proving::pay(office, tx, setup, wanted.proof.as_deref(), now).await? {
        Payment::Owed => Err(Error::ChallengeNeeded),
        payment => Ok(payment),
    }
}

/// Gives a hold back; an unknown or expired token is no error.
pub async fn release_hold(office: &Office, scope: &Scope, token: &str) {
    office.holds.release(scope.tenant, token).await;
}
