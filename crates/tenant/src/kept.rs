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
    places: Mutex<HashMap<K, Arc<Place<V>>>>,
    room: usize,
    looks: AtomicU64,
}

/// A key's place.
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
    _turn: OwnedMutexGuard<()>,
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Room for values whose weights add up to so much; those that were looked at longest ago make
    /// way.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        Self { places: Mutex::default(), room, looks: AtomicU64::new(0) }
    }

    /// What is kept.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<V> {
        let place = lock(&self.places).get(key).cloned()?;
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
        let turn = Arc::clone(&self.place(key).turn).lock_owned().await;
        let turn = Turn { kept: self, key: key.clone(), _turn: turn };
        match turn.get().and_then(look) {
            Some(found) => Ok(found),
            None => renew(turn).await,
        }
    }

    /// Keeps a value that came by the way, without a turn.
    pub fn put(&self, key: &K, value: V, weight: usize) {
        let before = lock(&self.place(key).value).replace(Weighed { value, weight });
        if before.is_none_or(|before| before.weight < weight) {
            self.make_room();
        }
    }

    /// Keeps what `amend` makes of the kept value, as heavy as before, without a turn.
    pub fn amend(&self, key: &K, amend: impl FnOnce(&V) -> Option<V>) {
        let Some(place) = lock(&self.places).get(key).cloned() else { return };
        if let Some(own) = lock(&place.value).as_mut()
            && let Some(value) = amend(&own.value)
        {
            own.value = value;
        }
    }

    fn place(&self, key: &K) -> Arc<Place<V>> {
        let mut places = lock(&self.places);
        let place = places.entry(key.clone()).or_insert_with(|| {
            let looked_at = AtomicU64::new(self.looks.fetch_add(1, Ordering::Relaxed));
            Arc::new(Place { value: Mutex::default(), turn: Arc::default(), looked_at })
        });
        Arc::clone(place)
    }

    /// Lets those go that were looked at longest ago until a quarter of the room is free, once there
    /// is no room left.
    fn make_room(&self) {
        let mut places = lock(&self.places);
        let weight = |place: &Place<V>| lock(&place.value).as_ref().map_or(0, |own| own.weight);
        let mut all: Vec<(u64, K, usize)> = places
            .iter()
            .map(|(key, place)| {
                (place.looked_at.load(Ordering::Relaxed), key.clone(), weight(place))
            })
            .collect();
        let mut sum: usize = all.iter().map(|(_, _, weight)| weight).sum();
        if sum <= self.room {
            return;
        }
        all.sort_unstable_by_key(|(looked_at, ..)| *looked_at);
        for (_, key, weight) in all {
            if sum <= self.room / 4 * 3 {
                return;
            }
            places.remove(&key);
            sum -= weight;
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
        if places.get(&self.key).is_some_and(|place| lock(&place.value).is_none()) {
            places.remove(&self.key);
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
    fn a_value_is_amended_where_there_is_one() {
        let kept = Kept::with_room(4);
        kept.amend(&1, |number| Some(number + 1));
        assert_eq!(kept.get(&1), None);
        kept.put(&1, 1, 1);
        kept.amend(&1, |number| Some(number + 1));
        kept.amend(&1, |_| None);
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
        assert!(lock(&kept.places).is_empty());
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
