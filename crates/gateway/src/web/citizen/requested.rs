//! The page of a request: what was wished, what the office proposes, what has come of it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::Location;
use notification::dates;
use scheduling::{Error, RequestStatus, Requested};

use super::{
    done::Key,
    kept::{Decision, Kept},
    prepare::{self, Line},
};
use crate::{
    retention,
    state::AppState,
    web::{
        Answer,
        page::{Page, render},
        town::Town,
    },
};

#[derive(Template)]
#[template(path = "citizen/requested.html")]
struct RequestedPage<'a> {
    page: &'a Page,
    request: &'a Requested,
    location: Option<&'a Location>,
    wishes: Vec<(String, String)>,
    lines: Vec<Line<'a>>,
    /// The time that is proposed and kept.
    proposal: Option<Kept<'a>>,
    action: String,
    /// Page of the appointment that has come of it.
    appointment: Option<String>,
    /// Whether the proposal ended before it was answered.
    missed: bool,
}

impl RequestedPage<'_> {
    fn title(&self) -> &'static str {
        match (self.request.status, &self.proposal) {
            (RequestStatus::Open, Some(_)) => "requested-proposed-title",
            (RequestStatus::Open, None) => "requested-title",
            (RequestStatus::Accepted, _) => "requested-accepted-title",
            (RequestStatus::Declined, _) => "requested-declined-title",
            (RequestStatus::Withdrawn, _) => "requested-withdrawn-title",
        }
    }

    /// What happens next, while there is no proposal.
    fn lead(&self) -> Option<&'static str> {
        match self.request.status {
            RequestStatus::Open if self.request.passed.is_empty() => Some("requested-lead"),
            RequestStatus::Open => Some("requested-passed"),
            RequestStatus::Withdrawn => Some("requested-withdrawn"),
            RequestStatus::Accepted | RequestStatus::Declined => None,
        }
    }

    fn is_open(&self) -> bool {
        self.request.status == RequestStatus::Open
    }
}

/// `GET /{town}/anfrage/b/{secret}`
pub(super) async fn show(town: Town, Path(key): Path<Key>) -> Answer {
    page(&town, &key, StatusCode::OK, false).await
}

async fn page(town: &Town, key: &Key, status: StatusCode, missed: bool) -> Answer {
    let request = scheduling::requested_by_secret(&town.office, &town.scope, &key.secret).await;
    let request = request.map_err(|error| town.fail(error))?;
    let location = town.setup.locations.iter().find(|own| Some(own.id) == request.location);
    let wishes = request
        .wishes
        .iter()
        .map(|wish| (dates::date(wish.date, town.locale()), format!("{}–{}", wish.from, wish.to)));
    let appointment = request.appointment.as_ref();
    let page = RequestedPage {
        page: &town.page,
        location,
        wishes: wishes.collect(),
        lines: prepare::lines(&town.setup, &request.basket),
        proposal: request.kept(town.now()).map(|offer| Kept::of(town, &offer)),
        action: own_page(town, key),
        appointment: appointment.map(|secret| town.page.to(&format!("/termin/b/{secret}"))),
        missed,
        request: &request,
    };
    Ok(render(status, &page))
}

fn own_page(town: &Town, key: &Key) -> String {
    town.page.to(&format!("/anfrage/b/{}", key.secret))
}

/// `POST /{town}/anfrage/b/{secret}`
pub(super) async fn decide(
    town: Town,
    State(state): State<AppState>,
    Path(key): Path<Key>,
    Form(given): Form<Decision>,
) -> Answer {
    let (office, scope, shown) = (&town.office, &town.scope, Some(&given.shown()));
    let there = match given.tun.as_str() {
        "nehmen" => scheduling::take_proposal(office, scope, &key.secret, shown)
            .await
            .map(|booked| town.page.to(&format!("/termin/b/{}", booked.secret))),
        "ablehnen" => scheduling::pass_proposal(office, scope, &key.secret, shown)
            .await
            .map(|()| own_page(&town, &key)),
        _ => retention::withdraw(&state, scope, &key.secret).await.map(|()| own_page(&town, &key)),
    };
    match there {
        Ok(there) => Ok(Redirect::to(&there).into_response()),
        // The proposal ended while the page was looked at.
        Err(Error::WrongStatus | Error::SlotTaken { .. } | Error::SlotNotOffered) => {
            page(&town, &key, StatusCode::CONFLICT, true).await
        }
        Err(error) => Err(town.fail(error)),
    }
}
