//! Reading: every table of the file is read by itself, so that problems in different places are
//! all told at once.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{FORMAT, Problem, Problems, check};
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

/// The tables of a file of our format.
fn table(text: &str, problems: &mut Problems) -> Option<Table> {
    let mut file: Table = match text.parse() {
        Ok(file) => file,
        Err(error) => {
            let error: toml::de::Error = error;
            problems
                .add("file", format!("not TOML: {}", error.to_string().trim().replace('\n', " ")));
            return None;
        }
    };
    match file.remove("format") {
        Some(Value::Integer(FORMAT)) => {}
        Some(other) => problems.add("format", format!("{other} is not known; expected {FORMAT}")),
        None => problems.add("format", format!("missing; expected format = {FORMAT}")),
    }
    Some(file)
}

fn read(text: &str, problems: &mut Problems) -> Option<TownSetup> {
    let mut file = table(text, problems)?;
    let town = match file.remove("town") {
        Some(town) => element::<Town>("town".to_owned(), town, problems),
        None => {
            problems.add("town", "missing; expected a table [town]");
            None
        }
    };
    let setup = TownSetup {
        departments: list("department", &mut file, problems),
        categories: list("category", &mut file, problems),
        services: list("service", &mut file, problems),
        locations: locations(&mut file, problems),
        closures: list("closure", &mut file, problems),
        mails: list("mail", &mut file, problems),
        town: town?,
    };
    for key in file.keys() {
        problems.add(
            key,
            "unknown; expected format, town, department, category, service, location, closure or mail",
        );
    }
    Some(setup)
}

/// A location without its lists, and then each of its lists.
fn locations(file: &mut Table, problems: &mut Problems) -> Vec<Location> {
    let tables = array("location", file, problems);
    let read = tables.into_iter().enumerate().filter_map(|(index, mut value)| {
        let name = name("location", index, &value);
        let Some(table) = value.as_table_mut() else {
            problems.add(name, "expected a table");
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
            problems.add(path, format!("expected tables [[{key}]]"));
            Vec::new()
        }
    }
}

fn element<T: DeserializeOwned>(name: String, value: Value, problems: &mut Problems) -> Option<T> {
    value
        .try_into()
        .map_err(|error: toml::de::Error| {
            problems.add(name, error.to_string().trim().replace('\n', " "));
        })
        .ok()
}

/// How a problem names an element: by its slug (a mail by its kind), else by its number.
pub(super) fn name(list: &str, index: usize, value: &Value) -> String {
    let identity = value.get("slug").or_else(|| value.get("kind"));
    match identity.and_then(Value::as_str) {
        Some(slug) => format!("{list} {slug:?}"),
        None => format!("{list}[{}]", index + 1),
    }
}
