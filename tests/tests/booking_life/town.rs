//! The town of the model, and an office in this process for each run.

use std::{sync::Arc, time::Duration};

use catalog::{
    model::{Closure, Location, Slug, Text, TownSetup},
    store, townfile,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduling::{BasketLine, Calendars, Channel, Error, FreeSlotsQuery, Office, holds::Holds};
use sea_orm::{ConnectionTrait as _, Database};
use system_tests::{
    drill::town::{FILE, MORNING, SLUG},
    office::{self, Storage},
    servers::OwnRedis,
};
use tenant::{
    Db, ManualClock, Scope,
    directory::Directory,
    seal::{MasterKey, Vault},
};
use tokio::sync::{Mutex, Notify};
use uuid::Uuid;

use crate::model::Span;

/// Starts of the day; ten minutes each, from 7:00 UTC.
pub const STARTS: u8 = 24;
/// The day, and its first start.
const DAY: &str = "2026-11-25";
const FIRST: &str = "2026-11-25T07:00:00Z";

/// The start with a number.
pub fn start(number: u8) -> DateTime<Utc> {
    FIRST.parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(10) * i32::from(number)
}

/// From a start on: one step, or two.
pub fn span(number: u8, long: bool) -> Span {
    (start(number), start(number + 1 + u8::from(long)))
}

pub fn basket(long: bool) -> Vec<BasketLine> {
    let service: Slug =
        serde_json::from_value(if long { "umzug" } else { "reisepass" }.into()).unwrap();
    vec![BasketLine { service, quantity: 1 }]
}

/// Lets each counter serve what it serves in the town's file, as far as the town offers it.
fn serve_what_is_offered(setup: &mut TownSetup) {
    let whole = townfile::parse(&file()).unwrap();
    let offered: Vec<Slug> = setup.services.iter().map(|own| own.slug.clone()).collect();
    let all = whole.locations.iter().flat_map(|own| &own.counters);
    for counter in setup.locations.iter_mut().flat_map(|own| &mut own.counters) {
        let own = all.clone().find(|own| own.slug == counter.slug).unwrap();
        counter.services.clone_from(&own.services);
        counter.services.retain(|slug| offered.contains(slug));
    }
}

/// Whether the location has all counters that the closure names.
fn is_at(closure: &Closure, location: &Location) -> bool {
    closure.counters.iter().all(|slug| location.counters.iter().any(|own| own.slug == *slug))
}

/// One counter, for the whole day.
pub fn closure(counter: usize) -> Closure {
    let day: NaiveDate = DAY.parse().unwrap();
    let slug = serde_json::from_value(format!("nord-{}", counter + 1).into()).unwrap();
    Closure {
        from: day,
        to: day,
        from_time: None,
        to_time: None,
        counters: vec![slug],
        reason: Text::german("Übung"),
    }
}

/// The drill's town with a service that takes two steps.
fn file() -> String {
    const LONG: &str = "\n[[service]]\nslug = \"umzug\"\ndepartment = \"buergerbuero\"\n\
         category = \"ausweise\"\nname = \"Umzug\"\nduration = 20\n";
    FILE.replace("services = [\"reisepass\"]", "services = [\"reisepass\", \"umzug\"]") + LONG
}

/// Something that a set-up may lose and get back.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    Counter(usize),
    LongService,
    Location,
}

/// What is not in the set-up at the moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retired {
    pub counters: [bool; 2],
    pub long_service: bool,
    pub location: bool,
}

impl Retired {
    pub fn toggle(&mut self, part: Part) {
        let own = match part {
            Part::Counter(number) => &mut self.counters[number],
            Part::LongService => &mut self.long_service,
            Part::Location => &mut self.location,
        };
        *own = !*own;
    }

    /// Whether a counter is still there.
    pub fn leaves(&self, counter: usize) -> bool {
        !self.location && !self.counters[counter]
    }
}

/// When everything is over and nothing is kept any more.
pub fn long_after() -> DateTime<Utc> {
    start(0) + TimeDelta::days(400)
}

/// A founded town in a database that is copied for each run.
pub struct Original {
    office: office::Office,
}

