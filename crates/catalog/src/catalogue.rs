//! What most towns offer, to begin with: the services of the shipped towns, each once.

use crate::{
    model::{Named, TownSetup},
    townfile::{self, Problem},
};

/// The shipped catalogue as a set-up without locations.
///
/// # Errors
/// Never: the shipped files are checked by tests.
pub fn catalogue() -> Result<TownSetup, Vec<Problem>> {
    let mut all = townfile::parse(townfile::SHIPPED[0].1)?;
    all.locations.clear();
    for (_, text) in &townfile::SHIPPED[1..] {
        let town = townfile::parse(text)?;
        add(&mut all.categories, &town.categories);
        add(&mut all.departments, &town.departments);
        for service in town.services {
            if all.service(&service.slug).is_none() {
                all.services.push(service);
            }
        }
    }
    Ok(all)
}

fn add(all: &mut Vec<Named>, more: &[Named]) {
    for named in more {
        if !all.iter().any(|own| own.slug == named.slug) {
            all.push(named.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_shipped_service_once_in_a_group_it_knows() {
        let all = catalogue().unwrap();
        for (slug, text) in townfile::SHIPPED {
            for service in townfile::parse(text).unwrap().services {
                let found = all.services.iter().filter(|own| own.slug == service.slug).count();
                assert_eq!(found, 1, "{slug}: {}", service.slug);
            }
        }
        let town = all.town.clone();
        let live = crate::model::TownStatus::Onboarding;
        let alone = TownSetup { town: crate::model::Town { status: live, ..town }, ..all };
        assert_eq!(townfile::check(&alone), Ok(()));
    }
}
