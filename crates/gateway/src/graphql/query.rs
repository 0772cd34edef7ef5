//! Reading.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, NaiveDate, Utc};
use scheduling::{AppointmentFilter, FreeSlotsQuery, Office};
use uuid::Uuid;

use super::{
    error::ApiError,
    scope,
    types::{
        Appointment, AppointmentPage, BasketLineInput, Channel, FreeSlots, Requested, Town,
        TownEntry, TownPage,
    },
};
use crate::state::AppState;

pub(super) struct Query;

pub(super) fn office<'a>(context: &Context<'a>) -> &'a Office {
    &context.data_unchecked::<AppState>().office
}

/// Reading. Every field that looks into a town takes its slug.
#[Object]
impl Query {
    /// All live towns.
    async fn towns(
        &self,
        context: &Context<'_>,
        #[graphql(default = 50, validator(minimum = 1, maximum = 100))] first: i32,
        #[graphql(desc = "Only after the town with this cursor.")] after: Option<String>,
    ) -> Result<TownPage> {
        let state = context.data_unchecked::<AppState>();
        let all = state.directory.list(&state.office.db).await.map_err(ApiError::from)?;
        let rest: Vec<_> = all
            .iter()
            .filter(|entry| {
                entry.is_live() && after.as_ref().is_none_or(|after| entry.slug > *after)
            })
            .collect();
        let most = usize::try_from(first).unwrap_or(50);
        let has_next_page = rest.len() > most;
        let nodes: Vec<TownEntry> = rest
            .into_iter()
            .take(most)
            .map(|entry| TownEntry {
                slug: entry.slug.clone(),
                name: entry.name.clone(),
                county: entry.county.clone(),
            })
            .collect();
        let end_cursor = nodes.last().map(|town| town.slug.clone());
        Ok(TownPage { nodes, end_cursor, has_next_page })
    }

    /// A town's services and locations.
    async fn town(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its slug.")] town: String,
    ) -> Result<Town> {
        let scope = scope(context, &town).await?;
        let setup = office(context).setup(&scope).await.map_err(ApiError::from)?;
        Ok(Town { setup })
    }

    /// Free slots of a basket in a range of local dates, at most 62 days.
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn free_slots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Services with quantities.", validator(min_items = 1, max_items = 10))]
        basket: Vec<BasketLineInput>,
        #[graphql(desc = "Only this location.")] location: Option<Uuid>,
        #[graphql(desc = "First local date.")] from: NaiveDate,
        #[graphql(desc = "Last local date.")] to: NaiveDate,
        #[graphql(default_with = "Channel::Online")] channel: Channel,
        #[graphql(desc = "Token of one's own hold, which does not hide its slot.")] hold: Option<
            String,
        >,
    ) -> Result<FreeSlots> {
        let scope = scope(context, &town).await?;
        let query = FreeSlotsQuery {
            basket: basket.into_iter().map(Into::into).collect(),
            location,
            from,
            to,
            channel: channel.into(),
            hold,
        };
        let found = scheduling::free_slots(office(context), &scope, &query).await;
        Ok(found.map_err(ApiError::from)?.into())
    }

    /// The appointment that a secret opens.
    async fn appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        secret: String,
    ) -> Result<Appointment> {
        let scope = scope(context, &town).await?;
        let found = scheduling::appointment_by_secret(office(context), &scope, &secret).await;
        Ok(found.map_err(ApiError::from)?.into())
    }

    /// The request that a secret opens.
    async fn request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        secret: String,
    ) -> Result<Requested> {
        let scope = scope(context, &town).await?;
        let found = scheduling::requested_by_secret(office(context), &scope, &secret).await;
        Ok(found.map_err(ApiError::from)?.into())
    }

    /// The town's appointments in a range of local dates, by start. For staff; every look is
    /// written to the audit log.
    #[graphql(complexity = "first.clamp(0, 100) as usize * child_complexity")]
    async fn appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "First local date.")] from: NaiveDate,
        #[graphql(desc = "Last local date.")] to: NaiveDate,
        #[graphql(default = 50, validator(minimum = 1, maximum = 100))] first: i32,
        #[graphql(desc = "Only after the appointment with this cursor.")] after: Option<String>,
    ) -> Result<AppointmentPage> {
        let scope = scope(context, &town).await?;
        let most = usize::try_from(first).unwrap_or(50);
        let after = after.map(|cursor| read_cursor(&cursor)).transpose()?;
        let filter = AppointmentFilter { from, to, after, limit: most as u64 + 1 };
        let mut found = scheduling::list_appointments(office(context), &scope, &filter)
            .await
            .map_err(ApiError::from)?;
        let has_next_page = found.len() > most;
        found.truncate(most);
        let end_cursor =
            found.last().map(|last| format!("{}_{}", last.starts_at.to_rfc3339(), last.id));
        let nodes = found.into_iter().map(Into::into).collect();
        Ok(AppointmentPage { nodes, end_cursor, has_next_page })
    }
}

fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, Uuid)> {
    cursor
        .split_once('_')
        .and_then(|(start, id)| {
            Some((DateTime::parse_from_rfc3339(start).ok()?.to_utc(), id.parse().ok()?))
        })
        .ok_or_else(|| async_graphql::Error::new("not a cursor of this list"))
}
