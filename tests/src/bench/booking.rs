//! Booking: hold and book in many towns, next to what PostgreSQL alone does with the same rows.

pub(super) mod floor;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Grounds,
    http::{Connection, graphql},
    load::{Load, saturate},
    report::Section,
    sizes::Sizes,
    towns::{self, MORNING, Place, basket},
};
use crate::{
    citizen::{BOOK_BY_HOLD, FREE, HOLD, code},
    office::{Office, Server},
};

const TOWNS: usize = 20;
const COUNTERS: usize = 8;
/// Bookers at once.
const BOOKERS: [usize; 3] = [1, 16, 128];

pub(super) async fn measure(grounds: &Grounds, sizes: &Sizes) -> Vec<Section> {
    let told = "Hold and book in 20 towns on PostgreSQL and Redis; mails leave by SMTP meanwhile, the last of them so much later. \
        The floor is pgbench with the same rows, constraint and commit in one transaction, by as few statements, and nothing else, \
        `synchronous_commit` on, when all mails have left. Goal: at least 60 % of it.";
    let columns = [
        "bookers",
        "bookings per s",
        "floor per s",
        "of the floor",
        "hold p50 ms",
        "hold p99 ms",
        "book p50 ms",
        "book p99 ms",
        "refused",
        "last mail s later",
    ];
    let mut section = Section::new("Booking", told, &columns);
    let office = grounds.office(MORNING).await;
    for number in 1..=TOWNS {
        office.import(&towns::ordinary(number));
    }
    let server = office.serve().await;
    let places = Arc::new(towns::places(&server, 1..=TOWNS, COUNTERS).await);
    let mut acknowledged = 0;
    for bookers in BOOKERS {
        let booked = book(&server.url, &places, bookers, sizes.round).await;
        let mails = until_mailed(&office).await;
        acknowledged += booked.count();
        let floor = floor::measure(&office, bookers, sizes.round).await;
        let share = booked.book.rate() / floor.max(1.0) * 100.0;
        section.row(vec![
            json!(bookers),
            json!(booked.book.rate()),
            json!(floor),
            json!(format!("{share:.0} %")),
            json!(booked.hold.at(500)),
            json!(booked.hold.at(990)),
            json!(booked.book.at(500)),
            json!(booked.book.at(990)),
            json!(booked.refused),
            json!(mails.as_secs_f64()),
        ]);
        section.must(booked.wrong.is_empty(), format!("{:?}", booked.wrong));
    }
    let (beside, booked) = look_beside(&server, &places, sizes).await;
    until_mailed(&office).await;
    must_be_booked(&mut section, &office, acknowledged + booked).await;
    vec![section, beside]
}

/// What is free in one town, asked while nobody books and while 16 book in 20 towns, this one among
/// them; and how many were booked.
async fn look_beside(
    server: &Server,
    places: &Arc<Mutex<VecDeque<Place>>>,
    sizes: &Sizes,
) -> (Section, usize) {
    let told = "`freeSlots` of one town over ten days by 16 connections, while nobody books and while 16 book in 20 towns, \
        this one among them.";
    let columns = ["bookers", "questions per s", "p50 ms", "p99 ms", "bookings per s"];
    let mut section = Section::new("Looking while others book", told, &columns);
    let asked = json!({ "town": towns::slug(1), "basket": basket(),
        "from": towns::DAYS.0, "to": towns::DAYS.1 });
    let question = Arc::new(vec![graphql(FREE, &asked)]);
    let mut all = 0;
    for bookers in [0, 16] {
        let (load, booked) = tokio::join!(
            saturate(&server.url, &question, 16, sizes.round),
            book(&server.url, places, bookers, sizes.round),
        );
        all += booked.count();
        section.must(load.failed == 0, format!("{} without an answer", load.failed));
        section.must(booked.wrong.is_empty(), format!("{:?}", booked.wrong));
        section.row(vec![
            json!(bookers),
            json!(load.rate()),
            json!(load.at(500)),
            json!(load.at(990)),
            json!(booked.book.rate()),
        ]);
    }
    (section, all)
}

