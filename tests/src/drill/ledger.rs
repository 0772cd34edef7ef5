//! What the clients know: each question with its answer, and for each appointment what it may be by
//! now.

use std::{collections::BTreeMap, time::Duration};

use super::town::Slot;

/// What a client has heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Yes,
    /// It was refused, with this code: nothing was taken.
    No(String),
    /// Nobody knows whether it was done: no answer came, or one that says no more.
    Unknown(String),
}

/// What a citizen wants of an appointment. Asked twice, each is done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To have it.
    Book(Slot),
    /// To have it elsewhere.
    Move(Slot),
    /// To be rid of it.
    Cancel,
}

/// An appointment that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Where and when.
    pub slot: Slot,
    /// How often it was moved.
    pub moves: usize,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

impl Wish {
    fn done_to(self, before: Option<State>) -> Option<State> {
        match (before, self) {
            (None, Self::Book(slot)) => Some(State { slot, moves: 0, cancelled: false }),
            (Some(state), Self::Move(slot)) if state.slot != slot && !state.cancelled => {
                Some(State { slot, moves: state.moves + 1, ..state })
            }
            (Some(state), Self::Cancel) => Some(State { cancelled: true, ..state }),
            (same, _) => same,
        }
    }
}

/// One appointment as its citizen knows it.
#[derive(Clone, Debug)]
pub struct Story {
    /// The idempotency key it is booked with.
    pub key: String,
    /// All that it may be; `None` is not there.
    possible: Vec<Option<State>>,
    /// All that it may be if some of what was acknowledged is lost.
    remains: Vec<Option<State>>,
    /// Whether an answer was missing once.
    doubtful: bool,
}

impl Story {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self { key, possible: vec![None], remains: vec![None], doubtful: false }
    }

    /// Writes an answer down. A yes settles what was unknown before it, because every wish can be
    /// repeated; a no changes nothing.
    pub fn hear(&mut self, wish: Wish, answer: &Answer) {
        let done = |before: &[Option<State>]| -> Vec<_> {
            before.iter().map(|state| wish.done_to(*state)).collect()
        };
        match answer {
            Answer::No(_) => return,
            Answer::Yes => self.possible = done(&self.possible),
            Answer::Unknown(_) => {
                self.doubtful = true;
                self.possible.extend(done(&self.possible));
            }
        }
        self.possible.dedup();
        self.remains.extend(done(&self.remains));
        self.remains.dedup();
    }

    /// Whether what was found is what remains when some of what was acknowledged is lost.
    #[must_use]
    pub fn has_lost(&self, found: Option<State>) -> bool {
        !self.allows(found) && self.remains.contains(&found)
    }

    /// Whether what was found agrees with what the citizen knows.
    #[must_use]
    pub fn allows(&self, found: Option<State>) -> bool {
        self.possible.contains(&found)
    }

    /// Whether an answer was missing: what was asked then may still be done late.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// All that it may be, for a person to read.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{:?}", self.possible)
    }
}

/// One question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What: `look`, `hold`, `book`, `move`, `cancel`.
    pub step: &'static str,
    /// When, counted from the beginning.
    pub at: Duration,
    /// How long the answer took.
    pub took: Duration,
    /// The answer.
    pub answer: Answer,
}

/// Everything that all clients know.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// All appointments that anybody has asked for.
    pub stories: Vec<Story>,
    /// All questions, in the order of their answers.
    pub asked: Vec<Asked>,
}

impl Ledger {
    /// Begins a story; returns its number.
    pub fn begin(&mut self, key: String) -> usize {
        self.stories.push(Story::new(key));
        self.stories.len() - 1
    }

    /// How often each refusal came.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<&str, usize> {
        self.count(|answer| if let Answer::No(code) = answer { Some(code) } else { None })
    }

    /// How often nobody knew, by reason.
    #[must_use]
    pub fn unknown(&self) -> BTreeMap<&str, usize> {
        self.count(|answer| if let Answer::Unknown(why) = answer { Some(why) } else { None })
    }

    /// How many questions were answered with a yes.
    #[must_use]
    pub fn granted(&self) -> usize {
        self.yeses().count()
    }

    /// How many changes were granted.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.yeses().filter(|asked| ["book", "move", "cancel"].contains(&asked.step)).count()
    }

    fn yeses(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| asked.answer == Answer::Yes)
    }

    /// From the first to the last question that failed: when the first was asked, when the last
    /// was given up.
    #[must_use]
    pub fn degraded(&self) -> Option<(Duration, Duration)> {
        let failed =
            || self.asked.iter().filter(|asked| matches!(asked.answer, Answer::Unknown(_)));
        let first = failed().map(|asked| asked.at).min()?;
        let last = failed().map(|asked| asked.at + asked.took).max()?;
        Some((first, last))
    }

    /// The longest wait for an answer.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.asked.iter().map(|asked| asked.took).max().unwrap_or_default()
    }

    fn count<'a>(
        &'a self,
        of: impl Fn(&'a Answer) -> Option<&'a String>,
    ) -> BTreeMap<&'a str, usize> {
        let mut counts = BTreeMap::new();
        for what in self.asked.iter().filter_map(|asked| of(&asked.answer)) {
            *counts.entry(what.as_str()).or_default() += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(minute: i64) -> Slot {
        let starts_at = chrono::DateTime::from_timestamp(minute * 60, 0).expect("an instant");
        Slot { location: uuid::Uuid::nil(), starts_at }
    }

    fn at(minute: i64, moves: usize) -> Option<State> {
        Some(State { slot: slot(minute), moves, cancelled: false })
    }

    fn unknown() -> Answer {
        Answer::Unknown("no answer".to_owned())
    }

    #[test]
    fn without_an_answer_an_appointment_is_there_or_not_and_a_yes_settles_it() {
        let mut story = Story::new("key".to_owned());
        story.hear(Wish::Book(slot(1)), &unknown());
        assert!(story.allows(None) && story.allows(at(1, 0)) && !story.allows(at(2, 0)));
        story.hear(Wish::Book(slot(1)), &Answer::Yes);
        assert!(!story.allows(None) && story.allows(at(1, 0)));
    }

    #[test]
    fn a_refusal_takes_nothing_and_settles_nothing() {
        let mut story = Story::new("key".to_owned());
        story.hear(Wish::Book(slot(1)), &Answer::No("SLOT_TAKEN".to_owned()));
        assert!(story.allows(None) && !story.allows(at(1, 0)));
        story.hear(Wish::Book(slot(1)), &unknown());
        story.hear(Wish::Book(slot(1)), &Answer::No("SLOT_TAKEN".to_owned()));
        assert!(story.allows(None) && story.allows(at(1, 0)));
    }

    #[test]
    fn a_move_is_done_wholly_or_not_at_all_and_once() {
        let mut story = Story::new("key".to_owned());
        story.hear(Wish::Book(slot(1)), &Answer::Yes);
        story.hear(Wish::Move(slot(2)), &unknown());
        assert!(story.allows(at(1, 0)) && story.allows(at(2, 1)) && !story.allows(at(2, 0)));
        story.hear(Wish::Move(slot(2)), &Answer::Yes);
        assert!(!story.allows(at(1, 0)) && story.allows(at(2, 1)));
    }
}
