//! The life of bookings against a simple model: whatever citizens and clerks do in whatever order,
//! the answers are the model's, and what is free is what the model says.

#![allow(clippy::unwrap_used)] // an answer without the asked-for value fails the test

mod model;
mod town;

use catalog::{model::TownSetup, store, townfile::Problem};
use chrono::TimeDelta;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use scheduling::{
    Affected, AppointmentRef, BookAppointment, Channel, Close, Contact, Error, HoldSlot, Reschedule,
};
use system_tests::office::Storage;

use model::{Answer, Booking, Model};
use town::{Copy, Original, Part};

/// How many people take part.
const CITIZENS: usize = 4;
/// How many starts they want; few, so that they get into each other's way.
const STARTS: u8 = 4;

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Hold {
        citizen: usize,
        start: u8,
        long: bool,
    },
    Book {
        citizen: usize,
        start: u8,
        long: bool,
    },
    BookAgain {
        citizen: usize,
    },
    Move {
        citizen: usize,
        start: u8,
    },
    Cancel {
        citizen: usize,
    },
    /// By the link that was mailed.
    Confirm {
        citizen: usize,
    },
    /// What nobody has confirmed in time is swept up.
    Lapse,
    Wait {
        seconds: i64,
    },
    Close {
        counter: usize,
        then: Affected,
    },
    /// Out of the set-up, or back into it.
    Retire {
        part: Part,
    },
    /// What has ended long ago goes; here nothing has.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let citizen = || 0..CITIZENS;
    let place = || (citizen(), 0..STARTS, any::<bool>());
    let then = prop_oneof![Just(Affected::Keep), Just(Affected::Move), Just(Affected::Cancel)];
    let part = prop_oneof![
        2 => (0_usize..2).prop_map(Part::Counter),
        1 => Just(Part::LongService),
        1 => Just(Part::Location),
    ];
    prop_oneof![
        6 => place().prop_map(|(citizen, start, long)| Step::Hold { citizen, start, long }),
        8 => place().prop_map(|(citizen, start, long)| Step::Book { citizen, start, long }),
        2 => citizen().prop_map(|citizen| Step::BookAgain { citizen }),
        5 => (citizen(), 0..STARTS).prop_map(|(citizen, start)| Step::Move { citizen, start }),
        3 => citizen().prop_map(|citizen| Step::Cancel { citizen }),
        4 => citizen().prop_map(|citizen| Step::Confirm { citizen }),
        1 => Just(Step::Lapse),
        3 => (5_i64..70).prop_map(|seconds| Step::Wait { seconds }),
        1 => (0_usize..2, then).prop_map(|(counter, then)| Step::Close { counter, then }),
        2 => part.prop_map(|part| Step::Retire { part }),
        1 => Just(Step::Forget),
    ]
}

