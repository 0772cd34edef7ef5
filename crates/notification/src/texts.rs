//! Subjects and introductions of mails: the shipped ones, and those a town writes instead. Both are
//! small MiniJinja templates that know a few variables and nothing else.

use std::fmt;

use minijinja::{AutoEscape, Environment, Value, context};
use serde::{Deserialize, Serialize};

use crate::{
    dates,
    notice::{Kind, Notice},
    templates::{self, services_line},
};

/// Longest subject, in characters.
pub const MAX_SUBJECT: usize = 200;
/// Longest introduction, in characters.
pub const MAX_INTRO: usize = 2000;
/// Steps that a text may take; one that only names variables needs a few dozen.
const FUEL: u64 = 2000;

/// Subject and introduction of a kind of mail, as templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// One line; empty for the shipped one.
    #[serde(default)]
    pub subject: String,
    /// Stands below the salutation; empty for the shipped one.
    #[serde(default)]
    pub intro: String,
}

/// Which of the two a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// One line, at most [`MAX_SUBJECT`] characters.
    Subject,
    /// At most [`MAX_INTRO`] characters.
    Intro,
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// It names a variable that this kind of mail does not have.
    Unknown {
        /// What it names.
        name: String,
        /// What it may name.
        known: Vec<&'static str>,
    },
    /// It holds something else than `{{ variable }}`, `{% if variable %}`, `{% else %}` and
    /// `{% endif %}`, or one of these at a wrong place.
    Syntax(String),
    /// More characters than there may be.
    Long(usize),
    /// A subject of several lines.
    Lines,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, known } => {
                write!(f, "there is no variable {name:?}; expected one of {}", known.join(", "))
            }
            Self::Syntax(part) => write!(
                f,
                "cannot read {part:?}; expected {{{{ variable }}}}, or {{% if variable %}} … {{% endif %}}"
            ),
            Self::Long(most) => write!(f, "expected at most {most} characters"),
            Self::Lines => write!(f, "expected one line"),
        }
    }
}

impl Mistake {
    /// The same in German.
    #[must_use]
    pub fn german(&self) -> String {
        match self {
            Self::Unknown { name, known } => {
                format!(
                    "den Platzhalter {name} gibt es hier nicht; möglich sind {}",
                    known.join(", ")
                )
            }
            Self::Syntax(part) => format!(
                "„{part}“ ist nicht zu lesen; erwartet wird {{{{ platzhalter }}}} oder {{% if platzhalter %}} … {{% endif %}}"
            ),
            Self::Long(most) => format!("erwartet werden höchstens {most} Zeichen"),
            Self::Lines => "erwartet wird eine einzige Zeile".to_owned(),
        }
    }
}

/// The variables that texts of this kind may name.
#[must_use]
pub fn variables(kind: Kind) -> Vec<&'static str> {
    if kind.is_for_staff() || kind == Kind::Overview {
        return vec!["town", "phone"];
    }
    let mut known = vec!["name", "code", "services", "place", "town", "phone"];
    if kind.has_time() {
        known.extend(["date", "time"]);
    }
    if matches!(kind, Kind::ConfirmAddress | Kind::SlotOffered | Kind::AlternativeProposed) {
        known.push("until");
    }
    known
}

/// The shipped texts of a kind; staff read German only.
#[must_use]
pub fn shipped(kind: Kind, locale: &str) -> Texts {
    let (subject, rest) = templates::source(kind, locale).split_once('\n').unwrap_or_default();
    let (intro, _) = rest.split_once('\n').unwrap_or_default();
    Texts { subject: subject.to_owned(), intro: intro.to_owned() }
}

/// Whether a mail of this kind can be written with `text`.
///
/// # Errors
/// The first [`Mistake`].
pub fn check(kind: Kind, piece: Piece, text: &str) -> Result<(), Mistake> {
    let most = if piece == Piece::Subject { MAX_SUBJECT } else { MAX_INTRO };
    if text.chars().count() > most {
        return Err(Mistake::Long(most));
    }
    if piece == Piece::Subject && text.contains('\n') {
        return Err(Mistake::Lines);
    }
    scan(text, &variables(kind))?;
    let parsed = sandbox().template_from_str(text).map(|_| ());
    parsed.map_err(|_| Mistake::Syntax(text.chars().take(40).collect()))
}

