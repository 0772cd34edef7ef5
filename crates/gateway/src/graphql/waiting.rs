//! The waiting list.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use catalog::time::WallTime;
use chrono::NaiveDate;
use scheduling::JoinWaitingList;
use uuid::Uuid;

use super::{
    error::ApiError,
    mutation::parse,
    query::office,
    scope_for,
    types::{Appointment, BasketLineInput, ContactInput, Offer, ShownInput},
};
use crate::limits::Deed;

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "catalog::time::Weekday")]
#[allow(missing_docs)]
pub(super) enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Days, times and locations that suit.
#[derive(InputObject)]
pub(super) struct WaitingWishInput {
    /// Only at the locations with these ids; none named means all.
    #[graphql(default, validator(max_items = 100))]
    locations: Vec<Uuid>,
    /// First local date.
    first: NaiveDate,
    /// Last local date, included.
    last: NaiveDate,
    /// Days of the week; none named means all.
    #[graphql(default)]
    weekdays: Vec<Weekday>,
    /// Earliest start, `HH:MM` by the office's clock.
    #[graphql(default_with = "\"00:00\".to_owned()")]
    from: String,
    /// Latest start, `HH:MM` by the office's clock.
    #[graphql(default_with = "\"24:00\".to_owned()")]
    to: String,
}

impl WaitingWishInput {
    fn read(self) -> Result<scheduling::WaitingWish, ApiError> {
        let time = |text: &str| -> Result<WallTime, ApiError> {
            text.parse().map_err(|_| scheduling::Error::Wishes.into())
        };
        Ok(scheduling::WaitingWish {
            locations: self.locations,
            first: self.first,
            last: self.last,
            weekdays: self.weekdays.into_iter().map(Into::into).collect(),
            from: time(&self.from)?,
            to: time(&self.to)?,
        })
    }
}

/// Where somebody stands on the list.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "scheduling::WaitingStatus")]
pub(super) enum WaitingStatus {
    /// Nothing has become free yet.
    Waiting,
    /// A place is kept.
    Offered,
    /// An offered place was taken.
    Taken,
    /// Left by one's own wish.
    Left,
    /// The last day of the wish is over.
    Ended,
}

/// Somebody's place on the list.
#[derive(SimpleObject)]
pub(super) struct Waiting {
    /// Short code for the phone.
    code: String,
    /// Opens it again, as in the link of the mail.
    secret: String,
    /// Where it stands.
    status: WaitingStatus,
    /// The place that is kept now.
    offer: Option<Offer>,
    /// Whether a mail to the address was refused for good or came back: nothing is offered then.
    unreachable: bool,
}

impl From<scheduling::Waiting> for Waiting {
    fn from(waiting: scheduling::Waiting) -> Self {
        Self {
            offer: waiting.offer.map(Into::into),
            code: waiting.code,
            secret: waiting.secret,
            status: waiting.status.into(),
            unreachable: waiting.unreachable,
        }
    }
}

pub(super) struct WaitingQuery;

/// Reading.
#[Object]
impl WaitingQuery {
    /// The place on the waiting list that a secret opens.
    async fn waiting(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As it stands in the link of the mail.")] secret: String,
    ) -> Result<Waiting> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let found = scheduling::waiting_by_secret(office(context), &scope, &secret).await;
        Ok(found.map_err(ApiError::from)?.into())
    }
}

pub(super) struct WaitingMutation;

/// Changing.
#[Object]
impl WaitingMutation {
    /// Puts somebody on the waiting list: places that become free and suit are offered in the order
    /// in which people came. A repeated call with the same idempotency key and content returns the
    /// same place.
    #[graphql(complexity = "100 + child_complexity")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn join_waiting_list(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Services with quantities.", validator(min_items = 1, max_items = 10))]
        basket: Vec<BasketLineInput>,
        #[graphql(desc = "What suits.")] wish: WaitingWishInput,
        #[graphql(desc = "Who waits; without, whoever has the later appointment.")] contact: Option<
            ContactInput,
        >,
        #[graphql(desc = "Secret of a later appointment that is given back for an earlier one.")]
        instead_of: Option<String>,
        #[graphql(desc = "16 to 64 visible ASCII characters, such as a UUID.")]
        idempotency_key: String,
        #[graphql(default = "de", desc = "Language of the mails.")] locale: String,
        #[graphql(
            desc = "Solution of `challenge`, where there is one; without it, what is taken from the list is confirmed by mail."
        )]
        proof: Option<String>,
    ) -> Result<Waiting> {
        let scope = scope_for(context, &town, Deed::Book).await?;
        let office = office(context);
        let setup = office.setup(&scope).await.map_err(ApiError::from)?;
        let contact = contact.map(|given| parse(&setup, &given, true)).transpose()?;
        let wanted = JoinWaitingList {
            basket: basket.into_iter().map(Into::into).collect(),
            wish: wish.read()?,
            contact,
            instead_of,
            proof,
            idempotency_key,
            locale,
        };
        let waiting = scheduling::join_waiting_list(office, &scope, &wanted).await;
        Ok(waiting.map_err(ApiError::from)?.into())
    }

    /// Takes the place that is kept: books it, or moves the later appointment to it.
    #[graphql(complexity = "100 + child_complexity")]
    async fn take_offer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Of the place on the waiting list.")] secret: String,
        #[graphql(desc = "The place as it was shown: another one is left alone.")] shown: Option<
            ShownInput,
        >,
    ) -> Result<Appointment> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let taken = scheduling::take_offer(
            office(context),
            &scope,
            &secret,
            shown.map(Into::into).as_ref(),
        )
        .await;
        Ok(taken.map_err(ApiError::from)?.appointment.into())
    }

    /// Passes the kept place on to the next, and waits for another.
    async fn pass_offer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Of the place on the waiting list.")] secret: String,
        #[graphql(desc = "The place as it was shown: another one is left alone.")] shown: Option<
            ShownInput,
        >,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let passed = scheduling::pass_offer(
            office(context),
            &scope,
            &secret,
            shown.map(Into::into).as_ref(),
        )
        .await;
        passed.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Leaves the waiting list; a place that was kept goes to the next.
    async fn leave_waiting_list(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Of the place on the waiting list.")] secret: String,
    ) -> Result<bool> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let left = scheduling::leave_waiting_list(office(context), &scope, &secret).await;
        left.map_err(ApiError::from)?;
        Ok(true)
    }
}
