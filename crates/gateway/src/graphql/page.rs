//! Lists come in pages with a cursor.

use async_graphql::{OutputType, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    error::ApiError,
    town::{Service, TownEntry},
    types::Appointment,
};

/// A page of a list.
#[derive(SimpleObject)]
#[graphql(
    concrete(name = "AppointmentPage", params(Appointment)),
    concrete(name = "ServicePage", params(Service)),
    concrete(name = "TownPage", params(TownEntry))
)]
pub(super) struct Page<T: OutputType> {
    /// What is on the page.
    nodes: Vec<T>,
    /// Cursor of the last of them; `after` it the next page begins.
    end_cursor: Option<String>,
    /// Whether there are more.
    has_next_page: bool,
}

impl<T: OutputType> Page<T> {
    /// The first `most` of `rest`, which holds everything after the last page, or one more than
    /// `most`.
    pub(super) fn cut(mut rest: Vec<T>, most: i32, cursor: impl Fn(&T) -> String) -> Self {
        let most = usize::try_from(most).unwrap_or_default();
        let has_next_page = rest.len() > most;
        rest.truncate(most);
        Self { end_cursor: rest.last().map(cursor), nodes: rest, has_next_page }
    }
}

/// A place in a list that is ordered by instant and identity.
pub(super) fn cursor(at: DateTime<Utc>, id: Uuid) -> String {
    format!("{}_{id}", at.to_rfc3339())
}

/// The place that a cursor of such a list names.
pub(super) fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, Uuid), ApiError> {
    let place = cursor.split_once('_').and_then(|(at, id)| {
        Some((DateTime::parse_from_rfc3339(at).ok()?.to_utc(), id.parse().ok()?))
    });
    place.ok_or(ApiError::Cursor)
}
