//! Asking for an appointment with up to three preferred times, for services in request mode.

mod wishes;

use std::collections::HashMap;

use askama::Template;
use axum::{
    Form,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use catalog::model::{BookingMode, Location};
use notification::dates;
use scheduling::{Contact, RequestAppointment, Wish};
use uuid::Uuid;

use super::{
    prepare::{self, Line},
    provided::{Fillable, Offer, Outcome},
    selected,
    selection::Selection,
};
use crate::web::{
    Answer,
    contact::{Errors, Typed, phone_required},
    error::Failure,
    page::{Page, render},
    town::Town,
};
use wishes::{Bounds, TypedWish};

/// A submitted form.
type Fields = HashMap<String, String>;

#[derive(Template)]
#[template(path = "citizen/request.html")]
struct RequestForm<'a> {
    page: &'a Page,
    lines: Vec<Line<'a>>,
    places: Vec<&'a Location>,
    place: &'a str,
    bounds: &'a Bounds,
    wishes: &'a [TypedWish],
    typed: &'a Typed,
    errors: &'a Errors,
    phone_required: bool,
    action: String,
    offer: Option<Offer>,
}

#[derive(Template)]
#[template(path = "citizen/request_check.html")]
struct RequestCheck<'a> {
    page: &'a Page,
    lines: Vec<Line<'a>>,
    location: Option<&'a Location>,
    wishes: Vec<(String, String)>,
    contact: &'a Contact,
    /// Everything that was typed, to be sent along.
    fields: Vec<(String, String)>,
    key: Uuid,
    action: String,
    change: String,
}

/// A form as it was typed.
struct Draft {
    place: String,
    wishes: Vec<TypedWish>,
    typed: Typed,
}

/// A form that can be sent.
struct Complete<'a> {
    location: Option<&'a Location>,
    wishes: Vec<Wish>,
    contact: Contact,
}

/// `GET /{town}/anfrage`
pub(super) async fn form(town: Town) -> Answer {
    let selection = selected(&town)?;
    if selection.misplaced(&town.setup, BookingMode::Request).is_some()
        || selection.basket.is_empty()
    {
        let there = town.page.links.with("/termin", selection.basket_pairs());
        return Ok(Redirect::to(&there).into_response());
    }
    let bounds = Bounds::of(&town, &selection);
    let draft = Draft {
        place: selection.location.clone().unwrap_or_default(),
        wishes: TypedWish::empty(&bounds),
        typed: Typed::default(),
    };
    show(&town, &selection, &bounds, &draft, &Errors::default())
}

/// `POST /{town}/anfrage`: the form again, with what was typed.
pub(super) async fn change(town: Town, Form(fields): Form<Fields>) -> Answer {
    let selection = selected(&town)?;
    let bounds = Bounds::of(&town, &selection);
    show(&town, &selection, &bounds, &Draft::of(&fields), &Errors::default())
}

/// The form again, after the way to a provider.
pub(super) fn filled_in(town: Town, fields: &Fields, outcome: Outcome) -> Answer {
    let selection = selected(&town)?;
    let bounds = Bounds::of(&town, &selection);
    let (draft, errors) = (Draft::of(fields), Errors::default());
    request_form(&town, &selection, &bounds, &draft, &errors, Some(outcome))
}

/// `GET` of an address that only takes forms.
pub(super) async fn again(town: Town) -> Answer {
    let selection = selected(&town)?;
    Ok(Redirect::to(&town.page.links.with("/anfrage", selection.pairs())).into_response())
}

