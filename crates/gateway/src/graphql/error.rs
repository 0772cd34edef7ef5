//! Domain errors as `extensions.code`, in one exhaustive match. Faults show a trace id and nothing
//! else.

use async_graphql::{Error as GraphqlError, ErrorExtensions as _};
use chrono::TimeDelta;
use scheduling::{
    challenge::Flaw,
    contact::{ContactField, ContactProblem},
};

use crate::{openid, telemetry::trace_id, throttle::Refused};

/// Everything a resolver may answer instead of data.
///
/// Not `Display`, so that the only way to GraphQL is the one that sets a code.
#[derive(Debug)]
pub(super) enum ApiError {
    UnknownTown,
    /// Too many wrong passwords from this client, which has to wait so long.
    TooManyAttempts(TimeDelta),
    /// This client comes too often, and has to wait so long.
    RateLimited(TimeDelta),
    /// The account has, or the town asks for, a second factor.
    SecondFactor,
    /// The town's staff sign in at its own provider only.
    ProviderOnly,
    /// Somebody does not come back from a town's provider.
    Provider(openid::Error),
    /// Only for those who are signed in.
    SignIn,
    /// A closure that ends before it starts.
    Closure,
    /// A cursor that this list has never given.
    Cursor,
    /// Not the address of a client.
    Address,
    Scheduling(scheduling::Error),
}

impl From<scheduling::Error> for ApiError {
    fn from(error: scheduling::Error) -> Self {
        Self::Scheduling(error)
    }
}

impl From<tenant::Error> for ApiError {
    fn from(error: tenant::Error) -> Self {
        Self::Scheduling(error.into())
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wait(wait) => Self::TooManyAttempts(wait),
            Refused::By(error) => error.into(),
        }
    }
}

impl From<catalog::Error> for ApiError {
    fn from(error: catalog::Error) -> Self {
        Self::Scheduling(error.into())
    }
}

impl From<openid::Error> for ApiError {
    fn from(error: openid::Error) -> Self {
        Self::Provider(error)
    }
}

impl From<ApiError> for GraphqlError {
    fn from(error: ApiError) -> Self {
        error.into_graphql()
    }
}

impl ApiError {
    pub(super) fn into_graphql(self) -> GraphqlError {
        match self {
            Self::UnknownTown => coded("UNKNOWN_TOWN", "no such town"),
            Self::TooManyAttempts(wait) => later(
                coded("TOO_MANY_ATTEMPTS", "too many wrong passwords; try again in some minutes"),
                wait,
            ),
            Self::RateLimited(wait) => {
                later(coded("RATE_LIMITED", "too often from this address; try again later"), wait)
            }
            Self::SecondFactor => coded("SECOND_FACTOR", "a code of the second factor is needed"),
            Self::ProviderOnly => {
                coded("PROVIDER_ONLY", "this town's staff sign in at its own provider only")
            }
            Self::Provider(error) => provider_error(&error),
            Self::SignIn => coded("SIGN_IN", "nobody is signed in"),
            Self::Closure => coded("CLOSURE", "a closure ends after it starts, times are HH:MM"),
            Self::Cursor => coded("CURSOR", "not a cursor of this list"),
            Self::Address => coded("ADDRESS", "expected an IPv4 or IPv6 address"),
            Self::Scheduling(error) => scheduling_error(&error),
        }
    }
}

/// Gives what the library refuses by itself a code too: `BAD_INPUT` for an argument, whose field
/// the path names, `BAD_DOCUMENT` for a document that cannot be run at all.
pub(super) fn with_codes(mut response: async_graphql::Response) -> async_graphql::Response {
    for error in &mut response.errors {
        let code = if error.path.is_empty() { "BAD_DOCUMENT" } else { "BAD_INPUT" };
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", code);
        }
    }
    response
}

/// Whether nothing was asked because the document cannot be run: by GraphQL over HTTP that is a bad
/// request (400), where a field that fails is an answer like any other.
pub(super) fn is_refused(response: &async_graphql::Response) -> bool {
    let of_document = |error: &async_graphql::ServerError| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        code == Some(&"BAD_DOCUMENT".into())
    };
    response.errors.iter().any(of_document)
}

