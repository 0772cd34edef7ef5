//! What a town has taken out of its set-up and appointments still refer to.

use sea_orm::{ColumnTrait, Order};
use tenant::TenantTx;
use uuid::Uuid;

use crate::{
    Error,
    entity::{counter, location},
    model::{Counter, Location},
};

/// Retired locations and counters.
#[derive(Clone, Debug, Default)]
pub struct Retired {
    /// Locations, which are never open and have no counters here.
    pub locations: Vec<Location>,
    /// Counters with their location's id, those of retired locations too.
    pub counters: Vec<(Uuid, Counter)>,
}

/// What the transaction's town has retired, as far as its actor sees the locations.
///
/// # Errors
/// [`Error::Corrupt`], database faults.
pub async fn load(tx: &TenantTx) -> Result<Retired, Error> {
    let places = tx.scope().places();
    let locations = tx
        .find::<location::Entity>()
        .filter(location::Column::RetiredAt.is_not_null())
        .order_by(location::Column::Position, Order::Asc)
        .all()
        .await?;
    let counters = tx
        .find::<counter::Entity>()
        .filter(counter::Column::RetiredAt.is_not_null())
        .order_by(counter::Column::Position, Order::Asc)
        .all()
        .await?;
    let locations = locations.into_iter().filter(|row| places.include(row.id)).map(|row| {
        let own: Location = serde_json::from_value(row.definition)?;
        let (openings, specials, closures) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Location { id: row.id, counters: Vec::new(), openings, specials, closures, ..own })
    });
    let counters = counters.into_iter().filter(|row| places.include(row.location_id)).map(|row| {
        let own: Counter = serde_json::from_value(row.definition)?;
        Ok((row.location_id, Counter { id: row.id, ..own }))
    });
    Ok(Retired {
        locations: locations.collect::<Result<_, Error>>()?,
        counters: counters.collect::<Result<_, Error>>()?,
    })
}

impl Retired {
    /// The location with this id.
    #[must_use]
    pub fn location(&self, id: Uuid) -> Option<&Location> {
        self.locations.iter().find(|own| own.id == id)
    }

    /// The counter with this id.
    #[must_use]
    pub fn counter(&self, id: Uuid) -> Option<&Counter> {
        self.counters.iter().map(|(_, own)| own).find(|own| own.id == id)
    }
}
