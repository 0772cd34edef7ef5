//! The rules by name, each in the smallest town that shows it.

use catalog::{
    model::{BookingWindow, Closure, OpeningRule, Release, SpecialOpening, Text, TownSetup},
    time::Weekday,
};

use super::{
    fixture::{DAILY, counter_id, location, opening, town, wall},
    *,
};

/// A Wednesday without a holiday in sight.
const WEDNESDAY: &str = "2026-12-02";
const SPRING: &str = "2026-03-29";
const AUTUMN: &str = "2026-10-25";

static NOTHING: std::sync::LazyLock<Taken> =
    std::sync::LazyLock::new(|| Taken::nothing(chrono_tz::Europe::Berlin));

fn taken(busy: &[Busy]) -> Taken {
    Taken::of(chrono_tz::Europe::Berlin, busy)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant, from its date and time on a clock in Berlin.
fn at(text: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    local.and_local_timezone(chrono_tz::Europe::Berlin).single().unwrap().to_utc()
}

/// A town with so many counters and these hours, bookable for years.
fn open_town(counters: u128, openings: Vec<OpeningRule>) -> TownSetup {
    let mut setup = town(counters);
    setup.town.booking.max_days_ahead = Some(1000);
    setup.locations[0].openings = openings;
    setup
}

fn reserve(rule: OpeningRule) -> OpeningRule {
    OpeningRule { release: Release::Reserve, ..rule }
}

fn closure(day: &str, from: Option<&str>, to: Option<&str>) -> Closure {
    Closure {
        from: date(day),
        to: date(day),
        from_time: from.map(wall),
        to_time: to.map(wall),
        counters: Vec::new(),
        reason: Text::default(),
    }
}

fn cards(setup: &TownSetup, quantity: u16) -> [Line<'_>; 1] {
    [Line { service: setup.service("card").unwrap(), quantity }]
}

fn search<'a>(setup: &'a TownSetup, lines: &'a [Line<'a>], day: &str) -> Search<'a> {
    Search {
        setup,
        lines,
        location: None,
        from: date(day),
        to: date(day),
        audience: Audience::Public,
        now: at("2026-01-01 00:00"),
        taken: &NOTHING,
    }
}

/// What the clocks show at the free starts.
fn shown(search: &Search<'_>) -> Vec<String> {
    let days = free_slots(search);
    let starts = days.iter().flat_map(|day| &day.starts);
    let zone = search.setup.town.time_zone;
    starts.map(|start| start.with_timezone(&zone).format("%H:%M").to_string()).collect()
}

/// What the clocks show at the free starts for one card.
fn starts(setup: &TownSetup, day: &str) -> Vec<String> {
    shown(&search(setup, &cards(setup, 1), day))
}

fn is_open(setup: &TownSetup, day: &str) -> bool {
    !starts(setup, day).is_empty()
}

#[test]
fn a_basket_needs_every_line_and_once_the_largest_buffer() {
    let mut setup = town(1);
    (setup.services[0].buffer, setup.services[1].buffer) = (5, 10);
    let [card, moving] = [&setup.services[0], &setup.services[1]];
    let lines = [Line { service: card, quantity: 2 }, Line { service: moving, quantity: 1 }];
    assert_eq!(needed_minutes(&lines), (15 + 10) + 20 + 10);
}

#[test]
fn a_basket_beyond_all_measure_fits_nowhere() {
    let mut setup = open_town(1, vec![opening(&DAILY, "00:00", "24:00")]);
    (setup.services[0].duration, setup.services[0].extra) = (u16::MAX, u16::MAX);
    let line = Line { service: &setup.services[0], quantity: u16::MAX };
    assert_eq!(needed_minutes(&[line, line]), u32::MAX);
    assert!(shown(&search(&setup, &[line, line], WEDNESDAY)).is_empty());
}

#[test]
fn the_last_start_is_the_one_that_still_fits_for_one_two_and_six_people() {
    let setup = open_town(1, vec![opening(&DAILY, "08:00", "10:00")]);
    for (quantity, last) in [(1, "09:45"), (2, "09:35"), (6, "08:55")] {
        let found = shown(&search(&setup, &cards(&setup, quantity), WEDNESDAY));
        assert_eq!(found.first().unwrap(), "08:00");
        assert_eq!(found.last().unwrap(), last, "{quantity} people");
    }
}

#[test]
fn a_span_crosses_adjoining_windows_but_never_a_gap() {
    let setup = open_town(
        1,
        vec![
            opening(&DAILY, "08:00", "08:10"),
            opening(&DAILY, "08:10", "08:20"),
            opening(&DAILY, "08:25", "08:35"),
        ],
    );
    assert_eq!(starts(&setup, WEDNESDAY), ["08:00", "08:05"]);
}

