//! A note for colleagues at an appointment: about a person, so sealed like the contact data, gone
//! with them, and part of what the person is told on asking (Art. 15 GDPR).

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Set};
use serde::Serialize;
use tenant::{Role, Scope, TenantTx, audit};
use uuid::Uuid;

use crate::{AppointmentRef, Error, Office, entity::appointment_note, words::words};

/// Longest note, in characters.
pub const MAX_NOTE: usize = 1000;

/// What staff have noted at an appointment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// In their words.
    pub text: String,
    /// When it was last written.
    pub written_at: DateTime<Utc>,
}

impl std::fmt::Debug for Note {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Note(…)")
    }
}

/// The note at an appointment, if there is one. By identity it is for staff, and the look is
/// written to the audit log; by secret it is for the person it is about.
///
/// # Errors
/// `Forbidden` by identity for citizens, [`Error::UnknownAppointment`], faults.
pub async fn appointment_note(
    office: &Office,
    scope: &Scope,
    which: &AppointmentRef,
) -> Result<Option<Note>, Error> {
    let tx = office.db.write(scope).await?;
    let id = match which {
        AppointmentRef::Secret(_) => which.look_up(&tx).await?.id,
        AppointmentRef::Id(id) => {
            scope.require(Role::Reader)?;
            *id
        }
    };
    let Some(row) = find(&tx, id).await? else { return Ok(None) };
    let note = open(office, &tx, row).await?;
    if matches!(which, AppointmentRef::Id(_)) {
        audit::record(&tx, office.now(), audit::Action::NoteViewed, Some(id));
        tx.commit().await?;
    }
    Ok(Some(note))
}

/// Writes the note at an appointment anew; an empty text takes it away. `instead_of` is when the note
/// was written that whoever writes has seen: nobody's words are written over unread.
///
/// # Errors
/// `Forbidden` below clerk, [`Error::TooLong`], [`Error::UnknownAppointment`],
/// [`Error::NoteChanged`] with the present note where another one stands, or none; the look at it is
/// written to the audit log; faults.
#[tracing::instrument(skip_all, fields(tenant = %scope.tenant))]
pub async fn write_note(
    office: &Office,
    scope: &Scope,
    appointment: Uuid,
    text: &str,
    instead_of: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    let text = words(text, MAX_NOTE)?;
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let id = AppointmentRef::Id(appointment).find(&tx).await?.id;
    let present = match find(&tx, id).await? {
        Some(row) => Some(open(office, &tx, row).await?),
        None => None,
    };
    if present.as_ref().map_or("", |note| &note.text) == text {
        return Ok(());
    }
    if present.as_ref().map(|note| note.written_at) != instead_of {
        if present.is_some() {
            audit::record(&tx, now, audit::Action::NoteViewed, Some(id));
            tx.commit().await?;
        }
        return Err(Error::NoteChanged(present));
    }
    tx.delete::<appointment_note::Entity>(appointment_note::Column::AppointmentId.eq(id)).await?;
    let action =
        if text.is_empty() { audit::Action::NoteDeleted } else { audit::Action::NoteWritten };
    if !text.is_empty() {
        let sealed = office.vault.keyring(&tx).await?.seal("note", id, text.as_bytes())?;
        tx.insert(appointment_note::ActiveModel {
            appointment_id: Set(id),
            sealed: Set(sealed),
            written_at: Set(now),
            ..Default::default()
        })
        .await?;
    }
    audit::record(&tx, now, action, Some(id));
    tx.commit().await?;
    Ok(())
}

async fn find(tx: &TenantTx, id: Uuid) -> Result<Option<appointment_note::Model>, Error> {
    let select = tx.find::<appointment_note::Entity>();
    Ok(select.filter(appointment_note::Column::AppointmentId.eq(id)).one().await?)
}

async fn open(office: &Office, tx: &TenantTx, row: appointment_note::Model) -> Result<Note, Error> {
    let plain = office.vault.keyring(tx).await?.open("note", row.appointment_id, &row.sealed)?;
    let text = String::from_utf8(plain)
        .map_err(|_| tenant::Error::Corrupt("a note is no text".to_owned()))?;
    Ok(Note { text, written_at: row.written_at })
}
