//! What ought to be: lists of spans, looked through one by one.

use chrono::{DateTime, Utc};
use scheduling::{Appointment, BookAppointment, Booked, holds::Hold};
use uuid::Uuid;

use crate::town::{self, Retired};

/// A start and an end.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// How an answer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    Taken,
    NotOffered,
    WrongStatus,
    /// The town has no such service or location.
    Unknown,
}

/// An appointment.
#[derive(Clone, Debug)]
pub struct Booking {
    pub id: Uuid,
    pub secret: String,
    pub long: bool,
    pub cancelled: bool,
    /// As it was booked.
    pub order: BookAppointment,
    /// Until when it has to be confirmed; none once it is.
    pub confirm_until: Option<DateTime<Utc>>,
    /// Mails that followed the first: of moves, and that it is confirmed.
    told: usize,
    moves: usize,
    /// When the mails of a closing leave that has moved it; until then another change takes them back.
    planned: Vec<DateTime<Utc>>,
    counter: Uuid,
    span: Span,
}

impl Booking {
    pub fn new(booked: &Booked, long: bool, order: BookAppointment) -> Self {
        let Booked { appointment: own, secret } = booked;
        Self {
            id: own.id,
            secret: secret.clone(),
            long,
            cancelled: false,
            order,
            confirm_until: own.confirm_until,
            told: 0,
            moves: 0,
            planned: Vec::new(),
            counter: own.counter,
            span: (own.starts_at, own.ends_at),
        }
    }

    /// Nobody has confirmed it in time.
    pub fn has_lapsed(&self, now: DateTime<Utc>) -> bool {
        !self.cancelled && self.confirm_until.is_some_and(|until| until <= now)
    }

    fn stands(&self, now: DateTime<Utc>) -> bool {
        !self.cancelled && !self.has_lapsed(now)
    }

    /// Mails that have not left yet do not leave any more.
    fn take_back(&mut self, now: DateTime<Utc>) {
        self.told -= self.planned.drain(..).filter(|at| *at > now).count();
    }
}

/// The whole town: one location with two counters.
#[derive(Debug)]
pub struct Model {
    counters: [Uuid; 2],
    closed: [bool; 2],
    /// What is not in the set-up.
    pub retired: Retired,
    holds: Vec<Option<Hold>>,
    bookings: Vec<Booking>,
    /// Each citizen's latest appointment.
    latest: Vec<Option<Uuid>>,
}

impl Model {
    pub fn new(counters: [Uuid; 2], citizens: usize) -> Self {
        Self {
            counters,
            closed: [false; 2],
            retired: Retired::default(),
            holds: vec![None; citizens],
            bookings: Vec::new(),
            latest: vec![None; citizens],
        }
    }

    pub fn token(&self, citizen: usize) -> Option<String> {
        self.holds[citizen].as_ref().map(|hold| hold.token.clone())
    }

    pub fn latest(&self, citizen: usize) -> Option<Booking> {
        let id = self.latest[citizen]?;
        self.bookings.iter().find(|own| own.id == id).cloned()
    }

    /// What somebody who wants a start hears. Neither the hold of `citizen` nor the appointment
    /// `instead` stands in the way.
    pub fn may_take(
        &self,
        now: DateTime<Utc>,
        start: u8,
        long: bool,
        citizen: Option<usize>,
        instead: Option<Uuid>,
    ) -> Answer {
        if self.retired.location || long && self.retired.long_service {
            return Answer::Unknown;
        }
        let span = town::span(start, long);
        let mut open = self.open().peekable();
        if open.peek().is_none() {
            return Answer::NotOffered;
        }
        let fits = |counter| self.is_free(now, counter, span, citizen, instead);
        if open.any(fits) { Answer::Yes } else { Answer::Taken }
    }

    /// The starts of the day that anybody may take.
    pub fn free(&self, now: DateTime<Utc>, long: bool) -> Vec<DateTime<Utc>> {
        (0..town::STARTS)
            .filter(|start| town::span(*start, long).1 <= town::start(town::STARTS))
            .filter(|start| self.may_take(now, *start, long, None, None) == Answer::Yes)
            .map(town::start)
            .collect()
    }

    pub fn hold(&mut self, citizen: usize, hold: Hold) -> Result<(), String> {
        self.is_open(hold.counter, hold.starts_at)?;
        self.holds[citizen] = Some(hold);
        Ok(())
    }

    /// The counter of one's own live hold is kept where the span is the held one.
    pub fn book(&mut self, now: DateTime<Utc>, citizen: usize, own: Booking) -> Result<(), String> {
        self.is_open(own.counter, own.span.0)?;
        if let Some(hold) = self.holds[citizen].take()
            && hold.expires_at > now
            && (hold.starts_at, hold.ends_at) == own.span
            && self.is_free(now, hold.counter, own.span, None, None)
            && self.is_open(hold.counter, hold.starts_at).is_ok()
            && hold.counter != own.counter
        {
            return Err("booked at another counter than the held one".to_owned());
        }
        self.latest[citizen] = Some(own.id);
        self.bookings.push(own);
        Ok(())
    }

