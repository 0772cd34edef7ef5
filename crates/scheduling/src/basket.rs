//! What a citizen comes for: services with quantities, served in one sitting at one counter.

use catalog::model::{BookingMode, Service, Slug, TownSetup};
use serde::{Deserialize, Serialize};
use tenant::Scope;

use crate::{Error, slots::Line};

/// Most different services in one appointment.
const MAX_LINES: usize = 10;

/// One line of a basket as it is asked for and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketLine {
    /// Slug of the service.
    pub service: Slug,
    /// How many people or items, at least one.
    pub quantity: u16,
}

/// Finds the services of `basket` and checks quantities, that all are booked in one of `modes`, and
/// that any belongs to the actor's departments: a basket of two departments belongs to both.
///
/// # Errors
/// [`Error::EmptyBasket`], [`Error::UnknownService`], [`Error::Quantity`], [`Error::WrongMode`].
pub(crate) fn resolve<'a>(
    scope: &Scope,
    setup: &'a TownSetup,
    basket: &[BasketLine],
    modes: &[BookingMode],
) -> Result<Vec<Line<'a>>, Error> {
    if basket.is_empty() || basket.len() > MAX_LINES {
        return Err(Error::EmptyBasket { max: MAX_LINES });
    }
    let lines = basket.iter().map(|line| resolve_line(setup, line, modes));
    let lines: Vec<Line<'a>> = lines.collect::<Result<_, _>>()?;
    let departments = scope.departments();
    if lines.iter().all(|line| !departments.include(&line.service.department)) {
        return Err(Error::UnknownService(basket[0].service.clone()));
    }
    Ok(lines)
}

fn resolve_line<'a>(
    setup: &'a TownSetup,
    line: &BasketLine,
    modes: &[BookingMode],
) -> Result<Line<'a>, Error> {
    let service: &Service =
        setup.service(&line.service).ok_or_else(|| Error::UnknownService(line.service.clone()))?;
    if !modes.contains(&service.mode) {
        return Err(Error::WrongMode(service.slug.clone()));
    }
    if !(1..=service.max_quantity).contains(&line.quantity) {
        return Err(Error::Quantity { service: service.slug.clone(), max: service.max_quantity });
    }
    Ok(Line { service, quantity: line.quantity })
}
