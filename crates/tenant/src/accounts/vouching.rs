//! Signing in by the word of a town's own provider (OpenID Connect). The provider vouches for that town
//! and for no other: so does the session that it opens.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Set};
use uuid::Uuid;

use super::{members, row_of, sessions};
use crate::{
    Db, Error, Origin, Scope, TenantId, TenantTx, audit,
    entity::{provider_answer, provider_identity},
    seal::token_hash,
};

/// Somebody whom a provider has signed in; its word was checked before.
#[derive(Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The provider.
    pub issuer: String,
    /// How the provider calls that person, now and always.
    pub subject: String,
    /// Address that the provider has verified.
    pub email: Option<String>,
}

impl std::fmt::Debug for Vouched {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vouched").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Opens a session in `town` for the member of its staff whom its provider has signed in: the one who
/// is linked with the provider's subject, else the one whose address it has verified, who is linked
/// from then on; asked for `from` somewhere. Returns the session's token.
///
/// # Errors
/// [`Error::UnknownPerson`] where neither is a member, [`Error::AnotherPerson`] where the member with
/// that address is linked with another subject, [`Error::Database`].
pub async fn sign_in(
    db: &Db,
    town: TenantId,
    person: &Vouched,
    from: Origin,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let (account, is_linked) = match recognise(db, town, person).await {
        Ok(found) => found,
        Err(error) => {
            refused(db, town, now).await?;
            return Err(error);
        }
    };
    let tx = db.read(&Scope::system(town)).await?;
    let actor = members::actor(&tx, account, from).await?;
    drop(tx);
    let tx = db.write(&Scope { tenant: town, actor }).await?;
    if !is_linked {
        link(&tx, account, person, now).await?;
    }
    audit::record(&tx, now, audit::Action::StaffSignedIn, Some(account));
    tx.commit().await?;
    sessions::open(db, account, Some(town), now).await
}

/// Which member it is, and whether the two were linked before.
async fn recognise(db: &Db, town: TenantId, person: &Vouched) -> Result<(Uuid, bool), Error> {
    let tx = db.read(&Scope::system(town)).await?;
    let own = provider_identity::Column::SubjectHash.eq(token_hash(&person.subject));
    let linked = tx
        .find::<provider_identity::Entity>()
        .filter(provider_identity::Column::Issuer.eq(&person.issuer))
        .filter(own)
        .one()
        .await?;
    if let Some(row) = linked {
        let role = members::standing(&tx, row.account_id).await?;
        return role.map(|_| (row.account_id, true)).ok_or(Error::UnknownPerson);
    }
    let Some(email) = &person.email else { return Err(Error::UnknownPerson) };
    let account = row_of(db, email).await?.ok_or(Error::UnknownPerson)?.id;
    members::standing(&tx, account).await?.ok_or(Error::UnknownPerson)?;
    let others = tx
        .find::<provider_identity::Entity>()
        .filter(provider_identity::Column::Issuer.eq(&person.issuer))
        .filter(provider_identity::Column::AccountId.eq(account))
        .count()
        .await?;
    if others > 0 { Err(Error::AnotherPerson) } else { Ok((account, false)) }
}

/// Links a subject with an account; of two who come at once with the same address one is refused.
async fn link(
    tx: &TenantTx,
    account: Uuid,
    person: &Vouched,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = provider_identity::ActiveModel {
        issuer: Set(person.issuer.clone()),
        subject_hash: Set(token_hash(&person.subject)),
        account_id: Set(account),
        linked_at: Set(now),
        ..Default::default()
    };
    if !tx.insert_unless_taken(row).await? {
        return Err(Error::AnotherPerson);
    }
    audit::record(tx, now, audit::Action::StaffLinked, Some(account));
    Ok(())
}

/// Writes down that the town's provider has sent somebody who does not work there.
///
/// # Errors
/// [`Error::Database`].
pub async fn refused(db: &Db, town: TenantId, now: DateTime<Utc>) -> Result<(), Error> {
    let tx = db.write(&Scope::system(town)).await?;
    audit::record(&tx, now, audit::Action::StaffSignInRefused, None);
    tx.commit().await?;
    Ok(())
}

/// Parts an account from the subjects that it is linked with in the transaction's town.
pub(super) async fn unlink(tx: &TenantTx, account: Uuid) -> Result<(), Error> {
    let own = provider_identity::Column::AccountId.eq(account);
    tx.delete::<provider_identity::Entity>(own).await?;
    Ok(())
}

/// The accounts that are linked with a subject in the transaction's town, at one issuer or at any.
pub(super) async fn linked(tx: &TenantTx, issuer: Option<&str>) -> Result<Vec<Uuid>, Error> {
    let mut rows = tx.find::<provider_identity::Entity>();
    if let Some(issuer) = issuer {
        rows = rows.filter(provider_identity::Column::Issuer.eq(issuer));
    }
    Ok(rows.all().await?.into_iter().map(|row| row.account_id).collect())
}

/// Uses a provider's answer up, which is worth nothing after `expires_at` anyway; tells whether it
/// was new.
///
/// # Errors
/// [`Error::Database`].
pub async fn use_once(
    tx: &TenantTx,
    answer: Uuid,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    tx.delete::<provider_answer::Entity>(provider_answer::Column::ExpiresAt.lt(now)).await?;
    let row = provider_answer::ActiveModel {
        id: Set(answer),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    Ok(tx.insert_unless_taken(row).await?)
}
