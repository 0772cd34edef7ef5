//! What to know before an appointment: services with their documents, fees and forms.

use catalog::model::{Location, Service, TownSetup};
use scheduling::BasketLine;

use super::selection::Selection;

/// A chosen service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// The service.
    pub service: &'a Service,
    /// How many people or items.
    pub quantity: u16,
}

/// The lines of a basket, as far as the town still offers them.
pub(super) fn lines<'a>(setup: &'a TownSetup, basket: &[BasketLine]) -> Vec<Line<'a>> {
    let lines = basket.iter();
    lines
        .filter_map(|line| {
            Some(Line { service: setup.service(&line.service)?, quantity: line.quantity })
        })
        .collect()
}

/// Whether there is anything to bring.
pub(super) fn any_documents(lines: &[Line<'_>]) -> bool {
    lines.iter().any(|line| !line.service.documents.is_empty())
}

/// Minutes at the counter, as told to citizens: without the buffer.
pub(super) fn minutes(lines: &[Line<'_>]) -> u16 {
    let minutes = lines
        .iter()
        .map(|line| line.service.duration + line.service.extra * line.quantity.saturating_sub(1));
    minutes.sum()
}

/// The locations with a counter that serves all of `slugs`.
pub(super) fn places<'a>(setup: &'a TownSetup, slugs: &[&str]) -> Vec<&'a Location> {
    let serves = |location: &&Location| {
        location
            .counters
            .iter()
            .any(|counter| slugs.iter().all(|slug| counter.services.iter().any(|own| own == slug)))
    };
    setup.locations.iter().filter(serves).collect()
}

/// The locations where a selection can be served in one sitting.
pub(super) fn places_for<'a>(setup: &'a TownSetup, selection: &Selection) -> Vec<&'a Location> {
    let slugs: Vec<&str> = selection.basket.iter().map(|line| line.service.as_str()).collect();
    places(setup, &slugs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_person_adds_the_services_own_minutes() {
        let (_, text) = catalog::townfile::SHIPPED[3];
        let setup = catalog::townfile::parse(text).unwrap();
        let line = |service: &str, quantity| BasketLine { service: service.into(), quantity };
        assert_eq!(minutes(&lines(&setup, &[line("personalausweis", 1)])), 15);
        assert_eq!(minutes(&lines(&setup, &[line("personalausweis", 4)])), 45);
        let both = [line("personalausweis", 2), line("abmeldung", 1)];
        assert_eq!(minutes(&lines(&setup, &both)), 35);
    }
}
