//! Reading: every table of the file is read by itself, so that problems in different places are
//! all told at once.

use serde::de::DeserializeOwned;
use toml::{Table, Value};
use toml_parser::{Source, lexer::TokenKind};

use super::{FILE, FORMAT, Problem, Problems, check, value};
use crate::{
    model::{Location, Town, TownSetup},
    template::Template,
};

/// Reads a town file.
///
/// # Errors
/// Everything that is wrong with it; only broken TOML hides what follows it.
pub fn parse(text: &str) -> Result<TownSetup, Vec<Problem>> {
    let mut problems = Problems::default();
    let setup = read(text, &mut problems);
    if let Some(setup) = &setup {
        check::check(setup, &mut problems);
    }
    match setup {
        Some(setup) if problems.0.is_empty() => Ok(setup),
        _ => Err(problems.0),
    }
}

/// Reads a town file that this program has written, whatever rules it has got since; none where it
/// cannot be read any more.
#[must_use]
pub fn parse_kept(text: &str) -> Option<TownSetup> {
    let mut problems = Problems::default();
    read(text, &mut problems).filter(|_| problems.0.is_empty())
}

/// Reads what a town file offers, and leaves out what belongs to one town alone.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_template(text: &str) -> Result<Template, Vec<Problem>> {
    let mut problems = Problems::default();
    let template = table(text, &mut problems).map(|mut file| Template {
        departments: list("department", &mut file, &mut problems),
        categories: list("category", &mut file, &mut problems),
        services: list("service", &mut file, &mut problems),
    });
    let template = template.map(Template::bare);
    if let Some(Template { departments, categories, services }) = &template {
        check::offers(departments, categories, services, &mut problems);
    }
    match template {
        Some(template) if problems.0.is_empty() => Ok(template),
        _ => Err(problems.0),
    }
}

/// Most levels of tables and lists within each other; a set-up has some five.
const MAX_LEVELS: usize = 32;

/// Where a text nests deeper than [`MAX_LEVELS`]. TOML's own reader takes thousands: eighty brackets, each
/// behind a key of eighty parts; whatever goes through what it read goes down as often.
fn too_deep(text: &str) -> Option<usize> {
    // For each bracket that is open the dots of the key that is being read, which open tables too.
    let mut open = vec![0];
    for token in Source::new(text).lex() {
        let is_outside = open.len() == 1;
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => open.push(0),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket if !is_outside => {
                open.pop();
            }
            kind => match open.last_mut() {
                Some(dots) if kind == TokenKind::Dot => *dots += 1,
                Some(dots) if kind == TokenKind::Comma => *dots = 0,
                Some(dots) if kind == TokenKind::Newline && is_outside => *dots = 0,
                _ => continue,
            },
        }
        if open.len() + open.iter().sum::<usize>() > MAX_LEVELS {
            return Some(token.span().start());
        }
    }
    None
}

/// The tables of a file of our format.
fn table(text: &str, problems: &mut Problems) -> Option<Table> {
    if let Some(at) = too_deep(text) {
        let (line, column) = place(text, at);
        let words = (
            format!("line {line}, column {column}: nested deeper than {MAX_LEVELS} levels"),
            format!("Zeile {line}, Spalte {column}: tiefer als {MAX_LEVELS} Stufen geschachtelt"),
        );
        problems.add(FILE, words);
        return None;
    }
    let mut file: Table = match text.parse() {
        Ok(file) => file,
        Err(error) => {
            problems.add(FILE, no_toml(text, &error));
            return None;
        }
    };
    match file.remove("format") {
        Some(Value::Integer(FORMAT)) => {}
        Some(other) => problems.add(
            "format",
            (
                format!("{other} is not known; expected {FORMAT}"),
                format!("die Fassung {other} ist hier nicht bekannt; erwartet wird {FORMAT}"),
            ),
        ),
        None => problems.add(
            "format",
            (
                format!("missing; expected format = {FORMAT}"),
                format!("fehlt; erwartet wird format = {FORMAT}"),
            ),
        ),
    }
    Some(file)
}

