//! The audit log: who looked at what, who changed what, and from where.

mod words;

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::{
    body::Body,
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use catalog::hours::day_start;
use chrono::{Days, NaiveDate};
use futures::{StreamExt as _, stream};
use scheduling::{Error, Office};
use tenant::{
    Scope, Way, accounts,
    audit::{self, Filter, Line},
};
use uuid::Uuid;

use super::{
    csv,
    desk::{self, Desk},
};
use crate::{
    staff,
    web::{
        Answer,
        error::Failure,
        page::{Page, render},
    },
};

/// Most lines that the page shows; the file has more.
const SHOWN: u64 = 500;
/// So many lines of a file are read at once.
const PORTION: u64 = 5_000;
/// Columns of the file.
const HEAD: [&str; 9] =
    ["at", "who", "action", "subject", "about", "detail", "shown", "address", "way"];

#[derive(Template)]
#[template(path = "staff/log.html")]
struct LogPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    asked: Asked,
    /// Who may have done something: value and words.
    actors: Vec<(String, String)>,
    actions: Vec<(&'static str, &'static str)>,
    /// By which ways staff ask: value and words.
    ways: [(&'static str, &'static str); 2],
    lines: Vec<Entry>,
    /// Whether there are more lines than are shown.
    more: bool,
    /// The same lines as a file.
    file: String,
}

/// What is looked for, as it stands in the address.
struct Asked {
    from: NaiveDate,
    to: NaiveDate,
    actor: String,
    action: String,
    /// Number or identity of an appointment or request.
    subject: String,
    /// Address of a client.
    address: String,
    /// `page` or `api`.
    way: String,
}

/// A line with words for it.
struct Entry {
    when: String,
    who: String,
    /// From where; empty for those who are no staff.
    from: String,
    what: &'static str,
    /// Which list was looked at, and how many it showed.
    detail: String,
    /// Page of the appointment it is about.
    href: Option<String>,
}

impl Asked {
    fn of(desk: &Desk) -> Self {
        let date = |name: &str| desk.asked(name).and_then(desk::date);
        let text = |name: &str| desk.asked(name).unwrap_or_default().trim().to_owned();
        let from = date("von").unwrap_or_else(|| desk.today());
        Self {
            from,
            to: date("bis").unwrap_or(from).max(from),
            actor: text("wer"),
            action: text("was"),
            subject: text("termin"),
            address: text("adresse"),
            way: text("weg"),
        }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("von", self.from.to_string()),
            ("bis", self.to.to_string()),
            ("wer", self.actor.clone()),
            ("was", self.action.clone()),
            ("termin", self.subject.clone()),
            ("adresse", self.address.clone()),
            ("weg", self.way.clone()),
        ]
    }
}

/// `GET /{town}/verwaltung/protokoll?von=…&bis=…&wer=…&was=…&termin=…&adresse=…&weg=…`
pub(super) async fn show(desk: Desk) -> Answer {
    let asked = Asked::of(&desk);
    let (lines, names) = match filter(&desk, &asked, SHOWN + 1).await? {
        Some(filter) => {
            let read = read(&desk.office, &desk.scope, &filter).await;
            read.map_err(|error| desk.fail(error))?
        }
        None => Default::default(),
    };
    let more = lines.len() as u64 > SHOWN;
    let shown = lines.iter().take(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    let pairs = asked.pairs();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, own)| (*name, own.as_str())).collect();
    let page = LogPage {
        page: &desk.page,
        room: "protokoll",
        desk: &desk,
        actors: actors(&desk).await?,
        actions: words::actions(),
        ways: WAYS,
        lines: shown.map(|line| Entry::of(&desk, line, &names)).collect(),
        more,
        file: desk.with("/protokoll.csv", &pairs),
        asked,
    };
    Ok(render(StatusCode::OK, &page))
}

impl Entry {
    fn of(desk: &Desk, line: &Line, names: &HashMap<Uuid, String>) -> Self {
        let is_appointment =
            ["appointment.", "contact.", "note."].iter().any(|own| line.action.starts_with(own));
        let told = line.detail.as_deref().unwrap_or_default();
        let parts = |parts: [String; 2], between: &str| {
            let told: Vec<String> = parts.into_iter().filter(|own| !own.is_empty()).collect();
            told.join(between)
        };
        let detail = match line.shown.len() {
            0 => parts([about(line, names), words::roles(&desk.setup, told)], ": "),
            shown => parts([told.to_owned(), words::people(shown)], ", "),
        };
        Self {
            when: desk.local(line.at).format("%d.%m.%Y %H:%M:%S").to_string(),
            who: who(line, names),
            from: from(line),
            what: words::what(&line.action),
            detail,
            href: line.subject.filter(|_| is_appointment).map(|id| desk.appointment(&id)),
        }
    }
}

/// `GET /{town}/verwaltung/protokoll.csv`, with what is looked for as on the page: all of it, portion
/// by portion, however much it is.
pub(super) async fn csv(desk: Desk) -> Answer {
    let asked = Asked::of(&desk);
    let filter = filter(&desk, &asked, PORTION).await?;
    let head = csv::row(HEAD);
    let rest = stream::try_unfold(filter, move |filter| {
        let (office, scope) = (desk.office.clone(), desk.scope);
        async move { portion(&office, &scope, filter).await }
    });
    let text = stream::once(async { Ok(head) }).chain(rest);
    let name = format!("attachment; filename=\"protokoll-{}-{}.csv\"", asked.from, asked.to);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(text)).into_response())
}