fn every_order_of_steps_agrees_with_the_model(storage: Storage) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let original = runtime.block_on(Original::found(storage));
    let config =
        Config { cases: 16, max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
    let lives = (any::<bool>(), vec(step(), 1..40));
    let result = TestRunner::new(config).run(&lives, |(confirms, steps)| {
        runtime.block_on(live(&original, confirms, &steps)).map_err(TestCaseError::fail)
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn every_order_of_steps_agrees_with_the_model_on_sqlite() {
    every_order_of_steps_agrees_with_the_model(Storage::Sqlite);
}

#[test]
fn every_order_of_steps_agrees_with_the_model_on_postgres() {
    every_order_of_steps_agrees_with_the_model(Storage::Postgres);
}

/// Whichever way a set-up comes, it is stored by these functions: they check its rules.
#[tokio::test]
async fn no_set_up_is_stored_that_breaks_a_rule() {
    let copy = Original::found(Storage::Sqlite).await.copy().await;
    let (office, now) = (&copy.office, copy.now());
    let mut setup = TownSetup::clone(&*office.setup(&copy.system).await.unwrap());
    setup.services[0].duration = 0;
    let tx = office.db.write(&copy.system).await.unwrap();
    let refused = store::apply(&tx, &office.vault, &setup, now).await;
    let is_told = |all: &[Problem]| all.iter().any(|own| own.key.ends_with(".duration"));
    assert!(matches!(&refused, Err(catalog::Error::Invalid(all)) if is_told(all)), "{refused:?}");
    let mut closure = town::closure(0);
    closure.to = closure.from.pred_opt().unwrap();
    let refused = store::add_closure(&tx, copy.location, &closure, now).await;
    assert!(matches!(refused, Err(catalog::Error::Invalid(_))), "{refused:?}");
}

/// Takes all steps in the office and in the model, in a town where citizens confirm their address or
/// need not.
async fn live(original: &Original, confirms: bool, steps: &[Step]) -> Result<(), String> {
    let copy = original.copy().await;
    if confirms {
        copy.ask_to_confirm().await;
    }
    let mut model = Model::new(copy.counters, CITIZENS);
    for (number, step) in steps.iter().enumerate() {
        let told = |wrong: String| format!("step {number}, {step:?}: {wrong}");
        take(&copy, &mut model, *step, number).await.map_err(told)?;
        for long in [false, true] {
            let (free, expected) = (copy.free(long).await, model.free(copy.now(), long));
            if free != expected {
                return Err(told(format!("free {free:?}, by the model {expected:?}")));
            }
        }
    }
    copy.lapse().await;
    let (found, expected) = (copy.counts().await, model.counts(copy.now()));
    if found != expected {
        return Err(format!("{found:?}, by the model {expected:?}"));
    }
    copy.clock.set(town::long_after());
    copy.forget().await;
    let (left, [figures @ .., _]) = (copy.counts().await, expected);
    // The figures stay, the mails and whom they were to do not.
    if left[..4] != figures || left[4] != 0 || copy.contacts().await != 0 {
        return Err(format!("{left:?} when it is long over, {} contacts", copy.contacts().await));
    }
    Ok(())
}

async fn take(copy: &Copy, model: &mut Model, step: Step, number: usize) -> Result<(), String> {
    let now = copy.now();
    match step {
        Step::Hold { citizen, start, long } => {
            let wanted = HoldSlot {
                basket: town::basket(long),
                location: copy.location,
                starts_at: town::start(start),
                channel: Channel::Online,
                replaces: model.token(citizen),
                proof: None,
            };
            let held = scheduling::hold_slot(&copy.office, &copy.citizen, &wanted).await;
            let expected = model.may_take(now, start, long, Some(citizen), None);
            let held = agree(held, &expected)?;
            if let Some(held) = held {
                let live = copy.office.holds.live(copy.citizen.tenant, None, now).await;
                let hold = live.into_iter().find(|hold| hold.token == held.token).unwrap();
                model.hold(citizen, hold)?;
            }
        }
        Step::Book { citizen, start, long } => {
            let wanted = order(copy, model, citizen, start, long, number);
            let booked = scheduling::book_appointment(&copy.office, &copy.citizen, &wanted).await;
            let expected = model.may_take(now, start, long, Some(citizen), None);
            if let Some(booked) = agree(booked, &expected)? {
                let own = Booking::new(&booked, long, wanted);
                model.book(now, citizen, own)?;
            }
        }
        Step::BookAgain { citizen } => {
            let Some(own) = model.latest(citizen) else { return Ok(()) };
            let again = scheduling::book_appointment(&copy.office, &copy.citizen, &own.order).await;
            let again = again.map_err(|error| error.to_string())?;
            if again.appointment.id != own.id || again.secret != own.secret {
                return Err("the same submit has led to another appointment".to_owned());
            }
        }
        Step::Move { citizen, start } => shift(copy, model, citizen, start).await?,
        Step::Cancel { citizen } => {
            // Whether one that has lapsed is cancelled by this depends on whether it was swept up.
            let own = model.latest(citizen).filter(|own| !own.has_lapsed(now));
            let Some(own) = own else { return Ok(()) };
            let which = AppointmentRef::Secret(own.secret.clone());
            let cancelled =
                scheduling::cancel_appointment(&copy.office, &copy.citizen, &which, "").await;
            cancelled.map_err(|error| error.to_string())?;
            model.cancel_by_citizen(own.id, now);
        }
        Step::Confirm { citizen } => confirm(copy, model, citizen).await?,
        Step::Lapse => copy.lapse().await,
        Step::Wait { seconds } => copy.clock.set(now + TimeDelta::seconds(seconds)),
        Step::Close { counter, then } => close(copy, model, counter, then).await?,
        Step::Retire { part } => {
            model.retired.toggle(part);
            copy.retire(&model.retired).await;
        }
        Step::Forget => copy.forget().await,
    }
    model.check(copy.now())
}

fn order(
    copy: &Copy,
    model: &Model,
    citizen: usize,
    start: u8,
    long: bool,
    number: usize,
) -> BookAppointment {
    BookAppointment {
        basket: town::basket(long),
        location: copy.location,
        starts_at: town::start(start),
        channel: Channel::Online,
        contact: Contact {
            name: "Erika Mustermann".to_owned(),
            email: Some(format!("citizen-{citizen}@example.org")),
            phone: None,
            sms: false,
        },
        hold: model.token(citizen),
        idempotency_key: format!("a-step-of-the-model-{number:04}"),
        locale: "de".to_owned(),
        settles: None,
        beyond: false,
        proof: None,
    }
}

async fn shift(copy: &Copy, model: &mut Model, citizen: usize, start: u8) -> Result<(), String> {
    let Some(own) = model.latest(citizen) else { return Ok(()) };
    let wanted = Reschedule {
        which: AppointmentRef::Secret(own.secret.clone()),
        location: copy.location,
        starts_at: town::start(start),
        counter: None,
        basket: None,
        hold: None,
        reason: String::new(),
        takes: None,
    };
    let expected = match own.cancelled || own.confirm_until.is_some() {
        true => Answer::WrongStatus,
        false => model.may_take(copy.now(), start, own.long, None, Some(own.id)),
    };
    let moved = scheduling::reschedule_appointment(&copy.office, &copy.citizen, &wanted).await;
    if let Some(moved) = agree(moved, &expected)? {
        model.shift(&moved, copy.now(), None)?;
    }
    Ok(())
}

async fn confirm(copy: &Copy, model: &mut Model, citizen: usize) -> Result<(), String> {
    let Some(own) = model.latest(citizen) else { return Ok(()) };
    let Some(secret) = copy.mailed_secret(own.id).await else {
        let asks = own.confirm_until.map(|_| "no mail asks to confirm".to_owned());
        return asks.map_or(Ok(()), Err);
    };
    let is_over = own.cancelled || own.has_lapsed(copy.now());
    let expected = match own.confirm_until.is_some() && is_over {
        true => Answer::WrongStatus,
        false => Answer::Yes,
    };
    let confirmed = scheduling::confirm_appointment(&copy.office, &copy.citizen, &secret).await;
    if agree(confirmed, &expected)?.is_some() {
        model.confirm(own.id);
    }
    Ok(())
}

async fn close(
    copy: &Copy,
    model: &mut Model,
    counter: usize,
    then: Affected,
) -> Result<(), String> {
    if !model.retired.leaves(counter) {
        return Ok(());
    }
    copy.lapse().await;
    let now = copy.now();
    let close = Close { location: copy.location, closure: town::closure(counter) };
    let affected = model.on_counter(now, counter, |_| true);
    let closed = scheduling::close(&copy.office, &copy.system, &close, then, None).await;
    let closed = closed.map_err(|error| error.to_string())?;
    model.close(counter);
    let [kept, moved, cancelled] = [&closed.left, &closed.moved, &closed.cancelled]
        .map(|list| list.iter().map(|own| own.id).collect::<Vec<_>>());
    let (done, expected) = match then {
        Affected::Keep => (&kept, affected),
        // What is not offered any more has no other time.
        Affected::Move | Affected::Redistribute => (
            &moved,
            model.on_counter(now, counter, |own| !(own.long && model.retired.long_service)),
        ),
        Affected::Cancel => (&cancelled, affected),
    };
    if *done != expected {
        return Err(format!("{expected:?} are affected, {kept:?} {moved:?} {cancelled:?}"));
    }
    for own in &closed.moved {
        model.shift(own, now, Some(closed.undo_until))?;
    }
    cancelled.into_iter().for_each(|id| model.cancel(id));
    Ok(())
}

/// The value, once the answer is the one that is expected; none for a refusal.
fn agree<T>(answer: Result<T, Error>, expected: &Answer) -> Result<Option<T>, String> {
    let found = match &answer {
        Ok(_) => Answer::Yes,
        Err(Error::SlotTaken { .. }) => Answer::Taken,
        Err(Error::SlotNotOffered) => Answer::NotOffered,
        Err(Error::WrongStatus) => Answer::WrongStatus,
        Err(Error::UnknownLocation | Error::UnknownService(_)) => Answer::Unknown,
        Err(error) => return Err(error.to_string()),
    };
    if found == *expected {
        Ok(answer.ok())
    } else {
        Err(format!("{found:?}, by the model {expected:?}"))
    }
}
