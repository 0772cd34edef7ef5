//! The inbox of requests: the oldest first, its wishes beside what is free.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use notification::dates;
use scheduling::{
    Channel, Error, FreeSlotsQuery, OpenRequests, RequestStatus, Requested, TimeForRequest, Wish,
    slots::DaySlots,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    appointment::Named,
    changing::{Reason, too_long},
    desk::{Desk, instant},
    form::Posted,
};
use crate::web::{
    Answer,
    contact::Errors,
    error::Failure,
    page::{Page, render},
};

#[derive(Template)]
#[template(path = "staff/requests.html")]
struct Inbox<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    requests: &'a [Requested],
    /// Whether the oldest are among them.
    is_first: bool,
    /// How many more there are, and where.
    more: u64,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/request.html")]
struct RequestPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    request: &'a Requested,
    wishes: Vec<Suits<'a>>,
    /// Other free times by day, to propose one of.
    others: Vec<(String, Vec<Start>)>,
    taken: bool,
    /// Why nothing suits, as it was typed.
    reason: &'a str,
    errors: &'a Errors,
}

/// A wish with the free starts inside it.
struct Suits<'a> {
    wish: &'a Wish,
    date: String,
    starts: Vec<Start>,
}

/// A free start that a request can get.
struct Start {
    /// `location/instant`
    value: String,
    clock: String,
    place: String,
}

/// Most requests on a page of the inbox.
const SHOWN: u64 = 200;
/// How many days of other times are offered.
const DAYS: u64 = 42;
/// Most other times; more help nobody.
const MOST: usize = 200;
/// So near, nobody answers a mail in time.
const TOO_NEAR: TimeDelta = TimeDelta::hours(2);

/// `GET /{town}/verwaltung/anfragen`
pub(super) async fn list(desk: Desk) -> Answer {
    let most = desk.asked("zahl").and_then(|most| most.parse().ok()).unwrap_or(SHOWN);
    let after = desk.asked("nach").and_then(place);
    let inbox = scheduling::Inbox { after, limit: most.clamp(1, SHOWN) };
    let open = scheduling::open_requests(&desk.office, &desk.scope, &inbox).await;
    let OpenRequests { requests, more } = open.map_err(|error| desk.fail(error))?;
    let next = requests.last().filter(|_| more > 0).map(|last| {
        let after = format!("{}_{}", last.created_at.to_rfc3339(), last.id);
        let most = desk.asked("zahl").map(|most| ("zahl", most));
        let pairs: Vec<_> = std::iter::once(("nach", after.as_str())).chain(most).collect();
        desk.with("/anfragen", &pairs)
    });
    let is_first = after.is_none();
    let page = Inbox {
        page: &desk.page,
        room: "anfragen",
        desk: &desk,
        requests: &requests,
        is_first,
        more,
        next,
    };
    Ok(render(StatusCode::OK, &page))
}

/// The request after which a page of the inbox goes on: when it was received, and its identity.
fn place(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((instant(at)?, id.parse().ok()?))
}

impl Inbox<'_> {
    /// What staff have proposed, or that it was not taken.
    fn proposal(&self, request: &Requested) -> Option<String> {
        let kept = request.kept(self.desk.now());
        let kept = kept.map(|own| format!("vorgeschlagen: {}", self.desk.when(own.starts_at)));
        let passed = || passed(self.desk, request).pop();
        kept.or_else(|| passed().map(|when| format!("Vorschlag nicht angenommen: {when}")))
    }

    /// How long a request has been waiting.
    fn age(&self, request: &Requested) -> String {
        since(self.desk.now() - request.created_at)
    }
}

fn since(waited: TimeDelta) -> String {
    match (waited.num_days(), waited.num_hours()) {
        (0, 0) => "seit weniger als einer Stunde".to_owned(),
        (0, 1) => "seit einer Stunde".to_owned(),
        (0, hours) => format!("seit {hours} Stunden"),
        (1, _) => "seit einem Tag".to_owned(),
        (days, _) => format!("seit {days} Tagen"),
    }
}

/// `GET /{town}/verwaltung/anfragen/{id}`
pub(super) async fn show(desk: Desk, Path(named): Path<Named>) -> Answer {
    page(&desk, named.id, &Refused::default()).await
}

/// What a press on a start sends.
#[derive(Deserialize)]
pub(super) struct Pressed {
    /// `location/instant`
    wahl: String,
}

/// `POST /{town}/verwaltung/anfragen/{id}`
pub(super) async fn accept(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(pressed): Posted<Pressed>,
) -> Answer {
    let wanted = wanted(&desk, &named, &pressed)?;
    match scheduling::accept_request(&desk.office, &desk.scope, &wanted).await {
        Ok(booked) => {
            let path = format!("/termine/{}", booked.appointment.id);
            Ok(Redirect::to(&desk.with(&path, &[("neu", "1")])).into_response())
        }
        Err(Error::SlotTaken { .. } | Error::SlotNotOffered) => {
            page(&desk, named.id, &Refused::taken()).await
        }
        // Another time was accepted under the request's own key.
        Err(Error::WrongStatus | Error::IdempotencyKey) => {
            page(&desk, named.id, &Refused::answered()).await
        }
        Err(error) => Err(desk.fail(error)),
    }
}