/// A copy, with an office in this process.
pub struct Copy {
    pub office: Office,
    pub clock: Arc<ManualClock>,
    pub citizen: Scope,
    pub system: Scope,
    pub location: Uuid,
    pub counters: [Uuid; 2],
    /// The set-up's location, with the closures that were added.
    whole: Mutex<Location>,
    _folder: tempfile::TempDir,
    _redis: Option<OwnRedis>,
}

/// Holds that are shared through a Redis of their own beside PostgreSQL, else those of this process: all
/// copies have the same town.
async fn holds_of(database: &str) -> (Holds, Option<OwnRedis>) {
    if database.starts_with("sqlite:") {
        return (Holds::in_process(), None);
    }
    let redis = OwnRedis::start();
    let holds = Holds::shared(&redis.url()).unwrap();
    while !holds.answers().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (holds, Some(redis))
}

impl Original {
    pub async fn found(storage: Storage) -> Self {
        let office = office::Office::at(storage, &[], Some(MORNING)).await;
        office.import(&file());
        Self { office }
    }

    pub async fn copy(&self) -> Copy {
        let folder = tempfile::tempdir().unwrap();
        let url = self.office.database_url();
        let url = match url.strip_prefix("sqlite://") {
            Some(path) => {
                let copy = folder.path().join("copy.db");
                std::fs::copy(path, &copy).unwrap();
                // What is committed may still stand in the log beside it.
                let _ = std::fs::copy(format!("{path}-wal"), folder.path().join("copy.db-wal"));
                format!("sqlite://{}", copy.display())
            }
            None => self.copy_on_postgres(url).await,
        };
        let db = Db::connect(&url).await.unwrap();
        let (holds, redis) = holds_of(&url).await;
        let clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let key = self.office.master_key();
        let entry = Directory::default().by_slug(&db, SLUG).await.unwrap().unwrap();
        let office = Office {
            db,
            vault: Arc::new(Vault::new(MasterKey::from_base64(key).unwrap(), None, clock.clone())),
            clock: clock.clone(),
            setups: catalog::cache::Setups::default(),
            tallies: scheduling::tallies::Tallies::in_process([7; 32]),
            calendars: Calendars::default(),
            holds,
            public_url: String::new(),
            mail_waiting: Arc::new(Notify::new()),
            place_freed: scheduling::Freed::default(),
            traceparent: || None,
        };
        let (citizen, system) = (Scope::citizen(entry.tenant), Scope::system(entry.tenant));
        let setup = office.setup(&citizen).await.unwrap();
        let nord = &setup.locations[0];
        let counters = [nord.counters[0].id, nord.counters[1].id];
        let (location, whole) = (nord.id, Mutex::new(nord.clone()));
        let (_folder, _redis) = (folder, redis);
        Copy { location, counters, whole, office, clock, citizen, system, _folder, _redis }
    }

    async fn copy_on_postgres(&self, url: &str) -> String {
        let (server, name) = url.rsplit_once('/').unwrap();
        let owner = self.office.owner_url();
        let (admin, _) = owner.rsplit_once('/').unwrap();
        let admin = Database::connect(format!("{admin}/postgres")).await.unwrap();
        let copy = format!("model_{}", Uuid::new_v4().simple());
        let sql = format!("CREATE DATABASE {copy} TEMPLATE {name}");
        admin.execute_unprepared(&sql).await.unwrap();
        format!("{server}/{copy}")
    }
}

impl Copy {
    pub fn now(&self) -> DateTime<Utc> {
        self.office.now()
    }

    /// What a citizen sees of the day.
    pub async fn free(&self, long: bool) -> Vec<DateTime<Utc>> {
        let day: NaiveDate = DAY.parse().unwrap();
        let query = FreeSlotsQuery {
            basket: basket(long),
            location: Some(self.location),
            from: day,
            to: day,
            channel: Channel::Online,
            hold: None,
            instead_of: None,
        };
        let free = match scheduling::free_slots(&self.office, &self.citizen, &query).await {
            Err(Error::UnknownService(_) | Error::UnknownLocation) => return Vec::new(),
            free => free.unwrap(),
        };
        free.days.into_iter().flat_map(|day| day.starts).collect()
    }

