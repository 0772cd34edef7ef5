//! The contact fields that all bookings and requests share.

use axum::http::StatusCode;
use catalog::model::PhoneRule;
use scheduling::{
    Contact,
    contact::{self, ContactField, ContactProblem, MAX_NAME},
};
use serde::Deserialize;

use crate::web::{page::Page, town::Town};

/// Contact data as they were typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    /// Name.
    #[serde(default)]
    pub name: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Telephone number.
    #[serde(default)]
    pub phone: String,
    /// `1` where short messages are agreed to.
    #[serde(default)]
    pub sms: String,
}

/// A problem at a field of a form.
#[derive(Clone, Debug)]
pub(super) struct FieldError {
    /// The field's id.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// The problems of a form, in the order of its fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(pub Vec<FieldError>);

impl Typed {
    /// Whether nothing was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_empty() && self.email.is_empty() && self.phone.is_empty()
    }

    /// Reads the fields as a citizen of the town has to fill them in.
    pub(super) fn parse(&self, town: &Town) -> Result<Contact, Errors> {
        let contact = self.read(&town.page, town.setup.town.contact.phone, true)?;
        Ok(contact.with_sms(self.sms == "1" && town.setup.town.sms.is_some()))
    }

    /// Reads the fields as staff may fill them in: a name is enough.
    pub(super) fn parse_by_staff(&self, page: &Page) -> Result<Contact, Errors> {
        self.read(page, PhoneRule::Optional, false)
    }

    fn read(&self, page: &Page, phone: PhoneRule, email: bool) -> Result<Contact, Errors> {
        contact::parse(&self.name, &self.email, &self.phone, phone, email)
            .map_err(|problems| Errors::of(page, problems))
    }
}

impl Errors {
    /// The only problem of a form.
    pub(super) fn one(field: &str, message: String) -> Self {
        Self(vec![FieldError { field: field.to_owned(), message }])
    }

    /// What is wrong with contact data, as a page says it.
    pub(super) fn of(page: &Page, problems: Vec<(ContactField, ContactProblem)>) -> Self {
        let problems = problems.into_iter();
        Self(problems.map(|(field, problem)| error(page, field, problem)).collect())
    }

    /// The message at a field.
    pub(super) fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|own| own.field == field).map(|own| own.message.as_str())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Status of a form with these errors.
    pub(super) fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

/// Whether the town insists on a telephone number.
pub(super) fn phone_required(town: &Town) -> bool {
    town.setup.town.contact.phone == PhoneRule::Required
}

fn error(page: &Page, field: ContactField, problem: ContactProblem) -> FieldError {
    use ContactField::{Email, Name, Phone};
    use ContactProblem::{Malformed, Missing, TooLong};
    let message = match (field, problem) {
        (Name, Missing) => page.text("contact-name-missing"),
        (Name, TooLong) => page.with("contact-name-long", "max", MAX_NAME),
        (Name, Malformed) => page.text("contact-name-malformed"),
        (Email, Missing) => page.text("contact-email-missing"),
        (Email, TooLong | Malformed) => page.text("contact-email-malformed"),
        (Phone, Missing) => page.text("contact-phone-missing"),
        (Phone, TooLong | Malformed) => page.text("contact-phone-malformed"),
    };
    let field = match field {
        Name => "name",
        Email => "email",
        Phone => "phone",
    };
    FieldError { field: field.to_owned(), message }
}
