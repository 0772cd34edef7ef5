//! Following a template: what it has changed since a town took it over, service by service and
//! field by field. What the town has adapted stays, unless it decides otherwise.

use serde_json::{Map, Value};

use super::Template;
use crate::model::{Service, Slug, TownSetup};

/// The published versions of a county's template, as far as a town's services refer to them.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// Number and template, ascending; the last is the one that is published now.
    pub all: Vec<(i64, Template)>,
}

impl Versions {
    /// What is published now.
    #[must_use]
    pub fn latest(&self) -> Option<&(i64, Template)> {
        self.all.last()
    }

    fn at(&self, version: i64) -> Option<&Template> {
        self.all.iter().find(|(own, _)| *own == version).map(|(_, template)| template)
    }
}

/// What can be decided on by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The service.
    pub service: Slug,
    /// Key of its field in a town file, or `service` for a service that is new in the template.
    pub field: String,
}

/// The field of a [`Subject`] that is a whole service.
pub const WHOLE: &str = "service";

/// Something that the template has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it is about.
    pub subject: Subject,
    /// The template's value when the town took it, as in a town file; null is the default.
    pub before: Value,
    /// The template's value now.
    pub now: Value,
    /// The town's own value.
    pub own: Value,
}

impl Change {
    /// Whether the town has changed the same field: taking the change over loses that.
    #[must_use]
    pub fn is_adapted(&self) -> bool {
        self.own != self.before
    }
}

/// Everything that the template has changed since the town took its services over, and that the town
/// does not have; new services last.
#[must_use]
pub fn changes(setup: &TownSetup, versions: &Versions) -> Vec<Change> {
    let Some((_, latest)) = versions.latest() else { return Vec::new() };
    let mut changes = Vec::new();
    for own in &setup.services {
        let base = own.template.and_then(|version| versions.at(version)?.service(&own.slug));
        if let (Some(base), Some(now)) = (base, latest.service(&own.slug)) {
            changes.extend(of_service(own, base, now));
        }
    }
    changes.extend(new_services(setup, versions, latest));
    changes
}

/// Services that have come since the oldest version that the town still follows.
fn new_services(setup: &TownSetup, versions: &Versions, latest: &Template) -> Vec<Change> {
    let oldest = setup.services.iter().filter_map(|own| own.template).min();
    let Some(seen) = oldest.and_then(|version| versions.at(version)) else { return Vec::new() };
    let is_new =
        |own: &&Service| seen.service(&own.slug).is_none() && setup.service(&own.slug).is_none();
    let change = |own: &Service| Change {
        subject: Subject { service: own.slug.clone(), field: WHOLE.to_owned() },
        before: Value::Null,
        now: Value::String(own.name.get("de").to_owned()),
        own: Value::Null,
    };
    latest.services.iter().filter(is_new).map(change).collect()
}

fn of_service(own: &Service, base: &Service, now: &Service) -> Vec<Change> {
    let (own_fields, base, now) = (fields(own), fields(base), fields(now));
    let mut names: Vec<&String> = base.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let value = |fields: &Map<String, Value>, name: &str| fields.get(name).cloned();
    let change = |name: &String| {
        let change = Change {
            subject: Subject { service: own.slug.clone(), field: name.clone() },
            before: value(&base, name).unwrap_or_default(),
            now: value(&now, name).unwrap_or_default(),
            own: value(&own_fields, name).unwrap_or_default(),
        };
        (change.before != change.now && change.own != change.now).then_some(change)
    };
    names.into_iter().filter_map(change).collect()
}

/// The fields of a service as a town file has them; defaults are missing.
fn fields(service: &Service) -> Map<String, Value> {
    match serde_json::to_value(service) {
        Ok(Value::Object(mut fields)) => {
            fields.remove("slug");
            fields.remove("template");
            fields
        }
        _ => Map::new(),
    }
}

/// Takes the named changes over. With `settle` the town has decided on all: what it has not taken is
/// not offered again until the template changes it again.
pub fn take(setup: &mut TownSetup, versions: &Versions, taken: &[Subject], settle: bool) {
    let offered = changes(setup, versions);
    let Some((version, latest)) = versions.latest() else { return };
    for change in offered.iter().filter(|change| taken.contains(&change.subject)) {
        let Subject { service, field } = &change.subject;
        if field == WHOLE {
            latest.give(setup, std::slice::from_ref(service), None, Some(*version));
        } else if let Some(own) = setup.services.iter_mut().find(|own| own.slug == *service) {
            *own = with_field(own, field, &change.now);
            if let Some(now) = latest.service(service) {
                latest.give_groups(setup, now);
            }
        }
    }
    if settle {
        for own in setup.services.iter_mut().filter(|own| own.template.is_some()) {
            own.template = Some(*version);
        }
    }
}

