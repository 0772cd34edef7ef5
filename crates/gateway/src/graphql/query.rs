//! Reading.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use catalog::{conflicts::conflicts, hours::local_date, townfile};
use chrono::{DateTime, NaiveDate, Utc};
use scheduling::{AppointmentFilter, Close, FreeSlotsQuery, Office};
use tenant::{audit, directory::Entry};
use uuid::Uuid;

use super::{
    answers::Bases,
    day::{
        AuditLine, ClosureInput, CounterDay, DaySheet, RetiredLocation, StandingClosure, Undoable,
        Way,
    },
    error::ApiError,
    page::{Page, read_cursor},
    requests::Found,
    scope, scope_for,
    town::{SetUpVersion, Town, TownEntry, TownFile},
    types::{
        Appointment, AppointmentRefInput, BasketLineInput, Channel, FreeSlots, Note, Requested,
    },
};
use crate::{limits::Deed, state::AppState};

pub(super) struct BookingQuery;

pub(super) fn office<'a>(context: &Context<'a>) -> &'a Office {
    &context.data_unchecked::<AppState>().office
}

/// Reading. Every field that looks into a town takes its slug.
#[Object]
impl BookingQuery {
    /// All live towns.
    #[graphql(complexity = "first.clamp(0, 100) as usize * child_complexity")]
    async fn towns(
        &self,
        context: &Context<'_>,
        #[graphql(
            default = 50,
            desc = "At most so many, 100 at the most.",
            validator(minimum = 1, maximum = 100)
        )]
        first: i32,
        #[graphql(desc = "Only after the town with this cursor.")] after: Option<String>,
    ) -> Result<Page<TownEntry>> {
        let state = context.data_unchecked::<AppState>();
        let all = state.directory.list(&state.office.db).await.map_err(ApiError::from)?;
        let rest: Vec<_> = all
            .iter()
            .filter(|entry| {
                entry.is_live() && after.as_ref().is_none_or(|after| entry.slug > *after)
            })
            .collect();
        let entry = |entry: &Entry| TownEntry {
            slug: entry.slug.clone(),
            name: entry.name.clone(),
            county: entry.county.clone(),
        };
        let rest = rest.into_iter().map(entry).collect();
        Ok(Page::cut(rest, first, |town| town.slug.clone()))
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
    #[graphql(complexity = "50 + child_complexity")]
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
        #[graphql(default_with = "Channel::Online", desc = "How the citizen came.")]
        channel: Channel,
        #[graphql(desc = "Token of one's own hold, which does not hide its slot.")] hold: Option<
            String,
        >,
        #[graphql(desc = "The appointment that is to be moved: its span counts as free.")]
        instead_of: Option<AppointmentRefInput>,
    ) -> Result<FreeSlots> {
        let scope = scope(context, &town).await?;
        let query = FreeSlotsQuery {
            basket: basket.into_iter().map(Into::into).collect(),
            location,
            from,
            to,
            channel: channel.into(),
            hold,
            instead_of: instead_of.map(Into::into),
        };
        let found = scheduling::free_slots(office(context), &scope, &query).await;
        let found = found.map_err(ApiError::from)?;
        if let Some(bases) = context.data_opt::<Arc<Bases>>() {
            bases.add(found.basis);
        }
        Ok(found.into())
    }

    /// The appointment that a secret opens.
    async fn appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As it stands in the link of the mail.")] secret: String,
    ) -> Result<Appointment> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let found = scheduling::appointment_by_secret(office(context), &scope, &secret).await;
        Ok(found.map_err(ApiError::from)?.into())
    }

    /// The calendar file (iCalendar, RFC 5545) of the appointment that a secret opens.
    async fn calendar_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As it stands in the link of the mail.")] secret: String,
    ) -> Result<String> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let office = office(context);
        let found = scheduling::appointment_by_secret(office, &scope, &secret).await;
        let appointment = found.map_err(ApiError::from)?;
        let file = scheduling::calendar_file(office, &scope, &appointment, &secret).await;
        Ok(file.map_err(ApiError::from)?)
    }

    /// The request that a secret opens.
    async fn request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "As it stands in the link of the mail.")] secret: String,
    ) -> Result<Requested> {
        let scope = scope_for(context, &town, Deed::Look).await?;
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
        #[graphql(
            default = 50,
            desc = "At most so many, 100 at the most.",
            validator(minimum = 1, maximum = 100)
        )]
        first: i32,
        #[graphql(desc = "Only after the appointment with this cursor.")] after: Option<String>,
    ) -> Result<Page<Appointment>> {
        let scope = scope(context, &town).await?;
        let after = after.map(|cursor| read_cursor(&cursor)).transpose()?;
        let limit = u64::try_from(first).unwrap_or_default() + 1;
        let filter = AppointmentFilter { from, to, after, limit };
        let found = scheduling::list_appointments(office(context), &scope, &filter)
            .await
            .map_err(ApiError::from)?;
        Ok(Page::cut(found.into_iter().map(Into::into).collect(), first, Appointment::cursor))
    }

    /// The day of a location, be it a retired one, counter by counter. For staff; every look at contact data is written
    /// to the audit log.
    #[graphql(complexity = "20 * child_complexity")]
    async fn day_sheet(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "Local date.")] date: NaiveDate,
    ) -> Result<Vec<CounterDay>> {
        let scope = scope(context, &town).await?;
        let sheet = scheduling::day_sheet(office(context), &scope, location, date).await;
        let sheet = sheet.map_err(ApiError::from)?;
        Ok(sheet.counters.into_iter().map(Into::into).collect())
    }

    /// Locations that the town has taken out of its set-up and at which somebody has an appointment
    /// from today on; daySheet and weekSheet tell of their days too. For staff.
    #[graphql(complexity = "20 * child_complexity")]
    async fn retired_locations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<RetiredLocation>> {
        let scope = scope(context, &town).await?;
        let found = scheduling::retired_locations(office(context), &scope).await;
        Ok(found.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// The seven days of the week, from Monday on, in which a date lies. For staff; the look is
    /// written to the audit log.
    #[graphql(complexity = "100 * child_complexity")]
    async fn week_sheet(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "A local date of the week.")] date: NaiveDate,
    ) -> Result<Vec<DaySheet>> {
        let scope = scope(context, &town).await?;
        let week = scheduling::week_sheet(office(context), &scope, location, date).await;
        Ok(week.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// Appointments, from a month ago on, and open requests whose code, name, address or number contain
    /// the words, at most fifty of each. For staff; every look at contact data is written to the audit
    /// log.
    #[graphql(complexity = "50 * child_complexity")]
    async fn find_appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "What to look for.")] words: String,
    ) -> Result<Found> {
        let scope = scope(context, &town).await?;
        let found = scheduling::find_appointments(office(context), &scope, &words).await;
        Ok(found.map_err(ApiError::from)?.into())
    }

    /// The note for colleagues at an appointment: by id for staff, and the look is written to the
    /// audit log; by secret for the person it is about.
    async fn appointment_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Which one.")] appointment: AppointmentRefInput,
    ) -> Result<Option<Note>> {
        let scope = scope_for(context, &town, Deed::Look).await?;
        let which = appointment.into();
        let note = scheduling::appointment_note(office(context), &scope, &which).await;
        Ok(note.map_err(ApiError::from)?.map(Into::into))
    }

    /// The appointments that a closure would fall on, by start; nothing is closed. The look is written
    /// to the audit log. For clerks.
    #[graphql(complexity = "50 * child_complexity")]
    async fn affected_by_closure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The location's id.")] location: Uuid,
        #[graphql(desc = "When, which counters.")] closure: ClosureInput,
    ) -> Result<Vec<Appointment>> {
        let scope = scope(context, &town).await?;
        let close = Close { location, closure: closure.read()? };
        let affected = scheduling::affected_by_closure(office(context), &scope, &close).await;
        Ok(affected.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// Closings that can be undone, because their mails have not left. For clerks.
    #[graphql(complexity = "10 * child_complexity")]
    async fn undoable_closings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<Undoable>> {
        let scope = scope(context, &town).await?;
        let found = scheduling::undoable_closings(office(context), &scope).await;
        Ok(found.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// Closures of the locations that are not over today, by day; those of the whole town belong to the
    /// set-up. For clerks.
    #[graphql(complexity = "20 * child_complexity")]
    async fn standing_closures(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<StandingClosure>> {
        let scope = scope(context, &town).await?;
        let found = scheduling::standing_closures(office(context), &scope).await;
        Ok(found.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// The town's set-up as its town file, with its version. For admins.
    async fn town_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<TownFile> {
        let scope = scope(context, &town).await?;
        let read = crate::town::read(context.data_unchecked::<AppState>(), &scope).await;
        let (version, setup) = read.map_err(ApiError::from)?;
        let today = local_date(office(context).now(), setup.town.time_zone);
        Ok(TownFile {
            version,
            text: townfile::to_toml(&setup),
            gaps: townfile::gaps(&setup, today).iter().map(ToString::to_string).collect(),
            conflicts: conflicts(&setup, today).iter().map(ToString::to_string).collect(),
        })
    }

    /// Versions of the set-up, the newest first. For admins.
    #[graphql(complexity = "first.clamp(0, 50) as usize * child_complexity")]
    async fn set_up_history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(
            default = 10,
            desc = "At most so many, 50 at the most.",
            validator(minimum = 1, maximum = 50)
        )]
        first: i32,
        #[graphql(desc = "Only this version and older ones.")] newest: Option<i64>,
    ) -> Result<Vec<SetUpVersion>> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        let limit = u64::try_from(first).unwrap_or_default();
        let versions = crate::town::history(state, &scope, newest, limit).await;
        Ok(versions.map_err(ApiError::from)?.into_iter().map(Into::into).collect())
    }

    /// Everybody who occurs in the audit log, as its lines name them, also those who have left. For
    /// admins.
    #[graphql(complexity = "100")]
    async fn audit_actors(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<String>> {
        let scope = scope(context, &town).await?;
        let tx = office(context).db.read(&scope).await.map_err(ApiError::from)?;
        Ok(audit::actors(&tx).await.map_err(ApiError::from)?)
    }

    /// The audit log between two instants, the newest first, as far as the filters let it through.
    /// For admins.
    #[graphql(complexity = "first.clamp(0, 500) as usize * child_complexity")]
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn audit_log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "First instant.")] from: DateTime<Utc>,
        #[graphql(desc = "Last instant, excluded.")] to: DateTime<Utc>,
        #[graphql(
            default = 100,
            desc = "At most so many, 500 at the most.",
            validator(minimum = 1, maximum = 500)
        )]
        first: i32,
        #[graphql(
            desc = "Only by `citizen`, `system`, or `staff:` or `operator:` and the account."
        )]
        actor: Option<String>,
        #[graphql(desc = "Only this action, such as `appointment.booked`.")] action: Option<String>,
        #[graphql(
            desc = "Only about this appointment, request or location, or lists that showed it."
        )]
        subject: Option<Uuid>,
        #[graphql(desc = "Only from this address of staff.")] address: Option<String>,
        #[graphql(desc = "Only by this way.")] way: Option<Way>,
        #[graphql(desc = "Only what stands after the line with this cursor, so what is older.")]
        after: Option<String>,
    ) -> Result<Vec<AuditLine>> {
        let scope = scope(context, &town).await?;
        let tx = office(context).db.read(&scope).await.map_err(ApiError::from)?;
        let limit = u64::try_from(first).unwrap_or_default();
        let address = address.map(|own| own.parse().map_err(|_| ApiError::Address)).transpose()?;
        let way = way.map(Into::into);
        let after = after.map(|cursor| read_cursor(&cursor)).transpose()?;
        let filter = audit::Filter { from, to, actor, action, subject, address, way, after, limit };
        let lines = audit::read(&tx, &filter).await.map_err(ApiError::from)?;
        Ok(lines.into_iter().map(Into::into).collect())
    }
}
