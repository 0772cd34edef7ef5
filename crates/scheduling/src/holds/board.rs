//! The shared holds of all towns as this process knows them: read when somebody asks, and from then on
//! made to show what this process and others change.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use tenant::{
    TenantId,
    kept::{Kept, Turn},
    moment::{Change, Changes, Moment},
};

use super::Hold;

/// Holds are kept of towns that have so many together.
const ROOM: usize = 100_000;
/// So many steps are remembered: more than are taken while one reads a town's holds, or comes to hear
/// of them.
const REMEMBERED: usize = 16_384;

/// Holds of a town by their local date; some may have expired.
pub(super) type Days = BTreeMap<NaiveDate, Arc<Vec<Hold>>>;

/// What a claim or a release changes. A token comes once and goes once, so that it does not matter in
/// which order the steps of several processes are heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// The token of the hold that has ended.
    pub(super) gone: Option<String>,
    /// The hold that has begun.
    pub(super) come: Option<Hold>,
}

/// The shared holds.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) changes: Arc<Changes>,
    kept: Kept<TenantId, Known>,
    latest: Mutex<Latest>,
}

/// The latest steps of all towns, in the order in which they were counted.
#[derive(Debug, Default)]
struct Latest {
    steps: VecDeque<Noted>,
    /// Which tokens they have ended.
    gone: HashSet<(TenantId, String)>,
}

/// A step that was counted.
#[derive(Debug)]
struct Noted {
    tenant: TenantId,
    change: Change,
    step: Step,
}

/// A town's holds as they were at a moment.
#[derive(Clone, Debug)]
struct Known {
    moment: Moment,
    days: Arc<Days>,
}

impl Default for Board {
    fn default() -> Self {
        let (changes, latest) = (Arc::default(), Mutex::default());
        Self { changes, kept: Kept::with_room(ROOM), latest }
    }
}

