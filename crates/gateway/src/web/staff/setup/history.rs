//! Who changed the set-up when, and what: each version beside the one before it.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use catalog::store::Version;
use scheduling::Error;
use serde::Deserialize;
use similar::{ChangeTag, TextDiff};
use tenant::{accounts, audit};
use uuid::Uuid;

use crate::{
    town,
    web::{
        Answer,
        error::{Failure, Problem},
        page::{Page, render},
        staff::desk::Desk,
    },
};

/// Most versions on the page.
const SHOWN: u64 = 50;
/// Lines around a change.
const CONTEXT: usize = 2;

#[derive(Template)]
#[template(path = "staff/setup/history.html")]
struct HistoryPage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    versions: Vec<Entry>,
    /// Where the newest stand, unless these are they.
    newest: Option<String>,
    /// Where the next older ones stand.
    older: Option<String>,
}

/// A version in a line.
struct Entry {
    when: String,
    who: String,
    /// How many lines came and went; nothing is known of the first.
    changes: Option<(usize, usize)>,
    href: String,
}

#[derive(Template)]
#[template(path = "staff/setup/change.html")]
struct ChangePage<'a> {
    page: &'a Page,
    room: &'static str,
    desk: &'a Desk,
    when: String,
    who: String,
    /// Pieces of the file, each with its lines.
    pieces: Vec<Vec<Line>>,
}

/// A line of a difference.
struct Line {
    /// `added`, `removed` or `same`.
    kind: &'static str,
    text: String,
}

/// `GET /{town}/verwaltung/einrichtung/verlauf?ab=…`: from the newest version on, or from a named one.
pub(super) async fn list(desk: Desk) -> Answer {
    const PATH: &str = "/einrichtung/verlauf";
    let from = desk.asked("ab").and_then(|version| version.parse().ok());
    let versions = read(&desk, from, SHOWN + 1).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let next = versions.get(shown).map(|next| next.version.to_string());
    let mut entries = Vec::new();
    for (index, own) in versions.iter().enumerate().take(shown) {
        entries.push(Entry {
            when: when(&desk, own),
            who: who(&desk, own).await?,
            changes: versions.get(index + 1).map(|before| count(&before.file, &own.file)),
            href: desk.to(&format!("{PATH}/{}", own.version)),
        });
    }
    let page = HistoryPage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        versions: entries,
        newest: from.map(|_| desk.to(PATH)),
        older: next.map(|next| desk.with(PATH, &[("ab", &next)])),
    };
    Ok(render(StatusCode::OK, &page))
}

/// The parts of the address.
#[derive(Deserialize)]
pub(super) struct Named {
    version: i64,
}

/// `GET /{town}/verwaltung/einrichtung/verlauf/{version}`
pub(super) async fn show(desk: Desk, Path(Named { version }): Path<Named>) -> Answer {
    let versions = read(&desk, Some(version), 2).await?;
    let own = versions.first().filter(|own| own.version == version);
    let own = own.ok_or_else(|| desk.fail(Problem::UnknownPage))?;
    let before = versions.get(1).map(|before| before.file.as_str()).unwrap_or_default();
    let page = ChangePage {
        page: &desk.page,
        room: "einrichtung",
        desk: &desk,
        when: when(&desk, own),
        who: who(&desk, own).await?,
        pieces: pieces(before, &own.file),
    };
    Ok(render(StatusCode::OK, &page))
}

async fn read(desk: &Desk, newest: Option<i64>, limit: u64) -> Result<Vec<Version>, Failure> {
    let versions = town::history(&desk.state, &desk.scope, newest, limit).await;
    versions.map_err(|error| desk.fail(Error::from(error)))
}

fn when(desk: &Desk, own: &Version) -> String {
    format!("{} Uhr", desk.local(own.at).format("%d.%m.%Y, %H:%M"))
}

async fn who(desk: &Desk, own: &Version) -> Result<String, Failure> {
    let account: Option<Uuid> = audit::account_of(&own.actor);
    let Some(account) = account else { return Ok("Betrieb".to_owned()) };
    let found = accounts::get(&desk.office.db, account).await;
    let found = found.map_err(|error| desk.fail(Error::from(error)))?;
    Ok(found.map_or_else(|| own.actor.clone(), |account| account.email))
}

/// How many lines came and went.
fn count(before: &str, after: &str) -> (usize, usize) {
    let diff = TextDiff::from_lines(before, after);
    let of = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (of(ChangeTag::Insert), of(ChangeTag::Delete))
}

fn pieces(before: &str, after: &str) -> Vec<Vec<Line>> {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(CONTEXT);
    let piece = |group: &Vec<similar::DiffOp>| {
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        let line = |change: similar::Change<&str>| Line {
            kind: match change.tag() {
                ChangeTag::Insert => "added",
                ChangeTag::Delete => "removed",
                ChangeTag::Equal => "same",
            },
            text: change.value().trim_end().to_owned(),
        };
        changes.map(line).collect()
    };
    groups.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it_and_nothing_else() {
        let before: String = (0..20).map(|number| format!("line {number}\n")).collect();
        let after = before.replace("line 10\n", "line ten\n");
        assert_eq!(count(&before, &after), (1, 1));
        let pieces = pieces(&before, &after);
        let lines: Vec<_> = pieces[0].iter().map(|own| (own.kind, own.text.as_str())).collect();
        assert_eq!(pieces.len(), 1);
        assert_eq!(
            lines,
            [
                ("same", "line 8"),
                ("same", "line 9"),
                ("removed", "line 10"),
                ("added", "line ten"),
                ("same", "line 11"),
                ("same", "line 12"),
            ]
        );
    }
}