#[test]
fn starts_are_counted_from_each_windows_own_start() {
    let mut setup =
        open_town(1, vec![opening(&DAILY, "08:00", "09:00"), opening(&DAILY, "10:10", "11:00")]);
    setup.locations[0].start_step = 20;
    assert_eq!(starts(&setup, WEDNESDAY), ["08:00", "08:20", "08:40", "10:10", "10:30"]);
}

#[test]
fn a_span_ends_with_its_day() {
    let setup =
        open_town(1, vec![opening(&DAILY, "23:30", "24:00"), opening(&DAILY, "00:00", "00:30")]);
    assert_eq!(starts(&setup, WEDNESDAY).last().unwrap(), "23:45");
}

#[test]
fn a_day_of_23_hours_has_twelve_starts_less_and_one_of_25_hours_twelve_more() {
    let setup = open_town(1, vec![opening(&DAILY, "00:00", "24:00")]);
    let usual = starts(&setup, WEDNESDAY).len();
    assert_eq!(usual, 24 * 12 - 2);
    assert_eq!(starts(&setup, SPRING).len(), usual - 12);
    assert_eq!(starts(&setup, AUTUMN).len(), usual + 12);
}

#[test]
fn hours_after_the_clocks_changed_begin_when_the_clock_says_so() {
    let setup = open_town(1, vec![opening(&DAILY, "08:00", "08:20")]);
    for (day, utc) in [(SPRING, "06:00"), (AUTUMN, "07:00")] {
        let found = free_slots(&search(&setup, &cards(&setup, 1), day));
        assert_eq!(found[0].starts[0].format("%H:%M").to_string(), utc);
        assert_eq!(starts(&setup, day), ["08:00", "08:05"]);
    }
}

#[test]
fn a_window_in_the_hour_that_the_clocks_skip_is_empty_and_one_from_within_begins_after_it() {
    let skipped = open_town(1, vec![opening(&DAILY, "02:00", "03:00")]);
    assert!(!is_open(&skipped, SPRING));
    let from_within = open_town(1, vec![opening(&DAILY, "02:30", "03:20")]);
    assert_eq!(starts(&from_within, SPRING), ["03:00", "03:05"]);
}

#[test]
fn a_window_in_the_hour_that_the_clocks_show_twice_lasts_through_both() {
    let mut setup = open_town(1, vec![opening(&DAILY, "02:00", "03:00")]);
    setup.locations[0].start_step = 30;
    assert_eq!(starts(&setup, AUTUMN), ["02:00", "02:30", "02:00", "02:30"]);
}

#[test]
fn rules_fall_away_on_a_holiday_and_a_special_opening_stands() {
    let mut setup = open_town(1, vec![opening(&DAILY, "08:00", "12:00")]);
    assert!(!is_open(&setup, "2026-12-25"));
    setup.locations[0].specials.push(SpecialOpening {
        date: date("2026-12-25"),
        from: wall("10:00"),
        to: wall("10:15"),
        counters: Vec::new(),
        release: Release::Public,
    });
    assert_eq!(starts(&setup, "2026-12-25"), ["10:00"]);
}

#[test]
fn a_closure_of_town_location_or_counter_closes_special_openings_too() {
    let mut setup = open_town(2, Vec::new());
    setup.locations[0].specials.push(SpecialOpening {
        date: date(WEDNESDAY),
        from: wall("08:00"),
        to: wall("10:00"),
        counters: Vec::new(),
        release: Release::Public,
    });
    setup.closures.push(closure(WEDNESDAY, None, Some("08:30")));
    setup.locations[0].closures.push(closure(WEDNESDAY, Some("09:00"), None));
    assert_eq!(starts(&setup, WEDNESDAY), ["08:30", "08:35", "08:40", "08:45"]);

    let one = Closure { counters: vec!["1".into()], ..closure(WEDNESDAY, None, None) };
    setup.locations[0].closures.push(one);
    let lines = cards(&setup, 1);
    let left = candidates(&search(&setup, &lines, WEDNESDAY), at("2026-12-02 08:30"));
    assert_eq!(left.iter().map(|own| own.counter).collect::<Vec<_>>(), [counter_id(1, 2)]);
}

#[test]
fn every_second_week_goes_on_across_a_change_of_clocks() {
    let rule = OpeningRule {
        valid_from: Some(date("2026-10-15")),
        every_weeks: 2,
        ..opening(&[Weekday::Wed], "17:00", "18:00")
    };
    let setup = open_town(1, vec![rule]);
    // The first week is that of Monday, 12 October; its Wednesday lies before the first day.
    assert!(!is_open(&setup, "2026-10-14") && !is_open(&setup, "2026-10-21"));
    assert!(is_open(&setup, "2026-10-28") && !is_open(&setup, "2026-11-04"));
    assert!(is_open(&setup, "2026-11-11"));
}