impl Board {
    /// The holds of a town, for somebody who asks at `asked`; `look` reads them where what is known may
    /// not be shown, and answers none where it cannot.
    pub(super) async fn shown(
        &self,
        tenant: TenantId,
        asked: Moment,
        look: impl Future<Output = Option<Vec<Hold>>>,
    ) -> (Arc<Days>, Moment) {
        let fresh = |known: Known| known.moment.suits(asked).then_some(known);
        let renew = async |turn: Turn<'_, TenantId, Known>| {
            let moment = self.changes.moment(tenant);
            let live = look.await;
            if live.is_none() {
                // What nobody has told is nothing to go on with.
                self.changes.doubt();
            }
            let live = live.unwrap_or_default();
            let weight = 1 + live.len();
            let mut known = Known::of(moment, live);
            let latest = self.latest();
            for noted in latest.steps.iter().filter(|noted| noted.tenant == tenant) {
                known.follow(noted, &latest.gone);
            }
            turn.keep(known.clone(), weight);
            Ok::<_, Infallible>(known)
        };
        let Ok(known) = self.kept.look(&tenant, fresh, renew).await;
        (known.days, known.moment)
    }

    /// The same where they are known and may be shown.
    pub(super) fn kept(&self, tenant: TenantId, asked: Moment) -> Option<Arc<Days>> {
        let known = self.kept.get(&tenant).filter(|known| known.moment.suits(asked))?;
        Some(known.days)
    }

    /// Counts a step, and shows it.
    pub(super) fn note(&self, tenant: TenantId, count: impl FnOnce() -> Change, step: Step) {
        let mut latest = self.latest();
        let noted = Noted { tenant, change: count(), step };
        if let Some(gone) = &noted.step.gone {
            latest.gone.insert((tenant, gone.clone()));
        }
        self.kept.amend(&tenant, |known| known.follow(&noted, &latest.gone));
        latest.steps.push_back(noted);
        if latest.steps.len() > REMEMBERED
            && let Some(Noted { tenant, step: Step { gone: Some(gone), .. }, .. }) =
                latest.steps.pop_front()
        {
            latest.gone.remove(&(tenant, gone));
        }
    }

    /// Nothing is left half done under this lock.
    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn of(moment: Moment, live: Vec<Hold>) -> Self {
        let mut days = Days::new();
        for hold in live {
            Arc::make_mut(days.entry(hold.date).or_default()).push(hold);
        }
        Self { moment, days: Arc::new(days) }
    }

    /// Takes a step, unless one before it is missing, or nobody will be shown this any more.
    fn follow(
        &mut self,
        Noted { tenant, change, step }: &Noted,
        gone: &HashSet<(TenantId, String)>,
    ) {
        let Some(moment) = self.moment.with(*change).filter(|moment| !moment.is_over()) else {
            return;
        };
        self.moment = moment;
        if let Some(token) = &step.gone {
            let has = |day: &[Hold]| day.iter().any(|hold| hold.token == *token);
            let date = self.days.iter().find_map(|(date, day)| has(day).then_some(*date));
            date.into_iter().for_each(|date| self.on(date).retain(|hold| hold.token != *token));
        }
        let come = step.come.as_ref();
        if let Some(come) = come.filter(|own| !gone.contains(&(*tenant, own.token.clone()))) {
            let day = self.on(come.date);
            day.retain(|hold| hold.token != come.token);
            day.push(come.clone());
        }
    }

    fn on(&mut self, date: NaiveDate) -> &mut Vec<Hold> {
        Arc::make_mut(Arc::make_mut(&mut self.days).entry(date).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Instant};

    use chrono::DateTime;
    use futures::FutureExt as _;
    use proptest::{
        collection::vec,
        prelude::{Strategy, any, prop_oneof, proptest},
    };
    use tenant::moment::{Changing, FRESH};
    use uuid::Uuid;

    use super::*;

    const TOWN: TenantId = TenantId(Uuid::from_u128(1));

    fn hold(token: &str) -> Hold {
        Hold {
            token: token.to_owned(),
            counter: Uuid::nil(),
            date: "2026-11-25".parse().unwrap(),
            starts_at: DateTime::UNIX_EPOCH,
            ends_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
        }
    }

    fn come(token: &str) -> Step {
        Step { gone: None, come: Some(hold(token)) }
    }

    fn gone(token: &str) -> Step {
        Step { gone: Some(token.to_owned()), come: None }
    }

    impl Board {
        async fn look(&self, found: &[&str]) {
            let asked = self.changes.asked(TOWN);
            let found = found.iter().map(|token| hold(token)).collect();
            self.shown(TOWN, asked, async { Some(found) }).await;
        }

        fn tell(&self, step: Step) {
            self.note(TOWN, || self.changes.hear(TOWN), step);
        }

        /// The tokens that may be shown without another look.
        fn tokens(&self) -> Option<Vec<String>> {
            let days = self.kept(TOWN, self.changes.asked(TOWN))?;
            let mut tokens: Vec<_> =
                days.values().flat_map(|day| day.iter().map(|own| own.token.clone())).collect();
            tokens.sort();
            Some(tokens)
        }
    }

    #[tokio::test]
    async fn what_is_told_is_shown_without_another_look() {
        let board = Board::default();
        board.look(&["a", "b"]).await;
        board.tell(come("c"));
        board.tell(Step { gone: Some("a".to_owned()), ..come("d") });
        board.tell(Step::default());
        assert_eq!(board.tokens().unwrap(), ["b", "c", "d"]);
    }

    #[tokio::test]
    async fn a_change_of_which_nobody_says_what_it_is_needs_another_look() {
        let board = Board::default();
        board.look(&["a"]).await;
        board.changes.hear(TOWN);
        board.tell(come("b"));
        assert_eq!(board.tokens(), None);
        board.look(&["a", "b", "c"]).await;
        assert_eq!(board.tokens().unwrap(), ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn what_is_told_during_a_look_is_in_it_or_added_to_it() {
        let board = Board::default();
        let asked = board.changes.asked(TOWN);
        let look = async {
            board.tell(come("seen"));
            let found = vec![hold("a"), hold("seen")];
            board.tell(come("b"));
            board.tell(gone("a"));
            Some(found)
        };
        board.shown(TOWN, asked, look).await;
        assert_eq!(board.tokens().unwrap(), ["b", "seen"]);
    }

    #[tokio::test]
    async fn what_has_gone_does_not_come_again_when_that_is_heard_late() {
        let board = Board::default();
        board.look(&["a"]).await;
        board.tell(gone("a"));
        board.tell(come("a"));
        assert_eq!(board.tokens().unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_has_gone_does_not_come_again_after_another_look_either() {
        let board = Board::default();
        board.look(&["a"]).await;
        board.tell(gone("a"));
        board.changes.hear(TOWN);
        board.look(&[]).await;
        board.tell(come("a"));
        assert_eq!(board.tokens().unwrap(), Vec::<String>::new());
        // Another town's token of that name is another.
        let other = TenantId(Uuid::from_u128(2));
        board.shown(other, board.changes.asked(other), async { Some(Vec::new()) }).await;
        board.note(other, || board.changes.hear(other), come("a"));
        assert_eq!(board.kept(other, board.changes.asked(other)).unwrap().len(), 1);
    }

    #[tokio::test]
    async fn as_much_is_remembered_as_there_is_room_for() {
        let board = Board::default();
        board.look(&[]).await;
        for number in 0..2 * REMEMBERED {
            board.tell(gone(&number.to_string()));
        }
        let latest = board.latest();
        assert_eq!((latest.steps.len(), latest.gone.len()), (REMEMBERED, REMEMBERED));
    }

    /// What one of two processes does. A number stands for one of as many as there are.
    #[derive(Clone, Debug)]
    enum Act {
        /// Holds something new, in place of something else or not.
        Claim { replaces: Option<usize> },
        /// Is told by which hold it is refused.
        Refused { by: usize },
        /// Releases a hold.
        Release { which: usize },
        /// Hears the end of what it has done, or what the other has done.
        Hear { which: usize },
        /// Hears that something was done, and not what.
        HearNothing,
        /// Looks at what is held, while something is done before and after.
        Look { before: Vec<(usize, Act)>, after: Vec<(usize, Act)> },
    }

    fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
        let number = any::<usize>;
        let hears = || number().prop_map(|which| Act::Hear { which });
        let brief = prop_oneof![
            proptest::option::of(number()).prop_map(|replaces| Act::Claim { replaces }),
            number().prop_map(|by| Act::Refused { by }),
            number().prop_map(|which| Act::Release { which }),
            hears(),
            hears(),
            hears(),
            proptest::strategy::Just(Act::HearNothing),
        ];
        let brief = (0..2_usize, brief);
        let around = || vec(brief.clone(), 0..5);
        let look = (around(), around()).prop_map(|(before, after)| Act::Look { before, after });
        vec(prop_oneof![3 => brief.clone(), 1 => (0..2_usize, look)], 1..60)
    }

    /// Two processes, and what is held.
    #[derive(Debug, Default)]
    struct World {
        boards: [Arc<Board>; 2],
        held: Vec<String>,
        claimed: usize,
        /// What each has still to hear of, with its own change where it is one.
        unheard: [Vec<(Option<Changing>, Step)>; 2],
    }

    impl World {
        fn act(&mut self, process: usize, act: &Act) {
            match act {
                Act::Claim { replaces } => {
                    let gone = replaces.and_then(|which| self.one(which));
                    self.claimed += 1;
                    let come = Some(hold(&self.claimed.to_string()));
                    self.step(process, Step { gone, come });
                }
                Act::Refused { by } => {
                    let come = self.one(*by).map(|token| hold(&token));
                    let board = &self.boards[process];
                    let changing = board.changes.begin(TOWN);
                    self.unheard[process].push((Some(changing), Step { gone: None, come }));
                }
                Act::Release { which } => {
                    if let Some(token) = self.one(*which) {
                        self.step(process, gone(&token));
                    }
                }
                Act::Hear { which } => self.hear(process, *which),
                Act::HearNothing => _ = self.boards[process].changes.hear(TOWN),
                Act::Look { before, after } => {
                    let board = Arc::clone(&self.boards[process]);
                    let asked = board.changes.asked(TOWN);
                    let look = async {
                        before.iter().for_each(|(process, act)| self.act(*process, act));
                        let found = self.held.iter().map(|token| hold(token)).collect();
                        after.iter().for_each(|(process, act)| self.act(*process, act));
                        Some(found)
                    };
                    board.shown(TOWN, asked, look).now_or_never().expect("nobody else looks");
                }
            }
        }

        fn one(&self, which: usize) -> Option<String> {
            self.held.get(which.checked_rem(self.held.len())?).cloned()
        }

        /// Changes what is held, of which both have to hear.
        fn step(&mut self, process: usize, step: Step) {
            self.held.retain(|token| Some(token) != step.gone.as_ref());
            self.held.extend(step.come.iter().map(|hold| hold.token.clone()));
            let changing = self.boards[process].changes.begin(TOWN);
            self.unheard[1 - process].push((None, step.clone()));
            self.unheard[process].push((Some(changing), step));
        }

        fn hear(&mut self, process: usize, which: usize) {
            let (board, unheard) = (&self.boards[process], &mut self.unheard[process]);
            let Some(which) = which.checked_rem(unheard.len()) else { return };
            let (own, step) = unheard.swap_remove(which);
            let count = || own.map_or_else(|| board.changes.hear(TOWN), Changing::done);
            board.note(TOWN, count, step);
        }

        /// Whatever a process shows wrongly it has still to hear of.
        fn check(&self, process: usize) {
            let Some(tokens) = self.boards[process].tokens() else { return };
            let (number, shown) = (tokens.len(), tokens.into_iter().collect::<BTreeSet<_>>());
            assert_eq!(number, shown.len(), "one hold twice: {shown:?}");
            let held = self.held.iter().cloned().collect();
            for wrong in shown.symmetric_difference(&held) {
                let tells = |step: &Step| {
                    step.gone.as_ref() == Some(wrong)
                        || step.come.as_ref().is_some_and(|come| come.token == *wrong)
                };
                let is_unheard = self.unheard[process].iter().any(|(_, step)| tells(step));
                assert!(is_unheard, "{wrong}: {shown:?} is shown, {held:?} is held");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_is_held_but_for_what_is_still_to_be_heard(acts in acts()) {
            let mut world = World::default();
            for (process, act) in acts {
                world.act(process, &act);
                (0..2).for_each(|process| world.check(process));
            }
            let hear_all = |world: &mut World| {
                for process in 0..2 {
                    while !world.unheard[process].is_empty() {
                        world.hear(process, 0);
                        world.check(process);
                    }
                }
            };
            hear_all(&mut world);
            // What both have looked at they follow from there on, without another look.
            let begun = Instant::now();
            for process in 0..2 {
                world.act(process, &Act::Look { before: Vec::new(), after: Vec::new() });
                world.act(process, &Act::Claim { replaces: Some(process) });
            }
            hear_all(&mut world);
            let shown = world.boards.each_ref().map(|board| board.tokens());
            if begun.elapsed() < FRESH / 2 {
                assert!(shown.iter().all(Option::is_some), "{shown:?}");
            }
        }
    }
}
