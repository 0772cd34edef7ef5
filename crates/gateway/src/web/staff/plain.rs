//! A page of one form, before it is known where somebody works.

use askama::Template;
use chrono::TimeDelta;

use super::{field::Field, notice::Notice};
use crate::web::{error::Failure, page::Page, town::Visitor};

/// A page of one form.
#[derive(Template)]
#[template(path = "staff/plain.html")]
pub(super) struct Plain<'a> {
    pub page: &'a Page,
    pub title: &'static str,
    pub notice: Option<Notice>,
    pub lead: &'static str,
    /// Text and address of a way that needs no form.
    pub way: Option<(String, String)>,
    pub action: &'a str,
    pub hidden: Vec<(&'static str, &'a str)>,
    pub fields: Vec<Field>,
    pub button: &'static str,
    /// Address and text of where else to go.
    pub links: Vec<(String, &'static str)>,
    /// Host of the passkeys that open here too, and where to go then.
    pub passkeys: Option<(&'a str, &'a str)>,
}

pub(super) fn too_many(wait: TimeDelta) -> Notice {
    let minutes = wait.num_minutes() + 1;
    let unit = if minutes == 1 { "Minute" } else { "Minuten" };
    Notice::danger("Zu viele Versuche", format!("Versuchen Sie es in {minutes} {unit} wieder."))
}

/// The answer for a fault.
pub(super) fn fail(visitor: &Visitor, error: tenant::Error) -> Failure {
    Failure::new(visitor.page.clone(), error.into())
}
