//! What is kept in memory of each town: as much as there is room for, reached with a scope, and
//! renewed by one while the others wait.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::OwnedMutexGuard;

use crate::{Scope, TenantId};

/// Values of towns, which cost little to clone.
#[derive(Debug)]
pub struct Kept<V> {
    places: Mutex<HashMap<TenantId, Arc<Place<V>>>>,
    room: usize,
    looks: AtomicU64,
}

/// A town's place.
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

/// The right to renew a town's value; others who want to wait.
#[derive(Debug)]
pub struct Turn<'a, V> {
    kept: &'a Kept<V>,
    place: Arc<Place<V>>,
    _turn: OwnedMutexGuard<()>,
}

impl<V: Clone> Kept<V> {
    /// Room for values whose weights add up to so much; the towns that were looked at longest ago
    /// make way.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        Self { places: Mutex::default(), room, looks: AtomicU64::new(0) }
    }

    /// What is kept of the scope's town.
    #[must_use]
    pub fn get(&self, scope: &Scope) -> Option<V> {
        let place = lock(&self.places).get(&scope.tenant).cloned()?;
        place.looked_at.store(self.looks.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        place.get()
    }

    /// Waits until nobody else renews the town's value, which may have been renewed then.
    pub async fn turn(&self, scope: &Scope) -> Turn<'_, V> {
        let place = self.place(scope);
        let turn = Arc::clone(&place.turn).lock_owned().await;
        Turn { kept: self, place, _turn: turn }
    }

    /// Keeps a value that came by the way, without a turn.
    pub fn put(&self, scope: &Scope, value: V, weight: usize) {
        self.put_at(&self.place(scope), value, weight);
    }

    fn put_at(&self, place: &Place<V>, value: V, weight: usize) {
        let before = lock(&place.value).replace(Weighed { value, weight });
        if before.is_none_or(|before| before.weight < weight) {
            self.make_room();
        }
    }

    fn place(&self, scope: &Scope) -> Arc<Place<V>> {
        let mut places = lock(&self.places);
        let place = places.entry(scope.tenant).or_insert_with(|| {
            let looked_at = AtomicU64::new(self.looks.fetch_add(1, Ordering::Relaxed));
            Arc::new(Place { value: Mutex::default(), turn: Arc::default(), looked_at })
        });
        Arc::clone(place)
    }

    /// Lets the towns go that were looked at longest ago until a quarter of the room is free, once
    /// there is no room left.
    fn make_room(&self) {
        let mut places = lock(&self.places);
        let weight = |place: &Place<V>| lock(&place.value).as_ref().map_or(0, |own| own.weight);
        let mut all: Vec<(u64, TenantId, usize)> = places
            .iter()
            .map(|(town, place)| (place.looked_at.load(Ordering::Relaxed), *town, weight(place)))
            .collect();
        let mut sum: usize = all.iter().map(|(_, _, weight)| weight).sum();
        if sum <= self.room {
            return;
        }
        all.sort_unstable();
        for (_, town, weight) in all {
            if sum <= self.room / 4 * 3 {
                return;
            }
            places.remove(&town);
            sum -= weight;
        }
    }
}

impl<V: Clone> Place<V> {
    fn get(&self) -> Option<V> {
        lock(&self.value).as_ref().map(|own| own.value.clone())
    }
}

impl<V: Clone> Turn<'_, V> {
    /// What is kept of the town now.
    #[must_use]
    pub fn get(&self) -> Option<V> {
        self.place.get()
    }

    /// Keeps a value instead.
    pub fn keep(&self, value: V, weight: usize) {
        self.kept.put_at(&self.place, value, weight);
    }
}

/// Nothing is left half done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn town(number: u128) -> Scope {
        Scope::citizen(TenantId(Uuid::from_u128(number)))
    }

    #[tokio::test]
    async fn the_town_that_was_looked_at_longest_ago_makes_way() {
        let kept = Kept::with_room(4);
        for number in 1..=4 {
            kept.turn(&town(number)).await.keep(number, 1);
        }
        assert_eq!(kept.get(&town(1)), Some(1));
        kept.turn(&town(5)).await.keep(5, 1);
        let left: Vec<u128> = (1..=5).filter_map(|number| kept.get(&town(number))).collect();
        assert_eq!(left, [1, 4, 5]);
    }

    #[tokio::test]
    async fn whoever_waits_for_a_turn_finds_what_the_one_before_has_kept() {
        let kept = Kept::with_room(4);
        let scope = town(1);
        let turn = kept.turn(&scope).await;
        let renew = async move {
            tokio::task::yield_now().await;
            turn.keep("renewed", 1);
        };
        let (second, ()) = tokio::join!(kept.turn(&scope), renew);
        assert_eq!(second.get(), Some("renewed"));
    }
}
