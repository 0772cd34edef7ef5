//! Accounts of a town's staff, for both faces: inviting, roles, forgotten passwords.

use catalog::model::TownSetup;
use chrono::{DateTime, TimeDelta, Utc};
use notification::notice::{Kind, Notice};
use scheduling::{
    Error, Office,
    contact::{ContactField, ContactProblem, is_email},
};
use tenant::{
    Actor, Departments, Origin, Places, Reach, Role, Scope, TenantTx,
    accounts::{
        self, Account,
        members::{self, Assignment, Member},
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
    /// What is not named is as in `before`; what is not there any more may stay in it, or a limit that
    /// is left over would turn into none.
    fn reach(self, setup: &TownSetup, before: Reach) -> Result<Reach, Error> {
        let Reach { mut places, mut departments } = before;
        if let Some(ids) = self.locations {
            let known: Vec<Uuid> =
                setup.locations.iter().map(|own| own.id).chain(places.all()).collect();
            if ids.iter().any(|id| !known.contains(id)) {
                return Err(Error::UnknownLocation);
            }
            places = Places::only(ids)?;
        }
        if let Some(slugs) = self.departments {
            let known: Vec<&str> = setup.departments.iter().map(|own| own.slug.as_str()).collect();
            let is_known =
                |slug: &str| known.contains(&slug) || departments.slugs().any(|own| own == slug);
            if slugs.iter().any(|slug| !is_known(slug)) {
                return Err(Error::UnknownDepartment);
            }
            departments = Departments::only(slugs.iter().map(String::as_str))?;
        }
        Ok(Reach { places, departments })
    }
}

/// Gives somebody a role in the town, within `limits`, and writes to them; who has no account gets
/// one, with a link to choose a password, unless the town's staff sign in at its own provider only.
/// Inviting to the same role again sends another link.
///
/// # Errors
/// [`Error::Contact`] for what is no address, [`tenant::Error::AlreadyMember`] where that person has
/// another role, below admin, faults.
pub(crate) async fn invite(
    office: &Office,
    scope: &Scope,
    email: &str,
    role: Role,
    limits: Limits<'_>,
) -> Result<Member, Error> {
    scope.require(Role::Admin)?;
    let account = account(office, email).await?;
    let setup = office.setup(scope).await?;
    let tx = office.db.read(scope).await?;
    let before = members::standing(&tx, account.id).await?;
    drop(tx);
    let reach = limits.reach(&setup, before.map_or_else(Reach::default, |own| own.reach))?;
    let assignment = Assignment::new(role, reach);
    if before.is_some_and(|own| own != assignment) {
        return Err(tenant::Error::AlreadyMember.into());
    }
    let letter = letter(office, &setup, &account).await?;
    let tx = office.db.write(scope).await?;
    if members::standing_to_change(&tx, account.id).await? != before {
        return Err(tenant::Error::MemberChanged.into());
    }
    admit(office, &tx, &setup, account.id, assignment, &letter).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    let members = list(office, scope).await?;
    let member = members.into_iter().find(|own| own.account.id == account.id);
    member.ok_or_else(|| tenant::Error::MemberChanged.into())
}

/// The account with this address, made where it is new.
///
/// # Errors
/// [`Error::Contact`] for what is no address, faults.
pub(crate) async fn account(office: &Office, email: &str) -> Result<Account, Error> {
    if !is_email(email.trim()) {
        return Err(Error::Contact(vec![(ContactField::Email, ContactProblem::Malformed)]));
    }
    Ok(accounts::create(&office.db, email, office.now()).await?)
}

/// What somebody is told who gets a role in a town: where it is, or how to choose a password first.
///
/// # Errors
/// Faults.
pub(crate) async fn letter(
    office: &Office,
    setup: &TownSetup,
    account: &Account,
) -> Result<Notice, Error> {
    let (kind, link) = if account.has_password || setup.town.staff_provider_only {
        let console = format!("{}/{}/verwaltung", office.public_url, setup.town.slug);
        (Kind::StaffAdded, console)
    } else {
        (Kind::StaffInvited, password_link(office, account.id, INVITATION).await?)
    };
    Ok(scheduling::plain(office, setup, kind, "de", &account.email, link))
}

/// Gives an account a role in the transaction's town, and posts the letter that tells of it.
///
/// # Errors
/// [`tenant::Error::LastAdmin`], below admin, faults.
pub(crate) async fn admit(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    account: Uuid,
    assignment: Assignment,
    letter: &Notice,
) -> Result<(), Error> {
    let now = office.now();
    give(office, tx, setup, account, assignment).await?;
    scheduling::post(office, tx, account, letter, now, now).await
}

/// Gives a member another role, or none any more; the limits stay as they are unless some, or an empty
/// list for all, are named. `shown` is the [`Assignment`], as text, that whoever changes it has seen:
/// nobody's change is undone unseen.
///
/// # Errors
/// [`tenant::Error::MemberChanged`], [`tenant::Error::LastAdmin`], below admin, faults.
pub(crate) async fn change(
    office: &Office,
    scope: &Scope,
    account: Uuid,
    role: Option<Role>,
    limits: Limits<'_>,
    shown: Option<&str>,
) -> Result<(), Error> {
    scope.require(Role::Admin)?;
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    let before = members::standing_to_change(&tx, account).await?;
    let present = before.map(|own| own.to_string()).unwrap_or_default();
    if shown.is_some_and(|shown| shown != present) {
        return Err(tenant::Error::MemberChanged.into());
    }
    // Only who is a member already; others are invited.
    let before = before.ok_or(tenant::Error::Forbidden)?;
    match role {
        None => remove(office, &tx, &setup, account).await?,
        Some(role) => {
            let after = Assignment::new(role, limits.reach(&setup, before.reach)?);
            if after == before {
                return Ok(());
            }
            give(office, &tx, &setup, account, after).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Takes an account's role in the transaction's town away.
///
/// # Errors
/// [`tenant::Error::LastAdmin`], below admin, faults.
pub(crate) async fn remove(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    account: Uuid,
) -> Result<(), tenant::Error> {
    let before = members::revoke(tx, &office.db, account, sole_issuer(setup)).await?;
    record(tx, office.now(), account, before, None);
    Ok(())
}

/// Gives an account a role in the town, everywhere, without writing to anybody.
///
/// # Errors
/// [`tenant::Error::LastAdmin`], below admin, faults.
pub(crate) async fn assign(
    office: &Office,
    scope: &Scope,
    account: Uuid,
    role: Role,
) -> Result<(), Error> {
    let setup = office.setup(scope).await?;
    let tx = office.db.write(scope).await?;
    give(office, &tx, &setup, account, Assignment::new(role, Reach::default())).await?;
    tx.commit().await?;
    Ok(())
}

async fn give(
    office: &Office,
    tx: &TenantTx,
    setup: &TownSetup,
    account: Uuid,
    assignment: Assignment,
) -> Result<(), tenant::Error> {
    let sole = sole_issuer(setup);
    let before = members::grant(tx, &office.db, account, assignment, sole).await?;
    record(tx, office.now(), account, before, Some(assignment));
    Ok(())
}

/// The issuer at which the town's staff sign in, where passwords open nothing there.
pub(crate) fn sole_issuer(setup: &TownSetup) -> Option<&str> {
    let provider = setup.town.staff_provider.as_ref();
    provider.filter(|_| setup.town.staff_provider_only).map(|own| own.issuer.as_str())
}

/// Writes down whose role became what, such as `reader > clerk`.
fn record(
    tx: &TenantTx,
    now: DateTime<Utc>,
    account: Uuid,
    before: Option<Assignment>,
    after: Option<Assignment>,
) {
    let action = match (before, after) {
        (_, None) => audit::Action::StaffRemoved,
        (Some(before), Some(after)) if before != after => audit::Action::StaffRoleChanged,
        _ => audit::Action::StaffInvited,
    };
    let words =
        |own: Option<Assignment>| own.map_or_else(|| "none".to_owned(), |own| own.to_string());
    let change = match (before, after) {
        (before, after) if before == after => words(after),
        (before, after) => format!("{} > {}", words(before), words(after)),
    };
    audit::record_change(tx, now, action, account, change);
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
    let link = password_link(office, account.id, FORGOTTEN).await?;
    let notice =
        scheduling::plain(office, &setup, Kind::PasswordForgotten, "de", &account.email, link);
    let tx = office.db.write(&scope).await?;
    scheduling::post(office, &tx, account.id, &notice, now, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(())
}

/// A link by which an account's owner chooses a new password, for those whom no town's mail reaches:
/// who runs the platform or a county. Works once, for two hours; nothing for an unknown address.
///
/// # Errors
/// Faults.
pub(crate) async fn recovery_link(
    office: &Office,
    email: &str,
) -> Result<Option<String>, tenant::Error> {
    match accounts::find(&office.db, email).await? {
        Some(account) => Ok(Some(password_link(office, account.id, FORGOTTEN).await?)),
        None => Ok(None),
    }
}

async fn password_link(
    office: &Office,
    account: Uuid,
    lifetime: TimeDelta,
) -> Result<String, tenant::Error> {
    let expires = office.now() + lifetime;
    let token = tokens::issue(&office.db, account, Purpose::Password, expires).await?;
    Ok(format!("{}/kennwort/{token}", office.public_url))
}