/// Passes when every tag is one of the few that a text may have. MiniJinja could do much more, such
/// as doubling a text until memory is full.
fn scan(text: &str, known: &[&'static str]) -> Result<(), Mistake> {
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        rest = &rest[start..];
        let close = match rest.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                rest = &rest[1..];
                continue;
            }
        };
        let end = rest.find(close).map_or(rest.len(), |end| end + 2);
        let (tag, after) = rest.split_at(end);
        let wrong = || Mistake::Syntax(tag.chars().take(40).collect());
        let inner = tag.get(2..tag.len().saturating_sub(2)).filter(|_| tag.ends_with(close));
        let words: Vec<&str> = inner.ok_or_else(wrong)?.split_whitespace().collect();
        let name = match (close, words.as_slice()) {
            ("}}", [name]) | ("%}", ["if", name] | ["if", "not", name]) => name,
            ("%}", ["else" | "endif"]) => {
                rest = after;
                continue;
            }
            _ => return Err(wrong()),
        };
        if !known.contains(name) {
            let is_name = name.chars().all(|own| own.is_alphanumeric() || own == '_');
            let unknown = Mistake::Unknown { name: (*name).to_owned(), known: known.to_vec() };
            return Err(if is_name { unknown } else { wrong() });
        }
        rest = after;
    }
    Ok(())
}

/// An environment without filters, functions, tests and other templates.
fn sandbox() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment
}

/// Subject and introduction of a notice. A town's own text that cannot be written any more never
/// keeps a mail from its reader: the shipped one takes its place.
pub(crate) fn render(notice: &Notice) -> Result<Texts, minijinja::Error> {
    let shipped = shipped(notice.kind, &notice.locale);
    let values = values(notice);
    let write = |own: &str, shipped: &str| {
        if !own.is_empty() {
            match sandbox().render_str(own, &values) {
                Ok(text) => return Ok(text),
                Err(error) => {
                    tracing::warn!(kind = notice.kind.as_str(), %error, "a town's text is broken");
                }
            }
        }
        sandbox().render_str(shipped, &values)
    };
    let subject = write(&notice.texts.subject, &shipped.subject)?;
    Ok(Texts {
        subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
        intro: write(&notice.texts.intro, &shipped.intro)?.trim().to_owned(),
    })
}

fn values(notice: &Notice) -> Value {
    let locale = templates::language(&notice.locale);
    let when = notice.appointment.as_ref();
    let day = when.map(|own| own.starts_at.with_timezone(&own.zone).date_naive());
    context! {
        name => notice.name.as_str(),
        code => notice.code.as_str(),
        services => services_line(notice),
        place => notice.place.as_ref().map_or("", |place| place.name.as_str()),
        town => notice.town.name.as_str(),
        phone => notice.town.phone.as_deref().unwrap_or_default(),
        date => day.map(|day| dates::date(day, locale)),
        time => when.map(|own| dates::time(own.starts_at, own.zone, locale)),
        until => templates::until(notice, locale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_keeps_the_rules_of_what_towns_write() {
        for kind in Kind::ALL {
            for locale in ["de", "en"].into_iter().filter(|own| kind.speaks(own)) {
                let Texts { subject, intro } = shipped(kind, locale);
                assert!(!subject.is_empty() && !intro.is_empty(), "{kind:?}");
                assert_eq!(check(kind, Piece::Subject, &subject), Ok(()), "{kind:?}");
                assert_eq!(check(kind, Piece::Intro, &intro), Ok(()), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_text_names_its_kind_s_variables_and_nothing_else() {
        let check = |text: &str| check(Kind::Confirmation, Piece::Intro, text);
        for good in [
            "",
            "Bis {bald} }} %}",
            "{{ name }}{{code}}",
            "{% if place %}Ort: {{ place }}{% else %}-{% endif %}",
            "{% if not phone %}ohne{% endif %}",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for unknown in ["{{ dtaum }}", "{% if dtaum %}{% endif %}", "{{ until }}", "{{ secret }}"] {
            assert!(matches!(check(unknown), Err(Mistake::Unknown { .. })), "{unknown}");
        }
        for wrong in [
            "{{ name",
            "{{",
            "{%",
            "{{}}",
            "{{ name.upper() }}",
            "{{ name * 99999999 }}",
            "{{ name | upper }}",
            "{{ 'x' ~ name }}",
            "{% include \"details.de\" %}",
            "{% set name = name ~ name %}",
            "{% for own in services %}{% endfor %}",
            "{% if name %}",
            "{% endif %}",
            "{# note #}",
            "{%- if name -%}{% endif %}",
            "{{ nämé }}{{ 'ü'",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_subject_is_one_short_line() {
        let check = |text: &str| check(Kind::Confirmation, Piece::Subject, text);
        assert_eq!(check("eins\nzwei"), Err(Mistake::Lines));
        assert_eq!(check(&"x".repeat(201)), Err(Mistake::Long(200)));
        assert_eq!(check(&"x".repeat(200)), Ok(()));
    }
}
