//! Towns as a whole: founded, imported and exported, changed, suspended.

use std::{path::Path, sync::Arc};

use axum::http::Uri;
use catalog::{
    founding::NewTown,
    hours::local_date,
    logo,
    model::{TownSetup, TownStatus},
    store, townfile,
};
use notification::{dkim, webhook};
use scheduling::{Appointment, Decision, Office};
use tenant::{
    Actor, Db, Departments, Places, Reach, Role, Scope, TenantId, TenantTx,
    accounts::{
        members::{self, Assignment},
        operators,
    },
    directory::Entry,
    erasing,
};
use uuid::Uuid;

use crate::{account::Owner, retention, staff, state::AppState};

/// What whoever sets a town up may do there.
const ADMIN: Assignment = Assignment {
    role: Role::Admin,
    reach: Reach { places: Places::EVERYWHERE, departments: Departments::ALL },
};

/// Why a town file was not imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("{file}: {error}")]
    Unreadable { file: String, error: std::io::Error },
    /// One line per problem.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
}

/// Imports a town file into its town, which is made when it is new.
pub(crate) async fn import(state: &AppState, file: &Path) -> Result<store::Imported, ImportError> {
    let shown = file.display().to_string();
    let text = tokio::fs::read_to_string(file)
        .await
        .map_err(|error| ImportError::Unreadable { file: shown.clone(), error })?;
    let invalid = |problems: Vec<townfile::Problem>| {
        ImportError::Invalid(problems.iter().map(|problem| format!("{shown}: {problem}")).collect())
    };
    let setup = townfile::parse(&text).map_err(invalid)?;
    match apply(state, Actor::System, &setup).await {
        Err(catalog::Error::Invalid(problems)) => Err(invalid(problems)),
        applied => Ok(applied?),
    }
}

/// Makes the town look like `setup`.
pub(crate) async fn apply(
    state: &AppState,
    actor: Actor,
    setup: &TownSetup,
) -> Result<store::Imported, catalog::Error> {
    let office = &state.office;
    check_hosts(office, setup)?;
    let known = find(state, &setup.town.slug).await?;
    let tenant = known.unwrap_or_else(|| TenantId(Uuid::now_v7()));
    let tx = office.db.write(&Scope { tenant, actor }).await?;
    let imported = store::apply(&tx, &office.vault, setup, office.now()).await?;
    provision(office, &tx, setup).await?;
    tx.commit().await?;
    state.directory.forget();
    Ok(imported)
}

/// Founds a town, in which nobody but its staff sees anything yet, and invites its admin. For those
/// who run the platform.
pub(crate) async fn found(
    state: &AppState,
    operator: &Owner<'_>,
    new: &NewTown,
) -> Result<String, scheduling::Error> {
    let office = &state.office;
    let actor = acting(office, operator).await?;
    let setup = new.setup();
    let towns = state.directory.list(&office.db).await?;
    let is_taken = |slug: &str| towns.iter().any(|town| town.slug == slug);
    if is_taken(&setup.town.slug) {
        return Err(catalog::Error::SlugTaken { free: new.free_slug(is_taken) }.into());
    }
    townfile::check(&setup).map_err(catalog::Error::Invalid)?;
    let admin = staff::account(office, &new.email).await?;
    let letter = staff::letter(office, &setup, &admin).await?;
    let tx = office.db.write(&Scope { tenant: TenantId(Uuid::now_v7()), actor }).await?;
    store::apply(&tx, &office.vault, &setup, office.now()).await?;
    staff::admit(office, &tx, &setup, admin.id, ADMIN, &letter).await?;
    tx.commit().await?;
    state.directory.forget();
    office.mail_waiting.notify_one();
    Ok(setup.town.slug)
}

