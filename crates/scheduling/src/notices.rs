//! From an appointment or request to what its mail says.

use std::collections::BTreeSet;

use catalog::model::{Location, TownSetup};
use chrono::{DateTime, TimeDelta, Utc};
use notification::{
    calendar::{self, CalendarEntry},
    notice::{self, Kind, Notice},
    outbox::{self, Content, Outgoing},
    sms::Sms,
};
use tenant::TenantTx;
use uuid::Uuid;

use crate::{
    Appointment, BasketLine, Error, Offer, Office, Requested, Status, Waiting, undoing::Operation,
};

/// An appointment with all that its mails need.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) office: &'a Office,
    pub(crate) setup: &'a TownSetup,
    pub(crate) appointment: &'a Appointment,
    /// Opens its page.
    pub(crate) secret: &'a str,
}

impl Told<'_> {
    /// Writes the mail that tells of what happened, in the transaction in which it happens.
    /// Without address and number nobody is told.
    pub(crate) async fn tell(
        &self,
        tx: &TenantTx,
        kind: Kind,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.tell_at(tx, kind, reason, now, now).await
    }

    /// The same, not before `due_at`.
    pub(crate) async fn tell_at(
        &self,
        tx: &TenantTx,
        kind: Kind,
        reason: &str,
        now: DateTime<Utc>,
        due_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some(notice) = appointment(self, kind, reason) else { return Ok(()) };
        let id = self.appointment.id;
        if !notice.email.is_empty() {
            post(self.office, tx, id, &notice, now, due_at).await?;
        }
        if let Some(sms) = self.short(notice).filter(|_| kind.is_for_phone()) {
            send(self.office, tx, id, Content::Sms(&sms), now, due_at).await?;
        }
        Ok(())
    }

    /// The same as a short message, for those who have agreed to get some.
    fn short(&self, notice: Notice) -> Option<Sms> {
        let contact = self.appointment.contact.as_ref().filter(|contact| contact.sms)?;
        let is_sent = self.setup.town.sms.is_some();
        contact.phone.clone().filter(|_| is_sent).map(|phone| Sms { phone, notice })
    }

    /// Asks for the address to be confirmed until `until`, by the link with this `secret`.
    pub(crate) async fn ask_to_confirm(
        &self,
        tx: &TenantTx,
        secret: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some(notice) = appointment(self, Kind::ConfirmAddress, "") else { return Ok(()) };
        let link = link(self.office, self.setup, "termin/bestaetigen", secret);
        let notice = Notice { link, until: Some(until), ..notice };
        post(self.office, tx, self.appointment.id, &notice, now, now).await
    }

    /// Tells of a change: at once, or when the operation that it is part of can no longer be
    /// undone. What an operation before it has not told yet is out of date then.
    pub(crate) async fn tell_of(
        &self,
        tx: &TenantTx,
        kind: Kind,
        reason: &str,
        operation: Option<&Operation>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if let Some(operation) = operation {
            return self.tell_at(tx, kind, reason, now, operation.mails_at).await;
        }
        outbox::withdraw_later(tx, self.appointment.id, Kind::Changed.as_str(), now).await?;
        self.tell(tx, kind, reason, now).await
    }

    /// Plans the reminders anew: those that were planned before are forgotten. As long as an operation
    /// can be undone nobody is reminded of what it has made of the appointment.
    pub(crate) async fn plan_reminders_anew(
        &self,
        tx: &TenantTx,
        operation: Option<&Operation>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        outbox::withdraw(tx, self.appointment.id, Kind::Reminder).await?;
        let earliest = operation.map_or(now, |own| own.mails_at);
        self.plan_reminders_from(tx, now, (now, earliest)).await
    }

    /// Plans those again that an operation has withdrawn which began at `began` and was undone; one
    /// whose hour has come since leaves at once.
    pub(crate) async fn plan_reminders_again(
        &self,
        tx: &TenantTx,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        outbox::withdraw(tx, self.appointment.id, Kind::Reminder).await?;
        self.plan_reminders_from(tx, now, (began, now)).await
    }

    /// Plans the reminders. What is booked later than a reminder's hour, is not confirmed or no
    /// longer stands, gets none.
    pub(crate) async fn plan_reminders(
        &self,
        tx: &TenantTx,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.plan_reminders_from(tx, now, (now, now)).await
    }

    async fn plan_reminders_from(
        &self,
        tx: &TenantTx,
        now: DateTime<Utc>,
        (since, earliest): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<(), Error> {
        let Appointment { starts_at, status, confirm_until, .. } = self.appointment;
        if *status != Status::Booked || confirm_until.is_some() {
            return Ok(());
        }
        let town = &self.setup.town;
        let hours = BTreeSet::from([town.reminder_hours, town.second_reminder_hours]);
        for hours in hours.into_iter().rev() {
            let due_at = *starts_at - TimeDelta::hours(i64::from(hours));
            if hours > 0 && due_at > since {
                self.tell_at(tx, Kind::Reminder, "", now, due_at.max(earliest)).await?;
            }
        }
        Ok(())
    }
}