/// `POST /{town}/verwaltung/anfragen/{id}/vorschlagen`
pub(super) async fn propose(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(pressed): Posted<Pressed>,
) -> Answer {
    let wanted = wanted(&desk, &named, &pressed)?;
    match scheduling::propose_time(&desk.office, &desk.scope, &wanted).await {
        Ok(_) => {
            let path = format!("/anfragen/{}", named.id);
            Ok(Redirect::to(&desk.with(&path, &[("stand", "vorgeschlagen")])).into_response())
        }
        Err(Error::SlotTaken { .. } | Error::SlotNotOffered) => {
            page(&desk, named.id, &Refused::taken()).await
        }
        Err(Error::WrongStatus) => page(&desk, named.id, &Refused::answered()).await,
        Err(error) => Err(desk.fail(error)),
    }
}

fn wanted(desk: &Desk, named: &Named, pressed: &Pressed) -> Result<TimeForRequest, Failure> {
    let chosen = pressed.wahl.split_once('/').and_then(|(location, start)| {
        Some((location.parse::<Uuid>().ok()?, start.parse::<DateTime<Utc>>().ok()?))
    });
    let (location, starts_at) = chosen.ok_or_else(|| desk.fail(Error::SlotNotOffered))?;
    Ok(TimeForRequest { request: named.id, location, starts_at })
}

/// `POST /{town}/verwaltung/anfragen/{id}/ablehnen`
pub(super) async fn decline(
    desk: Desk,
    Path(named): Path<Named>,
    Posted(given): Posted<Reason>,
) -> Answer {
    let reason = given.grund.as_str();
    match scheduling::decline_request(&desk.office, &desk.scope, named.id, reason).await {
        Ok(()) => Ok(Redirect::to(&desk.to("/anfragen")).into_response()),
        Err(Error::WrongStatus) => {
            page(&desk, named.id, &Refused { reason, ..Refused::answered() }).await
        }
        Err(Error::TooLong { .. }) => {
            let refused = Refused { reason, errors: too_long(), ..Refused::default() };
            page(&desk, named.id, &refused).await
        }
        Err(error) => Err(desk.fail(error)),
    }
}

/// What was not done, and why.
#[derive(Default)]
struct Refused<'a> {
    /// A time was taken meanwhile.
    taken: bool,
    /// Somebody has answered the request meanwhile, or taken it back.
    answered: bool,
    /// The reason that was typed.
    reason: &'a str,
    errors: Errors,
}

impl Refused<'_> {
    fn taken() -> Self {
        Self { taken: true, ..Self::default() }
    }

    fn answered() -> Self {
        Self { answered: true, ..Self::default() }
    }
}

async fn page(desk: &Desk, id: Uuid, refused: &Refused<'_>) -> Answer {
    let request = scheduling::request_by_id(&desk.office, &desk.scope, id).await;
    let request = request.map_err(|error| desk.fail(error))?;
    let (wishes, others) = free(desk, &request).await.map_err(|error| desk.fail(error))?;
    let is_late = refused.taken || refused.answered;
    let status = if is_late { StatusCode::CONFLICT } else { refused.errors.status() };
    let page = RequestPage {
        page: &desk.page,
        room: "anfragen",
        desk,
        request: &request,
        wishes,
        others,
        taken: refused.taken,
        reason: refused.reason,
        errors: &refused.errors,
    };
    Ok(render(status, &page))
}

/// What is free inside the wishes, and what else there is.
async fn free<'a>(
    desk: &Desk,
    request: &'a Requested,
) -> Result<(Vec<Suits<'a>>, Vec<(String, Vec<Start>)>), Error> {
    let (first, last) = (desk.today(), desk.today() + Days::new(DAYS));
    let near = days(desk, request, (first, last)).await?;
    let mut wishes = Vec::with_capacity(request.wishes.len());
    for wish in &request.wishes {
        let far = match wish.date {
            date if date <= last => Vec::new(),
            date => days(desk, request, (date, date)).await?,
        };
        let own = near.iter().chain(&far).filter(|day| day.date == wish.date);
        let suits = |at| (wish.from.to_string()..wish.to.to_string()).contains(&desk.clock(at));
        let starts = starts(desk, own, suits);
        wishes.push(Suits { wish, date: dates::date(wish.date, "de"), starts });
    }
    let others = near.iter().map(|day| {
        let starts = starts(desk, std::iter::once(day), |at| at >= desk.now() + TOO_NEAR);
        (dates::date(day.date, "de"), starts)
    });
    Ok((wishes, at_most(MOST, others)))
}

