//! Free slots of towns of all sizes, beside the obvious way to find them and a pass over as many
//! bitmaps.

#![allow(missing_docs)] // criterion's macros make undocumented items

#[allow(dead_code)] // the tests use more of it
#[path = "../src/slots/fixture.rs"]
mod fixture;

use std::{collections::HashMap, hint::black_box, time::Duration};

use catalog::{
    hours::{Day, Hours},
    model::{Release, TownSetup},
    time::Weekday,
};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Timelike as _, Utc};
use criterion::{Bencher, BenchmarkId, Criterion, criterion_group, criterion_main};
use scheduling::slots::{
    Audience, Busy, Line, Search, Taken, candidates, free_slots, nearest, needed_minutes,
    next_free_date,
};
use uuid::Uuid;

/// Counters, weeks, and how many of ten places are taken.
const COUNTERS: [u128; 3] = [1, 10, 100];
const WEEKS: [u64; 3] = [1, 4, 26];
const TAKEN: [(&str, usize); 3] = [("empty", 0), ("typical", 6), ("full", 10)];
/// Beyond so many comparisons the obvious way takes seconds.
const PATIENCE: u128 = 20_000_000;

/// Mornings, long Thursdays, a Saturday a month, and a reserve on two counters.
fn town_hall(counters: u128) -> TownSetup {
    let mut setup = fixture::town(counters);
    setup.town.booking.max_days_ahead = Some(400);
    let mut reserve = fixture::opening(&fixture::DAILY[..5], "11:00", "12:00");
    reserve.release = Release::Reserve;
    reserve.counters = vec!["1".into(), "2".into()];
    let mut saturday = fixture::opening(&[Weekday::Sat], "09:00", "12:00");
    saturday.weeks_of_month = vec![1];
    setup.locations[0].openings = vec![
        fixture::opening(&fixture::DAILY[..5], "08:00", "12:30"),
        fixture::opening(&[Weekday::Mon, Weekday::Tue], "14:00", "16:00"),
        fixture::opening(&[Weekday::Thu], "14:00", "18:00"),
        saturday,
        reserve,
    ];
    setup
}

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 7).expect("it is a date")
}

/// Appointments of 25 minutes, so many of ten that fit, on all counters from 8:00 to 18:00.
fn appointments(counters: u128, weeks: u64, of_ten: usize) -> Vec<Busy> {
    let dates = first().iter_days().take(usize::try_from(weeks * 7).expect("it is small"));
    let working = dates.filter(|date| date.weekday().num_days_from_monday() < 5);
    let of_day = |date: NaiveDate| {
        let opens = date.and_hms_opt(6, 0, 0).expect("it is a time").and_utc();
        (1..=counters).flat_map(move |counter| {
            (0..24_usize).filter(move |place| place * 7 % 10 < of_ten).map(move |place| {
                let after = i64::try_from(place).expect("it is small") * 25;
                let starts_at = opens + TimeDelta::minutes(after);
                let ends_at = starts_at + TimeDelta::minutes(25);
                Busy { counter: fixture::counter_id(1, counter), starts_at, ends_at }
            })
        })
    };
    working.flat_map(of_day).collect()
}

/// Every start of every counter, against every booking of that counter.
fn obvious(search: &Search<'_>, busy: &HashMap<Uuid, Vec<Busy>>) -> usize {
    let needed = TimeDelta::minutes(i64::from(needed_minutes(search.lines)));
    let mut found = 0;
    for date in search.from.iter_days().take_while(|date| *date <= search.to) {
        let day = Day::new(search.setup, date);
        for location in &search.setup.locations {
            let hours = Hours::on(&day, search.setup, location);
            for counter in &location.counters {
                let own = busy.get(&counter.id).map_or(&[][..], Vec::as_slice);
                for window in hours.open(counter).filter(|own| own.release == Release::Public) {
                    let step = usize::from(location.start_step);
                    for minute in (window.from..window.to).step_by(step) {
                        let (starts_at, ends_at) = (day.at(minute), day.at(minute) + needed);
                        let free = !own
                            .iter()
                            .any(|busy| busy.starts_at < ends_at && starts_at < busy.ends_at);
                        found += usize::from(free && ends_at <= day.at(window.to));
                    }
                }
            }
        }
    }
    found
}

