//! Who comes: the only personal data there is, checked by parsing.

use catalog::model::PhoneRule;
use email_address::EmailAddress;
use serde::{Deserialize, Serialize};

/// Longest name, in characters.
pub const MAX_NAME: usize = 120;
/// Longest address, in bytes (RFC 5321).
pub const MAX_EMAIL: usize = 254;
/// Longest telephone number, in characters.
pub const MAX_PHONE: usize = 32;

/// A citizen's contact data as they were accepted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name as given, any script.
    pub name: String,
    /// Address the confirmation goes to; none when staff book for someone without.
    pub email: Option<String>,
    /// Telephone number as given.
    pub phone: Option<String>,
    /// Whether they agree to get short messages there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sms: bool,
}

impl Contact {
    /// The same, with or without the agreement to short messages, which takes a number.
    #[must_use]
    pub fn with_sms(self, sms: bool) -> Self {
        Self { sms: sms && self.phone.is_some(), ..self }
    }
}

impl std::fmt::Debug for Contact {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// A field of the contact form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactField {
    /// The name.
    Name,
    /// The e-mail address.
    Email,
    /// The telephone number.
    Phone,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactProblem {
    /// It must be filled in.
    Missing,
    /// It is longer than allowed.
    TooLong,
    /// It is no address or number.
    Malformed,
}

/// Reads a form's contact fields. Returns every problem, in the order of the fields.
///
/// # Errors
/// The fields that are missing, too long or malformed.
pub fn parse(
    name: &str,
    email: &str,
    phone: &str,
    phone_rule: PhoneRule,
    email_required: bool,
) -> Result<Contact, Vec<(ContactField, ContactProblem)>> {
    let (name, email, phone) = (name.trim(), email.trim(), phone.trim());
    let problems: Vec<_> = [
        (ContactField::Name, check_name(name)),
        (ContactField::Email, check_email(email, email_required)),
        (ContactField::Phone, check_phone(phone, phone_rule)),
    ]
    .into_iter()
    .filter_map(|(field, problem)| Some((field, problem?)))
    .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Contact { name: name.to_owned(), email: given(email), phone: given(phone), sms: false })
}

fn check_name(name: &str) -> Option<ContactProblem> {
    if name.is_empty() {
        Some(ContactProblem::Missing)
    } else if name.chars().count() > MAX_NAME {
        Some(ContactProblem::TooLong)
    } else {
        // A mail that greets by it would be a way to send links to others in the town's name.
        let lower = name.to_lowercase();
        let is_link = ["://", "www.", "@"].iter().any(|part| lower.contains(part));
        let is_malformed = is_link || name.chars().any(char::is_control);
        is_malformed.then_some(ContactProblem::Malformed)
    }
}

fn check_email(email: &str, required: bool) -> Option<ContactProblem> {
    if email.is_empty() {
        required.then_some(ContactProblem::Missing)
    } else if email.len() > MAX_EMAIL {
        Some(ContactProblem::TooLong)
    } else {
        (!is_email(email)).then_some(ContactProblem::Malformed)
    }
}

/// Whether mails can be sent to `email`. A domain literal or a bare host name is an address, but
/// none that people have.
#[must_use]
pub fn is_email(email: &str) -> bool {
    let options = email_address::Options::default().without_display_text();
    let parsed = EmailAddress::parse_with_options(email, options);
    email.len() <= MAX_EMAIL
        && parsed.is_ok_and(|address| {
            // Few servers take umlauts before the @; those after it have another name.
            address.domain().contains('.') && address.local_part().is_ascii()
        })
        && !email.contains(['[', '"', '('])
}

fn check_phone(phone: &str, rule: PhoneRule) -> Option<ContactProblem> {
    if phone.is_empty() {
        (rule == PhoneRule::Required).then_some(ContactProblem::Missing)
    } else if phone.chars().count() > MAX_PHONE {
        Some(ContactProblem::TooLong)
    } else {
        let digits = phone.bytes().filter(u8::is_ascii_digit).count();
        let usable = digits >= 5
            && phone.chars().enumerate().all(|(at, character)| {
                character.is_ascii_digit()
                    || " -/().".contains(character)
                    || (at == 0 && character == '+')
            });
        (!usable).then_some(ContactProblem::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, email: &str, phone: &str) -> Vec<(ContactField, ContactProblem)> {
        parse(name, email, phone, PhoneRule::Optional, true).err().unwrap_or_default()
    }

    #[test]
    fn names_of_any_script_are_taken_as_they_are() {
        for name in ["Łukasz Żółć", "محمد علي", "Олена Ковальчук", "O’Neill-Müller", "李"]
        {
            assert_eq!(parse(name, "a@b.de", "", PhoneRule::Optional, true).unwrap().name, name);
        }
    }

    #[test]
    fn every_problem_is_named_at_once() {
        assert_eq!(
            problems("", "nobody", "ring me"),
            [
                (ContactField::Name, ContactProblem::Missing),
                (ContactField::Email, ContactProblem::Malformed),
                (ContactField::Phone, ContactProblem::Malformed),
            ]
        );
    }

    #[test]
    fn addresses_are_parsed_and_not_guessed() {
        for good in ["erika@example.org", "e.m+termin@sub.example.org", "juergen@müller.example"] {
            assert!(problems("E", good, "").is_empty(), "{good}");
        }
        for bad in [
            "erika@",
            "@example.org",
            "erika@localhost",
            "a b@example.org",
            "Erika <e@example.org>",
            "e@[127.0.0.1]",
            "jürgen@example.org",
            "e@example.org\r\nBcc: x@example.org",
        ] {
            assert_eq!(
                problems("E", bad, ""),
                [(ContactField::Email, ContactProblem::Malformed)],
                "{bad}"
            );
        }
    }

    #[test]
    fn a_name_cannot_carry_a_line_break_into_a_mail_header() {
        assert_eq!(
            problems("E\r\nBcc: x", "e@example.org", ""),
            [(ContactField::Name, ContactProblem::Malformed)]
        );
    }

    #[test]
    fn a_name_carries_no_link_into_a_mail_to_somebody_else() {
        for name in ["Gewonnen: https://evil.example", "WWW.evil.example", "mail@evil.example"] {
            let refused = [(ContactField::Name, ContactProblem::Malformed)];
            assert_eq!(problems(name, "e@example.org", ""), refused, "{name}");
        }
    }

    #[test]
    fn a_telephone_number_is_required_only_where_the_town_says_so() {
        assert!(problems("E", "e@example.org", "").is_empty());
        let required = parse("E", "e@example.org", "", PhoneRule::Required, true);
        assert_eq!(required.unwrap_err(), [(ContactField::Phone, ContactProblem::Missing)]);
        assert!(problems("E", "e@example.org", "+49 (5481) 33-0").is_empty());
    }

    #[test]
    fn staff_may_book_for_people_without_an_address() {
        assert_eq!(parse("E", "", "", PhoneRule::Optional, false).unwrap().email, None);
    }
}
