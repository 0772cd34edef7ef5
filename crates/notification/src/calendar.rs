//! The calendar file (RFC 5545) of an appointment.

use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};

use crate::notice::{Notice, Place};

/// What the calendar file says. The summary is neutral: others may look at a calendar.
#[derive(Clone, Debug)]
pub struct CalendarEntry<'a> {
    /// Stable over the whole life.
    pub uid: &'a str,
    /// Rises with every change.
    pub sequence: i32,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// The office's zone; the file shows the office's times, whatever zone the reader is in.
    pub zone: chrono_tz::Tz,
    /// The town's name.
    pub town: &'a str,
    /// Where answers go; calendars show it as who invites (RFC 5545, ORGANIZER).
    pub email: &'a str,
    /// Where.
    pub place: Option<&'a Place>,
    /// The booking's own page.
    pub link: &'a str,
    /// Language.
    pub locale: &'a str,
    /// Whether the appointment no longer stands: calendars take it out (RFC 5546, CANCEL).
    pub cancelled: bool,
}

/// Central European time since 1996, for calendars that do not know the zone by name.
const BERLIN: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n\
     BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n\
     DTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n\
     BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\n\
     DTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
     END:VTIMEZONE\r\n";

/// The calendar file of a notice, once there is a time.
pub(crate) fn of_notice(notice: &Notice, now: DateTime<Utc>) -> Option<String> {
    let appointment = notice.appointment.as_ref().filter(|_| notice.kind.is_for_calendar())?;
    let entry = CalendarEntry {
        uid: &appointment.uid,
        sequence: appointment.sequence,
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at,
        zone: appointment.zone,
        town: &notice.town.name,
        email: &notice.town.email,
        place: notice.place.as_ref(),
        link: &notice.link,
        locale: &notice.locale,
        cancelled: notice.kind.is_cancellation(),
    };
    Some(write(&entry, now))
}

/// Writes the file; `now` is its time stamp.
#[must_use]
pub fn write(entry: &CalendarEntry<'_>, now: DateTime<Utc>) -> String {
    let word = if entry.locale == "de" { "Termin" } else { "Appointment" };
    let mut event = Event::new();
    event
        .uid(entry.uid)
        .sequence(u32::try_from(entry.sequence).unwrap_or(0))
        .timestamp(now)
        .summary(&format!("{word} {}", entry.town))
        .url(entry.link);
    for (name, at) in [("DTSTART", entry.starts_at), ("DTEND", entry.ends_at)] {
        event.append_property(instant(name, at, entry.zone));
    }
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", entry.email));
    event.append_property(organizer.add_parameter("CN", &entry.town.replace('"', "'")).done());
    if entry.cancelled {
        event.append_property(("STATUS", "CANCELLED"));
    }
    if let Some(place) = entry.place {
        let Place { name, street, postal_code, city, entrance, .. } = place;
        event.location(&format!("{name}, {street}, {postal_code} {city}"));
        event.description(entrance);
    }
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//Amtstermin//DE"));
    calendar.append_property(("METHOD", method(entry.cancelled)));
    calendar.push(event.done());
    let text = calendar.to_string();
    if entry.zone == chrono_tz::Europe::Berlin {
        text.replacen("BEGIN:VEVENT", &format!("{BERLIN}BEGIN:VEVENT"), 1)
    } else {
        text
    }
}

/// What a calendar is to do with the file (RFC 5546).
pub(crate) fn method(cancelled: bool) -> &'static str {
    if cancelled { "CANCEL" } else { "PUBLISH" }
}

/// Local time with the zone's name, or UTC where the file does not explain the zone.
fn instant(name: &str, at: DateTime<Utc>, zone: chrono_tz::Tz) -> Property {
    if zone == chrono_tz::Europe::Berlin {
        let local = at.with_timezone(&zone).format("%Y%m%dT%H%M%S").to_string();
        Property::new(name, &local).add_parameter("TZID", zone.name()).done()
    } else {
        Property::new(name, at.format("%Y%m%dT%H%M%SZ").to_string())
    }
}

/// End as the citizen sees it: without the buffer the counter needs afterwards.
#[must_use]
pub fn end_without_buffer(ends_at: DateTime<Utc>, buffer: u16) -> DateTime<Utc> {
    ends_at - TimeDelta::minutes(i64::from(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_neutral_stable_and_in_the_offices_time() {
        let at = |hour| {
            chrono::NaiveDate::from_ymd_opt(2026, 12, 3)
                .unwrap()
                .and_hms_opt(hour, 15, 0)
                .unwrap()
                .and_utc()
        };
        let place = Place {
            name: "Rathaus".into(),
            street: "Markt 1".into(),
            postal_code: "49525".into(),
            city: "Lengerich".into(),
            entrance: "Zugang B".into(),
            visit_rules: String::new(),
        };
        let entry = CalendarEntry {
            uid: "0196@amtstermin",
            sequence: 2,
            starts_at: at(9),
            ends_at: at(10),
            zone: chrono_tz::Europe::Berlin,
            town: "Stadt Lengerich",
            email: "b@lengerich.example",
            place: Some(&place),
            link: "https://termine.example.org/l/termin/b/x",
            locale: "de",
            cancelled: false,
        };
        let file = write(&entry, at(8));
        for line in [
            "METHOD:PUBLISH",
            "UID:0196@amtstermin",
            "SEQUENCE:2",
            "DTSTAMP:20261203T081500Z",
            "DTSTART;TZID=Europe/Berlin:20261203T101500",
            "DTEND;TZID=Europe/Berlin:20261203T111500",
            "SUMMARY:Termin Stadt Lengerich",
            "LOCATION:Rathaus\\, Markt 1\\, 49525 Lengerich",
            "DESCRIPTION:Zugang B",
            "ORGANIZER;CN=Stadt Lengerich:mailto:b@lengerich.example",
            "BEGIN:VTIMEZONE",
        ] {
            assert!(file.split("\r\n").any(|found| found == line), "{line} in\n{file}");
        }
        assert!(file.split("\r\n").all(|line| line.len() <= 75), "lines are folded");
        let file = write(&CalendarEntry { cancelled: true, ..entry }, at(8));
        for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "UID:0196@amtstermin"] {
            assert!(file.split("\r\n").any(|found| found == line), "{line} in\n{file}");
        }
    }
}
