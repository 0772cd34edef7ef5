//! Accounts of a town's staff, for both faces: inviting, roles, forgotten passwords.

use std::sync::Arc;

use catalog::model::TownSetup;
use chrono::TimeDelta;
use notification::notice::{Kind, Notice};
use scheduling::{
    Error, Office,
    contact::{ContactField, ContactProblem, is_email},
};
use tenant::{
    Actor, Departments, Origin, Places, Reach, Role, Scope,
    accounts::{
        self, Account,
        members::{self, Member},
        sessions::Session,
        tokens::{self, Purpose},
    },
    audit,
    directory::Entry,
};
use uuid::Uuid;

use crate::state::AppState;

/// How long the link in an invitation works.
const INVITATION: TimeDelta = TimeDelta::days(7);
/// How long the link to a new password works.
const FORGOTTEN: TimeDelta = TimeDelta::hours(2);

/// What a session makes of somebody in a town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // lives for a moment
pub(crate) enum Standing {
    /// Staff with a role, else a citizen.
    In(Actor),
    /// Staff, once the account has the second factor that the town asks for.
    NeedsSecondFactor,
    /// Staff, once signed in at the town's own provider.
    NeedsProvider,
}

/// What a session makes of somebody who asks `from` somewhere in the scope's town. The town's own
/// provider is trusted to have asked for a second factor; its session ends when the town has no
/// provider any more.
///
/// # Errors
/// Faults.
pub(crate) async fn standing(
    office: &Office,
    scope: &Scope,
    session: Session,
    from: Origin,
) -> Result<Standing, Error> {
    let Some(account) = session.account_in(scope.tenant) else {
        return Ok(Standing::In(Actor::Citizen));
    };
    let tx = office.db.read(scope).await?;
    let actor = members::actor(&tx, account, from).await?;
    drop(tx);
    if actor == Actor::Citizen {
        return Ok(Standing::In(actor));
    }
    let setup = office.setup(scope).await?;
    let town = &setup.town;
    if session.is_vouched() {
        let has_provider = town.staff_provider.is_some();
        return Ok(Standing::In(if has_provider { actor } else { Actor::Citizen }));
    }
    if town.staff_provider_only {
        return Ok(Standing::NeedsProvider);
    }
    if town.second_factor {
        let own = accounts::get(&office.db, account).await?;
        if own.is_none_or(|own| !own.has_second_factor) {
            return Ok(Standing::NeedsSecondFactor);
        }
    }
    Ok(Standing::In(actor))
}

/// The towns in which an account has a role, by name.
pub(crate) async fn towns_of(
    state: &AppState,
    account: Uuid,
) -> Result<Vec<(Entry, Role)>, tenant::Error> {
    let db = &state.office.db;
    let own = members::towns_of(db, account).await?;
    let all = state.directory.list(db).await?;
    let with_role = |entry: &Entry| {
        let (_, role) = own.iter().find(|(tenant, _)| *tenant == entry.tenant)?;
        Some((entry.clone(), *role))
    };
    let mut towns: Vec<_> = all.iter().filter_map(with_role).collect();
    towns.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    Ok(towns)
}

/// All members of the town's staff.
pub(crate) async fn list(office: &Office, scope: &Scope) -> Result<Vec<Member>, Error> {
    let tx = office.db.read(scope).await?;
    Ok(members::list(&tx, &office.db).await?)
}

/// Where a role is to hold: ids of locations and slugs of departments; none of a kind means all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits<'a> {
    pub locations: Option<&'a [Uuid]>,
    pub departments: Option<&'a [String]>,
}

impl Limits<'_> {
    /// What is not named is as in `before`.
    fn reach(self, setup: &TownSetup, before: Reach) -> Result<Reach, Error> {
        let Reach { mut places, mut departments } = before;
        if let Some(ids) = self.locations {
            if ids.iter().any(|id| setup.locations.iter().all(|own| own.id != *id)) {
                return Err(Error::UnknownLocation);
            }
            places = Places::only(ids)?;
        }
        if let Some(slugs) = self.departments {
            if slugs.iter().any(|slug| setup.departments.iter().all(|own| own.slug != *slug)) {
                return Err(Error::UnknownDepartment);
            }
            departments = Departments::only(slugs.iter().map(String::as_str))?;
        }
        Ok(Reach { places, departments })
    }
}