fn coded(code: &'static str, message: &str) -> GraphqlError {
    GraphqlError::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// Tells after how many whole seconds it is worth another try.
fn later(error: GraphqlError, wait: TimeDelta) -> GraphqlError {
    let seconds = wait.num_seconds() + 1;
    error.extend_with(|_, extensions| extensions.set("retryAfter", seconds))
}

fn scheduling_error(error: &scheduling::Error) -> GraphqlError {
    use scheduling::Error as E;
    let message = error.to_string();
    match error {
        E::EmptyBasket { .. } => coded("BASKET_SIZE", &message),
        E::UnknownService(_) => coded("UNKNOWN_SERVICE", &message),
        E::UnknownLocation => coded("UNKNOWN_LOCATION", &message),
        E::UnknownDepartment => coded("UNKNOWN_DEPARTMENT", &message),
        E::Quantity { .. } => coded("QUANTITY", &message),
        E::WrongMode(_) => coded("WRONG_MODE", &message),
        E::SlotTaken { nearest } => {
            let nearest: Vec<async_graphql::Value> = nearest
                .iter()
                .map(|free| {
                    async_graphql::value!({
                        "location": free.location.to_string(),
                        "startsAt": free.starts_at.to_rfc3339(),
                    })
                })
                .collect();
            coded("SLOT_TAKEN", &message)
                .extend_with(|_, extensions| extensions.set("nearest", nearest.clone()))
        }
        E::Outside(outside) => {
            let outside: Vec<async_graphql::Value> = outside.iter().map(named).collect();
            coded("APPOINTMENTS_OUTSIDE", &message)
                .extend_with(|_, extensions| extensions.set("appointments", outside.clone()))
        }
        E::NoteChanged(present) => {
            let present = present.as_ref().map_or(async_graphql::Value::Null, |note| {
                async_graphql::value!({
                    "text": note.text.clone(),
                    "writtenAt": note.written_at.to_rfc3339(),
                })
            });
            coded("NOTE_CHANGED", &message)
                .extend_with(|_, extensions| extensions.set("note", present.clone()))
        }
        E::Undone => coded("UNDONE", &message),
        E::WrongStatus => coded("WRONG_STATUS", &message),
        E::TooEarly { from } => {
            let from = from.to_rfc3339();
            coded("TOO_EARLY", &message)
                .extend_with(|_, extensions| extensions.set("from", from.clone()))
        }
        E::SlotNotOffered => coded("SLOT_NOT_OFFERED", &message),
        E::Range { .. } => coded("RANGE", &message),
        E::Contact(problems) => {
            let fields: Vec<async_graphql::Value> = problems
                .iter()
                .map(|(field, problem)| {
                    async_graphql::value!({ "field": field_name(*field), "problem": problem_name(*problem) })
                })
                .collect();
            coded("CONTACT", &message)
                .extend_with(|_, extensions| extensions.set("fields", fields.clone()))
        }
        E::Limit { .. } => coded("LIMIT", &message),
        E::Challenge(flaw) => {
            let flaw = flaw_name(*flaw);
            coded("CHALLENGE", &message).extend_with(|_, extensions| extensions.set("flaw", flaw))
        }
        E::ChallengeNeeded => coded("CHALLENGE_NEEDED", &message),
        E::TooLong { .. } => coded("TOO_LONG", &message),
        E::Wishes => coded("WISHES", &message),
        E::IdempotencyKey => coded("IDEMPOTENCY_KEY", &message),
        E::Locale => coded("LOCALE", &message),
        E::UnknownAppointment => coded("UNKNOWN_APPOINTMENT", &message),
        E::Tenant(error) => tenant_error(error),
        E::Catalog(error) => match error {
            catalog::Error::UnknownTown => coded("UNKNOWN_TOWN", "no such town"),
            catalog::Error::Tenant(error) => tenant_error(error),
            catalog::Error::Logo(_) => coded("LOGO", &error.to_string()),
            catalog::Error::Outdated => coded("OUTDATED", &error.to_string()),
            catalog::Error::UnknownLocation => coded("UNKNOWN_LOCATION", &error.to_string()),
            catalog::Error::NameTaken => coded("NAME_TAKEN", &error.to_string()),
            catalog::Error::SlugTaken { free } => coded("NAME_TAKEN", &error.to_string())
                .extend_with(|_, extensions| extensions.set("free", free.clone())),
            catalog::Error::Invalid(problems) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                coded("INVALID_TOWN_FILE", &error.to_string())
                    .extend_with(|_, extensions| extensions.set("problems", problems.clone()))
            }
            catalog::Error::Corrupt(_) => fault(error),
        },
        E::Notification(error) => fault(error),
    }
}

