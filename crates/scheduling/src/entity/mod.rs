//! Rows of scheduling.

pub(crate) mod appointment;
pub(crate) mod appointment_request;
pub(crate) mod contact;
pub(crate) mod overview_link;
pub(crate) mod returned_place;
pub(crate) mod usage_event;
pub(crate) mod waiting_wish;
