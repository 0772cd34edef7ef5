//! The recurring windows of a location: a table of the week for what is open to everybody every week,
//! and a row for each window that is not.

use catalog::{
    model::{Location, OpeningRule, Release},
    time::{WallTime, Weekday},
};

use super::{
    calendar::{
        DAYS, counters, counters_of, is_regular, read_release, release_word, releases, remove,
        shown,
    },
    reader::{DATE, NUMBER, Reader, TIME},
    section::{BLANK_ROWS, Extra, Group, Section},
};
use crate::web::staff::field::Field;

/// Openings of a day that there is room for at least.
const OPENINGS: usize = 2;
/// The days as they are read out.
const NAMES: [&str; 7] =
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];

/// A stretch of a weekday.
type Stretch = (Weekday, WallTime, WallTime);

/// The form.
pub(super) fn hours(location: &Location) -> Section {
    let mut groups = vec![Group::week(
        "Jede Woche, für alle",
        "Uhrzeiten wie 08:00. Bleibt ein Tag leer, ist geschlossen; die zweite Öffnung ist etwa für den Nachmittag.",
        week(location),
    )];
    let special: Vec<&OpeningRule> =
        location.openings.iter().filter(|own| !is_regular(own)).collect();
    let blank = blank();
    let known = special.len();
    let all = special.into_iter().chain(std::iter::repeat_n(&blank, BLANK_ROWS));
    let group = |(index, rule)| special_window(location, index, rule, index >= known);
    groups.extend(all.enumerate().map(group));
    Section {
        title: format!("Öffnungszeiten: {}", location.name.get("de")),
        lead: "Zeiten der Reserve vergibt nur das Personal.",
        groups,
        extras: vec![Extra::Preview],
    }
}

/// The cells of the table.
fn week(location: &Location) -> Vec<Field> {
    let windows = stretches(location.openings.iter().filter(|own| is_regular(own)));
    let of_day = |day: Weekday| {
        let own = windows.iter().filter(move |(own, ..)| *own == day);
        own.map(|(_, from, to)| (*from, *to)).collect::<Vec<_>>()
    };
    let most = DAYS.iter().map(|(day, ..)| of_day(*day).len()).max().unwrap_or(0).max(OPENINGS);
    let mut fields = Vec::new();
    for ((day, word, _), name) in DAYS.iter().zip(NAMES) {
        let own = of_day(*day);
        for number in 1..=most {
            let known = own.get(number - 1);
            let which = if number == 1 { String::new() } else { format!("{number}. Öffnung ") };
            let cell = |end: &str, label: &str, time: Option<WallTime>| {
                let label = format!("{name}, {which}{label}");
                Field::line(format!("{word}[{number}].{end}"), label, shown(time)).optional()
            };
            fields.push(cell("from", "von", known.map(|(from, _)| *from)));
            fields.push(cell("to", "bis", known.map(|(_, to)| *to)));
        }
    }
    fields
}

/// All days of some windows, by day and time.
fn stretches<'a>(rules: impl Iterator<Item = &'a OpeningRule>) -> Vec<Stretch> {
    let of_rule = |own: &'a OpeningRule| own.weekdays.iter().map(|day| (*day, own.from, own.to));
    let mut all: Vec<Stretch> = rules.flat_map(of_rule).collect();
    let place = |day: Weekday| DAYS.iter().position(|(own, ..)| *own == day);
    all.sort_by_key(|(day, from, to)| (place(*day), *from, *to));
    all
}

fn blank() -> OpeningRule {
    OpeningRule {
        weekdays: Vec::new(),
        from: WallTime::MIDNIGHT,
        to: WallTime::MIDNIGHT,
        counters: Vec::new(),
        release: Release::Public,
        valid_from: None,
        valid_until: None,
        every_weeks: 1,
        weeks_of_month: Vec::new(),
    }
}

