//! A table of the file as the model has it. Where the two do not fit, the field is told, with what is
//! expected there in English and in German.

use std::fmt::{self, Display};

use chrono::NaiveDate;
use serde::{
    de::{
        self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer as _,
        MapAccess, SeqAccess, Unexpected, Visitor,
    },
    forward_to_deserialize_any,
};
use toml::{Table, Value};

use crate::{model::Text, time::NotATime};

/// Where a value does not fit, and why.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Such as `documents[2].name`; empty for the whole value.
    path: String,
    /// What is wrong and what is expected.
    pub message: String,
    /// The same in German.
    pub german: String,
}

/// Reads a value.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Misfit> {
    T::deserialize(Own(value))
}

impl Misfit {
    fn new(message: impl Into<String>, german: impl Into<String>) -> Self {
        Self { path: String::new(), message: message.into(), german: german.into() }
    }

    /// The key of the field, seen from the table called `name`.
    pub(super) fn key(&self, name: &str) -> String {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        format!("{name}{dot}{}", self.path)
    }

    fn within(self, step: &str) -> Self {
        Self { path: self.key(step), ..self }
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    /// What types say that read themselves from a text.
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        if message == NotATime.to_string() {
            Self::new(message, "erwartet wird eine Uhrzeit wie \"08:00\", höchstens \"24:00\"")
        } else if is_of_a_date(&message) {
            Self::new(
                "expected a date such as \"2026-12-24\"",
                "erwartet wird ein Tag wie \"2026-12-24\"",
            )
        } else if message.starts_with("failed to parse timezone") {
            Self::new(
                "expected a time zone such as \"Europe/Berlin\"",
                "erwartet wird eine Zeitzone wie \"Europe/Berlin\"",
            )
        } else {
            let german = format!("lässt sich nicht lesen ({message})");
            Self::new(message, german)
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let message = format!("found {found}, expected {expected}");
        Self::new(
            message,
            format!("da steht {}, erwartet wird {}", shown(found), german(&expected)),
        )
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let list = expected.join(", ");
        Self::new(
            format!("{found:?} is not known; expected one of {list}"),
            format!("{found:?} gibt es nicht; möglich ist {list}"),
        )
    }

    fn unknown_field(found: &str, expected: &'static [&'static str]) -> Self {
        let list = expected.join(", ");
        let message = format!("there is no such field; expected one of {list}");
        Self::new(message, format!("dieses Feld gibt es nicht; möglich ist {list}")).within(found)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing", "fehlt").within(field)
    }
}

/// Whether this is what dates say that cannot be read.
fn is_of_a_date(message: &str) -> bool {
    let wrong = ["", "x", "2026", "2026-13-01", "2026-02-30", "2026-01-01x"];
    let mut said = wrong.iter().filter_map(|own| own.parse::<NaiveDate>().err());
    said.any(|error| error.to_string() == message)
}

fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(own) => own.to_string(),
        Unexpected::Unsigned(own) => own.to_string(),
        Unexpected::Signed(own) => own.to_string(),
        Unexpected::Float(own) => own.to_string(),
        Unexpected::Str(own) => format!("{own:?}"),
        Unexpected::Seq => "eine Liste".to_owned(),
        Unexpected::Map => "eine Tabelle".to_owned(),
        other => other.to_string(),
    }
}

/// What a type of the model expects.
fn german(expected: &str) -> &str {
    match expected {
        "u16" => "eine ganze Zahl von 0 bis 65535",
        "u32" => "eine ganze Zahl von 0 bis 4294967295",
        "i8" | "i64" => "eine ganze Zahl",
        "a boolean" => "true oder false",
        "a string" => "ein Text in Anführungszeichen",
        "a formatted date string" => "ein Tag wie \"2026-12-24\"",
        "an IANA timezone string" => "eine Zeitzone wie \"Europe/Berlin\"",
        "a sequence" => "eine Liste in eckigen Klammern",
        "a map" => "eine Tabelle",
        Text::EXPECTED => {
            "ein Text in Anführungszeichen, oder eine Tabelle mit Texten nach Sprachen wie { de = \"…\", en = \"…\" }"
        }
        own if own.starts_with("struct ") => "eine Tabelle",
        other => other,
    }
}

/// A value on its way into the model.
struct Own(Value);

impl<'de> Deserializer<'de> for Own {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(own) => visitor.visit_string(own),
            Value::Integer(own) => visitor.visit_i64(own),
            Value::Float(own) => visitor.visit_f64(own),
            Value::Boolean(own) => visitor.visit_bool(own),
            Value::Datetime(own) => visitor.visit_string(own.to_string()),
            Value::Array(own) => visitor.visit_seq(Elements((1..).zip(own))),
            Value::Table(own) => visitor.visit_map(Fields { rest: own.into_iter(), next: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// The model's enums are words.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let word: String = read(self.0)?;
        visitor.visit_enum(word.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The elements of a list, counted from 1.
struct Elements(std::iter::Zip<std::ops::RangeFrom<usize>, std::vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some((number, value)) = self.0.next() else { return Ok(None) };
        let read = seed.deserialize(Own(value));
        read.map(Some).map_err(|misfit| misfit.within(&format!("[{number}]")))
    }
}

/// The fields of a table.
struct Fields {
    rest: <Table as IntoIterator>::IntoIter,
    next: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        self.next = self.rest.next();
        let key = self.next.as_ref().map(|(key, _)| Own(Value::String(key.clone())));
        key.map(|key| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        match self.next.take() {
            Some((key, value)) => {
                seed.deserialize(Own(value)).map_err(|misfit| misfit.within(&key))
            }
            None => Err(de::Error::custom("a value without its key")),
        }
    }
}
