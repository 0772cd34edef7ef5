//! What is kept in memory of many things, mostly of towns: as much as there is room for, and renewed
//! by one while the others wait.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::OwnedMutexGuard;

/// Values by their keys, which both cost little to clone.
#[derive(Debug)]
pub struct Kept<K, V> {
    places: Mutex<Places<K, V>>,
    room: usize,
    looks: AtomicU64,
}

#[derive(Debug)]
struct Places<K, V> {
    of: HashMap<K, Arc<Place<V>>>,
    /// What all values weigh together.
    weight: usize,
}

/// A key's place. Who locks its value and the places locks the places first.
#[derive(Debug)]
struct Place<V> {
    value: Mutex<Option<Weighed<V>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    looked_at: AtomicU64,
}

#[derive(Debug)]
struct Weighed<V> {
    value: V,
    weight: usize,
}

/// The right to renew a value; others who want to wait. A place at which nothing is kept when it ends
/// is cleared away, so that what cannot be kept costs no memory.
#[derive(Debug)]
pub struct Turn<'a, K: Eq + Hash, V> {
    kept: &'a Kept<K, V>,
    key: K,
    place: Arc<Place<V>>,
    _turn: OwnedMutexGuard<()>,
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Room for values whose weights add up to so much; those that were looked at longest ago make
    /// way.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        let places = Places { of: HashMap::new(), weight: 0 };
        Self { places: Mutex::new(places), room, looks: AtomicU64::new(0) }
    }

    /// What is kept.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<V> {
        let place = lock(&self.places).of.get(key).cloned()?;
        place.looked_at.store(self.looks.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        place.get()
    }

    /// What `look` makes of the kept value; where it makes nothing of it, what `renew` answers, which
    /// one does while the others wait for the value that it keeps.
    ///
    /// # Errors
    /// Those of `renew`.
    pub async fn look<'a, R, E, F: Future<Output = Result<R, E>>>(
        &'a self,
        key: &K,
        look: impl Fn(V) -> Option<R>,
        renew: impl FnOnce(Turn<'a, K, V>) -> F,
    ) -> Result<R, E> {
        if let Some(found) = self.get(key).and_then(&look) {
            return Ok(found);
        }
        let place = self.place(&mut lock(&self.places), key);
        let turn = Arc::clone(&place.turn).lock_owned().await;
        let turn = Turn { kept: self, key: key.clone(), place, _turn: turn };
        match turn.get().and_then(look) {
            Some(found) => Ok(found),
            None => renew(turn).await,
        }
    }

    /// Keeps a value that came by the way, without a turn.
    pub fn put(&self, key: &K, value: V, weight: usize) {
        let mut places = lock(&self.places);
        let place = self.place(&mut places, key);
        let before = lock(&place.value).replace(Weighed { value, weight });
        places.weight = places.weight + weight - before.map_or(0, |before| before.weight);
        if places.weight > self.room {
            places.lighten(self.room / 4 * 3);
        }
    }

    /// Lets `amend` change the kept value, as heavy as before, without a turn.
    pub fn amend(&self, key: &K, amend: impl FnOnce(&mut V)) {
        let Some(place) = lock(&self.places).of.get(key).cloned() else { return };
        if let Some(own) = lock(&place.value).as_mut() {
            amend(&mut own.value);
        }
    }

    fn place(&self, places: &mut Places<K, V>, key: &K) -> Arc<Place<V>> {
        let place = places.of.entry(key.clone()).or_insert_with(|| {
            let looked_at = AtomicU64::new(self.looks.fetch_add(1, Ordering::Relaxed));
            Arc::new(Place { value: Mutex::default(), turn: Arc::default(), looked_at })
        });
        Arc::clone(place)
    }
}

impl<K: Clone + Eq + Hash, V> Places<K, V> {
    /// Lets those go that were looked at longest ago until what is left weighs no more than `most`.
    fn lighten(&mut self, most: usize) {
        let mut all: Vec<(u64, K)> = self
            .of
            .iter()
            .map(|(key, place)| (place.looked_at.load(Ordering::Relaxed), key.clone()))
            .collect();
        all.sort_unstable_by_key(|(looked_at, _)| *looked_at);
        for (_, key) in all {
            if self.weight <= most {
                return;
            }
            if let Some(place) = self.of.remove(&key) {
                self.weight -= lock(&place.value).as_ref().map_or(0, |own| own.weight);
            }
        }
    }
}

