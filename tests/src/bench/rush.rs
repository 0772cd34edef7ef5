//! A rush: four weeks are released at one minute, and more citizens come than there are places. Two
//! server processes.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    Grounds,
    booking::{must_be_booked, until_mailed},
    http::{Connection, graphql},
    load::Load,
    report::Section,
    sizes::Sizes,
    towns::{self, basket},
};
use crate::{
    citizen::{BOOK_BY_HOLD, HOLD, code},
    drill::chance::Chance,
    office::Office,
};

const MORNING: &str = "2026-11-23T07:00:00Z";
/// So long after the servers have started.
const LEAD: Duration = Duration::from_secs(5);
/// What is released: twenty working days, each with fifty starts from 8:00 to 16:20.
const DAYS: (&str, &str) = ("2026-11-25", "2026-12-22");
const STARTS: usize = 20 * 50;
/// Before that nothing can be booked: a Sunday.
const CLOSED: (&str, &str) = ("2026-11-22", "2026-11-22");
/// So long after it every server shows what is released.
const LAG: Duration = Duration::from_secs(1);
/// Connections that a reverse proxy keeps to each server.
const KEPT: usize = 64;
/// The first of all who come.
const FIRST: usize = 1_000;
const LOOK: &str = "query($town: String!, $basket: [BasketLineInput!]!, $date: NaiveDate!) {
    freeSlots(town: $town, basket: $basket, from: $date, to: $date) { days { location starts } nextFreeDate } }";
const STEPS: [&str; 3] = ["look", "hold", "book"];

/// What stands before the servers: a few kept connections to each.
struct Proxy {
    servers: [String; 2],
    kept: [Mutex<Vec<Connection>>; 2],
    places: [Semaphore; 2],
}

impl Proxy {
    async fn ask(&self, door: usize, request: &[u8]) -> std::io::Result<Value> {
        let _place = self.places[door].acquire().await;
        let kept = self.kept[door].lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match kept {
            Some(connection) => connection,
            None => Connection::open(&self.servers[door]).await?,
        };
        let answer = connection.ask(request).await?;
        self.kept[door].lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(match answer.status {
            503 => json!({ "errors": [{ "extensions": { "code": "BUSY" } }] }),
            _ => answer.json(),
        })
    }
}

/// How it ended for a citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Booked,
    SoldOut,
}

/// What one citizen has met.
#[derive(Default)]
struct Story {
    end: Option<End>,
    took: [Vec<Duration>; 3],
    refused: usize,
    busy: usize,
    booked_at: Option<Duration>,
    wrong: Option<String>,
}

pub(super) async fn measure(grounds: &Grounds, sizes: &Sizes) -> Section {
    let (places, citizens) = sizes.rush;
    let told = format!(
        "Lünen releases {places} places of twenty days at one minute; {citizens} citizens come within ten seconds around it, look at a day, at the next free one if it is full, choose (1 to 4 s), hold, type (2 to 20 s) and book, and look again when a place was taken. Two server processes on PostgreSQL and Redis."
    );
    let mut section = Section::new("Rush", &told, &["what", "value", "unit"]);
    let office = grounds.office(MORNING).await;
    let file = |days: (&str, &str)| {
        let file =
            towns::file("luenen", places / STARTS, ("08:00", "16:20"), "max_days_ahead = 60");
        file.replace(towns::DAYS.0, days.0).replace(towns::DAYS.1, days.1)
    };
    office.import(&file(CLOSED));
    let servers = [office.serve().await, office.serve().await];
    let proxy = Arc::new(Proxy {
        servers: [servers[0].url.clone(), servers[1].url.clone()],
        kept: Default::default(),
        places: [Semaphore::new(KEPT), Semaphore::new(KEPT)],
    });
    let release = Instant::now() + LEAD;
    let released = Arc::new(OnceLock::new());
    let mut chance = Chance::new(5);
    let mut arrivals: Vec<u64> = (0..citizens).map(|_| chance.below(10_000)).collect();
    arrivals.sort_unstable();
    let all = arrivals.into_iter().enumerate().map(|(number, millis)| {
        let (proxy, released) = (Arc::clone(&proxy), Arc::clone(&released));
        let arrival = release - Duration::from_secs(2) + Duration::from_millis(millis);
        tokio::spawn(async move {
            tokio::time::sleep_until(arrival.into()).await;
            let story = Story::default();
            let mut citizen =
                Citizen { proxy: &proxy, number, release, released: &released, story };
            if let Err(error) = citizen.live().await {
                citizen.story.wrong = Some(error.to_string());
            }
            citizen.story
        })
    });
    let all: Vec<_> = all.collect();
    tokio::time::sleep_until(release.into()).await;
    tokio::task::block_in_place(|| office.import(&file(DAYS)));
    let _ = released.set(Instant::now());
    let mut stories = Vec::new();
    for citizen in all {
        stories.push(citizen.await.expect("a citizen"));
    }
    let mails = until_mailed(&office).await;
    tell(&mut section, &stories);
    let lasted = released.get().map_or(Duration::ZERO, |at| at.duration_since(release));
    section.row(vec![json!("the release itself"), json!(lasted.as_secs_f64()), json!("s")]);
    section.row(vec![
        json!("the last mail after the last citizen"),
        json!(mails.as_secs_f64()),
        json!("s"),
    ]);
    judge(&mut section, &office, &stories, places).await;
    section
}

struct Citizen<'a> {
    proxy: &'a Proxy,
    number: usize,
    release: Instant,
    /// When the places were there.
    released: &'a OnceLock<Instant>,
    story: Story,
}