/// The minutes of all spans in UTC, one bitmap for each day of each counter.
fn bitmaps(counters: u128, weeks: u64, spans: &[Busy]) -> Vec<[u64; 24]> {
    let dates = first().iter_days().take(usize::try_from(weeks * 7).expect("it is small"));
    let empty =
        |date| (1..=counters).map(move |own| ((date, fixture::counter_id(1, own)), [0; 24]));
    let mut all: HashMap<(NaiveDate, Uuid), [u64; 24]> = dates.flat_map(empty).collect();
    for Busy { counter, starts_at, ends_at } in spans {
        let map = all.get_mut(&(starts_at.date_naive(), *counter)).expect("a day of the town");
        let minute = |at: &DateTime<Utc>| usize::try_from(at.num_seconds_from_midnight() / 60);
        for minute in minute(starts_at).expect("a minute")..minute(ends_at).expect("a minute") {
            map[minute / 64] |= 1 << (minute % 64);
        }
    }
    all.into_values().collect()
}

/// One bench of a group, found again by both names.
fn measure(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    bench: impl FnMut(&mut Bencher<'_>),
) {
    criterion.benchmark_group(group).bench_function(BenchmarkId::from_parameter(name), bench);
}

fn towns(bench: &mut Criterion) {
    for counters in COUNTERS {
        let setup = town_hall(counters);
        let lines = [Line { service: &setup.services[0], quantity: 2 }];
        for weeks in WEEKS {
            for (name, of_ten) in TAKEN {
                let spans = appointments(counters, weeks, of_ten);
                let taken = Taken::of(setup.town.time_zone, &spans);
                let search = search(&setup, &lines, weeks, &taken);
                let town = format!("{counters:>3} counters, {weeks:>2} weeks, {name}");
                measure(bench, "free slots", &town, |bench| {
                    bench.iter(|| free_slots(black_box(&search)));
                });
                let days = counters * u128::from(weeks) * 5;
                if days * 70 * u128::try_from(spans.len()).expect("it is small") / counters
                    < PATIENCE
                {
                    let mut of_counter: HashMap<Uuid, Vec<Busy>> = HashMap::new();
                    spans
                        .iter()
                        .for_each(|busy| of_counter.entry(busy.counter).or_default().push(*busy));
                    measure(bench, "obvious", &town, |bench| {
                        bench.iter(|| obvious(black_box(&search), black_box(&of_counter)));
                    });
                }
                let bitmaps = bitmaps(counters, weeks, &spans);
                measure(bench, "floor", &town, |bench| {
                    bench.iter(|| {
                        let words = black_box(&bitmaps).iter().flatten();
                        words.map(|word| word.count_ones()).sum::<u32>()
                    });
                });
            }
        }
    }
}

fn search<'a>(
    setup: &'a TownSetup,
    lines: &'a [Line<'a>],
    weeks: u64,
    taken: &'a Taken,
) -> Search<'a> {
    let now: DateTime<Utc> = first().and_hms_opt(5, 0, 0).expect("it is a time").and_utc();
    Search {
        setup,
        lines,
        location: None,
        from: first(),
        to: first() + Days::new(weeks * 7 - 1),
        audience: Audience::Public,
        now,
        taken,
    }
}

fn single_questions(bench: &mut Criterion) {
    let setup = town_hall(10);
    let lines = [Line { service: &setup.services[0], quantity: 2 }];
    let spans = appointments(10, 4, 6);
    let taken = Taken::of(setup.town.time_zone, &spans);
    let search = search(&setup, &lines, 4, &taken);
    let at = search.now + TimeDelta::hours(26);
    let full = Search { from: first() - Days::new(40), to: first() - Days::new(20), ..search };
    let mut ask = |name: &str, question: &dyn Fn()| {
        measure(bench, "one question", name, |bench| bench.iter(question));
    };
    for quantity in [1, 2, 5] {
        let line = Line { service: &setup.services[0], quantity };
        let lines = [line, Line { service: &setup.services[1], quantity: 1 }];
        for (count, own) in [("one service", &lines[..1]), ("two services", &lines[..])] {
            let search = Search { lines: own, ..search };
            ask(&format!("free slots, {count}, for {quantity}"), &|| {
                black_box(free_slots(black_box(&search)));
            });
        }
    }
    ask("the counters that fit one start", &|| {
        black_box(candidates(black_box(&search), black_box(at)));
    });
    ask("the five nearest free starts", &|| {
        black_box(nearest(black_box(&search), black_box(at), 5));
    });
    ask("the next free date", &|| {
        black_box(next_free_date(black_box(&full)));
    });
    ask("bitmaps of all appointments", &|| {
        black_box(Taken::of(setup.town.time_zone, black_box(&spans)));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = towns, single_questions
}
criterion_main!(benches);
