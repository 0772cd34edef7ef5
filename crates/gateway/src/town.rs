//! `amtstermin town import FILE…` and `town export SLUG`.

use std::path::Path;

use catalog::{model::TownSetup, store, townfile};
use tenant::{Db, Role, Scope, TenantId};
use uuid::Uuid;

use crate::state::AppState;

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
    let setup = townfile::parse(&text).map_err(|problems| {
        ImportError::Invalid(problems.iter().map(|problem| format!("{shown}: {problem}")).collect())
    })?;
    Ok(apply(state, &setup).await?)
}

/// Makes the town look like `setup`.
pub(crate) async fn apply(
    state: &AppState,
    setup: &TownSetup,
) -> Result<store::Imported, catalog::Error> {
    let office = &state.office;
    let known = find(state, &setup.town.slug).await?;
    let tenant = known.unwrap_or_else(|| TenantId(Uuid::now_v7()));
    let tx = office.db.write(&Scope::system(tenant)).await?;
    let imported = store::apply(&tx, &office.vault, setup, office.now()).await?;
    tx.commit().await?;
    state.directory.forget();
    Ok(imported)
}

/// The set-up that staff see, as a town file with its version.
pub(crate) async fn read(state: &AppState, scope: &Scope) -> Result<(i64, String), catalog::Error> {
    scope.require(Role::Admin)?;
    let tx = state.office.db.read(scope).await?;
    let (version, setup) = store::load(&tx).await?;
    Ok((version, townfile::to_toml(&setup)))
}

/// Staff change the set-up that they read at `version`; returns the new version. The platform
/// alone gives a town another address.
pub(crate) async fn change(
    state: &AppState,
    scope: &Scope,
    version: i64,
    setup: &TownSetup,
) -> Result<i64, catalog::Error> {
    let office = &state.office;
    let tx = office.db.write(scope).await?;
    let (_, known) = store::load(&tx).await?;
    if known.town.slug != setup.town.slug {
        return Err(catalog::Error::NameTaken);
    }
    let changed = store::change(&tx, &office.vault, version, setup, office.now()).await?;
    tx.commit().await?;
    state.directory.forget();
    Ok(if changed == store::Imported::Changed { version + 1 } else { version })
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