/// The service with one field of another; as it was where the two do not go together.
fn with_field(own: &Service, field: &str, value: &Value) -> Service {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(own) else { return own.clone() };
    if value.is_null() {
        fields.remove(field);
    } else {
        fields.insert(field.to_owned(), value.clone());
    }
    let changed = serde_json::from_value(Value::Object(fields));
    changed.map_or_else(|_| own.clone(), |changed| Service { id: own.id, ..changed })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::{collection::vec, prelude::*, sample::subsequence};

    use super::*;
    use crate::{
        model::{BookingMode, BookingWindow, Fee, Text},
        townfile,
    };

    static SHIPPED: LazyLock<TownSetup> =
        LazyLock::new(|| townfile::parse(townfile::SHIPPED[0].1).unwrap());

    prop_compose! {
        fn service()(
            name in "[a-c]{1,2}", english in proptest::option::of("[a-c]"), duration in 1_u16..4,
            extra in 0_u16..3, max_quantity in 1_u16..3, request in any::<bool>(),
            documents in vec("[a-c]", 0..3), cents in vec(0_u32..3, 0..2),
            max_days_ahead in proptest::option::of(1_u16..3),
        ) -> Service {
            let mut name = Text::german(name);
            name.0.extend(english.map(|text| ("en".to_owned(), text)));
            let mode = if request { BookingMode::Request } else { BookingMode::Direct };
            let base = SHIPPED.services[0].clone();
            Service {
                id: uuid::Uuid::nil(), slug: "own".into(), name, mode, duration, extra, max_quantity,
                documents: documents.into_iter().map(Text::german).collect(),
                fees: cents.into_iter().map(|cents| Fee { cents, label: Text::default() }).collect(),
                booking: BookingWindow { max_days_ahead, ..BookingWindow::default() },
                ..base
            }
        }
    }

    fn template(service: &Service) -> Template {
        Template { services: vec![service.clone()], ..Template::from(SHIPPED.clone()) }
    }

    /// A town that took version 1 and made `own` of it, and a template that is `now` since.
    fn three(own: &Service, base: &Service, now: &Service) -> (TownSetup, Versions) {
        let mut setup = SHIPPED.clone();
        setup.services = vec![Service { template: Some(1), ..own.clone() }];
        (setup, Versions { all: vec![(1, template(base)), (2, template(now))] })
    }

    fn subjects(setup: &TownSetup, versions: &Versions) -> Vec<Subject> {
        changes(setup, versions).into_iter().map(|change| change.subject).collect()
    }

    proptest! {
        #[test]
        fn a_field_becomes_the_template_s_where_it_is_taken_and_stays_the_town_s_elsewhere(
            own in service(), base in service(), now in service(), some in any::<u64>(),
        ) {
            let (mut setup, versions) = three(&own, &base, &now);
            let offered = subjects(&setup, &versions);
            let taken: Vec<Subject> = offered.iter().enumerate()
                .filter(|(index, _)| some >> (index % 64) & 1 == 1)
                .map(|(_, subject)| subject.clone()).collect();
            take(&mut setup, &versions, &taken, false);
            let merged = fields(&setup.services[0]);
            let (own, now) = (fields(&own), fields(&now));
            for name in own.keys().chain(now.keys()) {
                let is_taken = taken.iter().any(|subject| subject.field == *name);
                let expected = if is_taken { &now } else { &own };
                prop_assert_eq!(merged.get(name), expected.get(name), "{}", name);
            }
            // What was not taken is still offered, and nothing else.
            let rest: Vec<_> = offered.into_iter().filter(|own| !taken.contains(own)).collect();
            prop_assert_eq!(subjects(&setup, &versions), rest);
        }

        #[test]
        fn a_town_that_adapted_nothing_and_takes_everything_has_the_template(
            base in service(), now in service(),
        ) {
            let (mut setup, versions) = three(&base, &base, &now);
            prop_assert!(changes(&setup, &versions).iter().all(|change| !change.is_adapted()));
            let all = subjects(&setup, &versions);
            take(&mut setup, &versions, &all, false);
            prop_assert_eq!(fields(&setup.services[0]), fields(&now));
        }

        #[test]
        fn what_the_template_left_alone_is_never_offered(own in service(), base in service()) {
            let (setup, versions) = three(&own, &base, &base);
            prop_assert_eq!(subjects(&setup, &versions), []);
        }

        #[test]
        fn who_has_decided_is_asked_again_only_about_what_changes_again(
            own in service(), base in service(), now in service(), later in service(),
            part in subsequence((0..8).collect::<Vec<usize>>(), 0..8),
        ) {
            let (mut setup, mut versions) = three(&own, &base, &now);
            let offered = subjects(&setup, &versions);
            let taken: Vec<Subject> =
                part.iter().filter_map(|index| offered.get(*index).cloned()).collect();
            take(&mut setup, &versions, &taken, true);
            prop_assert_eq!(subjects(&setup, &versions), []);
            versions.all.push((3, template(&later)));
            let (now, later) = (fields(&now), fields(&later));
            for subject in subjects(&setup, &versions) {
                prop_assert_ne!(now.get(&subject.field), later.get(&subject.field));
            }
        }
    }

    #[test]
    fn a_service_that_is_new_in_the_template_can_be_taken_and_declined() {
        let base = SHIPPED.services[0].clone();
        let (setup, mut versions) = three(&base, &base, &base);
        let setup =
            TownSetup { services: vec![Service { template: Some(1), ..base.clone() }], ..setup };
        let new = Service { slug: "new".into(), ..base };
        versions.all[1].1.services.push(new);
        let whole = Subject { service: "new".into(), field: WHOLE.into() };
        assert_eq!(subjects(&setup, &versions), std::slice::from_ref(&whole));
        let mut took = setup.clone();
        take(&mut took, &versions, &[whole], false);
        assert_eq!(took.service("new").unwrap().template, Some(2));
        assert_eq!(subjects(&took, &versions), []);
        let mut declined = setup;
        take(&mut declined, &versions, &[], true);
        assert!(declined.service("new").is_none());
        assert_eq!(subjects(&declined, &versions), []);
    }
}
