//! From an appointment or request to what its mail says.

use catalog::model::{Location, TownSetup};
use notification::{
    calendar::{self, CalendarEntry},
    notice::{self, Kind, Notice},
};

use crate::{Appointment, BasketLine, Office, Requested};

/// The confirmation of a booking, for those who left an address.
pub(crate) fn confirmation(
    office: &Office,
    setup: &TownSetup,
    appointment: &Appointment,
    secret: &str,
) -> Option<Notice> {
    let contact = appointment.contact.as_ref()?;
    let locale = &appointment.locale;
    Some(Notice {
        kind: Kind::Confirmation,
        locale: locale.clone(),
        town: town(office, setup),
        name: contact.name.clone(),
        email: contact.email.clone()?,
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
    })
}

/// The receipt of a request.
pub(crate) fn request_received(
    office: &Office,
    setup: &TownSetup,
    requested: &Requested,
) -> Option<Notice> {
    let contact = requested.contact.as_ref()?;
    let location = setup.locations.iter().find(|own| Some(own.id) == requested.location);
    Some(Notice {
        kind: Kind::RequestReceived,
        locale: requested.locale.clone(),
        town: town(office, setup),
        name: contact.name.clone(),
        email: contact.email.clone()?,
        code: requested.code.clone(),
        link: link(office, setup, "anfrage/b", &requested.secret),
        appointment: None,
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
    })
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
        place: place.as_ref(),
        link: &link(office, setup, "termin/b", secret),
        locale,
    };
    calendar::write(&entry, office.now())
}

fn uid(appointment: &Appointment) -> String {
    format!("{}@amtstermin", appointment.id)
}

fn visible_end(setup: &TownSetup, appointment: &Appointment) -> chrono::DateTime<chrono::Utc> {
    let buffers = appointment.basket.iter().filter_map(|line| setup.service(&line.service));
    let buffer = buffers.map(|service| service.buffer).max().unwrap_or(0);
    calendar::end_without_buffer(appointment.ends_at, buffer)
}

fn link(office: &Office, setup: &TownSetup, page: &str, secret: &str) -> String {
    format!("{}/{}/{page}/{secret}", office.public_url, setup.town.slug)
}

fn town(office: &Office, setup: &TownSetup) -> notice::Town {
    let town = &setup.town;
    notice::Town {
        name: town.name.clone(),
        email: town.email.clone(),
        phone: town.phone.clone(),
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
