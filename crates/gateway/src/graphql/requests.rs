//! Requests: the inbox and its answers.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use scheduling::{Inbox, TimeForRequest};
use uuid::Uuid;

use super::{
    error::ApiError,
    page::{cursor, read_cursor},
    query::office,
    scope, scope_for,
    types::{Appointment, BasketLine, Contact, Offer, RequestStatus, ShownInput, lines},
};
use crate::{limits::Deed, retention, state::AppState};

/// A request as staff see it.
#[derive(SimpleObject)]
pub(super) struct OpenRequest {
    /// Identity.
    id: Uuid,
    /// Where it stands; in lists they all wait for an answer.
    status: RequestStatus,
    /// The id of the appointment that has come of it.
    appointment: Option<Uuid>,
    /// Short code for the phone.
    code: String,
    /// When it was received.
    created_at: DateTime<Utc>,
    /// What for.
    basket: Vec<BasketLine>,
    /// Only at this location.
    location: Option<Uuid>,
    /// The preferred times, the best first.
    wishes: Vec<Wish>,
    /// The time that staff have proposed last, until when it is kept.
    proposal: Option<Offer>,
    /// Starts that were proposed and not taken.
    passed: Vec<DateTime<Utc>>,
    /// Who asks, while it is kept.
    contact: Option<Contact>,
    /// Names it to openRequests, which goes on after it.
    cursor: String,
}

/// A preferred time, by the office's clock.
#[derive(SimpleObject)]
pub(super) struct Wish {
    /// Date.
    date: NaiveDate,
    /// Not before, `HH:MM`.
    from: String,
    /// Not after, `HH:MM`.
    to: String,
}

impl From<scheduling::Requested> for OpenRequest {
    fn from(own: scheduling::Requested) -> Self {
        let wish = |wish: scheduling::Wish| Wish {
            date: wish.date,
            from: wish.from.to_string(),
            to: wish.to.to_string(),
        };
        Self {
            id: own.id,
            status: own.status.into(),
            appointment: own.appointment_id,
            code: own.code,
            created_at: own.created_at,
            basket: lines(own.basket),
            location: own.location,
            wishes: own.wishes.into_iter().map(wish).collect(),
            proposal: own.proposal.map(Into::into),
            passed: own.passed,
            contact: own.contact.map(Into::into),
            cursor: cursor(own.created_at, own.id),
        }
    }
}

/// What a search has found.
#[derive(SimpleObject)]
pub(super) struct Found {
    /// Appointments: first those that are not over, by start; then those that are, the latest first.
    appointments: Vec<Appointment>,
    /// Requests that wait for an answer, the oldest first.
    requests: Vec<OpenRequest>,
    /// How many more there are: longer words find fewer.
    more: usize,
}

impl From<scheduling::Found> for Found {
    fn from(found: scheduling::Found) -> Self {
        let scheduling::Found { requests, upcoming, past, more } = found;
        Self {
            appointments: upcoming.into_iter().chain(past).map(Into::into).collect(),
            requests: requests.into_iter().map(Into::into).collect(),
            more,
        }
    }
}

pub(super) struct RequestsQuery;

/// Reading.
#[Object]
impl RequestsQuery {
    /// Requests that wait for an answer, the oldest first. For staff; the look is written to the audit
    /// log.
    #[graphql(complexity = "first.clamp(0, 200) as usize / 4 * child_complexity")]
    async fn open_requests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(
            default = 200,
            desc = "At most so many, 200 at the most.",
            validator(minimum = 1, maximum = 200)
        )]
        first: i32,
        #[graphql(desc = "Only after the request with this cursor.")] after: Option<String>,
    ) -> Result<Vec<OpenRequest>> {
        let scope = scope(context, &town).await?;
        let after = after.map(|cursor| read_cursor(&cursor)).transpose()?;
        let inbox = Inbox { after, limit: u64::try_from(first).unwrap_or_default() };
        let open = scheduling::open_requests(office(context), &scope, &inbox).await;
        Ok(open.map_err(ApiError::from)?.requests.into_iter().map(Into::into).collect())
    }

    /// One request, be it answered; the look is written to the audit log. For staff.
    async fn request_by_id(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The request's id.")] request: Uuid,
    ) -> Result<OpenRequest> {
        let scope = scope(context, &town).await?;
        let found = scheduling::request_by_id(office(context), &scope, request).await;
        Ok(found.map_err(ApiError::from)?.into())
    }
}

pub(super) struct RequestsMutation;

/// Changing.
#[Object]
impl RequestsMutation {
    /// Gives a request a firm time and books it for the person who asked. For clerks.
    #[graphql(complexity = "100 + child_complexity")]
    async fn accept_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The request's id.")] request: Uuid,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "A start that freeSlots tells staff.")] starts_at: DateTime<Utc>,
    ) -> Result<Appointment> {
        let scope = scope(context, &town).await?;
        let wanted = TimeForRequest { request, location, starts_at };
        let booked = scheduling::accept_request(office(context), &scope, &wanted).await;
        Ok(booked.map_err(ApiError::from)?.appointment.into())
    }

    /// Proposes another time to the person who asked, keeps it for up to three days and writes to
    /// them. A time that was proposed before is given back. For clerks.
    #[graphql(complexity = "100 + child_complexity")]
    async fn propose_time(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The request's id.")] request: Uuid,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "A start that freeSlots tells staff, in two hours or later.")]
        starts_at: DateTime<Utc>,
    ) -> Result<OpenRequest> {
        let scope = scope(context, &town).await?;
        let wanted = TimeForRequest { request, location, starts_at };
        let proposed = scheduling::propose_time(office(context), &scope, &wanted).await;
        Ok(proposed.map_err(ApiError::from)?.into())
    }

    /// Takes the time that staff have proposed: books it.
    #[graphql(complexity = "100 + child_complexity")]
    async fn take_proposal(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Of the request.")] secret: String,
        #[graphql(desc = "The place as it was shown: another one is left alone.")] shown: Option<
            ShownInput,
        >,
    ) -> Result<Appointment> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let taken = scheduling::take_proposal(
            office(context),
            &scope,
            &secret,
            shown.map(Into::into).as_ref(),
        )
        .await;
        Ok(taken.map_err(ApiError::from)?.appointment.into())
    }

    /// Declines the time that staff have proposed; the request waits for another answer.
    async fn pass_proposal(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Of the request.")] secret: String,
        #[graphql(desc = "The place as it was shown: another one is left alone.")] shown: Option<
            ShownInput,
        >,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let passed = scheduling::pass_proposal(
            office(context),
            &scope,
            &secret,
            shown.map(Into::into).as_ref(),
        )
        .await;
        passed.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Takes an open request back; its data are deleted. Twice is no error.
    #[graphql(complexity = "100")]
    async fn withdraw_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Of the request.")] secret: String,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let state = context.data_unchecked::<AppState>();
        retention::withdraw(state, &scope, &secret).await.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Tells somebody that no wish can be met. For clerks.
    async fn decline_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The request's id.")] request: Uuid,
        #[graphql(default, desc = "Why; told to the citizen. At most 500 characters.")]
        reason: String,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let declined = scheduling::decline_request(office(context), &scope, request, &reason).await;
        declined.map_err(ApiError::from)?;
        Ok(true)
    }
}
