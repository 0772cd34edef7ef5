use notification::{notice::Kind, texts::Texts};

use super::*;
use crate::model::{BookingMode, Release, SpecialOpening};

const LENGERICH: &str = SHIPPED[0].1;

/// The keys of the problems that a change of Lengerich's file makes.
fn keys_after(from: &str, to: &str) -> Vec<String> {
    assert!(LENGERICH.contains(from), "{from:?} is not in the file");
    let problems = parse(&LENGERICH.replacen(from, to, 1)).expect_err("the change is a problem");
    problems.into_iter().map(|problem| problem.key).collect()
}

#[test]
fn every_shipped_town_reads_and_its_export_reads_back_exactly() {
    for (slug, text) in SHIPPED {
        let setup = parse(text).unwrap_or_else(|problems| panic!("{slug}: {problems:#?}"));
        assert_eq!(setup.town.slug, slug);
        let exported = to_toml(&setup);
        assert_eq!(
            parse(&exported).unwrap_or_else(|p| panic!("{slug}: {p:#?}\n{exported}")),
            setup
        );
        assert_eq!(exported, text, "{slug} is not in the form of an export");
    }
}

#[test]
fn a_town_s_own_words_read_back_and_are_checked_where_they_stand() {
    let mails = "\n[[mail]]\nkind = \"reminder\"\nsubject = { de = \"Bis {{ time }}\" }\n";
    let setup = parse(&format!("{LENGERICH}{mails}")).unwrap();
    assert_eq!(setup.mail_texts(Kind::Reminder, "de").subject, "Bis {{ time }}");
    // Who reads English gets the shipped English, not German.
    assert_eq!(setup.mail_texts(Kind::Reminder, "en"), Texts::default());
    assert_eq!(parse(&to_toml(&setup)).unwrap(), setup);
    for (wrong, key) in [
        ("{{ tiem }}", "mail \"reminder\".subject.de"),
        ("{{ time", "mail \"reminder\".subject.de"),
    ] {
        let text = format!("{LENGERICH}{}", mails.replace("{{ time }}", wrong));
        let problems = parse(&text).unwrap_err();
        assert_eq!(problems[0].key, key);
    }
    let unknown = format!("{LENGERICH}{}", mails.replace("reminder", "birthday"));
    assert_eq!(parse(&unknown).unwrap_err()[0].key, "mail \"birthday\".kind");
    let twice = format!("{LENGERICH}{mails}{mails}");
    assert_eq!(parse(&twice).unwrap_err()[0].key, "mail \"reminder\".kind");
}

#[test]
fn problems_in_different_places_are_told_at_once() {
    let broken = LENGERICH
        .replacen("slug = \"lengerich\"", "slug = \"Lengerich!\"", 1)
        .replacen("duration = 15", "duration = 0", 1)
        .replacen("postal_code = \"49525\"", "postal_code = \"4952\"", 1)
        .replacen("[[category]]", "[[kategorie]]", 1);
    let keys: Vec<String> = parse(&broken).unwrap_err().into_iter().map(|p| p.key).collect();
    for key in [
        "town \"Lengerich!\".slug",
        "service \"personalausweis\".duration",
        "location \"rathaus\".postal_code",
        "kategorie",
    ] {
        assert!(keys.iter().any(|found| found == key), "{key} in {keys:?}");
    }
}

#[test]
fn a_window_over_midnight_is_refused_with_the_way_out() {
    let problems = parse(&LENGERICH.replacen("to = \"12:30\"", "to = \"02:00\"", 1)).unwrap_err();
    assert_eq!(problems[0].key, "location \"rathaus\".opening[1].to");
    assert!(problems[0].message.contains("never crosses midnight"));
}

