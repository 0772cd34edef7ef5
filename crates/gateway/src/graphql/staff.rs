//! Accounts, roles, and the figures of a county.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use catalog::founding::NewTown;
use chrono::{DateTime, Utc};
use tenant::{
    accounts::{
        members::{self, Assignment},
        operators::{self, Count},
    },
    directory::Entry,
};
use uuid::Uuid;

use super::{
    account::{owner, signed_in},
    error::ApiError,
    query::office,
    scope,
};
use crate::{
    staff::{self, Limits},
    state::AppState,
    town,
};

/// What a member of staff may do in a town; each role includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "tenant::Role")]
pub(super) enum Role {
    /// Looks, changes nothing.
    Reader,
    /// Runs the counter day and books for callers.
    Clerk,
    /// Changes the town's set-up.
    Admin,
}

/// A member of a town's staff.
#[derive(SimpleObject)]
pub(super) struct Member {
    /// Identity of the account.
    account: Uuid,
    /// Address to sign in with.
    email: String,
    /// What that person may do here.
    role: Role,
    /// Role and limits as one text, which says to changeStaff what was seen.
    assignment: String,
    /// Ids of the locations to which the role is limited; empty means all. One that is not there any
    /// more stays in it.
    locations: Vec<Uuid>,
    /// Slugs of the departments to which the role is limited; empty means all.
    departments: Vec<String>,
    /// Whether the invitation is still open: that person has neither chosen a password nor signed in
    /// at the town's provider.
    invited: bool,
    /// Whether that person has signed in at the town's own provider.
    is_linked: bool,
    /// Whether a password alone is not enough: there are codes from an app, or a passkey.
    second_factor: bool,
}

impl From<members::Member> for Member {
    fn from(member: members::Member) -> Self {
        let Assignment { role, reach } = member.assignment;
        Self {
            account: member.account.id,
            email: member.account.email,
            role: role.into(),
            assignment: member.assignment.to_string(),
            locations: reach.places.all(),
            departments: reach.departments.slugs().map(str::to_owned).collect(),
            is_linked: member.is_linked,
            invited: !member.account.has_password && !member.is_linked,
            second_factor: member.account.has_second_factor,
        }
    }
}

/// How often something happened in a town.
#[derive(SimpleObject)]
pub(super) struct UsageCount {
    /// Slug of the town.
    town: String,
    /// What: `booked`, `moved`, `cancelled`, `arrived`, `served`, `missed`, `requested` and others.
    kind: String,
    /// By which way the citizen came: `online`, `phone` or `counter`.
    channel: String,
    /// How often.
    events: i64,
}

/// A town as those see it who run the platform.
#[derive(SimpleObject)]
pub(super) struct PlatformTown {
    /// First part of the address of its pages.
    slug: String,
    /// Name.
    name: String,
    /// Name of the county.
    county: String,
    /// `onboarding`, `live` or `suspended`.
    status: String,
}

pub(super) struct StaffQuery;

/// Reading.
#[Object]
impl StaffQuery {
    /// The members of a town's staff, by address. For admins.
    #[graphql(complexity = "50 * child_complexity")]
    async fn staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Vec<Member>> {
        let scope = scope(context, &town).await?;
        let members = staff::list(office(context), &scope).await.map_err(ApiError::from)?;
        Ok(members.into_iter().map(Into::into).collect())
    }

    /// All towns, by slug, live or not. For those who run the platform.
    #[graphql(complexity = "100 * child_complexity")]
    async fn platform_towns(&self, context: &Context<'_>) -> Result<Vec<PlatformTown>> {
        let state = context.data_unchecked::<AppState>();
        let towns = town::all(state, signed_in(context)?).await.map_err(ApiError::from)?;
        let town = |own: &Entry| PlatformTown {
            slug: own.slug.clone(),
            name: own.name.clone(),
            county: own.county.clone(),
            status: own.status.clone(),
        };
        Ok(towns.iter().map(town).collect())
    }

    /// What happened in the towns of a county between two instants: figures, nobody's data. For the
    /// county's operators.
    #[graphql(complexity = "100 * child_complexity")]
    async fn county_usage(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Five-digit key of the county.")] county: String,
        #[graphql(desc = "First instant.")] since: DateTime<Utc>,
        #[graphql(desc = "Last instant, excluded.")] until: DateTime<Utc>,
    ) -> Result<Vec<UsageCount>> {
        let state = context.data_unchecked::<AppState>();
        let db = &state.office.db;
        let counts = operators::usage(db, signed_in(context)?, &county, since, until).await;
        let counts = counts.map_err(ApiError::from)?;
        let towns = state.directory.list(db).await.map_err(ApiError::from)?;
        let counted = |count: Count| {
            let town = towns.iter().find(|entry| entry.tenant.0 == count.tenant_id)?;
            let Count { kind, channel, events, .. } = count;
            Some(UsageCount { town: town.slug.clone(), kind, channel, events })
        };
        Ok(counts.into_iter().filter_map(counted).collect())
    }
}

pub(super) struct StaffMutation;

