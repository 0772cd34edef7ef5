//! What a citizen has chosen so far. It lives in the address and nowhere else, so that every step
//! can be linked to, reloaded and gone back to.

use catalog::model::{BookingMode, Service, TownSetup};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use scheduling::BasketLine;

use crate::web::links::Pair;

/// The choices, in the order in which they are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// Services with quantities.
    pub basket: Vec<BasketLine>,
    /// Slug of the location; none means any.
    pub location: Option<String>,
    /// First day of the month that is looked at.
    pub month: Option<NaiveDate>,
    /// The day that is looked at.
    pub day: Option<NaiveDate>,
    /// The chosen start.
    pub start: Option<DateTime<Utc>>,
    /// Token of the hold on it.
    pub hold: Option<String>,
    /// Secret of the appointment that is to be moved.
    pub moves: Option<String>,
}

/// An address that names something the town does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// `anliegen=`
    Service,
    /// `standort=`
    Location,
}

impl Selection {
    /// Reads query parameters; an `anzahl` belongs to the `anliegen` before it. What is malformed
    /// counts as not chosen yet.
    pub(super) fn parse(pairs: &[(String, String)], setup: &TownSetup) -> Result<Self, Unknown> {
        let mut chosen = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "anliegen" => chosen.add(find(setup, value).ok_or(Unknown::Service)?),
                "anzahl" => chosen.count(setup, value),
                "standort" if value.is_empty() => {}
                "standort" => {
                    let location = setup.location(value).ok_or(Unknown::Location)?;
                    chosen.location = Some(location.slug.clone());
                }
                "monat" => chosen.month = format!("{value}-01").parse().ok(),
                "tag" => chosen.day = value.parse().ok(),
                "start" => chosen.start = value.parse().ok(),
                "hold" => chosen.hold = Some(value.clone()),
                "bisher" => chosen.moves = Some(value.clone()),
                _ => {}
            }
        }
        chosen.basket.retain(|line| line.quantity > 0);
        merge(&mut chosen.basket, setup);
        Ok(chosen)
    }

    fn add(&mut self, service: &Service) {
        self.basket.push(BasketLine { service: service.slug.clone(), quantity: 1 });
    }

    /// Sets the quantity of the last line; more than the town allows becomes what it allows.
    fn count(&mut self, setup: &TownSetup, value: &str) {
        if let (Some(line), Ok(quantity)) = (self.basket.last_mut(), value.parse::<u16>()) {
            line.quantity = quantity.min(most(setup, &line.service));
        }
    }

    /// As query parameters.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        let mut pairs = self.basket_pairs();
        let mut push = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        push("standort", self.location.clone());
        push("monat", self.month.map(|month| month.format("%Y-%m").to_string()));
        push("tag", self.day.map(|day| day.to_string()));
        push("start", self.start.map(instant));
        push("hold", self.hold.clone());
        push("bisher", self.moves.clone());
        pairs
    }

    /// The basket alone, as query parameters.
    pub(super) fn basket_pairs(&self) -> Vec<Pair> {
        let lines = self.basket.iter();
        lines
            .flat_map(|line| {
                let quantity = (line.quantity != 1).then(|| ("anzahl", line.quantity.to_string()));
                std::iter::once(("anliegen", line.service.clone())).chain(quantity)
            })
            .collect()
    }

    /// What somebody waits for: basket, place, and the appointment that is to be moved.
    pub(super) fn wish_pairs(&self) -> Vec<Pair> {
        let place = self.location.clone().map(|location| ("standort", location));
        let moves = self.moves.clone().map(|secret| ("bisher", secret));
        self.basket_pairs().into_iter().chain(place).chain(moves).collect()
    }

    /// The same choices before a time was chosen.
    pub(super) fn without_time(&self) -> Self {
        Self { start: None, ..self.clone() }
    }

    /// The same choices with one service fewer.
    pub(super) fn without_line(&self, index: usize) -> Self {
        let mut rest = Self { month: None, day: None, ..self.without_time() };
        rest.basket.remove(index);
        rest
    }

    /// The first chosen service that is not booked in `mode`.
    pub(super) fn misplaced<'a>(
        &self,
        setup: &'a TownSetup,
        mode: BookingMode,
    ) -> Option<&'a Service> {
        let services = self.basket.iter().filter_map(|line| setup.service(&line.service));
        services.into_iter().find(|service| service.mode != mode)
    }
}

