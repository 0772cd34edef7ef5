//! How citizens find a town's pages, for both faces: link, frame, deep links. For admins.

use catalog::model::{BookingMode, TownSetup};
use scheduling::Office;
use tenant::Scope;

use crate::{state::AppState, town};

/// Where a town's pages are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Address of the town's pages: its own host name, else its part of the platform's.
    pub link: String,
    /// HTML that shows them in a frame; none where the town names no site that may.
    pub frame: Option<String>,
    /// The services that can be booked or asked for.
    pub deep: Vec<Deep>,
}

/// Where a service begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deep {
    /// Slug of the service.
    pub service: String,
    /// Its German name.
    pub name: String,
    /// Address.
    pub href: String,
}

/// Where the town's pages are found, as its set-up is now.
pub(crate) async fn ways(state: &AppState, scope: &Scope) -> Result<Ways, catalog::Error> {
    let (_, setup) = town::read(state, scope).await?;
    Ok(of(&state.office, &setup))
}

fn of(office: &Office, setup: &TownSetup) -> Ways {
    let link = match setup.town.hosts.first() {
        Some(host) => format!("https://{host}/"),
        None => format!("{}/{}", office.public_url, setup.town.slug),
    };
    let bookable = setup.services.iter().filter(|own| own.mode != BookingMode::Information);
    let deep = bookable.map(|own| Deep {
        service: own.slug.clone(),
        name: own.name.get("de").to_owned(),
        href: format!("{}/anliegen/{}", link.trim_end_matches('/'), own.slug),
    });
    let frame = (!setup.town.embed.is_empty()).then(|| frame(&link, &setup.town.name));
    Ways { deep: deep.collect(), frame, link }
}

fn frame(link: &str, town: &str) -> String {
    let town = town.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<iframe src=\"{link}\" title=\"Terminbuchung {town}\" width=\"100%\" height=\"900\" style=\"border:0\"></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_town_s_name_does_not_leave_its_attribute() {
        let html = frame("https://termine.example.org/", "Stadt \"A\" & B");
        assert!(html.contains("title=\"Terminbuchung Stadt &quot;A&quot; &amp; B\" "), "{html}");
    }
}
