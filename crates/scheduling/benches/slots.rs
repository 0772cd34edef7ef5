//! Free slots of a busy town hall: four weeks, ten counters, 600 appointments.

#![allow(missing_docs)] // criterion's macros make undocumented items

#[allow(dead_code)] // the tests use more of it
#[path = "../src/slots/fixture.rs"]
mod fixture;

use std::hint::black_box;

use catalog::{
    model::{Release, TownSetup},
    time::Weekday,
};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use scheduling::slots::{
    Audience, Busy, Line, Search, Taken, candidates, free_slots, nearest, next_free_date,
};

const COUNTERS: u128 = 10;
const APPOINTMENTS: u128 = 600;

/// Mornings, long Thursdays, a Saturday a month, and a reserve on two counters.
fn town_hall() -> TownSetup {
    let mut setup = fixture::town(COUNTERS);
    setup.town.booking.max_days_ahead = Some(60);
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

/// Appointments of 15 minutes, spread over the counters and the mornings of 20 working days.
fn appointments(first: NaiveDate) -> Vec<Busy> {
    let busy = |n: u128| {
        let day = u64::try_from(n / COUNTERS % 20).expect("it is small");
        let date = first + Days::new(day / 5 * 7 + day % 5);
        let minute =
            i64::try_from(n / (COUNTERS * 20) * 55 + n % COUNTERS * 5).expect("it is small");
        let starts_at = date.and_hms_opt(6, 0, 0).expect("it is a time").and_utc();
        let starts_at = starts_at + TimeDelta::minutes(minute);
        Busy {
            counter: fixture::counter_id(1, n % COUNTERS + 1),
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(15),
        }
    };
    (0..APPOINTMENTS).map(busy).collect()
}

fn slots(bench: &mut Criterion) {
    let setup = town_hall();
    let first = NaiveDate::from_ymd_opt(2026, 9, 7).expect("it is a date");
    let taken = Taken::of(setup.town.time_zone, &appointments(first));
    let lines = [Line { service: &setup.services[0], quantity: 2 }];
    let now: DateTime<Utc> = first.and_hms_opt(5, 0, 0).expect("it is a time").and_utc();
    let search = Search {
        setup: &setup,
        lines: &lines,
        location: None,
        from: first,
        to: first + Days::new(27),
        audience: Audience::Public,
        now,
        taken: &taken,
    };
    let at = now + TimeDelta::hours(26);
    let full = Search { from: first - Days::new(40), to: first - Days::new(20), ..search };
    bench.bench_function("four weeks, ten counters, 600 appointments", |bench| {
        bench.iter(|| free_slots(black_box(&search)));
    });
    bench.bench_function("candidates of one start", |bench| {
        bench.iter(|| candidates(black_box(&search), black_box(at)));
    });
    bench.bench_function("five nearest starts", |bench| {
        bench.iter(|| nearest(black_box(&search), black_box(at), 5));
    });
    bench.bench_function("next free date", |bench| {
        bench.iter(|| next_free_date(black_box(&full)));
    });
}

criterion_group!(benches, slots);
criterion_main!(benches);
