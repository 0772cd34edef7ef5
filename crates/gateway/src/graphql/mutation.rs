//! Changing.

use std::collections::BTreeSet;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use scheduling::{BookAppointment, Close, HoldSlot, RequestAppointment, Reschedule, Wish, contact};
use tenant::accounts::sessions::{self, SignedIn};
use uuid::Uuid;

use super::{
    Session,
    day::{Affected, Closed, ClosureInput, Undone},
    error::ApiError,
    query::office,
    scope, scope_for,
    types::{
        Appointment, AppointmentRefInput, AppointmentStatus, BasketLineInput, Booked, Channel,
        ContactInput, Hold, Requested, WishInput,
    },
};
use crate::{
    layer::client::Client,
    limits::Deed,
    state::AppState,
    throttle::{self, Caller},
};

pub(super) struct BookingMutation;

/// Changing. Every field that works in a town takes its slug.
#[Object]
impl BookingMutation {
    /// Opens a session for staff; its token goes into `Authorization: Bearer …`.
    #[graphql(complexity = "1000")]
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Address of the account.")] email: String,
        #[graphql(desc = "Its password.")] password: String,
        #[graphql(
            desc = "Code of its second factor, or a recovery code; without one, an account that has a second factor is refused with SECOND_FACTOR."
        )]
        code: Option<String>,
    ) -> Result<String> {
        let state = context.data_unchecked::<AppState>();
        let client = context.data_unchecked::<Client>();
        let from = Caller::api(client);
        let signed_in = throttle::sign_in(state, &from, &email, &password).await;
        let session = match (signed_in.map_err(ApiError::from)?, code) {
            (SignedIn::Session(session), _) => session,
            (SignedIn::HalfWay(token), Some(code)) => {
                let session = throttle::second_step(state, &from, &token, &code).await;
                session.map_err(ApiError::from)?
            }
            (SignedIn::HalfWay(_), None) => return Err(ApiError::SecondFactor.into()),
        };
        Ok(session)
    }

    /// Ends the session that the request carries.
    async fn sign_out(&self, context: &Context<'_>) -> Result<bool> {
        if let Some(token) = &context.data_unchecked::<Session>().token {
            sessions::sign_out(&office(context).db, token).await.map_err(ApiError::from)?;
        }
        Ok(true)
    }

    /// Holds a slot while the form is filled in.
    #[graphql(complexity = "100 + child_complexity")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn hold_slot(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Services with quantities.", validator(min_items = 1, max_items = 10))]
        basket: Vec<BasketLineInput>,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "Start of the slot, as freeSlots tells it.")] starts_at: DateTime<Utc>,
        #[graphql(default_with = "Channel::Online", desc = "How the citizen came.")]
        channel: Channel,
        #[graphql(desc = "Token of the hold that this one replaces.")] replaces: Option<String>,
        #[graphql(
            desc = "Solution of the challenge, in ALTCHA's form; without one where one is asked for, nothing is held (CHALLENGE_NEEDED)."
        )]
        proof: Option<String>,
    ) -> Result<Hold> {
        let scope = scope_for(context, &town, Deed::Hold).await?;
        let wanted = HoldSlot {
            basket: basket.into_iter().map(Into::into).collect(),
            location,
            starts_at,
            channel: channel.into(),
            replaces,
            proof,
        };
        let held = scheduling::hold_slot(office(context), &scope, &wanted).await;
        Ok(held.map_err(ApiError::from)?.into())
    }

    /// Gives a hold back; an unknown token is no error.
    async fn release_hold(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As holdSlot answered it.")] token: String,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        scheduling::release_hold(office(context), &scope, &token).await;
        Ok(true)
    }

    /// Books a slot firmly. A repeated call with the same idempotency key and content returns the
    /// same appointment.
    #[graphql(complexity = "100 + child_complexity")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn book_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Services with quantities.", validator(min_items = 1, max_items = 10))]
        basket: Vec<BasketLineInput>,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "Start of the slot, as freeSlots tells it.")] starts_at: DateTime<Utc>,
        #[graphql(desc = "Who comes.")] contact: ContactInput,
        #[graphql(desc = "Token of the own hold.")] hold: Option<String>,
        #[graphql(desc = "16 to 64 visible ASCII characters, such as a UUID.")]
        idempotency_key: String,
        #[graphql(default_with = "Channel::Online", desc = "How the citizen came.")]
        channel: Channel,
        #[graphql(default = "de", desc = "Language of the mails.")] locale: String,
        #[graphql(
            default,
            desc = "Beyond what is open, where only what is occupied stands in the way; for admins."
        )]
        beyond: bool,
        #[graphql(
            desc = "Solution of the challenge, in ALTCHA's form, unless the hold had one; without one where one is asked for, the appointment stands only once it is confirmed by mail."
        )]
        proof: Option<String>,
    ) -> Result<Booked> {
        let scope = scope_for(context, &town, Deed::Book).await?;
        let office = office(context);
        let setup = office.setup(&scope).await.map_err(ApiError::from)?;
        let contact = parse(&setup, &contact, channel == Channel::Online)?;
        let wanted = BookAppointment {
            basket: basket.into_iter().map(Into::into).collect(),
            location,
            starts_at,
            channel: channel.into(),
            contact,
            hold,
            idempotency_key,
            locale,
            settles: None,
            beyond,
            proof,
        };
        let booked = scheduling::book_appointment(office, &scope, &wanted).await;
        let scheduling::Booked { appointment, secret } = booked.map_err(ApiError::from)?;
        Ok(Booked { appointment: appointment.into(), secret })
    }

    /// Asks for an appointment with one to three preferred times, for services in request mode.
    #[graphql(complexity = "100 + child_complexity")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn request_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Services with quantities.", validator(min_items = 1, max_items = 10))]
        basket: Vec<BasketLineInput>,
        #[graphql(desc = "Only this location.")] location: Option<Uuid>,
        #[graphql(desc = "The best first.", validator(min_items = 1, max_items = 3))] wishes: Vec<
            WishInput,
        >,
        #[graphql(desc = "Who comes.")] contact: ContactInput,
        #[graphql(desc = "16 to 64 visible ASCII characters, such as a UUID.")]
        idempotency_key: String,
        #[graphql(default = "de", desc = "Language of the mails.")] locale: String,
    ) -> Result<Requested> {
        let scope = scope_for(context, &town, Deed::Book).await?;
        let office = office(context);
        let setup = office.setup(&scope).await.map_err(ApiError::from)?;
        let wanted = RequestAppointment {
            basket: basket.into_iter().map(Into::into).collect(),
            location,
            wishes: wishes.iter().map(wish).collect::<Result<_, _>>()?,
            contact: parse(&setup, &contact, true)?,
            idempotency_key,
            locale,
        };
        let requested = scheduling::request_appointment(office, &scope, &wanted).await;
        Ok(requested.map_err(ApiError::from)?.into())
    }

    /// Cancels an appointment; its slot is free at once, and a mail says so. Cancelling twice is no
    /// error.
    #[graphql(complexity = "100 + child_complexity")]
    async fn cancel_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Which one.")] appointment: AppointmentRefInput,
        #[graphql(
            default,
            desc = "Why; told to the citizen where the office cancels. At most 500 characters."
        )]
        reason: String,
    ) -> Result<Appointment> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let which = appointment.into();
        let cancelled =
            scheduling::cancel_appointment(office(context), &scope, &which, &reason).await;
        Ok(cancelled.map_err(ApiError::from)?.into())
    }

    /// Moves an appointment, or changes what it is for, in one step: the old slot is given back
    /// and the new one taken, or nothing changes. Code, secret and calendar entry stay.
    #[graphql(complexity = "100 + child_complexity")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn reschedule_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Which one.")] appointment: AppointmentRefInput,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "Start of the slot, as freeSlots tells it.")] starts_at: DateTime<Utc>,
        #[graphql(desc = "Only at the counter with this id; for clerks.")] counter: Option<Uuid>,
        #[graphql(
            desc = "What for, where that changes.",
            validator(min_items = 1, max_items = 10)
        )]
        basket: Option<Vec<BasketLineInput>>,
        #[graphql(desc = "Token of the own hold on the new slot.")] hold: Option<String>,
        #[graphql(
            default,
            desc = "Why, in the office's own words; told to the citizen. At most 500 characters."
        )]
        reason: String,
    ) -> Result<Appointment> {
        let scope = scope_for(context, &town, Deed::Book).await?;
        let wanted = Reschedule {
            which: appointment.into(),
            location,
            starts_at,
            counter,
            basket: basket.map(|basket| basket.into_iter().map(Into::into).collect()),
            hold,
            reason,
            takes: None,
        };
        let moved = scheduling::reschedule_appointment(office(context), &scope, &wanted).await;
        Ok(moved.map_err(ApiError::from)?.into())
    }

    /// Notes where an appointment stands on the counter day; every step can be taken back. Somebody has
    /// arrived, is called or served from its local day on, and has missed it from its start on; before,
    /// the error TOO_EARLY tells from when on. For clerks.
    async fn mark_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The appointment's id.")] appointment: Uuid,
        #[graphql(desc = "Where it stands now; cancelling has its own mutation.")]
        status: AppointmentStatus,
    ) -> Result<Appointment> {
        let scope = scope(context, &town).await?;
        let status = status.into();
        let marked =
            scheduling::mark_appointment(office(context), &scope, appointment, status).await;
        Ok(marked.map_err(ApiError::from)?.into())
    }

    /// Writes the note for colleagues at an appointment anew; an empty text takes it away. It is
    /// sealed, is part of what the citizen is told on asking, and goes with the contact data. Where
    /// somebody else has changed it meanwhile, nothing is written, and NOTE_CHANGED tells the present
    /// one. For clerks.
    async fn note_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The appointment's id.")] appointment: Uuid,
        #[graphql(desc = "At most 1000 characters.")] text: String,
        #[graphql(
            desc = "The writtenAt of the note that this one takes the place of; without, there was none."
        )]
        instead_of: Option<DateTime<Utc>>,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let office = office(context);
        let written = scheduling::write_note(office, &scope, appointment, &text, instead_of).await;
        written.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Corrects address and number of whoever comes; where one has changed they are told of the
    /// appointment anew. For clerks.
    #[graphql(complexity = "100 + child_complexity")]
    async fn correct_contact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The appointment's id.")] appointment: Uuid,
        #[graphql(default, desc = "As it shall be; empty for none.")] email: String,
        #[graphql(default, desc = "As it shall be; empty for none.")] phone: String,
    ) -> Result<Appointment> {
        let scope = scope(context, &town).await?;
        let office = office(context);
        let corrected =
            scheduling::correct_contact(office, &scope, appointment, &email, &phone).await;
        Ok(corrected.map_err(ApiError::from)?.into())
    }

    /// Closes a location or some of its counters; appointments that it falls on are kept, moved or
    /// cancelled, and those whose day or time changes are told, five minutes later: until then it
    /// can be undone. For clerks.
    #[graphql(complexity = "100 + 20 * child_complexity")]
    async fn close_location(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "When, which counters, why.")] closure: ClosureInput,
        #[graphql(desc = "What happens with the appointments that it falls on.")]
        affected: Affected,
        #[graphql(
            desc = "Those that affectedByClosure has listed. If it falls on others by now, nothing happens and APPOINTMENTS_OUTSIDE lists them; without this argument, all that it falls on."
        )]
        appointments: Option<BTreeSet<Uuid>>,
    ) -> Result<Closed> {
        let scope = scope(context, &town).await?;
        let close = Close { location, closure: closure.read()? };
        let (office, then, shown) = (office(context), affected.into(), appointments.as_ref());
        let closed = scheduling::close(office, &scope, &close, then, shown).await;
        Ok(closed.map_err(ApiError::from)?.into())
    }

    /// Undoes a closing before its mails leave: the closure goes, and appointments stand again where
    /// they stood, unless their place was taken or they were changed since. For clerks.
    #[graphql(complexity = "100 + 20 * child_complexity")]
    async fn undo_closing(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The closing's id.")] closing: Uuid,
    ) -> Result<Undone> {
        let scope = scope(context, &town).await?;
        let undone = scheduling::undo_closing(office(context), &scope, closing).await;
        Ok(undone.map_err(ApiError::from)?.into())
    }

    /// Lifts a closure of a location, so that what is free can be booked again; whoever was moved or
    /// cancelled for it stays so. Tells whether it was there: somebody else may have been quicker. For
    /// clerks.
    #[graphql(complexity = "100")]
    async fn lift_closure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The closure's id, as standingClosures tells it.")] closure: Uuid,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let lifted = scheduling::lift_closure(office(context), &scope, closure).await;
        Ok(lifted.map_err(ApiError::from)?)
    }
}

pub(super) fn parse(
    setup: &catalog::model::TownSetup,
    given: &ContactInput,
    email_required: bool,
) -> Result<scheduling::Contact, ApiError> {
    let rule = setup.town.contact.phone;
    contact::parse(&given.name, &given.email, &given.phone, rule, email_required)
        .map(|contact| contact.with_sms(given.sms))
        .map_err(|problems| scheduling::Error::Contact(problems).into())
}

fn wish(given: &WishInput) -> Result<Wish, ApiError> {
    let time = |text: &str| text.parse().map_err(|_| scheduling::Error::Wishes);
    Ok(Wish { date: given.date, from: time(&given.from)?, to: time(&given.to)? })
}
