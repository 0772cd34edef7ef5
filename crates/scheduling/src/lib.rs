//! When: free slots, holds, appointments and requests.
//!
//! A use case is one function that takes the [`Office`] it happens in and the [`tenant::Scope`] it
//! happens for: [`free_slots`], [`hold_slot`], [`release_hold`], [`book_appointment`],
//! [`request_appointment`], [`take_proposal`], [`pass_proposal`], [`appointment_by_secret`], [`list_appointments`],
//! [`reschedule_appointment`], [`cancel_appointment`]; and for the counter day [`day_sheet`], [`week_sheet`], [`find_appointments`],
//! [`appointment_by_id`], [`mark_appointment`], [`appointment_note`], [`write_note`], [`open_requests`],
//! [`request_by_id`], [`accept_request`], [`propose_time`], [`decline_request`], [`close`], [`undo_closing`], [`lift_closure`]; on the waiting list [`join_waiting_list`],
//! [`take_offer`], [`pass_offer`], [`leave_waiting_list`]; in the background [`offer_free_places`]
//! and [`forget_expired`].

mod announcing;
mod answering;
mod appointments;
mod availability;
mod basket;
mod booking;
mod calendar;
mod cancelling;
pub mod challenge;
mod closing;
mod confirming;
pub mod contact;
mod correcting;
mod day_sheet;
mod entity;
mod erasing;
mod error;
mod finding;
mod freed;
mod holding;
pub mod holds;
mod lifting;
mod limits;
mod marking;
mod note;
mod notices;
mod occupancy;
mod offer;
mod office;
mod outside;
mod overview;
mod proposing;
mod proving;
mod pulse;
mod remote;
mod renewing;
mod requests;
mod rescheduling;
mod resealing;
mod retention;
mod retired;
mod returning;
mod secrets;
pub mod slots;
mod stored;
pub mod tallies;
mod undelivered;
mod undoing;
mod usage;
mod waiting;
mod words;

pub use answering::{
    Inbox, OpenRequests, TimeForRequest, accept_request, decline_request, open_requests,
    request_by_id,
};
pub use appointments::{
    Appointment, AppointmentFilter, AppointmentRef, Status, appointment_by_secret, calendar_file,
    list_appointments,
};
pub use availability::{Basis, FreeSlots, FreeSlotsQuery, MAX_RANGE_DAYS, free_slots};
pub use basket::BasketLine;
pub use booking::{BookAppointment, Booked, book_appointment};
pub use calendar::{Calendars, setup_with_calendar};
pub use cancelling::cancel_appointment;
pub use closing::{Affected, Close, Closed, affected_by_closure, close};
pub use confirming::{appointment_to_confirm, confirm_appointment, lapse_unconfirmed};
pub use contact::Contact;
pub use correcting::{correct_contact, stop_sms};
pub use day_sheet::{CounterDay, DaySheet, OpenSpan, day_sheet, week_sheet};
pub use erasing::erase_appointment;
pub use error::{Alternative, Error};
pub use finding::{Found, appointment_by_id, appointment_by_key, find_appointments, subject_of};
pub use freed::Freed;
pub use holding::{Held, HoldSlot, hold_slot, release_hold};
pub use lifting::{Standing, lift_closure, standing_closures};
pub use marking::mark_appointment;
pub use note::{MAX_NOTE, Note, appointment_note, write_note};
pub use notices::{plain, post, sender};
pub use offer::{Offer, Shown};
pub use office::{Channel, Office};
pub use outside::{Decision, left_outside, outside, settle};
pub use overview::{overview, request_overview};
pub use proposing::{pass_proposal, propose_time, take_proposal};
pub use proving::{asks_for_proof, challenge, minutes_to_confirm};
pub use pulse::pulse;
pub use requests::{
    RequestAppointment, RequestStatus, Requested, Wish, request_appointment, requested_by_secret,
    withdraw_request,
};
pub use rescheduling::{Reschedule, reschedule_appointment};
pub use resealing::reseal;
pub use retention::forget_expired;
pub use retired::{RetiredLocation, retired, retired_locations};
pub use stored::{Stored, StoredWish, stored};
pub use undelivered::{send_again, undelivered};
pub use undoing::{Undoable, Undone, undo_closing, undoable_closings};
pub use usage::was_booked;
pub use waiting::{
    JoinWaitingList, Waiting, WaitingStatus, WaitingWish, join_waiting_list, leave_waiting_list,
    offer_free_places, pass_offer, take_offer, waiting_by_secret,
};
pub use words::MAX_REASON;
