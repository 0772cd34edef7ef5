//! Which location a day is shown of: one of the town's, or one that it has retired and at which somebody
//! still has an appointment.

use catalog::model::Location;
use scheduling::RetiredLocation;

use super::{super::desk::Desk, head};
use crate::web::error::{Failure, Problem};

/// The locations that there are to be shown.
pub(in super::super) struct Place {
    /// Those that are retired.
    retired: Vec<RetiredLocation>,
}

/// A location to choose.
pub(in super::super) struct Choice {
    pub slug: String,
    pub name: String,
}

impl Place {
    pub(super) async fn of(desk: &Desk) -> Result<Self, Failure> {
        let retired = scheduling::retired_locations(&desk.office, &desk.scope).await;
        Ok(Self { retired: retired.map_err(|error| desk.fail(error))? })
    }

    /// The location that the address names, by its slug or its id, else the first.
    pub(super) fn location<'a>(&'a self, desk: &'a Desk) -> Result<&'a Location, Failure> {
        let retired = || self.retired.iter().map(|own| &own.location);
        let named = desk.asked("standort").unwrap_or_default();
        let is_named = |own: &&Location| own.slug == named || own.id.to_string() == named;
        let found = desk.setup.locations.iter().chain(retired()).find(is_named);
        let found = found.or(desk.setup.locations.first()).or(retired().next());
        found.ok_or_else(|| desk.fail(Problem::UnknownLocation))
    }

    /// All of them, the retired ones last.
    pub(in super::super) fn choices(&self, desk: &Desk) -> Vec<Choice> {
        let choice =
            |own: &Location| Choice { slug: own.slug.clone(), name: own.name.get("de").to_owned() };
        let retired = self.retired.iter().map(|own| {
            let Choice { slug, name } = choice(&own.location);
            Choice { slug, name: format!("{name} (aufgegeben)") }
        });
        desk.setup.locations.iter().map(choice).chain(retired).collect()
    }

    /// Where somebody still has an appointment and is not shown: name and address.
    pub(in super::super) fn elsewhere(
        &self,
        desk: &Desk,
        shown: &Location,
    ) -> Vec<(String, String)> {
        let others = self.retired.iter().filter(|own| own.location.id != shown.id);
        let link = |own: &RetiredLocation| {
            let many = if own.appointments == 1 { "Termin" } else { "Termine" };
            let name = own.location.name.get("de");
            let date = desk.local(own.next).date_naive();
            (format!("{name}: {} {many}", own.appointments), head::day(desk, &own.location, date))
        };
        others.map(link).collect()
    }
}
