//! What taking a place costs: in towns that want it, or while far more is taken than usual, a solved
//! challenge. Whoever brings none holds nothing, and has a booking confirmed by mail.

use catalog::model::{Challenge as Wanted, TownSetup};
use chrono::{DateTime, TimeDelta, Utc};
use tenant::{Scope, TenantId, TenantTx};

use crate::{
    Error, Office,
    challenge::{self, Challenge, Flaw, Solved},
    tallies::Tally,
};

/// Once a surge has begun, so long solutions are asked for; then it is counted anew.
const SURGE: TimeDelta = TimeDelta::minutes(10);
/// So many places at most, of a town within the time to confirm, go to those who bring no solution: a
/// program that leaves it out keeps no more from others.
const UNPROVEN: u32 = 20;
/// In towns that give no other time, so many minutes such a booking waits to be confirmed.
const TO_CONFIRM: u16 = 30;
/// How many bookings a hold pays for: more than one, since the first may be refused.
const PER_HOLD: u32 = 3;

/// How a place that somebody is about to take is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    /// It takes none from the public: staff give it, or it was kept for this person.
    None,
    /// Nothing is asked for.
    Free,
    /// By the hold with this token, which was paid for.
    Hold(String),
    /// By a solution.
    Solution(Solved),
    /// Not at all.
    Owed,
}

/// The challenge that has to be solved now before a place is taken, if there has to be one.
///
/// # Errors
/// Faults.
pub async fn challenge(office: &Office, scope: &Scope) -> Result<Option<Challenge>, Error> {
    let setup = office.setup(scope).await?;
    if !asks_for_proof(office, scope, &setup).await {
        return Ok(None);
    }
    let tx = office.db.read(scope).await?;
    let max_number = setup.town.challenge_numbers;
    let chance = (rand::random(), rand::random_range(0..=max_number));
    Ok(Some(challenge::make(&key(office, &tx).await?, chance, max_number, office.now())))
}

/// Whether citizens have to bring a solution now.
pub async fn asks_for_proof(office: &Office, scope: &Scope, setup: &TownSetup) -> bool {
    match setup.town.challenge {
        Wanted::Off => false,
        Wanted::Always => true,
        Wanted::Surge => office.tallies.look(&surge(scope.tenant), office.now()).await.count > 0,
    }
}

/// In how many minutes a booking has to be confirmed that is not paid for.
#[must_use]
pub fn minutes_to_confirm(setup: &TownSetup) -> u16 {
    match setup.town.confirm_minutes {
        0 => TO_CONFIRM,
        minutes => minutes,
    }
}

/// The same as a span of time.
pub(crate) fn to_confirm(setup: &TownSetup) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes_to_confirm(setup)))
}

/// Sees how a citizen pays for a place: by a solution, where one is asked for.
pub(crate) async fn pay(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    solution: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Payment, Error> {
    if tx.scope().is_staff() {
        return Ok(Payment::None);
    }
    if !asks_for_proof(office, tx.scope(), setup).await {
        return Ok(Payment::Free);
    }
    let Some(solution) = solution else { return Ok(Payment::Owed) };
    let solved = challenge::verify(&key(office, tx).await?, solution, now);
    Ok(Payment::Solution(solved.map_err(Error::Challenge)?))
}

impl Payment {
    /// Makes sure, at the moment in which the place is taken, that nothing pays for more than it may;
    /// and counts the place. `deed` names what is paid for: whoever sends the same again, since the
    /// database was busy, pays once.
    ///
    /// # Errors
    /// [`Error::Challenge`], [`Error::ChallengeNeeded`].
    pub(crate) async fn settle(
        &self,
        office: &Office,
        setup: &TownSetup,
        tenant: TenantId,
        deed: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let tallies = &office.tallies;
        let of_town = |what, whom, window| Tally { tenant: Some(tenant), what, whom, window };
        if *self == Self::None || setup.town.challenge == Wanted::Off {
            return Ok(());
        }
        let paid = of_town("paid", deed, challenge::LIFE);
        if tallies.look(&paid, now).await.count > 0 {
            return Ok(());
        }
        match self {
            Self::None | Self::Free => {}
            Self::Hold(token) => {
                let used =
                    tallies.add(&of_town("hold-used", token, TimeDelta::hours(1)), now).await;
                if used.beyond(PER_HOLD).is_some() {
                    return Err(Error::ChallengeNeeded);
                }
            }
            Self::Solution(Solved { challenge }) => {
                let used = of_town("solution", challenge, challenge::LIFE);
                if tallies.add(&used, now).await.count > 1 {
                    return Err(Error::Challenge(Flaw::Used));
                }
            }
            Self::Owed => {
                let unproven = of_town("unproven", "", to_confirm(setup));
                if tallies.add(&unproven, now).await.count > UNPROVEN {
                    return Err(Error::ChallengeNeeded);
                }
            }
        }
        // Only now: what was refused is not paid for.
        tallies.add(&paid, now).await;
        if setup.town.challenge == Wanted::Surge && !matches!(self, Self::Hold(_)) {
            let places = of_town("place", "", TimeDelta::minutes(1));
            if tallies.add(&places, now).await.count >= u32::from(setup.town.challenge_surge) {
                tallies.add(&surge(tenant), now).await;
            }
        }
        Ok(())
    }
}

fn surge(tenant: TenantId) -> Tally<'static> {
    Tally { tenant: Some(tenant), what: "surge", whom: "", window: SURGE }
}

/// The key that signs a town's challenges.
async fn key(office: &Office, tx: &TenantTx) -> Result<[u8; 32], Error> {
    Ok(office.vault.keyring(tx).await?.mac("challenge", &[])?)
}
