//! Rows of the set-up: identity in columns, the rest as one document per row, because the set-up
//! is read whole and edited rarely (docs/adr/0002).

pub(crate) mod counter;
pub(crate) mod county_template;
pub(crate) mod location;
pub(crate) mod service;
pub(crate) mod setup_version;
pub(crate) mod town_logo;