#[test]
fn the_first_and_the_last_saturday_of_a_month_are_found() {
    let rule =
        OpeningRule { weeks_of_month: vec![1, -1], ..opening(&[Weekday::Sat], "09:00", "12:00") };
    let setup = open_town(1, vec![rule]);
    assert!(is_open(&setup, "2026-12-05") && !is_open(&setup, "2026-12-12"));
    assert!(!is_open(&setup, "2027-01-23") && is_open(&setup, "2027-01-30"));
}

#[test]
fn a_whole_basket_needs_one_counter_that_serves_all_of_it() {
    let mut setup = open_town(2, vec![opening(&DAILY, "08:00", "08:40")]);
    setup.locations[0].counters[0].services = vec!["card".into()];
    setup.locations[0].counters[1].services = vec!["move".into()];
    let line = |slug| Line { service: setup.service(slug).unwrap(), quantity: 1 };
    let both = [line("card"), line("move")];
    assert!(free_slots(&search(&setup, &both, WEDNESDAY)).is_empty());
    for (slug, counter) in [("card", 1), ("move", 2)] {
        let one = [line(slug)];
        let found = candidates(&search(&setup, &one, WEDNESDAY), at("2026-12-02 08:00"));
        assert_eq!(
            found.iter().map(|own| own.counter).collect::<Vec<_>>(),
            [counter_id(1, counter)]
        );
    }
}

#[test]
fn an_empty_basket_finds_nothing() {
    let setup = open_town(1, vec![opening(&DAILY, "08:00", "10:00")]);
    assert!(free_slots(&search(&setup, &[], WEDNESDAY)).is_empty());
    assert_eq!(next_free_date(&search(&setup, &[], WEDNESDAY)), None);
}

#[test]
fn what_is_busy_on_one_counter_is_free_on_the_other() {
    let setup = open_town(2, vec![opening(&DAILY, "08:00", "08:30")]);
    let span = |n| Busy {
        counter: counter_id(1, n),
        starts_at: at("2026-12-02 08:00"),
        ends_at: at("2026-12-02 08:10"),
    };
    let (one, both) = ([span(1)], [span(1), span(2)]);
    let lines = cards(&setup, 1);
    let found =
        |busy: &[Busy]| shown(&Search { taken: &taken(busy), ..search(&setup, &lines, WEDNESDAY) });
    assert_eq!(found(&one), ["08:00", "08:05", "08:10", "08:15"]);
    assert_eq!(found(&both), ["08:10", "08:15"]);
}

#[test]
fn the_least_versatile_counter_comes_first_and_then_the_tightest_gap() {
    let mut setup = open_town(2, vec![opening(&DAILY, "08:00", "10:00")]);
    let busy = [Busy {
        counter: counter_id(1, 2),
        starts_at: at("2026-12-02 09:15"),
        ends_at: at("2026-12-02 10:00"),
    }];
    let best = |setup: &TownSetup| {
        let lines = cards(setup, 1);
        let taken = taken(&busy);
        let search = Search { taken: &taken, ..search(setup, &lines, WEDNESDAY) };
        candidates(&search, at("2026-12-02 09:00"))[0].counter
    };
    assert_eq!(best(&setup), counter_id(1, 2), "its gap is tighter");
    setup.locations[0].counters[0].services = vec!["card".into()];
    assert_eq!(best(&setup), counter_id(1, 1), "it can do nothing else");
}

#[test]
fn the_reserve_is_for_staff_alone_also_where_it_overlaps_a_public_window() {
    let hours = opening(&DAILY, "08:00", "10:00");
    let setup = open_town(1, vec![hours, reserve(opening(&DAILY, "09:00", "10:00"))]);
    let lines = cards(&setup, 1);
    let public = search(&setup, &lines, WEDNESDAY);
    let staff = Search { audience: Audience::Staff, ..public };
    assert_eq!(shown(&public).last().unwrap(), "08:45");
    assert_eq!(shown(&staff).last().unwrap(), "09:45");
    assert!(candidates(&public, at("2026-12-02 09:00")).is_empty());
    for (start, touches) in [("08:45", false), ("08:50", true), ("09:00", true)] {
        let found = candidates(&staff, at(&format!("2026-12-02 {start}")));
        assert_eq!(found[0].reserve, touches, "{start}");
    }
}

#[test]
fn a_start_off_the_grid_is_no_slot() {
    let setup = open_town(1, vec![opening(&DAILY, "08:00", "10:00")]);
    let lines = cards(&setup, 1);
    let offered = |start| !candidates(&search(&setup, &lines, WEDNESDAY), start).is_empty();
    let start = at("2026-12-02 08:30");
    assert!(offered(start));
    assert!(!offered(start + chrono::TimeDelta::minutes(1)));
    assert!(!offered(start + chrono::TimeDelta::seconds(1)));
    assert!(!offered(start + chrono::TimeDelta::nanoseconds(1)));
}

