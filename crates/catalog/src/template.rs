//! What towns take over from each other, from the shipped catalogue or from their county, and how
//! they follow what the county changes later.
//!
//! * [`borrow`]: what is taken over besides services. Pure.
//! * [`merge`]: what has changed since, and taking it over one by one. Pure.
//! * [`store`]: the versions that a county has published.

pub mod borrow;
pub mod merge;
pub mod store;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Named, Service, Slug, TownSetup};

/// A set-up without what belongs to one town alone: services and the groups they stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Departments.
    #[serde(default, rename = "department", skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<Named>,
    /// Groups of services.
    #[serde(default, rename = "category", skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Named>,
    /// Services; none refers to a template itself.
    #[serde(default, rename = "service", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
}

/// A counter of a set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// Its location's slug.
    pub location: Slug,
    /// Its own.
    pub counter: Slug,
}

impl From<TownSetup> for Template {
    fn from(setup: TownSetup) -> Self {
        let TownSetup { departments, categories, services, .. } = setup;
        Self { departments, categories, services }.bare()
    }
}

impl Template {
    /// Without what ties a service to a town.
    pub(crate) fn bare(self) -> Self {
        let bare = |own: Service| Service { id: Uuid::nil(), template: None, ..own };
        Self { services: self.services.into_iter().map(bare).collect(), ..self }
    }

    /// The service called `slug`.
    #[must_use]
    pub fn service(&self, slug: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.slug == slug)
    }

    /// Takes services over with the groups they stand in; the named counters serve them, or all where
    /// none are given. Those that the set-up has already stay as they are. `version` is the
    /// template's, where it is a county's. Returns how many were taken.
    pub fn give(
        &self,
        setup: &mut TownSetup,
        wanted: &[Slug],
        counters: Option<&[At]>,
        version: Option<i64>,
    ) -> usize {
        let taken: Vec<&Service> = self
            .services
            .iter()
            .filter(|own| wanted.contains(&own.slug) && setup.service(&own.slug).is_none())
            .collect();
        for service in &taken {
            self.give_groups(setup, service);
            for place in &mut setup.locations {
                let serves = |counter: &str| {
                    let is_named = |at: &At| at.location == place.slug && at.counter == counter;
                    counters.is_none_or(|named| named.iter().any(is_named))
                };
                for counter in place.counters.iter_mut().filter(|own| serves(&own.slug)) {
                    counter.services.push(service.slug.clone());
                }
            }
            setup.services.push(Service { template: version, ..(*service).clone() });
        }
        taken.len()
    }

    /// Adds the groups that a service stands in, unless there are some of that name.
    fn give_groups(&self, setup: &mut TownSetup, service: &Service) {
        add(&mut setup.categories, &self.categories, &service.category);
        add(&mut setup.departments, &self.departments, &service.department);
    }
}

fn add(own: &mut Vec<Named>, source: &[Named], slug: &str) {
    if !own.iter().any(|named| named.slug == slug)
        && let Some(named) = source.iter().find(|named| named.slug == slug)
    {
        own.push(named.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{founding::NewTown, townfile};

    #[test]
    fn a_template_reads_back_and_names_no_town() {
        let whole = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let template = Template::from(whole.clone());
        let text = townfile::template_to_toml(&template);
        assert_eq!(townfile::parse_template(&text).unwrap(), template);
        assert_eq!(townfile::parse_template(townfile::SHIPPED[0].1).unwrap(), template);
        for own in [&whole.town.name, &whole.town.email, &whole.locations[0].street] {
            assert!(!text.contains(own.as_str()), "{own}");
        }
        let broken = text.replacen("duration = 15", "duration = 0", 1);
        assert!(townfile::parse_template(&broken).is_err());
    }

    #[test]
    fn a_town_keeps_what_it_has_and_gets_groups_and_counters_for_the_rest() {
        let template = Template::from(townfile::parse(townfile::SHIPPED[0].1).unwrap());
        let new = NewTown {
            name: "Stadt Ahlen".into(),
            slug: None,
            ags: "05570004".into(),
            county: "Kreis Warendorf".into(),
            email: "it@ahlen.example".into(),
        };
        let mut setup = new.setup();
        let wanted: Vec<Slug> = template.services.iter().map(|own| own.slug.clone()).collect();
        assert_eq!(template.give(&mut setup, &wanted[..1], None, Some(3)), 1);
        setup.services[0].duration = 99;
        assert_eq!(template.give(&mut setup, &wanted, None, None), wanted.len() - 1);
        assert_eq!((setup.services[0].duration, setup.services[0].template), (99, Some(3)));
        assert_eq!(townfile::check(&setup), Ok(()));
    }

    #[test]
    fn services_come_onto_the_counters_that_are_named() {
        let template = Template::from(townfile::parse(townfile::SHIPPED[3].1).unwrap());
        let mut setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let own = &setup.locations[0];
        let at = At { location: own.slug.clone(), counter: own.counters[1].slug.clone() };
        let missing = template.services.iter().find(|own| setup.service(&own.slug).is_none());
        let slug = missing.unwrap().slug.clone();
        template.give(&mut setup, std::slice::from_ref(&slug), Some(&[at]), None);
        let serving: Vec<bool> =
            setup.locations[0].counters.iter().map(|own| own.services.contains(&slug)).collect();
        assert_eq!(serving.iter().filter(|serves| **serves).count(), 1);
        assert!(serving[1]);
    }
}