/// Invites an admin to a town in which no admin can sign in (yet), instead of those who have not
/// answered. For those who run the platform.
pub(crate) async fn invite_admin(
    state: &AppState,
    operator: &Owner<'_>,
    slug: &str,
    email: &str,
) -> Result<(), scheduling::Error> {
    let office = &state.office;
    let actor = acting(office, operator).await?;
    let setup = setup(state, slug).await?.ok_or(catalog::Error::UnknownTown)?;
    let tenant = find(state, slug).await?.ok_or(catalog::Error::UnknownTown)?;
    let admin = staff::account(office, email).await?;
    let letter = staff::letter(office, &setup, &admin).await?;
    let tx = office.db.write(&Scope { tenant, actor }).await?;
    let sole = staff::sole_issuer(&setup);
    let admins = members::admins_to_change(&tx, &office.db, sole).await?;
    if admins.iter().any(|admin| admin.can_sign_in) {
        return Err(tenant::Error::AlreadyMember.into());
    }
    for former in admins.iter().filter(|former| former.account != admin.id) {
        staff::remove(office, &tx, &setup, former.account).await?;
    }
    staff::admit(office, &tx, &setup, admin.id, ADMIN, &letter).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(())
}

/// Shuts a town's pages, or opens them again: as they were before, or for its staff alone while
/// something is missing that citizens need. For those who run the platform.
pub(crate) async fn suspend(
    state: &AppState,
    operator: &Owner<'_>,
    slug: &str,
    suspended: bool,
) -> Result<(), scheduling::Error> {
    let office = &state.office;
    let actor = acting(office, operator).await?;
    let tenant = find(state, slug).await?.ok_or(catalog::Error::UnknownTown)?;
    let tx = office.db.write(&Scope { tenant, actor }).await?;
    let (version, mut setup) = store::load_to_change(&tx).await?;
    if (setup.town.status == TownStatus::Suspended) == suspended {
        return Ok(());
    }
    setup.town.status = match suspended {
        true => TownStatus::Suspended,
        false => status_before_suspension(&tx).await?,
    };
    // What it lacks by now its staff add before citizens see it again.
    let today = local_date(office.now(), setup.town.time_zone);
    if setup.town.status == TownStatus::Live && !townfile::gaps(&setup, today).is_empty() {
        setup.town.status = TownStatus::Onboarding;
    }
    store::change(&tx, &office.vault, version, &setup, office.now()).await?;
    tx.commit().await?;
    state.directory.forget();
    Ok(())
}

/// What a suspended town was before. One of which that is not known any more opens for its staff
/// alone, who can go live.
async fn status_before_suspension(tx: &TenantTx) -> Result<TownStatus, catalog::Error> {
    /// Staff may change a good deal while a town is shut.
    const FAR_BACK: u64 = 200;
    let versions = store::history(tx, None, FAR_BACK).await?;
    let statuses = versions.iter().filter_map(|own| townfile::parse_kept(&own.file));
    let mut statuses = statuses.map(|setup| setup.town.status);
    Ok(statuses.find(|own| *own != TownStatus::Suspended).unwrap_or(TownStatus::Onboarding))
}

/// All towns, by slug, for those who run the platform.
pub(crate) async fn all(state: &AppState, account: Uuid) -> Result<Arc<Vec<Entry>>, tenant::Error> {
    let db = &state.office.db;
    if !operators::runs_platform(db, account).await? {
        return Err(tenant::Error::Forbidden);
    }
    state.directory.list(db).await
}

/// An account as one that runs the platform.
async fn acting(office: &Office, own: &Owner<'_>) -> Result<Actor, tenant::Error> {
    let entrusted = operators::runs_platform(&office.db, own.account).await?;
    let actor = Actor::Operator { account: own.account, from: own.origin() };
    if entrusted { Ok(actor) } else { Err(tenant::Error::Forbidden) }
}

/// The set-up that admins change, with its version.
pub(crate) async fn read(
    state: &AppState,
    scope: &Scope,
) -> Result<(i64, TownSetup), catalog::Error> {
    scope.require(Role::Admin)?;
    let tx = state.office.db.read(scope).await?;
    store::load(&tx).await
}