    /// Writes down where an appointment is now. A closing tells of it later, `planned` for then.
    pub fn shift(
        &mut self,
        moved: &Appointment,
        now: DateTime<Utc>,
        planned: Option<DateTime<Utc>>,
    ) -> Result<(), String> {
        let own = self.bookings.iter_mut().find(|own| own.id == moved.id);
        let own = own.ok_or("an appointment that nobody has booked")?;
        let span = (moved.starts_at, moved.ends_at);
        if (own.counter, own.span) != (moved.counter, span) {
            own.moves += 1;
            if own.span != span && own.confirm_until.is_none() {
                match planned {
                    Some(at) => own.planned.push(at),
                    None => own.take_back(now),
                }
                own.told += 1;
            }
        }
        (own.counter, own.span) = (moved.counter, span);
        self.is_open(moved.counter, moved.starts_at)
    }

    pub fn confirm(&mut self, id: Uuid) {
        for own in self.bookings.iter_mut().filter(|own| own.id == id) {
            own.told += usize::from(own.confirm_until.take().is_some());
        }
    }

    pub fn cancel(&mut self, id: Uuid) {
        self.bookings.iter_mut().filter(|own| own.id == id).for_each(|own| own.cancelled = true);
    }

    /// What a closing was about to tell its citizen need not know any more.
    pub fn cancel_by_citizen(&mut self, id: Uuid, now: DateTime<Utc>) {
        let standing = self.bookings.iter_mut().filter(|own| own.id == id && !own.cancelled);
        standing.for_each(|own| own.take_back(now));
        self.cancel(id);
    }

    pub fn close(&mut self, counter: usize) {
        self.closed[counter] = true;
    }

    /// Those of the appointments of the day at a counter that `which` says, by start.
    pub fn on_counter(
        &self,
        now: DateTime<Utc>,
        counter: usize,
        which: impl Fn(&Booking) -> bool,
    ) -> Vec<Uuid> {
        let is_there = |own: &&Booking| {
            own.stands(now)
                && which(own)
                && own.counter == self.counters[counter]
                && own.span.0 < town::start(town::STARTS)
        };
        let mut there: Vec<&Booking> = self.bookings.iter().filter(is_there).collect();
        there.sort_by_key(|own| own.span.0);
        there.into_iter().map(|own| own.id).collect()
    }

    /// No two appointments occupy one counter.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), String> {
        let live: Vec<&Booking> = self.bookings.iter().filter(|own| own.stands(now)).collect();
        for (index, one) in live.iter().enumerate() {
            for other in &live[index + 1..] {
                if one.counter == other.counter && overlaps(one.span, other.span) {
                    return Err(format!("{one:?} and {other:?} overlap"));
                }
            }
        }
        Ok(())
    }

    /// How often what happened: appointments, moves, cancellations, lapses, mails.
    pub fn counts(&self, now: DateTime<Utc>) -> [usize; 5] {
        let count = |which: &dyn Fn(&Booking) -> bool| {
            self.bookings.iter().filter(|own| which(own)).count()
        };
        let sum = |of: fn(&Booking) -> usize| self.bookings.iter().map(of).sum::<usize>();
        // Each has one mail at first; those that are confirmed also that of their cancellation, or the
        // reminder.
        let confirmed = count(&|own| own.confirm_until.is_none());
        [
            self.bookings.len(),
            sum(|own| own.moves),
            count(&|own| own.cancelled),
            count(&|own| own.has_lapsed(now)),
            self.bookings.len() + sum(|own| own.told) + confirmed,
        ]
    }

    fn open(&self) -> impl Iterator<Item = Uuid> {
        let all = self.counters.iter().enumerate();
        all.filter(|(number, _)| !self.closed[*number] && !self.retired.counters[*number])
            .map(|(_, counter)| *counter)
    }

    /// On other days no counter is closed.
    fn is_open(&self, counter: Uuid, start: DateTime<Utc>) -> Result<(), String> {
        let number = self.counters.iter().position(|own| *own == counter);
        let is_retired = number.is_none_or(|number| self.retired.counters[number]);
        let is_other_day = start >= town::start(town::STARTS);
        if !is_retired && is_other_day || self.open().any(|own| own == counter) {
            Ok(())
        } else {
            Err("at a counter that is closed or retired".to_owned())
        }
    }

    fn is_free(
        &self,
        now: DateTime<Utc>,
        counter: Uuid,
        span: Span,
        citizen: Option<usize>,
        instead: Option<Uuid>,
    ) -> bool {
        let others = self.holds.iter().enumerate().filter(|(index, _)| Some(*index) != citizen);
        let held = others.filter_map(|(_, hold)| hold.as_ref()).any(|hold| {
            hold.expires_at > now
                && hold.counter == counter
                && overlaps((hold.starts_at, hold.ends_at), span)
        });
        let booked = self.bookings.iter().any(|own| {
            own.stands(now)
                && Some(own.id) != instead
                && own.counter == counter
                && overlaps(own.span, span)
        });
        !held && !booked
    }
}

fn overlaps(one: Span, other: Span) -> bool {
    one.0 < other.1 && other.0 < one.1
}
