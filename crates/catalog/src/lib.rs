//! What a town offers: services, documents, locations, counters, opening hours and closures.
//!
//! * [`model`]: a town's whole set-up as plain values.
//! * [`townfile`]: the set-up as a readable file.
//! * [`color`]: colours and how well text is read on them. Pure.
//! * [`catalogue`]: what most towns offer, to begin with.
//! * [`conflicts`]: what is allowed but probably not meant.
//! * [`founding`]: what a new town begins with.
//! * [`logo`]: pictures that a town shows itself with.
//! * [`template`]: what a county publishes for its towns to take over.
//! * [`store`] and [`cache`]: the set-up in the database and in memory.
//! * [`retired`]: what has been taken out of it and appointments still refer to.
//! * [`hours`], [`holidays`], [`window`]: when something is open, and may be booked. Pure.

pub mod cache;
pub mod catalogue;
pub mod color;
pub mod conflicts;
mod entity;
mod error;
pub mod founding;
pub mod holidays;
pub mod hours;
pub mod logo;
pub mod model;
mod reach;
pub mod retired;
pub mod store;
pub mod svg;
pub mod template;
pub mod time;
pub mod townfile;
pub mod window;

pub use error::Error;