/// Writes a mail into the outbox of the transaction's town, to be sent at `due_at` or after.
///
/// # Errors
/// Faults of sealing and of the database.
pub async fn post(
    office: &Office,
    tx: &TenantTx,
    subject: Uuid,
    notice: &Notice,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    send(office, tx, subject, Content::Mail(notice), now, due_at).await
}

pub(crate) async fn send(
    office: &Office,
    tx: &TenantTx,
    subject: Uuid,
    content: Content<'_>,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    let outgoing = Outgoing { subject, content, due_at, traceparent: (office.traceparent)() };
    Ok(outbox::enqueue(tx, &office.vault, now, outgoing).await?)
}

/// What a notice about an appointment says while it is known who comes; without an address it goes
/// to the phone alone.
pub(crate) fn appointment(told: &Told<'_>, kind: Kind, reason: &str) -> Option<Notice> {
    let Told { office, setup, appointment, secret } = *told;
    let contact = appointment.contact.as_ref()?;
    let locale = &appointment.locale;
    Some(Notice {
        kind,
        locale: locale.clone(),
        town: sender(office, setup),
        name: contact.name.clone(),
        email: contact.email.clone().unwrap_or_default(),
        code: appointment.code.clone(),
        link: link(office, setup, "termin/b", secret),
        appointment: Some(notice::Appointment {
            uid: uid(appointment),
            sequence: appointment.sequence,
            starts_at: appointment.starts_at,
            ends_at: visible_end(setup, appointment),
            zone: setup.town.time_zone,
        }),
        place: appointment.location_in(setup).map(|location| place(location, locale)),
        services: services(setup, &appointment.basket, locale),
        wishes: Vec::new(),
        reason: reason.to_owned(),
        until: None,
        texts: setup.mail_texts(kind, locale),
    })
}

/// A mail that says no more than where to go on; it knows no name.
#[must_use]
pub fn plain(
    office: &Office,
    setup: &TownSetup,
    kind: Kind,
    locale: &str,
    email: &str,
    link: String,
) -> Notice {
    Notice {
        kind,
        locale: locale.to_owned(),
        town: sender(office, setup),
        name: String::new(),
        email: email.to_owned(),
        code: String::new(),
        link,
        appointment: None,
        place: None,
        services: Vec::new(),
        wishes: Vec::new(),
        reason: String::new(),
        until: None,
        texts: setup.mail_texts(kind, locale),
    }
}

/// What a mail about a request says.
pub(crate) fn request(
    office: &Office,
    setup: &TownSetup,
    requested: &Requested,
    kind: Kind,
    reason: &str,
) -> Option<Notice> {
    let contact = requested.contact.as_ref()?;
    let offer = requested.proposal.filter(|_| kind == Kind::AlternativeProposed);
    let wanted = offer.map(|offer| offer.location).or(requested.location);
    let location = setup.locations.iter().find(|own| Some(own.id) == wanted);
    Some(Notice {
        kind,
        locale: requested.locale.clone(),
        town: sender(office, setup),
        name: contact.name.clone(),
        email: contact.email.clone()?,
        code: requested.code.clone(),
        link: link(office, setup, "anfrage/b", &requested.secret),
        appointment: offer.map(|offer| offered(setup, requested.id, &offer)),
        place: location.map(|location| place(location, &requested.locale)),
        services: services(setup, &requested.basket, &requested.locale),
        wishes: requested
            .wishes
            .iter()
            .map(|wish| notice::Wish {
                date: wish.date,
                from: wish.from.to_string(),
                to: wish.to.to_string(),
            })
            .collect(),
        reason: reason.to_owned(),
        until: offer.map(|offer| offer.until),
        texts: setup.mail_texts(kind, &requested.locale),
    })
}