/// The set-up as it was at `version`, if there was such a version. For admins.
pub(crate) async fn read_at(
    state: &AppState,
    scope: &Scope,
    version: i64,
) -> Result<Option<TownSetup>, catalog::Error> {
    let kept = history(state, scope, Some(version), 1).await?;
    let own = kept.into_iter().find(|own| own.version == version);
    Ok(own.and_then(|own| townfile::parse_kept(&own.file)))
}

/// The versions of the set-up up to `newest`, the newest first. For admins.
pub(crate) async fn history(
    state: &AppState,
    scope: &Scope,
    newest: Option<i64>,
    limit: u64,
) -> Result<Vec<store::Version>, catalog::Error> {
    let tx = state.office.db.read(scope).await?;
    store::history(&tx, newest, limit).await
}

/// What a change has led to.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The set-up's version now.
    pub version: i64,
    /// Appointments that were to go elsewhere and found no place: they stand where they stood.
    pub left: Vec<Appointment>,
}

/// Staff change the set-up that they read at `version`. Where that leaves appointments outside which
/// stood within, nothing changes without a decision on each of them
/// ([`Outside`](scheduling::Error::Outside)). The platform alone gives a town another address, and
/// shuts and opens it.
pub(crate) async fn change(
    state: &AppState,
    scope: &Scope,
    version: i64,
    setup: &TownSetup,
    decision: Option<&Decision>,
) -> Result<Changed, scheduling::Error> {
    let office = &state.office;
    let tx = office.db.write(scope).await?;
    let (_, known) = store::load(&tx).await?;
    if known.town.slug != setup.town.slug {
        return Err(catalog::Error::NameTaken.into());
    }
    check_hosts(office, setup)?;
    let is_shut = |setup: &TownSetup| setup.town.status == TownStatus::Suspended;
    if is_shut(&known) != is_shut(setup) {
        return Err(tenant::Error::Forbidden.into());
    }
    keeps_a_way_in(office, &tx, &known, setup).await?;
    let changed = store::change(&tx, &office.vault, version, setup, office.now()).await?;
    let outside = scheduling::left_outside(&tx, &known, setup, office.now()).await?;
    // Somebody may have booked since the decision was asked for.
    let is_decided = |own: &Appointment| decision.is_some_and(|decision| decision.is_about(own));
    if !outside.iter().all(is_decided) {
        return Err(scheduling::Error::Outside(outside));
    }
    provision(office, &tx, setup).await?;
    tx.commit().await?;
    state.directory.forget();
    let left = match decision {
        Some(decision) => scheduling::settle(office, scope, &outside, decision).await?,
        None => Vec::new(),
    };
    let version = if changed == store::Imported::Changed { version + 1 } else { version };
    Ok(Changed { version, left })
}

/// Passwords count no more only once an admin has signed in at the provider: else nobody could get in
/// to put a slip right.
async fn keeps_a_way_in(
    office: &Office,
    tx: &TenantTx,
    known: &TownSetup,
    setup: &TownSetup,
) -> Result<(), catalog::Error> {
    let sole = staff::sole_issuer(setup);
    if sole.is_none() || sole == staff::sole_issuer(known) {
        return Ok(());
    }
    let admins = members::admins_to_change(tx, &office.db, sole).await?;
    if admins.iter().any(|admin| admin.can_sign_in) {
        return Ok(());
    }
    Err(catalog::Error::Invalid(vec![townfile::Problem {
        key: "town.staff_provider_only".to_owned(),
        message: "an admin has to sign in at the provider once before".to_owned(),
        german: "Melden Sie sich erst selbst einmal über den Anbieter an; dann ist sicher, dass niemand ausgesperrt wird".to_owned(),
    }]))
}

/// Does with the appointments that lie outside now what is decided on them; returns those that found
/// no other place. For admins.
pub(crate) async fn settle_outside(
    state: &AppState,
    scope: &Scope,
    decision: &Decision,
) -> Result<Vec<Appointment>, scheduling::Error> {
    let outside = scheduling::outside(&state.office, scope).await?;
    scheduling::settle(&state.office, scope, &outside, decision).await
}

