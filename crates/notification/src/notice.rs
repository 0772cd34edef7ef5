//! What a mail says, as plain values: complete, so that it can be written long after the town has
//! changed. Kept sealed in the outbox.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::texts::Texts;

/// Why a mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An appointment is kept until its address is confirmed.
    ConfirmAddress,
    /// An appointment was booked.
    Confirmation,
    /// It was moved, or what it is for has changed.
    Changed,
    /// The citizen gave it back.
    Cancelled,
    /// The office had to cancel it.
    CancelledByOffice,
    /// It is soon.
    Reminder,
    /// Nobody came.
    Missed,
    /// A request with wishes was received.
    RequestReceived,
    /// One of the wishes could be met: an appointment was booked for whoever asked.
    RequestAccepted,
    /// None of the wishes could be met.
    RequestDeclined,
    /// Staff propose another time for a request, and keep it.
    AlternativeProposed,
    /// Somebody is on the waiting list.
    WaitingListed,
    /// A place has become free for somebody who waits.
    SlotOffered,
    /// Somebody asked for all appointments of an address.
    Overview,
    /// To staff: a role in a town, with a link to choose a password.
    StaffInvited,
    /// To staff: a role in a town for somebody who signs in elsewhere already.
    StaffAdded,
    /// To staff: a link to choose a new password.
    PasswordForgotten,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::ConfirmAddress,
        Self::Confirmation,
        Self::Changed,
        Self::Cancelled,
        Self::CancelledByOffice,
        Self::Reminder,
        Self::Missed,
        Self::RequestReceived,
        Self::RequestAccepted,
        Self::RequestDeclined,
        Self::AlternativeProposed,
        Self::WaitingListed,
        Self::SlotOffered,
        Self::Overview,
        Self::StaffInvited,
        Self::StaffAdded,
        Self::PasswordForgotten,
    ];

    /// Whether the appointment it tells of no longer stands.
    #[must_use]
    pub fn is_cancellation(self) -> bool {
        matches!(self, Self::Cancelled | Self::CancelledByOffice)
    }

    /// Whether it changes what stands in the reader's calendar.
    pub(crate) fn is_for_calendar(self) -> bool {
        self.is_of_appointment() && !matches!(self, Self::ConfirmAddress | Self::Missed)
    }

    /// Whether it is worth a short message: what changes when somebody has to be where.
    #[must_use]
    pub fn is_for_phone(self) -> bool {
        matches!(
            self,
            Self::Confirmation
                | Self::RequestAccepted
                | Self::Changed
                | Self::CancelledByOffice
                | Self::Reminder
        )
    }

    /// Whether staff read it; they read German.
    #[must_use]
    pub fn is_for_staff(self) -> bool {
        matches!(self, Self::StaffInvited | Self::StaffAdded | Self::PasswordForgotten)
    }

    /// Whether it tells of a time.
    #[must_use]
    pub fn has_time(self) -> bool {
        let without =
            [Self::RequestReceived, Self::RequestDeclined, Self::WaitingListed, Self::Overview];
        !self.is_for_staff() && !without.contains(&self)
    }

    /// Whether it is about an appointment; the others are about a request, a wish, an account.
    #[must_use]
    pub fn is_of_appointment(self) -> bool {
        self.has_time() && !matches!(self, Self::AlternativeProposed | Self::SlotOffered)
    }

    /// Whether it is written in this language.
    #[must_use]
    pub fn speaks(self, locale: &str) -> bool {
        locale == "de" || locale == "en" && !self.is_for_staff()
    }

    /// The kind that [`Kind::as_str`] names so.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word kept in the database, and the name of the template.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmAddress => "confirm_address",
            Self::Confirmation => "confirmation",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::CancelledByOffice => "cancelled_by_office",
            Self::Reminder => "reminder",
            Self::Missed => "missed",
            Self::RequestReceived => "request_received",
            Self::RequestAccepted => "request_accepted",
            Self::RequestDeclined => "request_declined",
            Self::AlternativeProposed => "alternative_proposed",
            Self::WaitingListed => "waiting_listed",
            Self::SlotOffered => "slot_offered",
            Self::Overview => "overview",
            Self::StaffInvited => "staff_invited",
            Self::StaffAdded => "staff_added",
            Self::PasswordForgotten => "password_forgotten",
        }
    }
}

/// One mail's content; all texts are in the reader's language already.
#[derive(Clone, Serialize, Deserialize)]
pub struct Notice {
    /// Why.
    pub kind: Kind,
    /// `de` or `en`.
    pub locale: String,
    /// Who writes.
    pub town: Town,
    /// The reader's name; empty where it is not known.
    pub name: String,
    /// The reader's address.
    pub email: String,
    /// Short code for the phone; empty in mails to staff.
    pub code: String,
    /// The booking's own page, or the page that staff go on at.
    pub link: String,
    /// The time, once there is one.
    pub appointment: Option<Appointment>,
    /// The place, once it is known.
    pub place: Option<Place>,
    /// What for.
    pub services: Vec<Service>,
    /// Preferred times of a request.
    pub wishes: Vec<Wish>,
    /// The office's own words on why, where it cancels or declines.
    #[serde(default)]
    pub reason: String,
    /// Until when an offered place is kept.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// The town's own words, where it has some.
    #[serde(default)]
    pub texts: Texts,
}

impl Notice {
    /// Whether it says nothing any more: a reminder of what has begun, a place that is kept no longer.
    #[must_use]
    pub fn is_pointless(&self, now: DateTime<Utc>) -> bool {
        let begun = self.appointment.as_ref().is_some_and(|own| own.starts_at <= now);
        let over = self.until.is_some_and(|until| until <= now);
        self.kind == Kind::Reminder && begun || over
    }
}

impl std::fmt::Debug for Notice {
    /// Personal data never reaches a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notice").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The town as it shows itself in a mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Town {
    /// Such as `Stadt Lengerich`.
    pub name: String,
    /// Answers go here.
    pub email: String,
    /// For those who rather call.
    pub phone: Option<String>,
    /// Mails come from here; none is the platform's own address.
    #[serde(default)]
    pub from: Option<String>,
    /// `#rrggbb`; white text is readable on it.
    pub color: String,
    /// The town's pages.
    pub link: String,
}

/// When, and how the calendar knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Appointment {
    /// Stable over the whole life.
    pub uid: String,
    /// Rises with every change.
    pub sequence: i32,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End as the citizen sees it.
    pub ends_at: DateTime<Utc>,
    /// The office's zone.
    pub zone: chrono_tz::Tz,
}

/// Where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Such as `Bürgerbüro im Rathaus`.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Town.
    pub city: String,
    /// How to get in.
    pub entrance: String,
    /// What to observe.
    pub visit_rules: String,
}

/// What for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// Shown name.
    pub name: String,
    /// People or items.
    pub quantity: u16,
    /// What to bring.
    pub documents: Vec<String>,
    /// What it costs: amount in cents, for whom or what.
    pub fees: Vec<(u32, String)>,
    /// Forms: name, address.
    pub forms: Vec<(String, Option<String>)>,
}

/// A preferred time, in the office's local time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wish {
    /// The date.
    pub date: NaiveDate,
    /// Not before, `HH:MM`.
    pub from: String,
    /// Not after, `HH:MM`.
    pub to: String,
}