/// What a mail about a place on the waiting list says.
pub(crate) fn waiting(
    office: &Office,
    setup: &TownSetup,
    waiting: &Waiting,
    kind: Kind,
) -> Option<Notice> {
    let contact = waiting.contact.as_ref()?;
    let locale = &waiting.locale;
    let wanted = waiting.offer.map(|offer| offer.location).or(waiting.wish.only_location());
    let location = setup.locations.iter().find(|own| Some(own.id) == wanted);
    Some(Notice {
        kind,
        locale: locale.clone(),
        town: sender(office, setup),
        name: contact.name.clone(),
        email: contact.email.clone()?,
        code: waiting.code.clone(),
        link: link(office, setup, "warteliste/b", &waiting.secret),
        appointment: waiting.offer.map(|offer| offered(setup, waiting.id, &offer)),
        place: location.map(|location| place(location, locale)),
        services: services(setup, &waiting.basket, locale),
        wishes: Vec::new(),
        reason: String::new(),
        until: waiting.offer.map(|offer| offer.until),
        texts: setup.mail_texts(kind, locale),
    })
}

/// The time that is kept, as a mail tells it.
fn offered(setup: &TownSetup, subject: Uuid, offer: &Offer) -> notice::Appointment {
    notice::Appointment {
        uid: format!("{subject}@amtstermin"),
        sequence: 0,
        starts_at: offer.starts_at,
        ends_at: offer.span.ends_at,
        zone: setup.town.time_zone,
    }
}

/// The calendar file of an appointment.
pub(crate) fn calendar(
    office: &Office,
    setup: &TownSetup,
    appointment: &Appointment,
    secret: &str,
) -> String {
    let locale = &appointment.locale;
    let place = appointment.location_in(setup).map(|location| place(location, locale));
    let entry = CalendarEntry {
        uid: &uid(appointment),
        sequence: appointment.sequence,
        starts_at: appointment.starts_at,
        ends_at: visible_end(setup, appointment),
        zone: setup.town.time_zone,
        town: &setup.town.name,
        email: &setup.town.email,
        place: place.as_ref(),
        link: &link(office, setup, "termin/b", secret),
        locale,
        cancelled: appointment.status == Status::Cancelled,
    };
    calendar::write(&entry, office.now())
}

fn uid(appointment: &Appointment) -> String {
    format!("{}@amtstermin", appointment.id)
}

fn visible_end(setup: &TownSetup, appointment: &Appointment) -> chrono::DateTime<chrono::Utc> {
    let buffers = appointment.basket.iter().filter_map(|line| setup.service(&line.service));
    let buffer = buffers.map(|service| service.buffer).max().unwrap_or(0);
    // The buffer may have grown since it was booked.
    calendar::end_without_buffer(appointment.ends_at, buffer).max(appointment.starts_at)
}

fn link(office: &Office, setup: &TownSetup, page: &str, secret: &str) -> String {
    format!("{}/{}/{page}/{secret}", office.public_url, setup.town.slug)
}

/// The town as it shows itself in a mail.
#[must_use]
pub fn sender(office: &Office, setup: &TownSetup) -> notice::Town {
    let town = &setup.town;
    notice::Town {
        name: town.name.clone(),
        email: town.email.clone(),
        phone: town.phone.clone(),
        from: town.mail_from.clone(),
        color: town.branding.color.clone(),
        link: format!("{}/{}", office.public_url, town.slug),
    }
}

fn place(location: &Location, locale: &str) -> notice::Place {
    notice::Place {
        name: location.name.get(locale).to_owned(),
        street: location.street.clone(),
        postal_code: location.postal_code.clone(),
        city: location.city.clone(),
        entrance: location.entrance.get(locale).to_owned(),
        visit_rules: location.visit_rules.get(locale).to_owned(),
    }
}

fn services(setup: &TownSetup, basket: &[BasketLine], locale: &str) -> Vec<notice::Service> {
    let known =
        basket.iter().filter_map(|line| Some((setup.service(&line.service)?, line.quantity)));
    known
        .map(|(service, quantity)| notice::Service {
            name: service.name.get(locale).to_owned(),
            quantity,
            documents: service.documents.iter().map(|text| text.get(locale).to_owned()).collect(),
            fees: service
                .fees
                .iter()
                .map(|fee| (fee.cents, fee.label.get(locale).to_owned()))
                .collect(),
            forms: service
                .forms
                .iter()
                .map(|form| (form.label.get(locale).to_owned(), form.url.clone()))
                .collect(),
        })
        .collect()
}