/// A window that is not open to everybody every week.
fn special_window(location: &Location, index: usize, rule: &OpeningRule, is_new: bool) -> Group {
    let start = format!("opening[{}].", index + 1);
    let time = |time: WallTime| if is_new { String::new() } else { time.to_string() };
    let days = DAYS.iter().map(|(_, word, name)| ((*word).to_owned(), (*name).to_owned()));
    let chosen = DAYS.iter().filter(|(day, ..)| rule.weekdays.contains(day));
    let chosen: Vec<String> = chosen.map(|(_, word, _)| (*word).to_owned()).collect();
    let weeks: Vec<String> = rule.weeks_of_month.iter().map(i8::to_string).collect();
    let release = release_word(rule.release);
    let date = |end: &str, label, value| {
        Field::typed("date", format!("{start}{end}"), label, shown(value)).optional()
    };
    let mut fields = vec![
        Field::several(format!("{start}weekdays"), "Tage", days.collect(), &chosen),
        Field::line(format!("{start}from"), "Von", time(rule.from)),
        Field::line(format!("{start}to"), "Bis", time(rule.to)),
        Field::choice(format!("{start}release"), "Wer bucht", releases(), release),
        counters(&start, &counters_of(location), &rule.counters),
        date("valid_from", "Gilt ab", rule.valid_from),
        date("valid_until", "Gilt bis", rule.valid_until),
        Field::typed(
            "number",
            format!("{start}every_weeks"),
            "Jede wievielte Woche",
            rule.every_weeks,
        )
        .optional(),
        Field::line(format!("{start}weeks_of_month"), "Wochen im Monat", weeks.join(" "))
            .hint("Etwa 1 3; -1 ist die letzte.")
            .optional(),
    ];
    if !is_new {
        fields.push(remove(&start));
        return Group::row(format!("Besonderes Fenster {}", index + 1), "", fields);
    }
    for field in &mut fields {
        field.optional = true;
    }
    let lead = "Nur an einzelnen Schaltern, nicht jede Woche, oder als Reserve.";
    Group::row("Neues besonderes Fenster", lead, fields)
}

/// Takes the form back.
pub(super) fn read_hours(reader: &mut Reader<'_>, location: &mut Location) {
    let cells = read_week(reader);
    let known: Vec<OpeningRule> =
        location.openings.iter().filter(|own| is_regular(own)).cloned().collect();
    let typed: Vec<OpeningRule> = cells.iter().map(|(rule, _)| rule.clone()).collect();
    // Whoever leaves the table as it is keeps the windows as they were written.
    let untouched = stretches(known.iter()) == stretches(typed.iter());
    let regular = if untouched { known } else { joined(typed) };
    let mut starts: Vec<String> = regular.iter().map(|rule| cell_of(&cells, rule)).collect();
    let rows = reader.rows("opening", &["from", "to", "weekdays"]);
    let special: Vec<OpeningRule> = rows.iter().map(|start| read_special(reader, start)).collect();
    starts.extend(rows);
    reader.came_from("opening", starts);
    location.openings = regular.into_iter().chain(special).collect();
}

/// A window for each cell that is filled in, and how the cell's fields begin.
fn read_week(reader: &mut Reader<'_>) -> Vec<(OpeningRule, String)> {
    let mut cells = Vec::new();
    for (day, word, _) in DAYS {
        for start in reader.rows(word, &["from", "to"]) {
            let from = reader.value(&format!("{start}from"), WallTime::MIDNIGHT, TIME);
            let to = reader.value(&format!("{start}to"), WallTime::END, TIME);
            cells.push((OpeningRule { weekdays: vec![day], from, to, ..blank() }, start));
        }
    }
    cells
}

/// Windows at the same time on several days are one.
fn joined(cells: Vec<OpeningRule>) -> Vec<OpeningRule> {
    let mut rules: Vec<OpeningRule> = Vec::new();
    for cell in cells {
        let same = |own: &&mut OpeningRule| {
            (own.from, own.to) == (cell.from, cell.to)
                && !own.weekdays.iter().any(|day| cell.weekdays.contains(day))
        };
        match rules.iter_mut().find(same) {
            Some(rule) => rule.weekdays.extend(cell.weekdays),
            None => rules.push(cell),
        }
    }
    rules
}

