//! What citizens do with what is theirs: confirm, find again, erase.

use async_graphql::{Context, Object, Result, SimpleObject};

use serde_json::Value;

use super::{
    error::ApiError,
    query::office,
    scope_for,
    types::{Appointment, Booked},
};
use crate::{layer::client::Client, limits::Deed, retention, state::AppState, stored, throttle};

#[derive(Default)]
pub(super) struct OwnQuery;

/// An appointment whose address is to be confirmed.
#[derive(SimpleObject)]
pub(super) struct ToConfirm {
    /// The appointment.
    appointment: Appointment,
    /// Opens its own page.
    secret: String,
}

/// A number to be found by trying, in ALTCHA's form: which number, written after the salt, has this
/// SHA-256?
#[derive(SimpleObject)]
pub(super) struct Challenge {
    /// `SHA-256`.
    algorithm: &'static str,
    /// The SHA-256 of salt and number, in hexadecimal.
    challenge: String,
    /// What stands before the number; it names when the challenge ends.
    salt: String,
    /// Goes back as it is.
    signature: String,
    /// No number is greater.
    #[graphql(name = "maxnumber")]
    max_number: u32,
}

impl From<scheduling::challenge::Challenge> for Challenge {
    fn from(own: scheduling::challenge::Challenge) -> Self {
        let scheduling::challenge::Challenge { algorithm, challenge, salt, signature, max_number } =
            own;
        Self { algorithm, challenge, salt, signature, max_number }
    }
}

#[Object]
impl OwnQuery {
    /// The challenge whose solution a hold, or a booking without one, has to bring now; nothing where
    /// none is asked for. A solution is good for one place. `proof` is base64 of JSON with algorithm,
    /// challenge, number, salt and signature.
    async fn challenge(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Option<Challenge>> {
        let scope = scope_for(context, &town, Deed::Hold).await?;
        let asked = scheduling::challenge(office(context), &scope).await;
        Ok(asked.map_err(ApiError::from)?.map(Into::into))
    }

    /// Everything that is stored about the person who has an appointment (Art. 15 and 20 GDPR): the
    /// appointment, the contact data, what staff noted, every message, every wish on the waiting list.
    #[graphql(complexity = 50)]
    async fn stored_data(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The secret of the appointment.")] secret: String,
    ) -> Result<Value> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let office = office(context);
        let stored = scheduling::stored(office, &scope, &secret).await.map_err(ApiError::from)?;
        let setup = office.setup(&scope).await.map_err(ApiError::from)?;
        Ok(stored::document(&setup, stored))
    }

    /// The appointment that the mailed secret confirms.
    #[graphql(complexity = "20 + child_complexity")]
    async fn appointment_to_confirm(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "From the link of the mail.")] secret: String,
    ) -> Result<ToConfirm> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let found = scheduling::appointment_to_confirm(office(context), &scope, &secret).await;
        let (appointment, secret) = found.map_err(ApiError::from)?;
        Ok(ToConfirm { appointment: appointment.into(), secret })
    }

    /// All appointments to come of the address that the mailed link went to.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn my_appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "From the link of the mail.")] secret: String,
    ) -> Result<Vec<Booked>> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let found = scheduling::overview(office(context), &scope, &secret).await;
        let own = found.map_err(ApiError::from)?.into_iter();
        Ok(own
            .map(|(appointment, secret)| Booked { appointment: appointment.into(), secret })
            .collect())
    }
}

#[derive(Default)]
pub(super) struct OwnMutation;

#[Object]
impl OwnMutation {
    /// Lets an appointment stand whose address had to be confirmed.
    #[graphql(complexity = "100 + child_complexity")]
    async fn confirm_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "From the link of the mail.")] secret: String,
    ) -> Result<Appointment> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let confirmed = scheduling::confirm_appointment(office(context), &scope, &secret).await;
        Ok(confirmed.map_err(ApiError::from)?.into())
    }

    /// Mails a link to all appointments to come of an address. The answer is the same where there
    /// are none.
    #[graphql(complexity = "100")]
    async fn request_my_appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The address that was booked with.")] email: String,
        #[graphql(default = "de", desc = "Language of the mail.")] locale: String,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Link).await?;
        let state = context.data_unchecked::<AppState>();
        let client = context.data_unchecked::<Client>();
        throttle::overview(state, &scope, client, &email).await.map_err(ApiError::from)?;
        let asked = scheduling::request_overview(office(context), &scope, &email, &locale).await;
        asked.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Sends no more short messages about an appointment. Twice is no error.
    #[graphql(complexity = "100")]
    async fn stop_sms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Secret of the appointment's page.")] secret: String,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        scheduling::stop_sms(office(context), &scope, &secret).await.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Deletes who comes, and all mails about it; an appointment to come is cancelled with it.
    #[graphql(complexity = "100")]
    async fn erase_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Secret of the appointment's page.")] secret: String,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let state = context.data_unchecked::<AppState>();
        retention::erase(state, &scope, &secret).await.map_err(ApiError::from)?;
        Ok(true)
    }
}
