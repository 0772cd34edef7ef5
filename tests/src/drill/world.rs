//! What all citizens share: the doors of the service, the ledger, the time.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::ledger::{Answer, Asked, Ledger};

/// How long a citizen waits for an answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a door that did not answer is passed by, as a load balancer would.
const REST: Duration = Duration::from_secs(3);

/// A server's address, and until when it is passed by.
#[derive(Debug)]
struct Door {
    url: String,
    rests_until: Instant,
}

/// Shared by all citizens of a drill.
#[derive(Debug)]
pub struct World {
    doors: Mutex<Vec<Door>>,
    ledger: Mutex<Ledger>,
    started: Instant,
    over: AtomicBool,
    numbers: AtomicU64,
    client: reqwest::Client,
}

impl World {
    /// A world whose service is found at `urls`.
    #[must_use]
    pub fn new(urls: &[&str]) -> Self {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client");
        let started = Instant::now();
        let door = |url: &&str| Door { url: (*url).to_owned(), rests_until: started };
        Self {
            doors: Mutex::new(urls.iter().map(door).collect()),
            ledger: Mutex::default(),
            started,
            over: AtomicBool::new(false),
            numbers: AtomicU64::new(0),
            client,
        }
    }

    /// Time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The ledger.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that nobody else has.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks everybody to come to an end.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether it is time to end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Puts another server behind a door.
    pub fn replace_door(&self, number: usize, url: &str) {
        self.doors()[number] = Door { url: url.to_owned(), rests_until: Instant::now() };
    }

    /// Asks the API through one of the doors, the `chance`-th if all are open; writes the answer
    /// into the ledger.
    pub async fn ask(
        &self,
        step: &'static str,
        chance: u64,
        document: &str,
        variables: &Value,
    ) -> (Answer, Value) {
        let url = self.choose(chance);
        let (at, before) = (self.elapsed(), Instant::now());
        let request = self.client.post(format!("{url}/graphql"));
        let sent = request.json(&json!({ "query": document, "variables": variables })).send().await;
        let (answer, value) = match sent {
            Ok(answer) if answer.status().as_u16() != 200 => {
                (Answer::Unknown(format!("HTTP {}", answer.status().as_u16())), Value::Null)
            }
            Ok(answer) => match answer.json().await {
                Ok(value) => (read(&value), value),
                Err(_) => (Answer::Unknown("no answer".to_owned()), Value::Null),
            },
            Err(_) => (Answer::Unknown("no answer".to_owned()), Value::Null),
        };
        if matches!(&answer, Answer::Unknown(why) if why == "no answer") {
            self.pass_by(&url);
        }
        let asked = Asked { step, at, took: before.elapsed(), answer: answer.clone() };
        self.ledger().asked.push(asked);
        (answer, value)
    }

    fn doors(&self) -> MutexGuard<'_, Vec<Door>> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn choose(&self, chance: u64) -> String {
        let doors = self.doors();
        let now = Instant::now();
        let open: Vec<&Door> = doors.iter().filter(|door| door.rests_until <= now).collect();
        let all: Vec<&Door> = if open.is_empty() { doors.iter().collect() } else { open };
        all[usize::try_from(chance).unwrap_or(0) % all.len()].url.clone()
    }

    fn pass_by(&self, url: &str) {
        for door in self.doors().iter_mut().filter(|door| door.url == url) {
            door.rests_until = Instant::now() + REST;
        }
    }
}

/// What an answer of the API says. Busy, or a fault, says nothing of what was done.
fn read(value: &Value) -> Answer {
    match crate::citizen::code(value) {
        "none" if value["data"].is_object() => Answer::Yes,
        code @ ("none" | "BUSY" | "INTERNAL") => Answer::Unknown(code.to_owned()),
        code => Answer::No(code.to_owned()),
    }
}