/// The platform's own host name is no town's.
fn check_hosts(office: &Office, setup: &TownSetup) -> Result<(), catalog::Error> {
    let uri: Option<Uri> = office.public_url.parse().ok();
    let own = uri.as_ref().and_then(Uri::host);
    let taken = setup.town.hosts.iter().any(|host| Some(host.as_str()) == own);
    if taken { Err(catalog::Error::NameTaken) } else { Ok(()) }
}

/// Deletes a suspended town with everything that belongs to it, its keys first of all: what backups
/// still hold of it nobody opens again.
pub(crate) async fn delete(state: &AppState, slug: &str) -> Result<(), scheduling::Error> {
    let office = &state.office;
    let tenant = find(state, slug).await?.ok_or(catalog::Error::UnknownTown)?;
    let setup = setup(state, slug).await?.ok_or(catalog::Error::UnknownTown)?;
    if setup.town.status != TownStatus::Suspended {
        return Err(scheduling::Error::WrongStatus);
    }
    let tx = office.db.write(&Scope::system(tenant)).await?;
    let mails = erasing::erase(&tx).await?;
    tx.commit().await?;
    office.vault.forget(tenant);
    state.directory.forget();
    retention::forget_copies(state, &mails)
}

/// The same for those who run the platform, who name the town twice.
pub(crate) async fn delete_by(
    state: &AppState,
    operator: &Owner<'_>,
    slug: &str,
) -> Result<(), scheduling::Error> {
    acting(&state.office, operator).await?;
    delete(state, slug).await
}

/// Keeps a picture that staff send, drawn anew; returns its name for the set-up.
pub(crate) async fn keep_logo(
    state: &AppState,
    scope: &Scope,
    file: &[u8],
) -> Result<String, catalog::Error> {
    scope.require(Role::Admin)?;
    let office = &state.office;
    let sent = file.to_vec();
    // Decoding a large picture takes a while, and other requests wait meanwhile.
    let logo = tokio::task::spawn_blocking(move || logo::read(&sent)).await;
    let logo = logo.unwrap_or(Err(logo::Unfit::NoPicture))?;
    let tx = office.db.write(scope).await?;
    logo::keep(&tx, &logo, office.now()).await?;
    tx.commit().await?;
    Ok(logo.name)
}

/// Makes the keys that a set-up needs and that it does not hold itself, and forgets those of webhooks
/// that it no longer has.
async fn provision(office: &Office, tx: &TenantTx, setup: &TownSetup) -> Result<(), tenant::Error> {
    let now = office.now();
    let make = async || {
        if setup.town.mail_from.is_some() {
            dkim::provision(tx, &office.vault, now).await?;
        }
        for webhook in &setup.town.webhooks {
            webhook::provision(tx, &office.vault, &webhook.slug, now).await?;
        }
        let slugs: Vec<&str> = setup.town.webhooks.iter().map(|own| own.slug.as_str()).collect();
        webhook::keep_only(tx, &slugs).await
    };
    make().await.map_err(|error| match error {
        notification::Error::Tenant(error) => error,
        other => tenant::Error::Corrupt(other.to_string()),
    })
}

/// The town's set-up as a town file.
pub(crate) async fn export(state: &AppState, slug: &str) -> Result<String, catalog::Error> {
    let setup = setup(state, slug).await?.ok_or(catalog::Error::UnknownTown)?;
    Ok(townfile::to_toml(&setup))
}

/// The town's set-up, if there is such a town.
pub(crate) async fn setup(
    state: &AppState,
    slug: &str,
) -> Result<Option<TownSetup>, catalog::Error> {
    let Some(tenant) = find(state, slug).await? else { return Ok(None) };
    let tx = state.office.db.read(&Scope::system(tenant)).await?;
    let (_, setup) = store::load(&tx).await?;
    Ok(Some(setup))
}

async fn find(state: &AppState, slug: &str) -> Result<Option<TenantId>, catalog::Error> {
    let db: &Db = &state.office.db;
    Ok(state.directory.by_slug(db, slug).await?.map(|entry| entry.tenant))
}