#[test]
fn each_broken_rule_is_named_where_it_stands() {
    for (from, to, key) in [
        ("format = 1", "format = 2", "format"),
        ("ags = \"05566040\"", "ags = \"05566O40\"", "town.ags"),
        ("key = \"05566\"", "key = \"05555\"", "town.county.key"),
        ("locales = [\"de\", \"en\"]", "locales = [\"en\"]", "town.locales"),
        ("locales = [\"de\", \"en\"]", "locales = [\"de\", \"tlh\"]", "town.locales"),
        ("#00594f", "#ffd700", "town.branding.color"),
        ("<text ", "<script>x</script><text ", "town.branding.logo_svg"),
        ("<text ", "<text onload=\"x\" ", "town.branding.logo_svg"),
        (
            "department = \"buergerbuero\"",
            "department = \"x\"",
            "service \"personalausweis\".department",
        ),
        ("duration = 15", "duration = 15\nbookable = true", "service \"personalausweis\".bookable"),
        ("duration = 15", "duration = \"15\"", "service \"personalausweis\".duration"),
        ("99008001012000", "9900800", "service \"personalausweis\".leika"),
        ("https://www.example.org", "http://www.example.org", "service \"umzug\".forms"),
        (
            "weekdays = [\"mon\", \"tue\"]",
            "weekdays = []",
            "location \"rathaus\".opening[2].weekdays",
        ),
        ("release = \"reserve\"", "every_weeks = 2", "location \"rathaus\".opening[4].valid_from"),
        ("hold_minutes = 10", "hold_minutes = 0", "town.hold_minutes"),
        ("max_days_ahead = 42", "max_days_ahead = 731", "town.booking.max_days_ahead"),
        ("hold_minutes = 10", "hold_minutes = 10\nreminder_hours = 337", "town.reminder_hours"),
        ("hold_minutes = 10", "hold_minutes = 10\noffer_hours = 0", "town.offer_hours"),
        ("hold_minutes = 10", "hold_minutes = 10\nretention_days = 31", "town.retention_days"),
        ("hold_minutes = 10", "hold_minutes = 10\nconfirm_minutes = 1441", "town.confirm_minutes"),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\nreturn_minutes = { from = 9, to = 8 }",
            "town.return_minutes.to",
        ),
        ("hold_minutes = 10", "hold_minutes = 10\nchallenge_surge = 0", "town.challenge_surge"),
        ("hold_minutes = 10", "hold_minutes = 10\nchallenge_numbers = 9", "town.challenge_numbers"),
        ("hold_minutes = 10", "hold_minutes = 10\nmail_from = \"termine\"", "town.mail_from"),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\nsms = { url = \"https://sms.example/\", body = \"{{ phone }}\" }",
            "town.sms.body",
        ),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\nwebhooks = [{ slug = \"a\", url = \"ftp://example.org\" }]",
            "town.webhooks[1].url",
        ),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\nstaff_provider_only = true",
            "town.staff_provider_only",
        ),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\nstaff_provider = { name = \"A\", issuer = \"login.example.org\", client_id = \"a\" }",
            "town.staff_provider.issuer",
        ),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\ncitizen_provider = { name = \" \", issuer = \"https://login.example.org\", client_id = \"a\" }",
            "town.citizen_provider.name",
        ),
        (
            "hold_minutes = 10",
            "hold_minutes = 10\ncitizen_provider = { name = \"A\", issuer = \"https://login.example.org\", client_id = \"\" }",
            "town.citizen_provider.client_id",
        ),
    ] {
        // An element that cannot be read leaves references to it dangling; those follow.
        assert_eq!(keys_after(from, to)[0], key, "{from} → {to}");
    }
}

/// Lengerich with one service at one counter that one rule opens, and then changed.
fn one_service(change: impl Fn(&mut TownSetup)) -> TownSetup {
    let mut setup = parse(LENGERICH).unwrap();
    setup.services.truncate(1);
    setup.locations.truncate(1);
    let location = &mut setup.locations[0];
    location.counters.truncate(1);
    location.counters[0].services = vec![setup.services[0].slug.clone()];
    location.openings.truncate(1);
    change(&mut setup);
    assert_eq!(check(&setup), Ok(()), "a set-up is one on every day");
    setup
}

