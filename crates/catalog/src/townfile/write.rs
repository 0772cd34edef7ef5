//! Writing: tables where people look for them, everything small on one line.

use serde::Serialize;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::FORMAT;
use crate::{model::TownSetup, template::Template};

/// Lists that are written as `[[…]]`.
const LISTS: [&str; 11] = [
    "department",
    "category",
    "service",
    "location",
    "closure",
    "mail",
    "counter",
    "opening",
    "special",
    "legal",
    "town",
];

/// Writes the set-up as a town file that [`super::parse`] reads back exactly.
///
/// # Panics
/// Never: the model has no value that TOML lacks.
#[must_use]
pub fn to_toml(setup: &TownSetup) -> String {
    write(setup)
}

/// Writes a template as a file that [`super::parse_template`] reads back exactly.
#[must_use]
pub fn template_to_toml(template: &Template) -> String {
    write(template)
}

fn write(setup: &impl Serialize) -> String {
    #[allow(clippy::unwrap_used)] // strings, numbers, dates as strings, lists and tables only
    let values = toml_edit::ser::to_document(setup).unwrap();
    let mut document = DocumentMut::new();
    document.insert("format", toml_edit::value(FORMAT));
    for (key, item) in values.iter() {
        document.insert(key, expand(key, item.clone()));
    }
    document.to_string()
}

/// Turns the inline form of tables and lists of tables into the one with headers.
fn expand(key: &str, item: Item) -> Item {
    match item.into_value() {
        Ok(Value::InlineTable(inline)) if LISTS.contains(&key) => Item::Table(table(inline)),
        Ok(Value::Array(array)) if LISTS.contains(&key) => Item::ArrayOfTables(tables(array)),
        Ok(Value::Array(array)) => Item::Value(Value::Array(wrapped(array))),
        Ok(value) => Item::Value(value),
        Err(item) => item,
    }
}

fn table(inline: InlineTable) -> Table {
    let mut table = Table::new();
    for (key, value) in inline {
        table.insert(&key, expand(&key, Item::Value(value)));
    }
    table
}

fn tables(array: Array) -> ArrayOfTables {
    let inline = array.into_iter().filter_map(|value| match value {
        Value::InlineTable(inline) => Some(table(inline)),
        _ => None,
    });
    inline.collect()
}

/// A list of tables, such as documents to bring, has a line for each.
fn wrapped(mut array: Array) -> Array {
    if array.iter().any(Value::is_inline_table) {
        for value in array.iter_mut() {
            value.decor_mut().set_prefix("\n    ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}
