//! Changing a town's set-up, and the appointments that a change leaves outside.

use async_graphql::{Context, InputObject, Object, Result};
use catalog::townfile;
use scheduling::Decision;
use uuid::Uuid;

use super::{day::Affected, error::ApiError, query::office, scope, types::Appointment};
use crate::{state::AppState, town};

/// What happens with appointments to come that lie outside: whose location, counter, hours or
/// service the set-up does not have.
#[derive(InputObject)]
pub(super) struct OutsideInput {
    /// Ids of the appointments that it is about: all that were listed. Those that lie outside too and
    /// are not named are never touched, and a change that would leave such there is refused.
    appointments: Vec<Uuid>,
    /// They stay, go elsewhere or are cancelled.
    then: Affected,
    /// Why; told to those who have to come at another time, or not at all. At most 500 characters.
    #[graphql(default)]
    reason: String,
}

impl OutsideInput {
    pub(super) fn read(self) -> Result<Decision, ApiError> {
        Ok(Decision::new(self.appointments, self.then.into(), &self.reason)?)
    }
}

pub(super) struct SetUpQuery;

/// Reading.
#[Object]
impl SetUpQuery {
    /// Appointments to come that lie outside the set-up, by start, without contact data. For admins.
    #[graphql(complexity = "50 * child_complexity")]
    async fn appointments_outside(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<Appointment>> {
        let scope = scope(context, &town).await?;
        let outside = scheduling::outside(office(context), &scope).await;
        Ok(outside.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }
}

pub(super) struct SetUpMutation;

/// Changing.
#[Object]
impl SetUpMutation {
    /// Makes the town look like its town file. Returns the new version. Where appointments would lie
    /// outside then, nothing changes unless `outside` says what happens with them: the error
    /// APPOINTMENTS_OUTSIDE lists them. For admins; the slug stays as it is.
    #[graphql(complexity = "200")]
    async fn change_set_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(
            desc = "The version that was read; what others changed since is not overwritten."
        )]
        version: i64,
        #[graphql(desc = "The whole town file (TOML).")] file: String,
        #[graphql(
            desc = "What happens with appointments that the change leaves outside; those that find no other place are told by appointmentsOutside."
        )]
        outside: Option<OutsideInput>,
    ) -> Result<i64> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let decision = outside.map(OutsideInput::read).transpose()?;
        let setup = townfile::parse(&file)
            .map_err(|problems| ApiError::from(catalog::Error::Invalid(problems)))?;
        let changed = town::change(state, &scope, version, &setup, decision.as_ref()).await;
        Ok(changed.map_err(ApiError::from)?.version)
    }

    /// Does the same with appointments that lie outside now; returns those that found no other place.
    /// For admins.
    #[graphql(complexity = "200 + 20 * child_complexity")]
    async fn settle_outside(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "What happens with them.")] outside: OutsideInput,
    ) -> Result<Vec<Appointment>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let left = town::settle_outside(state, &scope, &outside.read()?).await;
        Ok(left.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }
}
