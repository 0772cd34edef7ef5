//! What went wrong, as a page that says what to do: one exhaustive match of the domain's errors.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use tenant::directory::Entry;

use super::page::{Page, render};
use crate::{openid, telemetry::trace_id};

/// After how many seconds a busy service is worth another try.
const RETRY_AFTER: &str = "5";

/// Everything a page may answer instead of what was asked for.
#[derive(Debug)]
pub(super) enum Problem {
    /// No live town here; these there are.
    UnknownTown(Vec<Entry>),
    /// No such page.
    UnknownPage,
    /// The town offers no such service.
    UnknownService,
    /// The town has no such location.
    UnknownLocation,
    /// The pages are not written in this language.
    UnknownLanguage,
    /// A form that another site has sent.
    Forged,
    /// A form that is incomplete or too large.
    Unreadable(StatusCode),
    /// Somebody is back from a provider and cannot go on from there.
    Returned,
    /// A use case refused.
    Domain(scheduling::Error),
    /// A fault below the use cases.
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

/// A problem with the frame it is shown in.
#[derive(Debug)]
pub(super) struct Failure(Box<(Page, Problem)>);

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: &'a Page,
    title: &'static str,
    advice: &'static str,
    towns: &'a [Entry],
    trace: Option<String>,
}

impl Failure {
    /// `problem`, shown in the frame of `page`.
    pub(super) fn new(page: Page, problem: Problem) -> Self {
        Self(Box::new((page, problem)))
    }
}

impl From<scheduling::Error> for Problem {
    fn from(error: scheduling::Error) -> Self {
        Self::Domain(error)
    }
}

impl From<tenant::Error> for Problem {
    fn from(error: tenant::Error) -> Self {
        Self::Domain(error.into())
    }
}

impl From<notification::Error> for Problem {
    fn from(error: notification::Error) -> Self {
        Self::Domain(error.into())
    }
}

impl From<openid::Error> for Problem {
    fn from(error: openid::Error) -> Self {
        match error {
            openid::Error::Other(error) => Self::Domain(error),
            other => Self::Fault(Box::new(other)),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (page, problem) = *self.0;
        let Shown { status, title, advice } = shown(&problem);
        let trace = (status == StatusCode::INTERNAL_SERVER_ERROR).then(|| record(&problem));
        let towns: &[Entry] = match &problem {
            Problem::UnknownTown(towns) => towns,
            _ => &[],
        };
        let shown = render(status, &ErrorPage { page: &page, title, advice, towns, trace });
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return ([(header::RETRY_AFTER, RETRY_AFTER)], shown).into_response();
        }
        shown
    }
}

/// Writes a fault of ours down; the citizen sees only the id it is found under.
fn record(problem: &Problem) -> String {
    let trace = trace_id();
    match problem {
        Problem::Domain(error) => tracing::error!(%error, trace, "fault"),
        Problem::Fault(error) => tracing::error!(%error, trace, "fault"),
        other => tracing::error!(?other, trace, "fault"),
    }
    trace
}

/// Status and texts of a problem.
struct Shown {
    status: StatusCode,
    title: &'static str,
    advice: &'static str,
}

fn shown(problem: &Problem) -> Shown {
    const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
    let (status, title, advice) = match problem {
        Problem::UnknownTown(_) => (NOT_FOUND, "error-town-title", "error-town-advice"),
        Problem::UnknownPage => (NOT_FOUND, "error-page-title", "error-page-advice"),
        Problem::UnknownService => (NOT_FOUND, "error-service-title", "error-service-advice"),
        Problem::UnknownLocation => (NOT_FOUND, "error-location-title", "error-location-advice"),
        Problem::UnknownLanguage => (NOT_FOUND, "error-language-title", "error-language-advice"),
        Problem::Forged => (StatusCode::FORBIDDEN, "error-forged-title", "error-forged-advice"),
        Problem::Unreadable(status) => {
            (*status, "error-unreadable-title", "error-unreadable-advice")
        }
        Problem::Returned => {
            let refused = StatusCode::UNPROCESSABLE_ENTITY;
            (refused, "error-returned-title", "error-returned-advice")
        }
        Problem::Domain(error) => return domain(error),
        Problem::Fault(_) => fault(),
    };
    Shown { status, title, advice }
}

