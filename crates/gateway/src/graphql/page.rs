//! Lists come in pages with a cursor.

use async_graphql::{OutputType, SimpleObject};

use super::{
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
