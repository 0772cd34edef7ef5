//! What is stored about a person as one document, for both faces.

use catalog::model::TownSetup;
use scheduling::Stored;
use serde_json::{Value, json};

/// Everything that is stored about the person who has an appointment (Art. 15 and 20 GDPR); names in
/// the language in which they booked.
pub(crate) fn document(setup: &TownSetup, stored: Stored) -> Value {
    let Stored { appointment: own, note, messages, wishes, request } = stored;
    let location = own.location_in(setup).map(|location| location.name.get(&own.locale));
    json!({
        "town": setup.town.name,
        "appointment": {
            "code": own.code,
            "status": own.status.as_str(),
            "channel": own.channel.as_str(),
            "location": location,
            "starts_at": own.starts_at,
            "ends_at": own.ends_at,
            "services": own.basket,
            "language": own.locale,
            "booked_at": own.created_at,
            "to_be_confirmed_until": own.confirm_until,
        },
        "contact": own.contact,
        "note_by_staff": note,
        "messages": messages,
        "waiting_list": wishes,
        "request": request,
    })
}