/// The same with a special opening instead of the rule.
fn one_day(date: &str, release: Release) -> TownSetup {
    one_service(|setup| {
        let time = |text: &str| text.parse().unwrap();
        let (from, to, counters) = (time("08:00"), time("12:00"), Vec::new());
        setup.locations[0].openings.clear();
        let own = SpecialOpening { date: date.parse().unwrap(), from, to, counters, release };
        setup.locations[0].specials = vec![own];
    })
}

#[test]
fn a_town_goes_live_with_something_to_book_from_today_on() {
    let ask = |setup: &mut TownSetup| setup.services[0].mode = BookingMode::Request;
    let serve_nowhere = |setup: &mut TownSetup| setup.locations[0].counters[0].services.clear();
    let reserve = |setup: &mut TownSetup| setup.locations[0].openings[0].release = Release::Reserve;
    let until = |date: &'static str| {
        move |setup: &mut TownSetup| {
            setup.locations[0].openings[0].valid_until = date.parse().ok();
        }
    };
    let today = "2026-11-23".parse().unwrap();
    for offered in [
        one_service(|_| {}),
        one_service(ask),
        // Staff may answer with a time in the reserve.
        one_service(|own| {
            ask(own);
            reserve(own);
        }),
        one_service(until("2026-11-23")),
        one_day("2026-11-23", Release::Public),
    ] {
        assert_eq!(gaps(&offered, today), []);
        assert_eq!(check_offer(None, &offered, today), Ok(()));
    }
    let live = one_service(|_| {});
    for unoffered in [
        one_service(|own| own.services[0].mode = BookingMode::Information),
        one_service(serve_nowhere),
        one_service(|own| {
            ask(own);
            serve_nowhere(own);
        }),
        one_service(|own| own.locations.clear()),
        one_service(|own| {
            ask(own);
            own.locations[0].openings.clear();
        }),
        one_service(reserve),
        one_service(until("2026-11-22")),
        one_service(|own| own.services[0].duration = 271),
        one_day("2026-11-22", Release::Public),
        one_day("2026-11-24", Release::Reserve),
    ] {
        let missing = gaps(&unoffered, today);
        assert_eq!(missing[0].key, "service", "{unoffered:?}");
        assert_eq!(check_offer(None, &unoffered, today), Err(missing.clone()));
        assert_eq!(check_offer(Some(&live), &unoffered, today), Err(missing));
        let as_before = check_offer(Some(&unoffered), &unoffered, today);
        assert_eq!(as_before, Ok(()), "hours that run out by themselves forbid nothing else");
    }
}

