//! Answers to what many ask at once, such as the free slots of the day on which a town gives places
//! out: as long as the same question would get the same answer, it is computed once and the bytes
//! are shared.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    Request, Response,
    parser::types::{OperationType, Selection},
};
use axum::body::Bytes;
use scheduling::{Basis, Office};
use tenant::kept::{Kept, Turn};

/// Room for so many bytes of questions and answers.
const ROOM: usize = 32 << 20;
/// Longer questions, in bytes, are not kept.
const LONGEST: usize = 8 << 10;
/// The field whose answers are kept.
const FIELD: &str = "freeSlots";

/// The kept answers to what nobody in particular asks, by the bytes of the question.
pub(super) struct Answers {
    kept: Kept<Bytes, Answer>,
}

#[derive(Clone)]
struct Answer {
    body: Bytes,
    bases: Arc<[Basis]>,
}

/// An answer.
pub(super) enum Answered {
    /// That others with the same question get, too.
    Kept(Bytes),
    /// To this question only.
    Once(Response),
}

/// On what the fields of an answer rest, gathered while they are resolved.
#[derive(Default)]
pub(super) struct Bases(Mutex<Vec<Basis>>);

impl Bases {
    pub(super) fn add(&self, basis: Option<Basis>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(basis);
    }

    fn take(&self) -> Vec<Basis> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self { kept: Kept::with_room(ROOM) }
    }
}

impl Answers {
    /// The answer, if there is one that still stands.
    pub(super) fn find(&self, office: &Office, question: &Bytes) -> Option<Bytes> {
        self.kept.get(question).and_then(|answer| answer.standing(office))
    }

    /// The answer that one computes by `ask` while others with the same question wait for it; kept if
    /// it has no errors and a basis for each of its `fields`.
    pub(super) async fn ask<F: Future<Output = Response>>(
        &self,
        office: &Office,
        question: &Bytes,
        fields: usize,
        ask: impl FnOnce(Arc<Bases>) -> F,
    ) -> Result<Answered, serde_json::Error> {
        let renew = async |turn: Turn<'_, Bytes, Answer>| {
            let bases = Arc::new(Bases::default());
            let response = ask(Arc::clone(&bases)).await;
            let bases = bases.take();
            if response.is_err() || bases.len() != fields {
                return Ok(Answered::Once(response));
            }
            let body = Bytes::from(serde_json::to_vec(&response)?);
            let weight = question.len() + body.len() + size_of_val(&*bases);
            turn.keep(Answer { body: body.clone(), bases: bases.into() }, weight);
            Ok(Answered::Kept(body))
        };
        // The bytes are a piece of a larger buffer, which is not to be kept.
        let question = Bytes::copy_from_slice(question);
        let look = |answer: Answer| answer.standing(office).map(Answered::Kept);
        self.kept.look(&question, look, renew).await
    }
}

impl Answer {
    fn standing(&self, office: &Office) -> Option<Bytes> {
        let stands = self.bases.iter().all(|basis| basis.stands(office));
        stands.then(|| self.body.clone())
    }
}

/// How many fields a request asks for, if it asks for nothing but what is kept.
pub(super) fn shared_fields(request: &mut Request, question: &Bytes) -> Option<usize> {
    if question.len() > LONGEST || !request.uploads.is_empty() {
        return None;
    }
    let document = request.parsed_query().ok()?;
    let mut operations = document.operations.iter();
    let (Some((_, operation)), None) = (operations.next(), operations.next()) else { return None };
    let items = &operation.node.selection_set.node.items;
    let is_kept =
        |item: &Selection| matches!(item, Selection::Field(field) if field.node.name.node == FIELD);
    let all =
        operation.node.ty == OperationType::Query && items.iter().all(|item| is_kept(&item.node));
    all.then_some(items.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(query: &str) -> Option<usize> {
        shared_fields(&mut Request::new(query), &Bytes::from(query.to_owned()))
    }

    #[test]
    fn only_free_slots_are_kept() {
        let slots = "freeSlots(town: \"a\", basket: [], from: \"2026-11-24\", to: \"2026-11-24\") { nextFreeDate }";
        assert_eq!(fields(&format!("{{ {slots} }}")), Some(1));
        assert_eq!(fields(&format!("query Two {{ a: {slots} b: {slots} }}")), Some(2));
        assert_eq!(fields(&format!("{{ {slots} towns {{ name }} }}")), None);
        assert_eq!(fields(&format!("{{ ...Slots }} fragment Slots on Query {{ {slots} }}")), None);
        assert_eq!(fields("mutation { releaseHold(town: \"a\", token: \"b\") }"), None);
        assert_eq!(fields(&format!("{{ {slots} }}{}", " ".repeat(LONGEST))), None);
        assert_eq!(fields("{ broken"), None);
    }
}