/// How the fields of the first cell begin that a window came from.
fn cell_of(cells: &[(OpeningRule, String)], rule: &OpeningRule) -> String {
    let same = |(own, _): &&(OpeningRule, String)| {
        (own.from, own.to) == (rule.from, rule.to)
            && own.weekdays.iter().all(|day| rule.weekdays.contains(day))
    };
    cells.iter().find(same).map(|(_, start)| start.clone()).unwrap_or_default()
}

fn read_special(reader: &mut Reader<'_>, start: &str) -> OpeningRule {
    let days = reader.given.all(&format!("{start}weekdays"));
    let weekdays = DAYS.iter().filter(|(_, word, _)| days.iter().any(|own| own == word));
    let weeks = reader.line(&format!("{start}weeks_of_month"));
    let weeks = weeks.split([' ', ',']).filter(|own| !own.is_empty());
    let weeks: Result<Vec<i8>, _> = weeks.map(str::parse).collect();
    if weeks.is_err() {
        let expected = "erwartet werden Zahlen wie 1 3";
        reader.wrong.push((format!("{start}weeks_of_month"), expected.to_owned()));
    }
    OpeningRule {
        weekdays: weekdays.map(|(day, ..)| *day).collect(),
        from: reader.time(&format!("{start}from")),
        to: reader.time(&format!("{start}to")),
        counters: reader.given.all(&format!("{start}counters")),
        release: read_release(reader, &format!("{start}release")),
        valid_from: reader.optional(&format!("{start}valid_from"), DATE),
        valid_until: reader.optional(&format!("{start}valid_until"), DATE),
        every_weeks: reader.optional(&format!("{start}every_weeks"), NUMBER).unwrap_or(1),
        weeks_of_month: weeks.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use catalog::townfile;

    use super::*;
    use crate::web::given::Given;

    fn read(pairs: &[(&str, &str)]) -> (Location, Vec<(String, String)>, String) {
        let setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let mut location = setup.locations[0].clone();
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let given = Given(pairs.collect());
        let form = hours(&location);
        let mut reader = Reader::new(&given, &form, &["de".to_owned()]);
        read_hours(&mut reader, &mut location);
        (location, reader.wrong.clone(), reader.field_of("opening[2].to"))
    }

    #[test]
    fn the_same_hours_on_several_days_are_one_window() {
        let (location, wrong, _) = read(&[
            ("mon[1].from", "08:00"),
            ("mon[1].to", "12:00"),
            ("mon[2].from", "14:00"),
            ("mon[2].to", "18:00"),
            ("wed[1].from", "08:00"),
            ("wed[1].to", "12:00"),
        ]);
        assert_eq!(wrong, []);
        let own: Vec<_> = location
            .openings
            .iter()
            .map(|own| (own.weekdays.clone(), own.from.to_string(), own.to.to_string()))
            .collect();
        let expected = [
            (vec![Weekday::Mon, Weekday::Wed], "08:00".to_owned(), "12:00".to_owned()),
            (vec![Weekday::Mon], "14:00".to_owned(), "18:00".to_owned()),
        ];
        assert_eq!(own, expected);
    }

    #[test]
    fn a_mistake_is_told_at_the_cell_in_which_it_was_made() {
        let (_, _, field) = read(&[
            ("mon[1].from", "08:00"),
            ("mon[1].to", "12:00"),
            ("mon[2].from", ""),
            ("mon[2].to", ""),
            ("tue[1].from", "12:00"),
            ("tue[1].to", "08:00"),
        ]);
        assert_eq!(field, "tue[1].to");
        let (_, wrong, _) = read(&[("fri[1].from", "08:00"), ("fri[1].to", "")]);
        assert_eq!(wrong, [("fri[1].to".to_owned(), TIME.to_owned())]);
        let (_, _, field) = read(&[
            ("sun[1].from", "08:00"),
            ("sun[1].to", "12:00"),
            ("opening[1].from", ""),
            ("opening[1].remove", "1"),
            ("opening[2].from", "12:00"),
            ("opening[2].to", "08:00"),
        ]);
        assert_eq!(field, "opening[2].to");
    }
}