/// The first so many starts, by day; days without any are left out.
fn at_most<T>(most: usize, days: impl Iterator<Item = (String, Vec<T>)>) -> Vec<(String, Vec<T>)> {
    let mut left = most;
    let mut shown = Vec::new();
    for (day, mut starts) in days {
        starts.truncate(left);
        left -= starts.len();
        if !starts.is_empty() {
            shown.push((day, starts));
        }
        if left == 0 {
            break;
        }
    }
    shown
}

/// What is free from the first to the last date, today at the earliest. Nothing is where what was
/// requested is not offered like that any more: then it can still be declined.
async fn days(
    desk: &Desk,
    request: &Requested,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<DaySlots>, Error> {
    let is_open = request.status == RequestStatus::Open;
    if !desk.may_work() || !is_open || last < desk.today() {
        return Ok(Vec::new());
    }
    let query = FreeSlotsQuery {
        basket: request.basket.clone(),
        location: request.location,
        from: first,
        to: last,
        channel: Channel::Phone,
        hold: None,
        instead_of: None,
    };
    match scheduling::free_slots(&desk.office, &desk.scope, &query).await {
        Ok(free) => Ok(free.days),
        Err(
            Error::UnknownService(_)
            | Error::WrongMode(_)
            | Error::Quantity { .. }
            | Error::UnknownLocation,
        ) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn starts<'a>(
    desk: &Desk,
    days: impl Iterator<Item = &'a DaySlots>,
    fits: impl Fn(DateTime<Utc>) -> bool,
) -> Vec<Start> {
    let mut starts = Vec::new();
    for day in days {
        let place = desk.setup.locations.iter().find(|own| own.id == day.location);
        let place = place.map(|own| own.name.get("de")).unwrap_or_default();
        let start = |at: &DateTime<Utc>| Start {
            value: format!("{}/{}", day.location, at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            clock: desk.clock(*at),
            place: place.to_owned(),
        };
        starts.extend(day.starts.iter().filter(|at| fits(**at)).map(start));
    }
    starts
}

impl RequestPage<'_> {
    /// Whether this person can answer it.
    fn is_answered_here(&self) -> bool {
        self.desk.may_work() && self.request.status == RequestStatus::Open
    }

    /// What has come of it, once it is answered.
    fn answer(&self) -> Option<&'static str> {
        match self.request.status {
            RequestStatus::Open => None,
            RequestStatus::Accepted => Some("Diese Anfrage ist inzwischen angenommen"),
            RequestStatus::Declined => Some("Diese Anfrage ist inzwischen abgelehnt"),
            RequestStatus::Withdrawn => Some("Diese Anfrage wurde inzwischen zurückgezogen"),
        }
    }

    /// `Dienstag, 24. November 2026, 10:15 Uhr` and until when it is kept.
    fn proposal(&self) -> Option<(String, String)> {
        let offer = self.request.kept(self.desk.now())?;
        Some((self.desk.when(offer.starts_at), self.desk.when(offer.until)))
    }

    /// The proposals that were not taken.
    fn passed(&self) -> Vec<String> {
        passed(self.desk, self.request)
    }
}

/// Starts that were proposed and not taken, in words.
fn passed(desk: &Desk, request: &Requested) -> Vec<String> {
    let ended = request.proposal.filter(|offer| offer.until <= desk.now());
    let ended = ended.map(|offer| offer.starts_at);
    request.passed.iter().copied().chain(ended).map(|start| desk.when(start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_hours_on_the_first_day_and_then_in_days() {
        for (minutes, words) in [
            (0, "seit weniger als einer Stunde"),
            (59, "seit weniger als einer Stunde"),
            (60, "seit einer Stunde"),
            (120, "seit 2 Stunden"),
            (24 * 60 - 1, "seit 23 Stunden"),
            (24 * 60, "seit einem Tag"),
            (48 * 60 - 1, "seit einem Tag"),
            (48 * 60, "seit 2 Tagen"),
        ] {
            assert_eq!(since(TimeDelta::minutes(minutes)), words, "{minutes}");
        }
    }

    #[test]
    fn the_day_that_uses_up_what_is_shown_is_shown_as_far_as_it_goes() {
        let day = |name: &str, starts: &[u8]| (name.to_owned(), starts.to_vec());
        let all = [day("Mo", &[1, 2]), day("Di", &[]), day("Mi", &[3, 4, 5]), day("Do", &[6])];
        let shown = |most| at_most(most, all.clone().into_iter());
        assert_eq!(shown(3), [day("Mo", &[1, 2]), day("Mi", &[3])]);
        assert_eq!(shown(5), [day("Mo", &[1, 2]), day("Mi", &[3, 4, 5])]);
        assert_eq!(shown(2), [day("Mo", &[1, 2])]);
        assert_eq!(shown(9), [day("Mo", &[1, 2]), day("Mi", &[3, 4, 5]), day("Do", &[6])]);
    }
}
