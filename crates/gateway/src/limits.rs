//! How much a request may take, so that nobody takes it all: size, time, connections; and how often a
//! client may come.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use catalog::logo;
use chrono::TimeDelta;
use futures::StreamExt as _;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::{sync::Semaphore, time::timeout};

use crate::{state::AppState, web};

/// Shortest limit for a head, in bytes: less than that the HTTP library does not read at a time.
pub(crate) const SHORTEST_HEAD: usize = 8 * 1024;

/// What is open beside the connections of clients: those to the database, Redis and mail servers, and
/// files.
const OTHER_FILES: u64 = 128;

/// Shortest limit for a body that brings a file, in bytes: the largest picture, and the fields around it.
pub(crate) const SHORTEST_UPLOAD: usize = logo::MAX_BYTES + 2 * AROUND;

/// A body with a file is read to its end up to so many times the limit, although not all of it is kept:
/// a browser shows an answer, the form with a word at its field, only once it has sent everything.
const READ: usize = 8;

/// So much of its beginning and of its end is kept at least, in bytes: the fields around the file.
const AROUND: usize = 512 * 1024;

/// Marks a request whose body was longer than [`Limits::upload`]: a piece is missing from its middle,
/// which lies in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortened;

/// The limits as configured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Longest body, in bytes.
    pub body: usize,
    /// Longest body that brings a file and is kept as a whole, in bytes, at least [`SHORTEST_UPLOAD`].
    pub upload: usize,
    /// Most such bodies at a time.
    pub uploads: usize,
    /// Longest head, in bytes, at least [`SHORTEST_HEAD`]; one that arrives at once may be a few times
    /// as long, since it is counted before each read. As much is kept of an answer that is not taken.
    pub head: usize,
    /// Longest wait for the head of a request, and longest rest of a connection.
    pub header: Duration,
    /// Longest wait for a body, and then for an answer.
    pub request: Duration,
    /// Most connections at once.
    pub connections: usize,
    /// Longest wait for requests and mails under way when the process is told to end.
    pub ending: Duration,
    /// What a document of the API may ask for.
    pub document: DocumentLimits,
}

/// What a document of the API may ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DocumentLimits {
    /// Deepest nesting.
    pub depth: usize,
    /// Greatest sum of selected fields; a list's fields count once for each element asked for.
    pub complexity: usize,
    /// Most directives at one field.
    pub directives: usize,
}

/// What citizens do that a client may not do too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Hold a slot.
    Hold,
    /// Book, move, ask for an appointment, join the waiting list.
    Book,
    /// Have a link mailed to an address.
    Link,
    /// Open what a secret opens.
    Look,
}

impl Deed {
    /// In so long a time, counted from the first.
    pub(crate) const WINDOW: TimeDelta = TimeDelta::minutes(10);

    /// The word it is counted under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Book => "book",
            Self::Link => "link",
            Self::Look => "look",
        }
    }
}

/// How often a client may do so in one town within [`Deed::WINDOW`]; 0 is as often as it likes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerClient {
    /// [`Deed::Hold`].
    pub holds: u32,
    /// [`Deed::Book`].
    pub bookings: u32,
    /// [`Deed::Link`].
    pub links: u32,
    /// [`Deed::Look`].
    pub looks: u32,
}

impl PerClient {
    /// So often.
    pub(crate) fn most(&self, deed: Deed) -> u32 {
        match deed {
            Deed::Hold => self.holds,
            Deed::Book => self.bookings,
            Deed::Link => self.links,
            Deed::Look => self.looks,
        }
    }
}

/// Lets the process open as many files as the system lets it have, which is often more than what it
/// begins with: each connection is one. Warns where they are too few for all.
pub(crate) fn raise_open_files(connections: usize) {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, files) {
        tracing::warn!(%error, "no more files may be open than before");
    }
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if most < (connections as u64).saturating_add(OTHER_FILES) {
        tracing::warn!(
            most,
            connections,
            "fewer files may be open than MAX_CONNECTIONS needs (ulimit -n, LimitNOFILE)"
        );
    }
}

/// What bounds every request.
#[derive(Debug)]
pub(crate) struct Bounds {
    limits: Limits,
    /// Bodies that bring a file are read and handled so many at a time: whether its sender is signed in
    /// is only known once it has been read, and all of them together must not take the memory.
    uploads: Semaphore,
    state: AppState,
}

impl Bounds {
    pub(crate) fn new(limits: Limits, state: AppState) -> Arc<Self> {
        Arc::new(Self { limits, uploads: Semaphore::new(limits.uploads), state })
    }

    /// Whether it is a form of the set-up with a file in it, and comes from somebody who seems to be
    /// signed in.
    fn brings_a_file(&self, request: &Request) -> bool {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        is_form
            && request.uri().path().contains("/verwaltung/einrichtung/")
            && web::session_token(&self.state, request.headers()).is_some()
    }
}

/// Reads the body and waits for the answer, both within the limits: 413, 408 and 503 are the
/// refusals. Of a form that brings too large a file the middle is left out. A stream may go on once
/// it has begun.
pub(crate) async fn bound(
    State(bounds): State<Arc<Bounds>>,
    request: Request,
    next: Next,
) -> Response {
    let limits = bounds.limits;
    let (most, longest, _upload) = if bounds.brings_a_file(&request) {
        let Ok(upload) = timeout(limits.request, bounds.uploads.acquire()).await else {
            return refuse(StatusCode::SERVICE_UNAVAILABLE);
        };
        let longest = limits.upload.saturating_mul(READ);
        (limits.body.max(limits.upload), limits.body.max(longest), Some(upload))
    } else {
        (limits.body, limits.body, None)
    };
    let (mut head, body) = request.into_parts();
    let (body, is_shortened) = match timeout(limits.request, read(body, most, longest)).await {
        Ok(Ok(read)) => read,
        Ok(Err(status)) => return refuse(status),
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT),
    };
    if is_shortened {
        head.extensions.insert(Shortened);
    }
    let request = Request::from_parts(head, Body::from(body));
    match timeout(limits.request, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::warn!("an answer took too long");
            refuse(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// The body, unless it is longer than `longest` bytes or breaks off; and whether a piece is missing
/// from its middle, because it is longer than `most`.
async fn read(body: Body, most: usize, longest: usize) -> Result<(Vec<u8>, bool), StatusCode> {
    if body.size_hint().lower() > u64::try_from(longest).unwrap_or(u64::MAX) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (mut kept, mut length) = (Vec::new(), 0);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| StatusCode::BAD_REQUEST)?;
        length += part.len();
        if length > longest {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        kept.extend_from_slice(&part);
        if kept.len() > most {
            kept.drain(AROUND..kept.len() - AROUND);
        }
    }
    let is_shortened = kept.len() < length;
    Ok((kept, is_shortened))
}

/// What was not read ends with the connection.
fn refuse(status: StatusCode) -> Response {
    let text = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            "Das ist zu viel auf einmal. / This is too much at once.\n"
        }
        StatusCode::REQUEST_TIMEOUT => "Das kam zu langsam an. / This came too slowly.\n",
        StatusCode::SERVICE_UNAVAILABLE => {
            "Gerade ist viel los, bitte gleich noch einmal. / We are busy, please try again soon.\n"
        }
        _ => "Das kam nicht ganz an. / This did not arrive as a whole.\n",
    };
    let mut answer = (status, [(header::CONNECTION, "close")], text).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    answer
}
