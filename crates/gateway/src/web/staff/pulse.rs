//! Tells an open page when its town has changed, as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    Sse,
    sse::{Event, KeepAlive},
};
use futures::Stream;

use super::desk::Desk;
use crate::web::error::Failure;

/// How often is looked; a colleague's booking is seen within it.
const LOOK: Duration = Duration::from_secs(2);

/// How the town stands before a page is read, from where its stream goes on: what happens while it is
/// read and sent is told too.
pub(super) async fn known(desk: &Desk) -> Result<String, Failure> {
    let word = scheduling::pulse(&desk.office, &desk.scope, None).await;
    word.map_err(|error| desk.fail(error))
}

/// `GET /{town}/verwaltung/puls?bekannt=…`: an event `puls` whenever something in the town has
/// changed against what is known. The stream ends with the server.
pub(super) async fn stream(desk: Desk) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ended = desk.state.ending.clone();
    let known = desk.asked("bekannt").map(str::to_owned);
    let changes = futures::stream::unfold((desk, known), async |(desk, mut before)| {
        loop {
            let now = scheduling::pulse(&desk.office, &desk.scope, before.as_deref()).await.ok()?;
            if before.as_ref() != Some(&now) {
                let event = Event::default().event("puls").data(&now);
                return Some((Ok(event), (desk, Some(now))));
            }
            before = Some(now);
            tokio::time::sleep(LOOK).await;
        }
    });
    let until_the_end = futures::StreamExt::take_until(changes, ended.cancelled_owned());
    Sse::new(until_the_end).keep_alive(KeepAlive::default())
}