/// The next lines of a file, and what comes after them; none at the end.
async fn portion(
    office: &Office,
    scope: &Scope,
    filter: Option<Filter>,
) -> Result<Option<(String, Option<Filter>)>, Error> {
    let Some(filter) = filter else { return Ok(None) };
    let (lines, names) = read(office, scope, &filter).await?;
    let is_full = lines.len() as u64 == filter.limit;
    let last = lines.last().filter(|_| is_full).map(Line::place);
    let next = last.map(|place| Filter { after: Some(place), ..filter });
    Ok(Some((lines.iter().map(|line| row(line, &names)).collect(), next)))
}

/// A line of the file.
fn row(line: &Line, names: &HashMap<Uuid, String>) -> String {
    let shown: Vec<String> = line.shown.iter().map(Uuid::to_string).collect();
    csv::row([
        line.at.to_rfc3339(),
        who(line, names),
        line.action.clone(),
        line.subject.map(|id| id.to_string()).unwrap_or_default(),
        about(line, names),
        line.detail.clone().unwrap_or_default(),
        shown.join(" "),
        address(line).unwrap_or_default(),
        line.from.map(|from| from.way.as_str()).unwrap_or_default().to_owned(),
    ])
}

/// Which lines are looked for; none where what is looked for is nowhere.
async fn filter(desk: &Desk, asked: &Asked, limit: u64) -> Result<Option<Filter>, Failure> {
    let zone = desk.setup.town.time_zone;
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let subject = match asked.subject.as_str() {
        "" => None,
        number => {
            let found = scheduling::subject_of(&desk.office, &desk.scope, number).await;
            let Some(id) = found.map_err(|error| desk.fail(error))? else { return Ok(None) };
            Some(id)
        }
    };
    let Ok(address) = given(&asked.address).map(|text| text.parse()).transpose() else {
        return Ok(None);
    };
    Ok(Some(Filter {
        from: day_start(asked.from, zone),
        // Nothing is written yet about days to come.
        to: day_start(asked.to.min(desk.today()) + Days::new(1), zone),
        actor: given(&asked.actor),
        action: given(&asked.action),
        subject,
        address,
        way: asked.way.parse().ok(),
        after: None,
        limit,
    }))
}

/// The lines that are looked for, and the addresses of the accounts in them.
async fn read(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
) -> Result<(Vec<Line>, HashMap<Uuid, String>), Error> {
    let tx = office.db.read(scope).await?;
    let lines = audit::read(&tx, filter).await?;
    drop(tx);
    let people = lines.iter().flat_map(|line| [line.account(), member(line)]).flatten();
    let people: BTreeSet<Uuid> = people.collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    let names = accounts::all(&office.db, &people).await?;
    Ok((lines, names.into_iter().map(|(id, account)| (id, account.email)).collect()))
}

/// Everybody who occurs in the log, also those who have left, and who else works here.
async fn actors(desk: &Desk) -> Result<Vec<(String, String)>, Failure> {
    let members = staff::list(&desk.office, &desk.scope).await;
    let members = members.map_err(|error| desk.fail(error))?;
    let members = members.iter().map(|member| format!("staff:{}", member.account.id));
    let find = async || {
        let tx = desk.office.db.read(&desk.scope).await?;
        let found = audit::actors(&tx).await?;
        drop(tx);
        let all: BTreeSet<String> = members.chain(found).collect();
        let ids: Vec<Uuid> = all.iter().filter_map(|own| audit::account_of(own)).collect();
        let names = accounts::all(&desk.office.db, &ids).await?;
        let mut actors: Vec<_> = all
            .into_iter()
            .map(|own| {
                let account = audit::account_of(&own).and_then(|id| names.get(&id));
                let words = account.map_or_else(|| nameless(&own), |known| known.email.clone());
                (own, words)
            })
            .collect();
        actors.sort_by(|one, other| one.1.cmp(&other.1));
        Ok::<_, tenant::Error>(actors)
    };
    find().await.map_err(|error| desk.fail(error))
}

/// The words for somebody of whom there is no address, or none any more.
fn nameless(actor: &str) -> String {
    let short = |id: &str| id.rsplit('-').next().unwrap_or_default().to_owned();
    match actor.split_once(':') {
        Some(("staff", id)) => format!("Gelöschtes Konto {}", short(id)),
        Some((_, id)) => format!("Betrieb {}", short(id)),
        None if actor == "citizen" => "Bürger".to_owned(),
        None => "System".to_owned(),
    }
}

/// The account of the member of staff whom a line is about.
fn member(line: &Line) -> Option<Uuid> {
    line.subject.filter(|_| line.action.starts_with("staff."))
}

/// The address of whom a line is about, where that is somebody else than who did it.
fn about(line: &Line, names: &HashMap<Uuid, String>) -> String {
    let other = member(line).filter(|id| line.account() != Some(*id));
    let name =
        |id: Uuid| names.get(&id).cloned().unwrap_or_else(|| nameless(&format!("staff:{id}")));
    other.map(name).unwrap_or_default()
}

fn who(line: &Line, names: &HashMap<Uuid, String>) -> String {
    match line.account() {
        Some(account) => names.get(&account).cloned().unwrap_or_else(|| line.actor.clone()),
        None if line.actor == "citizen" => "Bürger".to_owned(),
        None if line.actor.starts_with("operator:") => "Betrieb".to_owned(),
        None => "System".to_owned(),
    }
}

fn address(line: &Line) -> Option<String> {
    line.from.and_then(|from| from.address).map(|address| address.to_string())
}

/// Such as `192.0.2.7`, and by which way where that is not the pages.
fn from(line: &Line) -> String {
    let by_api = line.from.is_some_and(|from| from.way == Way::Api);
    let way = by_api.then(|| "API".to_owned());
    address(line).into_iter().chain(way).collect::<Vec<_>>().join(", ")
}

/// The words for each way.
const WAYS: [(&str, &str); 2] = [("page", "Seiten"), ("api", "API")];
