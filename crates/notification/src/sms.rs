//! Short messages, through any gateway that is asked over HTTP.

use serde::{Deserialize, Serialize};

use crate::{Error, notice::Notice, outbound::Outbound, templates};

/// Name of the gateway's secret among the town's.
pub const SECRET: &str = "sms";

/// A short message; which gateway sends it is asked when it leaves.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sms {
    /// The reader's number, as it was given.
    pub phone: String,
    /// What it says; its mail's content.
    pub notice: Notice,
}

impl std::fmt::Debug for Sms {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms").field("kind", &self.notice.kind).finish_non_exhaustive()
    }
}

/// How the gateway is asked; `{{ phone }}`, `{{ text }}` and `{{ secret }}` are filled in.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Address.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// How a value is written where it is filled in.
#[derive(Clone, Copy)]
enum Place {
    Address,
    Header,
    /// Inside a string of JSON, or as it is.
    Body {
        json: bool,
        form: bool,
    },
}

impl Sms {
    /// Sends it.
    ///
    /// # Errors
    /// As [`Outbound::post`] says; [`Error::Template`].
    pub(crate) async fn send(
        &self,
        outbound: &Outbound,
        Gateway { url, headers, body }: &Gateway,
        secret: &str,
    ) -> Result<(), Error> {
        let text = templates::render_sms(&self.notice)?;
        let kind = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map(|(_, value)| value.to_ascii_lowercase());
        let json =
            kind.as_ref().map_or(body.trim_start().starts_with('{'), |kind| kind.contains("json"));
        let form = kind.as_ref().is_some_and(|kind| kind.contains("form-urlencoded"));
        let fill = |template: &str, place| {
            let values = [("phone", self.phone.as_str()), ("text", &text), ("secret", secret)];
            values.iter().fold(template.to_owned(), |filled, (name, value)| {
                filled.replace(&format!("{{{{ {name} }}}}"), &written(value, place))
            })
        };
        let mut filled: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, Place::Header)))
            .collect();
        if kind.is_none() && json {
            filled.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let body = fill(body, Place::Body { json, form });
        outbound.post(&fill(url, Place::Address), &filled, body).await
    }
}

/// A value as its place needs it, so that no value changes what stands around it.
fn written(value: &str, place: Place) -> String {
    match place {
        Place::Address | Place::Body { form: true, .. } => {
            form_urlencoded::byte_serialize(value.as_bytes()).collect()
        }
        Place::Header => value.chars().filter(|c| !c.is_control()).collect(),
        Place::Body { json: true, .. } => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Place::Body { .. } => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_changes_what_stands_around_it() {
        let bad = "a\"b&c=d\r\nX: y";
        assert_eq!(written(bad, Place::Body { json: true, form: false }), "a\\\"b&c=d\\r\\nX: y");
        assert_eq!(written(bad, Place::Address), "a%22b%26c%3Dd%0D%0AX%3A+y");
        assert_eq!(written(bad, Place::Header), "a\"b&c=dX: y");
    }
}