    /// Makes the set-up lack what is retired, and nothing else.
    pub async fn retire(&self, retired: &Retired) {
        let mut setup = TownSetup::clone(&*self.office.setup(&self.system).await.unwrap());
        let services = townfile::parse(&file()).unwrap().services;
        setup.services = services
            .into_iter()
            .filter(|own| !(retired.long_service && *own.slug == *"umzug"))
            .collect();
        let mut nord = self.whole.lock().await;
        if let Some(present) = setup.locations.iter().find(|own| own.id == nord.id) {
            // A closure waits with its counter for the day on which that comes back.
            nord.closures.retain(|own| !is_at(own, present));
            nord.closures.extend(present.closures.iter().cloned());
        }
        setup.locations.retain(|own| own.id != nord.id);
        if !retired.location {
            let mut left = nord.clone();
            let mut numbers = 0..2;
            left.counters.retain(|_| numbers.next().is_some_and(|own| !retired.counters[own]));
            let there = left.clone();
            left.closures.retain(|own| is_at(own, &there));
            setup.locations.insert(0, left);
        }
        serve_what_is_offered(&mut setup);
        self.apply(&setup).await;
    }

    /// From now on citizens confirm their address within a minute.
    pub async fn ask_to_confirm(&self) {
        let mut setup = TownSetup::clone(&*self.office.setup(&self.system).await.unwrap());
        setup.town.confirm_minutes = 1;
        self.apply(&setup).await;
    }

    async fn apply(&self, setup: &TownSetup) {
        let tx = self.office.db.write(&self.system).await.unwrap();
        store::apply(&tx, &self.office.vault, setup, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The secret of the link by which an appointment is confirmed, if one was mailed.
    pub async fn mailed_secret(&self, appointment: Uuid) -> Option<String> {
        let tx = self.office.db.read(&self.system).await.unwrap();
        let sql = "SELECT id, sealed FROM outbox \
                   WHERE tenant_id = $1 AND subject_id = $2 AND kind = 'confirm_address'";
        let rows = tx.query(sql, vec![appointment.into()]).await.unwrap();
        let row = rows.first()?;
        let id: Uuid = row.try_get("", "id").unwrap();
        let sealed: Vec<u8> = row.try_get("", "sealed").unwrap();
        let keyring = self.office.vault.keyring(&tx).await.unwrap();
        let mail = String::from_utf8(keyring.open("mail", id, &sealed).unwrap()).unwrap();
        let (_, rest) = mail.split_once("/termin/bestaetigen/").unwrap();
        rest.split('"').next().map(str::to_owned)
    }

    /// Gives back the places of those who have not confirmed in time.
    pub async fn lapse(&self) {
        scheduling::lapse_unconfirmed(&self.office, &self.system).await.unwrap();
    }

    /// Deletes what has ended longer ago than the town keeps it.
    pub async fn forget(&self) {
        scheduling::forget_expired(&self.office, &self.system).await.unwrap();
    }

    /// How many people's contact data are kept.
    pub async fn contacts(&self) -> i64 {
        let tx = self.office.db.read(&self.system).await.unwrap();
        let sql = "SELECT count(*) AS n FROM contact WHERE tenant_id = $1";
        tx.query(sql, vec![]).await.unwrap()[0].try_get("", "n").unwrap()
    }

    /// Appointments, moves, cancellations, lapses and mails, as the database counts them; audit lines
    /// and figures must agree.
    pub async fn counts(&self) -> [usize; 5] {
        let tx = self.office.db.read(&self.system).await.unwrap();
        let count = async |sql: &str| {
            let sql = format!("SELECT count(*) AS n FROM {sql} AND tenant_id = $1");
            let rows = tx.query(&sql, vec![]).await.unwrap();
            usize::try_from(rows[0].try_get::<i64>("", "n").unwrap()).unwrap()
        };
        let mut counts = [count("outbox WHERE id = id").await; 5];
        for (index, kind) in ["booked", "moved", "cancelled", "lapsed"].into_iter().enumerate() {
            let lines = count(&format!("audit_entry WHERE action = 'appointment.{kind}'")).await;
            let figures = count(&format!("usage_event WHERE kind = '{kind}'")).await;
            assert_eq!(lines, figures, "{kind}");
            counts[index] = figures;
        }
        counts
    }
}