/// Changing.
#[Object]
impl StaffMutation {
    /// Gives somebody a role in the town and writes to them; a new account gets a link to choose a
    /// password. Inviting to the same role again sends another link; who has another role or other
    /// limits is refused with ALREADY_MEMBER. For admins.
    #[graphql(complexity = "100 + child_complexity")]
    async fn invite_staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Where the invitation goes, and what to sign in with.")] email: String,
        #[graphql(desc = "What that person may do.")] role: Role,
        #[graphql(
            desc = "Ids of the locations to which the role is limited, at most six; without, it holds at all, or as it did. An admin's always holds at all."
        )]
        locations: Option<Vec<Uuid>>,
        #[graphql(
            desc = "Slugs of the departments to which the role is limited, at most six; without, it holds for all, or as it did. An admin's always holds for all. An appointment for services of two departments belongs to both."
        )]
        departments: Option<Vec<String>>,
    ) -> Result<Member> {
        let scope = scope(context, &town).await?;
        let limits =
            Limits { locations: locations.as_deref(), departments: departments.as_deref() };
        let member = staff::invite(office(context), &scope, &email, role.into(), limits).await;
        Ok(member.map_err(ApiError::from)?.into())
    }

    /// Gives a member of staff another role, or none any more. A town keeps at least one admin who can
    /// sign in. For admins.
    #[allow(clippy::too_many_arguments)] // they are the API's
    async fn change_staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The member's account.")] account: Uuid,
        #[graphql(desc = "What that person may do; without, the role is taken away.")] role: Option<
            Role,
        >,
        #[graphql(
            desc = "Ids of the locations to which the role is limited, empty for all; without, they stay as they are."
        )]
        locations: Option<Vec<Uuid>>,
        #[graphql(
            desc = "Slugs of the departments to which the role is limited, empty for all; without, they stay as they are."
        )]
        departments: Option<Vec<String>>,
        #[graphql(
            desc = "The member's `assignment` as it was read; when it has changed since, the error is MEMBER_CHANGED."
        )]
        shown: Option<String>,
    ) -> Result<bool> {
        let scope = scope(context, &town).await?;
        let (role, shown) = (role.map(Into::into), shown.as_deref());
        let limits =
            Limits { locations: locations.as_deref(), departments: departments.as_deref() };
        let changed = staff::change(office(context), &scope, account, role, limits, shown).await;
        changed.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Founds a town, in which nobody but its staff sees anything yet, and invites its admin;
    /// returns its slug. For those who run the platform.
    #[graphql(complexity = "500")]
    async fn found_town(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Such as `Stadt Lengerich`.")] name: String,
        #[graphql(desc = "Amtlicher Gemeindeschlüssel, eight digits.")] ags: String,
        #[graphql(desc = "Name of the county; of a town that belongs to none, its own.")]
        county: String,
        #[graphql(desc = "Where the invitation of its admin goes.")] email: String,
        #[graphql(
            desc = "First part of the address of its pages; without, it is made of the name. Where another town has it, the error NAME_TAKEN names one that is free."
        )]
        slug: Option<String>,
    ) -> Result<String> {
        let state = context.data_unchecked::<AppState>();
        let new = NewTown { name, slug, ags, county, email };
        let slug = town::found(state, &owner(context)?, &new).await;
        Ok(slug.map_err(ApiError::from)?)
    }

    /// Invites an admin to a town in which no admin can sign in yet, instead of those who have not
    /// answered; else the town's own staff invite, and the error is ALREADY_MEMBER. For those who run
    /// the platform.
    #[graphql(complexity = "200")]
    async fn invite_admin(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Where the invitation goes, and what to sign in with.")] email: String,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let invited = town::invite_admin(state, &owner(context)?, &town, &email).await;
        invited.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Shuts a town's pages, or opens them again as they were before. For those who run the platform.
    #[graphql(complexity = "200")]
    async fn suspend_town(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "Whether it is shut.")] suspended: bool,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let done = town::suspend(state, &owner(context)?, &town, suspended).await;
        done.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Deletes a suspended town with everything that belongs to it; nothing brings it back. For those
    /// who run the platform.
    #[graphql(complexity = "500")]
    async fn delete_town(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "The slug once more, so that no slip deletes a town.")] confirm: String,
    ) -> Result<bool> {
        let state = context.data_unchecked::<AppState>();
        let owner = owner(context)?;
        if town != confirm {
            return Err(ApiError::UnknownTown.into());
        }
        town::delete_by(state, &owner, &town).await.map_err(ApiError::from)?;
        Ok(true)
    }

    /// Keeps a picture for the town's pages, drawn anew at most 192 by 192 pixels large; returns the
    /// name by which the town file's `branding.logo` shows it. For admins.
    #[graphql(complexity = "200")]
    async fn upload_logo(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(desc = "PNG, JPEG or WebP in base64; at most about 190 kB.")] picture: String,
    ) -> Result<String> {
        let scope = scope(context, &town).await?;
        let state = context.data_unchecked::<AppState>();
        // What is not base64 is no picture either.
        let file = STANDARD.decode(picture).unwrap_or_default();
        let kept = town::keep_logo(state, &scope, &file).await;
        Ok(kept.map_err(ApiError::from)?)
    }
}
