//! What a clerk gives a time for: a service, or several in one sitting, as they are typed.

use catalog::model::{BookingMode, Service};
use scheduling::BasketLine;

use super::desk::Desk;
use crate::web::contact::FieldError;

/// How many services the form takes; few come for more at once.
const ROWS: usize = 4;

/// What is said of a service that this person cannot give a time for (any more).
pub(super) const GONE: &str =
    "Dafür lässt sich hier kein Termin vergeben. Wählen Sie bitte ein anderes Anliegen.";

/// The rows of the form.
pub(super) struct Rows {
    /// In which there is always a service.
    pub first: Row,
    /// For what is served in the same sitting; most have none.
    pub others: Vec<Row>,
}

/// A service and how many, as they are typed.
pub(super) struct Row {
    /// Names of its fields.
    pub fields: (String, String),
    /// Slug of the service.
    pub service: String,
    /// How many.
    pub quantity: String,
}

impl Rows {
    /// The rows that fields of these names hold: `anliegen` and `anzahl`, then `anliegen-2` and
    /// `anzahl-2`, and so on.
    pub(super) fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let row = |number: usize| {
            let name = |word: &str| match number {
                1 => word.to_owned(),
                _ => format!("{word}-{number}"),
            };
            let (service, quantity) = (name("anliegen"), name("anzahl"));
            let typed = |name: &str, none: &str| value(name).unwrap_or(none).to_owned();
            Row {
                service: typed(&service, ""),
                quantity: typed(&quantity, "1"),
                fields: (service, quantity),
            }
        };
        Self { first: row(1), others: (2..=ROWS).map(row).collect() }
    }

    /// Whether more than one is filled in.
    pub(super) fn has_others(&self) -> bool {
        self.filled().count() > 1
    }

    /// The row with a service; the first one where it is in none.
    pub(super) fn of(&self, service: &str) -> &Row {
        self.filled().find(|row| row.service == service).unwrap_or(&self.first)
    }

    /// The rows that are filled in.
    fn filled(&self) -> impl Iterator<Item = &Row> {
        let others = self.others.iter().filter(|row| !row.service.is_empty());
        std::iter::once(&self.first).chain(others)
    }

    /// What is wrong with them, at the fields where it is.
    pub(super) fn problems(&self, offer: &Offer<'_>) -> Vec<FieldError> {
        let mut known: Vec<&str> = Vec::new();
        let mut problems = Vec::new();
        for row in self.filled() {
            let (service, quantity) = &row.fields;
            match offer.find(row, known.is_empty()) {
                None => problems.push(problem(service, GONE.to_owned())),
                Some(_) if known.contains(&row.service.as_str()) => {
                    let above = "Dieses Anliegen steht schon oben: Erhöhen Sie dort die Anzahl.";
                    problems.push(problem(service, above.to_owned()));
                }
                Some(own) if row.quantity(own).is_none() => {
                    problems.push(problem(quantity, most(own.max_quantity)));
                }
                Some(_) => {}
            }
            known.push(&row.service);
        }
        problems
    }

    /// What is booked; what is wrong is left out, or is one. Nothing without a service in the first row.
    pub(super) fn basket(&self, offer: &Offer<'_>) -> Vec<BasketLine> {
        let mut basket: Vec<BasketLine> = Vec::new();
        for (at, row) in self.filled().enumerate() {
            let Some(service) = offer.find(row, at == 0) else {
                if at == 0 {
                    return basket;
                }
                continue;
            };
            if basket.iter().all(|line| line.service != row.service) {
                let quantity = row.quantity(service).unwrap_or(1);
                basket.push(BasketLine { service: row.service.clone(), quantity });
            }
        }
        basket
    }
}

impl Row {
    /// How many, where the service allows so many in one appointment.
    fn quantity(&self, service: &Service) -> Option<u16> {
        let typed = self.quantity.trim().parse().ok();
        typed.filter(|quantity| (1..=service.max_quantity).contains(quantity))
    }
}

/// What this person can give a time for.
pub(super) struct Offer<'a> {
    /// Those of their own departments.
    pub own: Vec<&'a Service>,
    /// What can be served in the same sitting; another department's too, since one of the clerk's own is
    /// enough.
    pub together: Vec<&'a Service>,
}

impl<'a> Offer<'a> {
    /// Of whoever is at the desk.
    pub(super) fn of(desk: &'a Desk) -> Self {
        let departments = desk.scope.departments();
        let all = desk.setup.services.iter();
        let together: Vec<_> = all.filter(|own| own.mode != BookingMode::Information).collect();
        let own = together.iter().copied().filter(|own| departments.include(&own.department));
        Self { own: own.collect(), together }
    }

    fn find(&self, row: &Row, is_first: bool) -> Option<&'a Service> {
        let list = if is_first { &self.own } else { &self.together };
        list.iter().copied().find(|own| own.slug == row.service)
    }
}

/// What is said of a quantity that a service does not allow.
pub(super) fn most(most: u16) -> String {
    if most == 1 {
        return "Dieses Anliegen lässt sich nur einmal je Termin vergeben: Geben Sie 1 an."
            .to_owned();
    }
    format!("Geben Sie eine Anzahl von 1 bis {most} an.")
}

fn problem(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use catalog::townfile::{self, SHIPPED};

    use super::*;

    /// Rows of Altena's form: what is booked, and the fields that are wrong.
    fn read(pairs: &[(&str, &'static str)]) -> (Vec<(String, u16)>, Vec<String>) {
        let (_, text) = SHIPPED.into_iter().find(|(slug, _)| *slug == "altena").unwrap();
        let setup = townfile::parse(text).unwrap();
        let together: Vec<_> = setup.services.iter().collect();
        let own = together.iter().copied().filter(|own| own.slug != "umzug").collect();
        let offer = Offer { own, together };
        let rows =
            Rows::read(|name| pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| *value));
        let lines = rows.basket(&offer).into_iter();
        let problems = rows.problems(&offer).into_iter();
        (
            lines.map(|line| (line.service, line.quantity)).collect(),
            problems.map(|problem| problem.field).collect(),
        )
    }

    fn line(service: &str, quantity: u16) -> (String, u16) {
        (service.to_owned(), quantity)
    }

    #[test]
    fn rows_without_a_service_are_none() {
        let (basket, problems) = read(&[
            ("anliegen", "personalausweis"),
            ("anzahl", "2"),
            ("anzahl-2", "7"),
            ("anliegen-3", "umzug"),
        ]);
        assert_eq!(basket, [line("personalausweis", 2), line("umzug", 1)]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn every_mistake_is_named_at_its_field() {
        let (basket, problems) = read(&[
            ("anliegen", "personalausweis"),
            ("anzahl", "99"),
            ("anliegen-2", "umzug"),
            ("anzahl-2", "zwei"),
            ("anliegen-3", "personalausweis"),
            ("anliegen-4", "a-service-that-is-gone"),
        ]);
        assert_eq!(basket, [line("personalausweis", 1), line("umzug", 1)]);
        assert_eq!(problems, ["anzahl", "anzahl-2", "anliegen-3", "anliegen-4"]);
    }

    #[test]
    fn the_first_service_is_of_the_own_department() {
        let (basket, problems) = read(&[("anliegen", "umzug"), ("anliegen-2", "reisepass")]);
        assert_eq!((basket, problems), (Vec::new(), vec!["anliegen".to_owned()]));
    }
}
