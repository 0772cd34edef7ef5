//! Where the town's mails come from, and what its domain's DNS has to say for it.

use catalog::model::TownSetup;
use notification::dns::Record;

use super::{
    part::Part,
    reader::Reader,
    section::{Group, Section},
};
use crate::{
    keys,
    sender_check::{self, Found},
    web::{
        error::Failure,
        staff::{desk::Desk, field::Field},
    },
};

/// What goes with the form.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    /// Name and address that mails come from.
    pub from: String,
    /// Where answers go.
    pub answers: String,
    /// Records for the town's own domain, with what the DNS says where it was asked.
    pub records: Vec<(Record, Option<Verdict>)>,
    /// Where it is asked.
    pub check: String,
}

/// What the DNS says of a record, in words.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    /// `success`, `warning` or `danger`.
    pub kind: &'static str,
    pub text: &'static str,
    /// What is there instead.
    pub found: Vec<String>,
}

impl Verdict {
    fn new(found: Found) -> Self {
        let (kind, text, found) = match found {
            Found::Right => ("success", "Der Eintrag ist da und stimmt.", Vec::new()),
            Found::Other(texts) => ("danger", "Da steht etwas anderes:", texts),
            Found::Missing => ("danger", "Der Eintrag fehlt noch.", Vec::new()),
            Found::Silence => (
                "warning",
                "Das ließ sich nicht prüfen: Kein Server hat geantwortet. Versuchen Sie es später noch einmal.",
                Vec::new(),
            ),
        };
        Self { kind, text, found }
    }
}

/// The form.
pub(super) fn sender(setup: &TownSetup) -> Section {
    let own = setup.town.mail_from.as_deref().unwrap_or_default();
    let field = Field::typed("email", "mail_from", "Eigene Absenderadresse", own)
        .hint("Etwa termine@stadt.de. Leer: die Adresse der Plattform, und an der DNS ist nichts zu tun.")
        .optional();
    Section {
        title: "Absender der E-Mails".to_owned(),
        lead: "Von wem Bestätigungen und Erinnerungen kommen. Mit einer eigenen Adresse erkennen alle Ihre Stadt; damit andere Server ihr trauen, braucht Ihre Domain drei Einträge, die nach dem Speichern hier stehen.",
        groups: vec![Group::new("", "", vec![field])],
        extras: Vec::new(),
    }
}

/// Takes the form back.
pub(super) fn read_sender(reader: &Reader<'_>, setup: &mut TownSetup) {
    setup.town.mail_from = reader.optional_line("mail_from");
}

/// What goes with the form of a part, where that is this one.
pub(super) async fn beside(desk: &Desk, part: &Part) -> Result<Option<Sender>, Failure> {
    if *part != Part::Sender {
        return Ok(None);
    }
    let records = if desk.asked("pruefen").is_some() {
        let checked = sender_check::check(&desk.state, &desk.scope).await;
        let checked = checked.map_err(|error| desk.fail(error))?;
        checked.into_iter().map(|own| (own.record, Some(Verdict::new(own.found)))).collect()
    } else {
        let keys = keys::read(&desk.state, &desk.scope).await.map_err(|error| desk.fail(error))?;
        keys.records.into_iter().map(|own| (own, None)).collect()
    };
    let town = &desk.setup.town;
    let from = town.mail_from.as_ref().unwrap_or(&desk.state.mail_from);
    Ok(Some(Sender {
        from: format!("{} <{from}>", town.name),
        answers: town.email.clone(),
        records,
        check: desk.with(&format!("/einrichtung/teil/{}", part.path()), &[("pruefen", "1")]),
    }))
}