/// Where a text stops being TOML, in English and in German.
fn no_toml(text: &str, error: &toml::de::Error) -> (String, String) {
    let (line, column) = place(text, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let what = match what {
        "duplicate key" => "diesen Schlüssel gibt es hier schon".to_owned(),
        other => format!("das ist kein TOML ({other})"),
    };
    let expected: Vec<&str> =
        expected.split(", ").filter(|own| !own.is_empty()).map(in_toml).collect();
    let expected = match expected.as_slice() {
        [] => String::new(),
        all => format!("; erwartet wird {}", all.join(" oder ")),
    };
    (
        format!("line {line}, column {column}: not TOML: {message}"),
        format!("Zeile {line}, Spalte {column}: {what}{expected}"),
    )
}

/// Line and column of a byte, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// What TOML expects.
fn in_toml(expected: &str) -> &str {
    match expected {
        "key" => "ein Schlüssel",
        "value" => "ein Wert",
        "literal string" | "string" => "ein Text in Anführungszeichen",
        "newline" => "ein Zeilenende",
        "comment" => "ein Kommentar",
        "nothing" => "nichts weiter",
        other => other,
    }
}

fn read(text: &str, problems: &mut Problems) -> Option<TownSetup> {
    let mut file = table(text, problems)?;
    let town = match file.remove("town") {
        Some(town) => element::<Town>("town".to_owned(), town, problems),
        None => {
            let words =
                ("missing; expected a table [town]", "fehlt; erwartet wird eine Tabelle [town]");
            problems.add("town", words);
            None
        }
    };
    let departments = list("department", &mut file, problems);
    let categories = list("category", &mut file, problems);
    let services = list("service", &mut file, problems);
    let locations = locations(&mut file, problems);
    let closures = list("closure", &mut file, problems);
    let mails = list("mail", &mut file, problems);
    for key in file.keys() {
        problems.add(
            key,
            (
                "unknown; expected format, town, department, category, service, location, closure or mail",
                "gibt es hier nicht; möglich ist format, town, department, category, service, location, closure, mail",
            ),
        );
    }
    let town = town?;
    Some(TownSetup { town, departments, categories, services, locations, closures, mails })
}

/// A location without its lists, and then each of its lists.
fn locations(file: &mut Table, problems: &mut Problems) -> Vec<Location> {
    let tables = array("location", file, problems);
    let read = tables.into_iter().enumerate().filter_map(|(index, mut value)| {
        let name = name("location", index, &value);
        let Some(table) = value.as_table_mut() else {
            problems.add(name, ("expected a table", "erwartet wird eine Tabelle"));
            return None;
        };
        let within = |list: &str| format!("{name}.{list}");
        let counters = list(&within("counter"), table, problems);
        let openings = list(&within("opening"), table, problems);
        let specials = list(&within("special"), table, problems);
        let closures = list(&within("closure"), table, problems);
        let bare: Location = element(name, value, problems)?;
        Some(Location { counters, openings, specials, closures, ..bare })
    });
    read.collect()
}

/// The elements of the list whose name is the last part of `path`.
fn list<T: DeserializeOwned>(path: &str, table: &mut Table, problems: &mut Problems) -> Vec<T> {
    array(path, table, problems)
        .into_iter()
        .enumerate()
        .filter_map(|(index, value)| element(name(path, index, &value), value, problems))
        .collect()
}

fn array(path: &str, table: &mut Table, problems: &mut Problems) -> Vec<Value> {
    let key = path.rsplit('.').next().unwrap_or(path);
    match table.remove(key) {
        None => Vec::new(),
        Some(Value::Array(values)) => values,
        Some(_) => {
            let words = (
                format!("expected tables [[{key}]]"),
                format!("erwartet werden Tabellen [[{key}]]"),
            );
            problems.add(path, words);
            Vec::new()
        }
    }
}

fn element<T: DeserializeOwned>(name: String, value: Value, problems: &mut Problems) -> Option<T> {
    let read = value::read(value);
    read.map_err(|misfit| problems.add(misfit.key(&name), (misfit.message, misfit.german))).ok()
}

/// How a problem names an element: by its slug (a mail by its kind), else by its number.
pub(super) fn name(list: &str, index: usize, value: &Value) -> String {
    let identity = value.get("slug").or_else(|| value.get("kind"));
    match identity.and_then(Value::as_str) {
        Some(slug) => format!("{list} {slug:?}"),
        None => format!("{list}[{}]", index + 1),
    }
}