#[test]
fn what_does_not_fit_is_told_in_german_at_its_field() {
    let number = LENGERICH.lines().position(|line| line == "duration = 15").unwrap() + 1;
    let line = format!("Zeile {number}, Spalte ");
    let opening = "location \"rathaus\".opening";
    let of_opening = |rest: &str| format!("{opening}{rest}");
    let duration = "service \"personalausweis\".duration".to_owned();
    for (from, to, key, german) in [
        ("format = 1", "format = 2", "format".to_owned(), "die Fassung 2 ist hier nicht bekannt"),
        ("format = 1\n", "", "format".to_owned(), "fehlt; erwartet wird format = 1"),
        ("[[category]]", "[[kategorie]]", "kategorie".to_owned(), "gibt es hier nicht"),
        ("duration = 15\n", "", duration.clone(), "fehlt"),
        (
            "duration = 15",
            "duration = \"15\"",
            duration.clone(),
            "da steht \"15\", erwartet wird eine ganze Zahl",
        ),
        (
            "duration = 15",
            "duration = 70000",
            duration.clone(),
            "da steht 70000, erwartet wird eine ganze Zahl von 0 bis 65535",
        ),
        ("duration = 15", "duration = []", duration, "da steht eine Liste"),
        (
            "duration = 15",
            "duration = 15\nbookable = true",
            "service \"personalausweis\".bookable".to_owned(),
            "dieses Feld gibt es nicht; möglich ist slug, department, ",
        ),
        ("duration = 15", "duration =", "file".to_owned(), &line),
        (
            "to = \"12:30\"",
            "to = \"25:00\"",
            of_opening("[1].to"),
            "erwartet wird eine Uhrzeit wie \"08:00\"",
        ),
        (
            "\"mon\", \"tue\", \"wed\"",
            "\"mon\", \"die\"",
            of_opening("[1].weekdays[2]"),
            "\"die\" gibt es nicht; möglich ist mon, tue",
        ),
        (
            "release = \"reserve\"",
            "valid_from = \"morgen\"",
            of_opening("[4].valid_from"),
            "erwartet wird ein Tag wie \"2026-12-24\"",
        ),
        (
            "release = \"reserve\"",
            "valid_until = \"2026-02-30\"",
            of_opening("[4].valid_until"),
            "erwartet wird ein Tag",
        ),
        ("Europe/Berlin", "Berlin", "town.time_zone".to_owned(), "erwartet wird eine Zeitzone"),
        (
            "max_days_ahead = 42",
            "max_days_ahead = true",
            "town.booking.max_days_ahead".to_owned(),
            "da steht true",
        ),
        (
            "{ de = \"Rathaus\"",
            "{ de = 5",
            "location \"rathaus\".name.de".to_owned(),
            "da steht 5, erwartet wird ein Text in Anführungszeichen",
        ),
    ] {
        assert!(LENGERICH.contains(from), "{from:?} is not in the file");
        let problems = parse(&LENGERICH.replacen(from, to, 1)).unwrap_err();
        let own = problems.iter().find(|own| own.key == key);
        let own = own.unwrap_or_else(|| panic!("{from} → {to}: {problems:#?}"));
        assert!(own.german.starts_with(german), "{from} → {to}: {own:?}");
        assert!(problems.iter().all(|own| own.german != own.message), "{problems:#?}");
    }
    let elsewhere = parse("format = 1\n[stadt]\n").unwrap_err();
    let told: Vec<String> = elsewhere.iter().map(Problem::in_german).collect();
    assert_eq!(told[0], "town: fehlt; erwartet wird eine Tabelle [town]");
    assert!(told[1].starts_with("stadt: gibt es hier nicht; möglich ist format, "), "{told:?}");
    let text = parse(&LENGERICH.replacen("welcome = ", "welcome = 5 # ", 1)).unwrap_err();
    assert!(text[0].german.contains("Tabelle mit Texten nach Sprachen"), "{text:?}");
}

#[test]
fn a_file_that_is_nested_as_deep_as_can_be_is_refused_and_ends_nothing() {
    let lists = |depth: usize| format!("a = {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let keys = |depth: usize| format!("{}a = 1\n", "a.".repeat(depth));
    // TOML's reader takes some eighty levels of brackets, and as many parts of each of their keys.
    let open = format!("{{ {}a = ", "a.".repeat(78)).repeat(78);
    let both = format!("a = {open}1{}\n", " }".repeat(78));
    for deep in [lists(40), lists(100_000), keys(40), keys(100_000), both] {
        for text in [format!("{deep}{LENGERICH}"), format!("{LENGERICH}\n[[closure]]\n{deep}")] {
            let problems = parse(&text).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].german.contains("tiefer als 32 Stufen geschachtelt"));
        }
    }
    // Dots and brackets in texts and comments are none.
    let many = "([{. ".repeat(40);
    let shallow = format!("welcome = \"{many}\" # {many}\n# ");
    assert!(parse(&LENGERICH.replacen("welcome = ", &shallow, 1)).is_ok());
}

#[test]
fn the_reference_names_every_kind_of_mail() {
    let reference = include_str!("../../../../docs/town-file.md");
    let (_, own) = reference.split_once("## `[[mail]]`").unwrap();
    let (list, _) = own.split_once("*`subject`*").unwrap();
    for kind in Kind::ALL {
        assert!(list.contains(&format!("`{}`", kind.as_str())), "{kind:?} in {list}");
    }
}