#[test]
fn instants_at_the_ends_of_the_calendar_are_no_slots() {
    let setup = open_town(1, vec![opening(&DAILY, "00:00", "24:00")]);
    let lines = cards(&setup, 1);
    for audience in [Audience::Public, Audience::Staff] {
        let search = Search { audience, ..search(&setup, &lines, WEDNESDAY) };
        assert!(candidates(&search, DateTime::<Utc>::MAX_UTC).is_empty());
        assert!(candidates(&search, DateTime::<Utc>::MIN_UTC).is_empty());
        let everything = Search { from: NaiveDate::MIN, to: NaiveDate::MAX, ..search };
        assert!(!free_slots(&everything).is_empty());
        assert_eq!(nearest(&search, DateTime::<Utc>::MAX_UTC, 1).len(), 1);
    }
}

#[test]
fn citizens_keep_the_notice_and_staff_only_the_present() {
    let mut setup = open_town(1, vec![opening(&DAILY, "08:00", "10:00")]);
    setup.town.booking.min_notice = Some(60);
    let lines = cards(&setup, 1);
    let public = Search { now: at("2026-12-02 08:01"), ..search(&setup, &lines, WEDNESDAY) };
    assert_eq!(shown(&public)[0], "09:05");
    let staff = Search { audience: Audience::Staff, ..public };
    assert_eq!(shown(&staff)[0], "08:05");
}

#[test]
fn the_last_day_opens_at_the_release_time_and_earlier_for_staff() {
    let mut setup = open_town(1, vec![opening(&DAILY, "08:00", "10:00")]);
    setup.town.booking = BookingWindow {
        max_days_ahead: Some(7),
        release_time: Some(wall("08:00")),
        ..BookingWindow::default()
    };
    let lines = cards(&setup, 1);
    let seen = |now, day, audience| {
        !free_slots(&Search { now, audience, ..search(&setup, &lines, day) }).is_empty()
    };
    let (before, after) = (at("2026-12-02 07:59"), at("2026-12-02 08:00"));
    assert!(seen(before, "2026-12-08", Audience::Public));
    assert!(!seen(before, "2026-12-09", Audience::Public));
    assert!(seen(before, "2026-12-09", Audience::Staff));
    assert!(seen(after, "2026-12-09", Audience::Public));
    assert!(!seen(after, "2026-12-10", Audience::Public));
}

#[test]
fn nothing_is_offered_before_the_first_bookable_date_and_the_next_free_one_is_named() {
    let mut setup = open_town(1, vec![opening(&[Weekday::Mon], "08:00", "10:00")]);
    setup.town.booking.bookable_from = Some(date("2026-06-22"));
    let lines = cards(&setup, 1);
    let june = Search { to: date("2026-06-15"), ..search(&setup, &lines, "2026-06-01") };
    assert!(free_slots(&june).is_empty());
    assert_eq!(next_free_date(&june), Some(date("2026-06-22")));
}

#[test]
fn the_next_free_date_lies_inside_the_booking_window_or_there_is_none() {
    let mut setup = open_town(1, vec![opening(&[Weekday::Wed], "08:00", "08:15")]);
    let lines_of = setup.clone();
    let lines = cards(&lines_of, 1);
    let busy = [Busy {
        counter: counter_id(1, 1),
        starts_at: at("2026-12-02 08:00"),
        ends_at: at("2026-12-02 08:15"),
    }];
    let next = |setup: &TownSetup| {
        let now = at("2026-12-01 12:00");
        let taken = &taken(&busy);
        next_free_date(&Search { setup, now, taken, ..search(setup, &lines, "2026-12-01") })
    };
    setup.town.booking.max_days_ahead = Some(8);
    assert_eq!(next(&setup), Some(date("2026-12-09")));
    setup.town.booking.max_days_ahead = Some(7);
    assert_eq!(next(&setup), None);
}

#[test]
fn the_nearest_starts_are_found_on_both_sides_and_at_every_location() {
    let mut setup = open_town(1, vec![opening(&[Weekday::Tue], "16:00", "16:15")]);
    setup.locations.push(location(2, 1));
    setup.locations[1].openings = vec![opening(&[Weekday::Thu], "08:00", "08:15")];
    let lines = cards(&setup, 1);
    let found = nearest(&search(&setup, &lines, WEDNESDAY), at("2026-12-02 10:00"), 3);
    let [here, there] = [setup.locations[0].id, setup.locations[1].id];
    let expected = [
        (here, at("2026-12-01 16:00")),
        (there, at("2026-12-03 08:00")),
        (there, at("2026-11-26 08:00")),
    ];
    assert_eq!(found, expected);
}