/// An appointment, as far as it takes to find it.
fn named(own: &scheduling::Appointment) -> async_graphql::Value {
    async_graphql::value!({
        "id": own.id.to_string(),
        "code": own.code.clone(),
        "startsAt": own.starts_at.to_rfc3339(),
    })
}

fn provider_error(error: &openid::Error) -> GraphqlError {
    use openid::Error as E;
    let code = match error {
        E::NotOffered => "NO_PROVIDER",
        E::Foreign => "FOREIGN_ANSWER",
        E::Late => "LATE_ANSWER",
        E::Used => "USED_ANSWER",
        E::Refused => "REFUSED_BY_PROVIDER",
        E::Provider(_) => "PROVIDER",
        E::Other(error) => return scheduling_error(error),
    };
    coded(code, &error.to_string())
}

fn tenant_error(error: &tenant::Error) -> GraphqlError {
    match error {
        tenant::Error::Forbidden => coded("FORBIDDEN", "not allowed"),
        tenant::Error::WrongCredentials => coded("WRONG_CREDENTIALS", &error.to_string()),
        tenant::Error::WrongCode => coded("WRONG_CODE", &error.to_string()),
        tenant::Error::Passkey(_) => coded("PASSKEY", "the passkey is not accepted"),
        tenant::Error::WeakPassword(_) => coded("WEAK_PASSWORD", &error.to_string()),
        tenant::Error::TooManyPlaces => coded("TOO_MANY_LOCATIONS", &error.to_string()),
        tenant::Error::TooManyDepartments => coded("TOO_MANY_DEPARTMENTS", &error.to_string()),
        tenant::Error::AlreadyMember => coded("ALREADY_MEMBER", &error.to_string()),
        tenant::Error::MemberChanged => coded("MEMBER_CHANGED", &error.to_string()),
        tenant::Error::LastAdmin => coded("LAST_ADMIN", &error.to_string()),
        tenant::Error::UnknownPerson => coded("UNKNOWN_PERSON", &error.to_string()),
        tenant::Error::AnotherPerson => coded("ANOTHER_PERSON", &error.to_string()),
        tenant::Error::Busy(_) => {
            tracing::warn!(%error, "busy");
            coded(
                "BUSY",
                "busy; ask again in a moment, for a booking with the same idempotency key",
            )
        }
        tenant::Error::Database(_) | tenant::Error::Sealed | tenant::Error::Corrupt(_) => {
            fault(error)
        }
    }
}

/// A fault of ours: written down, and shown only by the id it is found under.
fn fault(error: &dyn std::error::Error) -> GraphqlError {
    let trace = trace_id();
    tracing::error!(%error, trace, "fault");
    coded("INTERNAL", "something went wrong on our side")
        .extend_with(|_, extensions| extensions.set("trace", trace.clone()))
}

fn field_name(field: ContactField) -> &'static str {
    match field {
        ContactField::Name => "name",
        ContactField::Email => "email",
        ContactField::Phone => "phone",
    }
}

fn flaw_name(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Wrong => "WRONG",
        Flaw::Expired => "EXPIRED",
        Flaw::Used => "USED",
    }
}

fn problem_name(problem: ContactProblem) -> &'static str {
    match problem {
        ContactProblem::Missing => "MISSING",
        ContactProblem::TooLong => "TOO_LONG",
        ContactProblem::Malformed => "MALFORMED",
    }
}
