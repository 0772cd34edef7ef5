//! A citizen who looks, holds, books, moves and cancels, again and again, and asks again where no
//! answer came.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    chance::Chance,
    ledger::{Answer, Wish},
    town::{SLUG, Slot, basket, day, slots},
    world::World,
};
use crate::citizen::{BOOK_BY_HOLD, HOLD};

const LOOK: &str = "query($town: String!, $basket: [BasketLineInput!]!, $date: NaiveDate!) {
    freeSlots(town: $town, basket: $basket, from: $date, to: $date) { days { location starts } } }";
const MOVE: &str = "mutation($town: String!, $secret: String!, $location: UUID!, $startsAt: DateTime!) {
    rescheduleAppointment(town: $town, appointment: { secret: $secret }, location: $location, startsAt: $startsAt) {
        id } }";
const CANCEL: &str = "mutation($town: String!, $secret: String!) {
    cancelAppointment(town: $town, appointment: { secret: $secret }) { id } }";

/// How often a question is asked again where nobody knows the answer.
const TRIES: u32 = 8;

/// Lives until the world is over; what was begun is ended.
pub async fn live(world: &World, seed: u64) {
    let mut citizen = Citizen { world, chance: Chance::new(seed) };
    while !world.is_over() {
        citizen.turn().await;
        let pause = citizen.chance.below(200);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// Free slots of a day, as one door tells them.
pub async fn look(world: &World, chance: &mut Chance) -> Vec<Slot> {
    let asked = json!({ "town": SLUG, "basket": basket(), "date": day(chance.below(100)) });
    match world.ask("look", chance.below(64), LOOK, &asked).await {
        (Answer::Yes, answer) => slots(&answer),
        _ => Vec::new(),
    }
}

/// Holds a slot; the token where it was granted.
pub async fn hold(world: &World, chance: u64, slot: Slot) -> (Answer, Option<String>) {
    let (answer, value) = world.ask("hold", chance, HOLD, &at(slot)).await;
    let token = value["data"]["holdSlot"]["token"].as_str().map(str::to_owned);
    (answer, token)
}

fn at(slot: Slot) -> Value {
    let Slot { location, starts_at } = slot;
    json!({ "town": SLUG, "basket": basket(), "location": location, "startsAt": starts_at })
}

struct Citizen<'a> {
    world: &'a World,
    chance: Chance,
}

impl Citizen<'_> {
    /// One appointment, from the first look on.
    async fn turn(&mut self) {
        let Some(slot) = self.choice().await else { return };
        let mut token = None;
        if self.chance.happens(60) {
            let (answer, held) = hold(self.world, self.chance.below(64), slot).await;
            if matches!(answer, Answer::No(_)) {
                return;
            }
            token = held;
        }
        let number = self.world.number();
        let key = format!("a-citizen-of-the-drill-{number}");
        let story = self.world.ledger().begin(key.clone());
        let mut asked = at(slot);
        asked["key"] = json!(key);
        asked["hold"] = json!(token);
        asked["email"] = json!(format!("citizen-{number}@example.org"));
        let Some(booked) = self.settle("book", story, Wish::Book(slot), BOOK_BY_HOLD, &asked).await
        else {
            return;
        };
        let secret = &booked["data"]["bookAppointment"]["secret"];
        if self.chance.happens(30)
            && let Some(other) = self.choice().await
        {
            let mut asked = at(other);
            asked["secret"] = secret.clone();
            self.settle("move", story, Wish::Move(other), MOVE, &asked).await;
        }
        if self.chance.happens(25) && !self.is_doubtful(story) {
            let asked = json!({ "town": SLUG, "secret": secret });
            self.settle("cancel", story, Wish::Cancel, CANCEL, &asked).await;
        }
    }

    /// A free slot; often one of the first, which others like too.
    async fn choice(&mut self) -> Option<Slot> {
        let free = look(self.world, &mut self.chance).await;
        let reach = if self.chance.happens(50) { free.len().min(4) } else { free.len() };
        let index = self.chance.below(u64::try_from(reach.max(1)).ok()?);
        free.get(usize::try_from(index).ok()?).copied()
    }

    /// Asks until there is a clear answer or the citizen has had enough; the answer where it is a
    /// yes that no doubt came before.
    async fn settle(
        &mut self,
        step: &'static str,
        story: usize,
        wish: Wish,
        document: &str,
        asked: &Value,
    ) -> Option<Value> {
        for attempt in 1..=TRIES {
            let (answer, value) =
                self.world.ask(step, self.chance.below(64), document, asked).await;
            self.world.ledger().stories[story].hear(wish, &answer);
            match answer {
                // What was asked in doubt may still be done late: such an appointment is left alone.
                Answer::Yes => return (!self.is_doubtful(story)).then_some(value),
                Answer::No(_) => return None,
                Answer::Unknown(_) if self.chance.happens(10) => return None,
                Answer::Unknown(_) => {
                    tokio::time::sleep(Duration::from_millis(250) * attempt).await;
                }
            }
        }
        None
    }

    fn is_doubtful(&self, story: usize) -> bool {
        self.world.ledger().stories[story].is_doubtful()
    }
}
