//! Tells an open page when its town has changed, as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    Sse,
    sse::{Event, KeepAlive},
};
use chrono::TimeDelta;
use futures::Stream;

use super::desk::Desk;

/// How often is looked; a colleague's booking is seen within it.
const LOOK: Duration = Duration::from_secs(2);
/// How far before its first look a stream counts what happened, for what is written down late.
const BACK: TimeDelta = TimeDelta::minutes(5);

/// `GET /{town}/verwaltung/puls`: an event `puls` whenever something in the town has changed. The
/// stream ends with the server.
pub(super) async fn stream(desk: Desk) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ended = desk.state.ending.clone();
    let since = desk.now() - BACK;
    let changes = futures::stream::unfold((desk, None), move |(desk, before)| async move {
        let mut before: Option<String> = before;
        loop {
            let now = scheduling::pulse(&desk.office, &desk.scope, since).await.ok()?;
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