/// Waits until all mails that are due have left; how long that took.
pub(super) async fn until_mailed(office: &Office) -> Duration {
    const LONGEST: Duration = Duration::from_secs(600);
    const DUE: &str = "outbox WHERE state = 'waiting' AND kind <> 'reminder'";
    let before = Instant::now();
    while office.count(DUE).await > 0 && before.elapsed() < LONGEST {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    before.elapsed()
}

/// As many bookings as were acknowledged must be in the database, each in a place of its own and with
/// its mail sent; neither those of the floor, which are years later, nor the past count.
pub(super) async fn must_be_booked(section: &mut Section, office: &Office, acknowledged: usize) {
    let ours = "appointment WHERE starts_at BETWEEN '2026-11-23' AND '2029-01-01'";
    let rows = office.count(ours).await;
    let different = format!("(SELECT DISTINCT tenant_id, counter_id, starts_at FROM {ours}) a");
    let different = office.count(&different).await;
    let expected = i64::try_from(acknowledged).unwrap_or(0);
    section.must(
        rows == expected,
        format!("{acknowledged} bookings acknowledged, {rows} in the database"),
    );
    section.must(rows == different, format!("{rows} appointments in {different} places"));
    // The floor's are copies of one mail.
    let sent =
        "SELECT DISTINCT message_id FROM outbox WHERE kind = 'confirmation' AND state = 'sent'";
    let sent = office.count(&format!("({sent}) m")).await;
    section.must(sent == rows, format!("{sent} mails sent for {rows} bookings"));
}

/// What bookers have met.
#[derive(Debug, Default)]
pub(super) struct Booked {
    pub hold: Load,
    pub book: Load,
    /// Clear refusals.
    pub refused: usize,
    /// Anything else.
    pub wrong: Vec<String>,
}

impl Booked {
    /// How many bookings were acknowledged.
    pub(super) fn count(&self) -> usize {
        self.book.latencies.len()
    }
}

#[derive(Default)]
struct Met {
    hold: Vec<Duration>,
    book: Vec<Duration>,
    refused: usize,
    wrong: Vec<String>,
}

/// Takes places one after the other for a while.
pub(super) async fn book(
    url: &str,
    places: &Arc<Mutex<VecDeque<Place>>>,
    bookers: usize,
    round: Duration,
) -> Booked {
    let started = Instant::now();
    let all = (0..bookers).map(|_| {
        let (url, places) = (url.to_owned(), Arc::clone(places));
        tokio::spawn(async move {
            let mut met = Met::default();
            let mut connection = Connection::open(&url).await.expect("a connection");
            while started.elapsed() < round {
                let place = places.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(place) = place else { break };
                if let Err(error) = take(&mut connection, &place, &mut met).await {
                    met.wrong.push(error.to_string());
                }
            }
            met
        })
    });
    let mut sum = Met::default();
    for booker in all.collect::<Vec<_>>() {
        let met = booker.await.expect("a booker");
        sum.hold.extend(met.hold);
        sum.book.extend(met.book);
        sum.refused += met.refused;
        sum.wrong.extend(met.wrong);
    }
    Booked {
        hold: Load::of(started, sum.hold, 0),
        book: Load::of(started, sum.book, 0),
        refused: sum.refused,
        wrong: sum.wrong,
    }
}

/// Holds and books one place.
async fn take(connection: &mut Connection, place: &Place, met: &mut Met) -> std::io::Result<()> {
    let mut asked = json!({ "town": place.town, "basket": basket(),
        "location": place.location, "startsAt": place.starts_at });
    let before = Instant::now();
    let held = connection.ask(&graphql(HOLD, &asked)).await?.json();
    if !met.is_yes(&held) {
        return Ok(());
    }
    met.hold.push(before.elapsed());
    let own = uuid::Uuid::new_v4();
    asked["hold"] = held["data"]["holdSlot"]["token"].clone();
    asked["key"] = json!(own.to_string());
    asked["email"] = json!(format!("{}@example.org", own.simple()));
    let before = Instant::now();
    let booked = connection.ask(&graphql(BOOK_BY_HOLD, &asked)).await?.json();
    if met.is_yes(&booked) {
        met.book.push(before.elapsed());
    }
    Ok(())
}

impl Met {
    /// Whether an answer is a yes; notes what it is otherwise.
    fn is_yes(&mut self, answer: &Value) -> bool {
        match code(answer) {
            "none" if answer["data"].is_object() => return true,
            "SLOT_TAKEN" => self.refused += 1,
            _ => self.wrong.push(answer.to_string()),
        }
        false
    }
}