impl Citizen<'_> {
    async fn live(&mut self) -> std::io::Result<()> {
        let mut chance = Chance::new(u64::try_from(self.number).unwrap_or(0) * 7919 + 1);
        let first: NaiveDate = DAYS.0.parse().expect("a date");
        let wished = first + Days::new(chance.below(28));
        let mut date = wished;
        loop {
            let asked = json!({ "town": "luenen", "basket": basket(), "date": date });
            let began = Instant::now();
            let found = self.ask(0, LOOK, &asked).await?;
            let is_yes = self.is_yes(&found);
            if self.story.wrong.is_some() {
                return Ok(());
            }
            if !is_yes {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            let found = &found["data"]["freeSlots"];
            let day = &found["days"][0];
            let starts = day["starts"].as_array().map_or(&[][..], Vec::as_slice);
            if !starts.is_empty() {
                let count = u64::try_from(starts.len()).unwrap_or(1);
                let start = usize::try_from(chance.below(count)).unwrap_or(0);
                let slot = json!({ "town": "luenen", "basket": basket(),
                    "location": day["location"], "startsAt": starts[start] });
                tokio::time::sleep(Duration::from_millis(1_000 + chance.below(3_000))).await;
                if self.take(slot, &mut chance).await? {
                    return Ok(());
                }
            } else if let Some(next) = found["nextFreeDate"].as_str() {
                date = next.parse().expect("a date");
            } else if date > first {
                // Nothing from here on: once more from the beginning.
                date = first;
            } else if self.released.get().is_none_or(|there| began < *there + LAG) {
                // Not released yet.
                date = wished;
                tokio::time::sleep(Duration::from_millis(500 + chance.below(500))).await;
            } else {
                self.story.end = Some(End::SoldOut);
                return Ok(());
            }
        }
    }

    /// Holds, types and books.
    async fn take(&mut self, mut slot: Value, chance: &mut Chance) -> std::io::Result<bool> {
        let held = self.ask(1, HOLD, &slot).await?;
        if !self.is_yes(&held) {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(2_000 + chance.below(18_000))).await;
        slot["hold"] = held["data"]["holdSlot"]["token"].clone();
        slot["key"] = json!(format!("a-citizen-of-the-rush-{}", self.number));
        slot["email"] = json!(format!("citizen-{}@example.org", self.number));
        let booked = self.ask(2, BOOK_BY_HOLD, &slot).await?;
        if !self.is_yes(&booked) {
            return Ok(false);
        }
        self.story.end = Some(End::Booked);
        self.story.booked_at = Some(self.release.elapsed());
        Ok(true)
    }

    async fn ask(&mut self, step: usize, document: &str, asked: &Value) -> std::io::Result<Value> {
        let before = Instant::now();
        let answer = self.proxy.ask(self.number % 2, &graphql(document, asked)).await?;
        self.story.took[step].push(before.elapsed());
        Ok(answer)
    }

    fn is_yes(&mut self, answer: &Value) -> bool {
        match code(answer) {
            "none" if answer["data"].is_object() => return true,
            "SLOT_TAKEN" => self.story.refused += 1,
            "BUSY" => self.story.busy += 1,
            _ => self.story.wrong = Some(answer.to_string()),
        }
        false
    }
}

#[allow(clippy::cast_precision_loss)] // figures for people
fn tell(section: &mut Section, stories: &[Story]) {
    let booked =
        |stories: &[Story]| stories.iter().filter(|story| story.end == Some(End::Booked)).count();
    let sold_out = stories.iter().filter_map(|story| story.booked_at).max().unwrap_or_default();
    section.row(vec![json!("sold"), json!(booked(stories)), json!("places")]);
    section.row(vec![
        json!("until the last was booked"),
        json!(sold_out.as_secs_f64()),
        json!("s"),
    ]);
    for (step, name) in STEPS.iter().enumerate() {
        let took = stories.iter().flat_map(|story| story.took[step].clone()).collect();
        let load = Load::of(Instant::now(), took, 0);
        for (share, word) in [(500, "p50"), (990, "p99")] {
            section.row(vec![json!(format!("{name}, {word}")), json!(load.at(share)), json!("ms")]);
        }
    }
    let refused: usize = stories.iter().map(|story| story.refused).sum();
    let each = refused as f64 / booked(stories).max(1) as f64;
    section.row(vec![json!("refusals for each place"), json!(each), json!("")]);
    let busy: usize = stories.iter().map(|story| story.busy).sum();
    section.row(vec![json!("told to come again"), json!(busy), json!("times")]);
    let first = &stories[..FIRST.min(stories.len())];
    let share =
        |of: &[Story]| format!("{:.0} %", booked(of) as f64 / of.len().max(1) as f64 * 100.0);
    section.row(vec![json!("of the first thousand got a place"), json!(share(first)), json!("")]);
    section.row(vec![json!("of all"), json!(share(stories)), json!("")]);
}

async fn judge(section: &mut Section, office: &Office, stories: &[Story], places: usize) {
    let unanswered = stories.iter().filter(|story| story.end.is_none()).count();
    section.must(unanswered == 0, format!("{unanswered} citizens without an answer"));
    if let Some(wrong) = stories.iter().find_map(|story| story.wrong.as_ref()) {
        section.broken.push(format!("no clear answer: {wrong}"));
    }
    let told = stories.iter().filter(|story| story.end == Some(End::Booked)).count();
    section.must(told == places, format!("{told} of {places} places sold"));
    must_be_booked(section, office, told).await;
}