fn domain(error: &scheduling::Error) -> Shown {
    use scheduling::Error as E;
    const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, title, advice) = match error {
        E::EmptyBasket { .. } => (REFUSED, "error-basket-title", "error-basket-advice"),
        E::UnknownService(_) => {
            (StatusCode::NOT_FOUND, "error-service-title", "error-service-advice")
        }
        E::UnknownLocation | E::Catalog(catalog::Error::UnknownLocation) => {
            (StatusCode::NOT_FOUND, "error-location-title", "error-location-advice")
        }
        E::Catalog(catalog::Error::UnknownTown) => {
            (StatusCode::NOT_FOUND, "error-town-title", "error-town-advice")
        }
        // The members' page says it in its own words.
        E::UnknownDepartment => (StatusCode::NOT_FOUND, "error-page-title", "error-page-advice"),
        E::Quantity { .. } => (REFUSED, "error-quantity-title", "error-quantity-advice"),
        E::WrongMode(_) => (REFUSED, "error-mode-title", "error-mode-advice"),
        E::SlotTaken { .. } => (StatusCode::CONFLICT, "error-taken-title", "error-taken-advice"),
        // The pages of the set-up ask what happens with the appointments.
        E::WrongStatus | E::Outside(_) => {
            (StatusCode::CONFLICT, "error-status-title", "error-status-advice")
        }
        E::TooEarly { .. } => (StatusCode::CONFLICT, "error-early-title", "error-early-advice"),
        // The page of the appointment shows both notes, that of closing says what was undone.
        E::NoteChanged(_) | E::Undone => {
            (StatusCode::CONFLICT, "error-outdated-title", "error-outdated-advice")
        }
        E::SlotNotOffered => (StatusCode::CONFLICT, "error-offered-title", "error-offered-advice"),
        E::Range { .. } => (REFUSED, "error-range-title", "error-range-advice"),
        E::Contact(_) => (REFUSED, "error-contact-title", "error-contact-advice"),
        E::Limit { .. } => (REFUSED, "error-limit-title", "error-limit-advice"),
        E::Challenge(_) | E::ChallengeNeeded => {
            (REFUSED, "error-challenge-title", "error-challenge-advice")
        }
        E::TooLong { .. } => (REFUSED, "error-too-long-title", "error-too-long-advice"),
        E::Wishes => (REFUSED, "error-wishes-title", "error-wishes-advice"),
        E::IdempotencyKey => (StatusCode::CONFLICT, "error-repeat-title", "error-repeat-advice"),
        E::Locale => (StatusCode::NOT_FOUND, "error-language-title", "error-language-advice"),
        E::UnknownAppointment => {
            (StatusCode::NOT_FOUND, "error-appointment-title", "error-appointment-advice")
        }
        E::Tenant(tenant::Error::Forbidden)
        | E::Catalog(catalog::Error::Tenant(tenant::Error::Forbidden)) => {
            (StatusCode::FORBIDDEN, "error-forbidden-title", "error-forbidden-advice")
        }
        E::Tenant(tenant::Error::LastAdmin) => {
            (StatusCode::CONFLICT, "error-last-admin-title", "error-last-admin-advice")
        }
        E::Tenant(tenant::Error::Busy(_))
        | E::Catalog(catalog::Error::Tenant(tenant::Error::Busy(_))) => {
            tracing::warn!(%error, "busy");
            (StatusCode::SERVICE_UNAVAILABLE, "error-busy-title", "error-busy-advice")
        }
        // The pages of the set-up show the form again, with each problem at its field.
        E::Catalog(catalog::Error::Invalid(_) | catalog::Error::Logo(_)) => {
            (REFUSED, "error-set-up-title", "error-set-up-advice")
        }
        E::Catalog(catalog::Error::Outdated) => {
            (StatusCode::CONFLICT, "error-outdated-title", "error-outdated-advice")
        }
        E::Catalog(catalog::Error::NameTaken | catalog::Error::SlugTaken { .. }) => {
            (StatusCode::CONFLICT, "error-name-title", "error-name-advice")
        }
        E::Tenant(_) | E::Catalog(_) | E::Notification(_) => fault(),
    };
    Shown { status, title, advice }
}

fn fault() -> (StatusCode, &'static str, &'static str) {
    (StatusCode::INTERNAL_SERVER_ERROR, "error-fault-title", "error-fault-advice")
}