impl<V: Clone> Place<V> {
    fn get(&self) -> Option<V> {
        lock(&self.value).as_ref().map(|own| own.value.clone())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Turn<'_, K, V> {
    /// What is kept now.
    #[must_use]
    pub fn get(&self) -> Option<V> {
        self.kept.get(&self.key)
    }

    /// Keeps a value instead.
    pub fn keep(&self, value: V, weight: usize) {
        self.kept.put(&self.key, value, weight);
    }
}

impl<K: Eq + Hash, V> Drop for Turn<'_, K, V> {
    fn drop(&mut self) {
        let mut places = lock(&self.kept.places);
        let is_own = |place: &Arc<Place<V>>| Arc::ptr_eq(place, &self.place);
        if places.of.get(&self.key).is_some_and(is_own) && lock(&self.place.value).is_none() {
            places.of.remove(&self.key);
        }
    }
}

/// Nothing is left half done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn what_was_looked_at_longest_ago_makes_way() {
        let kept = Kept::with_room(4);
        for number in 1..=4 {
            kept.put(&number, number, 1);
        }
        assert_eq!(kept.get(&1), Some(1));
        kept.put(&5, 5, 1);
        let left: Vec<u32> = (1..=5).filter_map(|number| kept.get(&number)).collect();
        assert_eq!(left, [1, 4, 5]);
    }

    #[test]
    fn a_value_that_is_kept_anew_weighs_what_it_weighs_now() {
        let kept = Kept::with_room(4);
        kept.put(&1, "heavy", 4);
        kept.put(&1, "light", 1);
        kept.put(&2, "heavy", 3);
        assert_eq!((kept.get(&1), kept.get(&2)), (Some("light"), Some("heavy")));
        kept.put(&2, "heavier", 4);
        assert_eq!((kept.get(&1), kept.get(&2)), (None, None), "together they are too heavy");
        assert_eq!(lock(&kept.places).weight, 0);
    }

    #[test]
    fn a_value_is_amended_where_there_is_one() {
        let kept = Kept::with_room(4);
        kept.amend(&1, |number| *number += 1);
        assert_eq!(kept.get(&1), None);
        kept.put(&1, 1, 1);
        kept.amend(&1, |number| *number += 1);
        assert_eq!(kept.get(&1), Some(2));
    }

    #[tokio::test]
    async fn what_is_not_kept_takes_no_place() {
        let kept = Kept::<u32, u32>::with_room(4);
        let failed = kept.look(&1, |_| None::<()>, async |_| Err("a question that has no answer"));
        assert!(failed.await.is_err());
        let given_up = kept.look(
            &2,
            |_| None::<()>,
            async |_turn| std::future::pending::<Result<(), Infallible>>().await,
        );
        tokio::select! {
            biased;
            _ = given_up => unreachable!("it never ends"),
            () = tokio::task::yield_now() => {}
        }
        assert!(lock(&kept.places).of.is_empty());
    }

    #[tokio::test]
    async fn a_turn_that_fails_leaves_the_place_that_another_waits_at() {
        let kept = Kept::<u32, u32>::with_room(4);
        let failed = kept.look(
            &1,
            |_| None::<()>,
            async |turn| {
                // Nothing is kept there, so it makes way first.
                kept.put(&2, 2, 5);
                let _another = kept.place(&mut lock(&kept.places), &1);
                drop(turn);
                Err("a question that has no answer")
            },
        );
        assert!(failed.await.is_err());
        assert!(lock(&kept.places).of.contains_key(&1));
    }

    #[tokio::test]
    async fn whoever_waits_finds_what_the_one_before_has_kept() {
        let kept = Kept::with_room(4);
        let look = |value: &'static str| (value != "old").then_some(value);
        kept.put(&1, "old", 1);
        let renew = async |turn: Turn<'_, u32, &'static str>| {
            assert_eq!(turn.get(), Some("old"));
            tokio::task::yield_now().await;
            turn.keep("renewed", 1);
            Ok::<_, Infallible>("renewed")
        };
        let never = async |_: Turn<'_, u32, &'static str>| unreachable!("it has been renewed");
        let first = kept.look(&1, look, renew);
        let second = kept.look::<_, Infallible, _>(&1, look, never);
        assert_eq!(tokio::join!(first, second), (Ok("renewed"), Ok("renewed")));
    }
}