/// `POST /{town}/anfrage/pruefen`
pub(super) async fn check(town: Town, Form(fields): Form<Fields>) -> Answer {
    let selection = selected(&town)?;
    let bounds = Bounds::of(&town, &selection);
    let draft = Draft::of(&fields);
    let complete = match draft.complete(&town, &bounds) {
        Ok(complete) => complete,
        Err(errors) => return show(&town, &selection, &bounds, &draft, &errors),
    };
    let links = &town.page.links;
    let wishes = complete.wishes.iter();
    let check = RequestCheck {
        page: &town.page,
        lines: prepare::lines(&town.setup, &selection.basket),
        location: complete.location,
        wishes: wishes
            .map(|wish| {
                (dates::date(wish.date, town.locale()), format!("{}–{}", wish.from, wish.to))
            })
            .collect(),
        contact: &complete.contact,
        fields: draft.fields(),
        key: Uuid::new_v4(),
        action: links.with("/anfrage/senden", selection.pairs()),
        change: links.with("/anfrage", selection.pairs()),
    };
    Ok(render(StatusCode::OK, &check))
}

/// `POST /{town}/anfrage/senden`
pub(super) async fn send(town: Town, Form(fields): Form<Fields>) -> Answer {
    let selection = selected(&town)?;
    let bounds = Bounds::of(&town, &selection);
    let draft = Draft::of(&fields);
    let complete = match draft.complete(&town, &bounds) {
        Ok(complete) => complete,
        Err(errors) => return show(&town, &selection, &bounds, &draft, &errors),
    };
    let order = RequestAppointment {
        basket: selection.basket,
        location: complete.location.map(|location| location.id),
        wishes: complete.wishes,
        contact: complete.contact,
        idempotency_key: fields.get("schluessel").cloned().unwrap_or_default(),
        locale: town.locale().to_owned(),
    };
    let requested = scheduling::request_appointment(&town.office, &town.scope, &order).await;
    let secret = requested.map_err(|error| town.fail(error))?.secret;
    Ok(Redirect::to(&town.page.to(&format!("/anfrage/b/{secret}"))).into_response())
}

fn show(
    town: &Town,
    selection: &Selection,
    bounds: &Bounds,
    draft: &Draft,
    errors: &Errors,
) -> Result<axum::response::Response, Failure> {
    request_form(town, selection, bounds, draft, errors, None)
}

fn request_form(
    town: &Town,
    selection: &Selection,
    bounds: &Bounds,
    draft: &Draft,
    errors: &Errors,
    outcome: Option<Outcome>,
) -> Result<axum::response::Response, Failure> {
    let form = RequestForm {
        page: &town.page,
        lines: prepare::lines(&town.setup, &selection.basket),
        places: prepare::places_for(&town.setup, selection),
        place: &draft.place,
        bounds,
        wishes: &draft.wishes,
        typed: &draft.typed,
        errors,
        phone_required: phone_required(town),
        action: town.page.links.with("/anfrage/pruefen", selection.basket_pairs()),
        offer: Offer::of(town, Fillable::Request, selection, outcome),
    };
    Ok(render(errors.status(), &form))
}

impl Draft {
    fn of(fields: &Fields) -> Self {
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        Self {
            place: field("standort"),
            wishes: TypedWish::all(fields),
            typed: Typed {
                name: field("name"),
                email: field("email"),
                phone: field("phone"),
                ..Typed::default()
            },
        }
    }

    /// As it is sent along from the check page.
    fn fields(&self) -> Vec<(String, String)> {
        let Typed { name, email, phone, .. } = &self.typed;
        let own = [("standort", &self.place), ("name", name), ("email", email), ("phone", phone)];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
        own.chain(self.wishes.iter().flat_map(TypedWish::fields)).collect()
    }

    fn complete<'a>(&self, town: &'a Town, bounds: &Bounds) -> Result<Complete<'a>, Errors> {
        let mut errors = Errors::default();
        let wishes = wishes::parse(&self.wishes, bounds, &town.page, &mut errors);
        match self.typed.parse(town) {
            Ok(contact) if errors.is_empty() => {
                Ok(Complete { location: town.setup.location(&self.place), wishes, contact })
            }
            Ok(_) => Err(errors),
            Err(more) => {
                errors.0.extend(more.0);
                Err(errors)
            }
        }
    }
}