/// An instant as it stands in addresses.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The service with this slug or LeiKa key.
fn find<'a>(setup: &'a TownSetup, name: &str) -> Option<&'a Service> {
    setup.service(name).or_else(|| {
        setup.services.iter().find(|service| service.leika.iter().any(|leika| leika == name))
    })
}

fn most(setup: &TownSetup, slug: &str) -> u16 {
    setup.service(slug).map_or(1, |service| service.max_quantity)
}

/// The same service twice becomes one line.
fn merge(basket: &mut Vec<BasketLine>, setup: &TownSetup) {
    let mut merged: Vec<BasketLine> = Vec::with_capacity(basket.len());
    for line in basket.drain(..) {
        match merged.iter_mut().find(|own| own.service == line.service) {
            Some(own) => {
                own.quantity = (own.quantity + line.quantity).min(most(setup, &line.service));
            }
            None => merged.push(line),
        }
    }
    *basket = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altena() -> TownSetup {
        let (_, text) =
            catalog::townfile::SHIPPED.into_iter().find(|(slug, _)| *slug == "altena").unwrap();
        catalog::townfile::parse(text).unwrap()
    }

    fn parse(query: &str) -> Result<Selection, Unknown> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Selection::parse(&pairs, &altena())
    }

    fn basket(query: &str) -> Vec<(String, u16)> {
        let lines = parse(query).unwrap().basket;
        lines.into_iter().map(|line| (line.service, line.quantity)).collect()
    }

    #[test]
    fn a_quantity_belongs_to_the_service_before_it() {
        let query = "anliegen=personalausweis&anzahl=4&anliegen=abmeldung";
        assert_eq!(basket(query), [("personalausweis".to_owned(), 4), ("abmeldung".to_owned(), 1)]);
    }

    #[test]
    fn a_leika_key_names_its_service() {
        assert_eq!(basket("anliegen=99008001012000"), [("personalausweis".to_owned(), 1)]);
    }

    #[test]
    fn quantities_stay_within_what_the_town_allows() {
        assert_eq!(
            basket("anliegen=personalausweis&anzahl=99"),
            [("personalausweis".to_owned(), 6)]
        );
        assert_eq!(
            basket("anliegen=personalausweis&anzahl=viele"),
            [("personalausweis".to_owned(), 1)]
        );
        assert_eq!(basket("anliegen=personalausweis&anzahl=0"), []);
        let twice = "anliegen=personalausweis&anzahl=4&anliegen=personalausweis&anzahl=5";
        assert_eq!(basket(twice), [("personalausweis".to_owned(), 6)]);
    }

    #[test]
    fn unknown_services_and_locations_are_told_apart_from_malformed_choices() {
        assert_eq!(parse("anliegen=mondreise"), Err(Unknown::Service));
        assert_eq!(parse("standort=mond"), Err(Unknown::Location));
        assert_eq!(
            parse("standort=&monat=2026-13&tag=heute&start=gleich"),
            Ok(Selection::default())
        );
    }

    #[test]
    fn what_is_written_into_an_address_is_read_back() {
        let query = "anliegen=personalausweis&anzahl=2&anliegen=abmeldung&standort=rathaus\
                     &monat=2026-12&tag=2026-12-03&start=2026-12-03T08%3A15%3A00Z&hold=abc&bisher=xyz";
        let selection = parse(query).unwrap();
        let again = crate::web::links::address("", selection.pairs());
        assert_eq!(parse(again.trim_start_matches("/?")).unwrap(), selection);
        assert_eq!(again, format!("/?{query}"));
    }
}
