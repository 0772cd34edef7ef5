//! When: free slots, holds, appointments and requests.
//!
//! A use case is one function that takes the [`Office`] it happens in and the [`tenant::Scope`] it
//! happens for: [`free_slots`], [`hold_slot`], [`release_hold`], [`book_appointment`],
//! [`request_appointment`], [`appointment_by_secret`], [`list_appointments`],
//! [`cancel_appointment`].

mod appointments;
mod availability;
mod basket;
mod booking;
pub mod contact;
mod entity;
mod error;
mod holding;
pub mod holds;
mod notices;
mod office;
mod requests;
mod secrets;
pub mod slots;
mod usage;

pub use appointments::{
    Appointment, AppointmentFilter, Status, appointment_by_secret, calendar_file,
    cancel_appointment, list_appointments,
};
pub use availability::{FreeSlots, FreeSlotsQuery, MAX_RANGE_DAYS, free_slots};
pub use basket::BasketLine;
pub use booking::{BookAppointment, Booked, book_appointment};
pub use contact::Contact;
pub use error::{Alternative, Error};
pub use holding::{Held, HoldSlot, hold_slot, release_hold};
pub use office::{Channel, Office};
pub use requests::{RequestAppointment, Requested, Wish, request_appointment, requested_by_secret};