/// Gives somebody a role in the town, within `limits`, and writes to them; who has no account gets
/// one, with a link to choose a password, unless the town's staff sign in at its own provider only.
/// Inviting again sends another link.
///
/// # Errors
/// [`Error::Contact`] for what is no address, below admin, faults.
pub(crate) async fn invite(
    office: &Office,
    scope: &Scope,
    email: &str,
    role: Role,
    limits: Limits<'_>,
) -> Result<Member, Error> {
    scope.require(Role::Admin)?;
    if !is_email(email.trim()) {
        return Err(Error::Contact(vec![(ContactField::Email, ContactProblem::Malformed)]));
    }
    let now = office.now();
    let account = accounts::create(&office.db, email, now).await?;
    let setup = office.setup(scope).await?;
    let reach = limits.reach(&setup, Reach::default())?;
    let (kind, link) = if account.has_password || setup.town.staff_provider_only {
        let console = format!("{}/{}/verwaltung", office.public_url, setup.town.slug);
        (Kind::StaffAdded, console)
    } else {
        let expires = now + INVITATION;
        let token = tokens::issue(&office.db, account.id, Purpose::Password, expires).await?;
        (Kind::StaffInvited, password_link(office, &token))
    };
    let tx = office.db.write(scope).await?;
    members::grant(&tx, account.id, role, reach).await?;
    audit::record(&tx, now, "staff.invited", Some(account.id))
        .await
        .map_err(tenant::Error::from)?;
    let notice = notice(office, &setup, kind, &account, link);
    scheduling::post(office, &tx, account.id, &notice, now, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(Member { account, role, reach, is_linked: false })
}

/// Gives a member another role, or none any more; the limits stay as they are unless some, or an empty
/// list for all, are named.
///
/// # Errors
/// [`tenant::Error::LastAdmin`], below admin, faults.
pub(crate) async fn change(
    office: &Office,
    scope: &Scope,
    account: Uuid,
    role: Option<Role>,
    limits: Limits<'_>,
) -> Result<(), Error> {
    let now = office.now();
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let action = match role {
        Some(role) => {
            // Only who is a member already; others are invited.
            let standing = members::standing(&tx, account).await?;
            let (_, before) = standing.ok_or(tenant::Error::Forbidden)?;
            let reach = limits.reach(&setup, before)?;
            members::grant(&tx, account, role, reach).await?;
            "staff.role-changed"
        }
        None => {
            members::revoke(&tx, account).await?;
            "staff.removed"
        }
    };
    audit::record(&tx, now, action, Some(account)).await.map_err(tenant::Error::from)?;
    tx.commit().await?;
    Ok(())
}

/// Sends a link to choose a new password to whoever works in a town under this address; nobody is
/// told whether there is such an account.
///
/// # Errors
/// Faults.
pub(crate) async fn forgotten(office: &Office, email: &str) -> Result<(), Error> {
    let Some(account) = accounts::find(&office.db, email).await? else { return Ok(()) };
    let towns = members::towns_of(&office.db, account.id).await?;
    let Some((tenant, _)) = towns.first() else { return Ok(()) };
    let scope = Scope::system(*tenant);
    let now = office.now();
    let setup = office.setup(&scope).await?;
    let expires = now + FORGOTTEN;
    let token = tokens::issue(&office.db, account.id, Purpose::Password, expires).await?;
    let link = password_link(office, &token);
    let notice = notice(office, &setup, Kind::PasswordForgotten, &account, link);
    let tx = office.db.write(&scope).await?;
    scheduling::post(office, &tx, account.id, &notice, now, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(())
}

fn password_link(office: &Office, token: &str) -> String {
    format!("{}/kennwort/{token}", office.public_url)
}

fn notice(
    office: &Office,
    setup: &Arc<TownSetup>,
    kind: Kind,
    account: &Account,
    link: String,
) -> Notice {
    scheduling::plain(office, setup, kind, "de", &account.email, link)
}
