//! The week of a location as a picture: days beside each other, hours below each other, a block for
//! each window.

use catalog::{
    model::{Location, OpeningRule, Release},
    time::WallTime,
};

use super::calendar::{DAYS, is_regular, words};

/// Width of the hours' column, and of a day's.
const AXIS: u16 = 70;
const DAY: u16 = 90;
/// Height of the days' names, and of an hour.
const HEAD: u16 = 40;
const HOUR: u16 = 40;
/// What is left between blocks.
const GAP: u16 = 4;
/// The office day that is shown at least, in hours.
const SHOWN: (u16, u16) = (8, 16);
/// Minutes of a block that has room for its times.
const ROOMY: u16 = 90;

/// The picture in its own units.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub width: u16,
    pub height: u16,
    /// Name of each day, and the middle of its column.
    pub days: Vec<(&'static str, u16)>,
    /// Each hour and where its line is.
    pub hours: Vec<(String, u16)>,
    pub blocks: Vec<Block>,
    /// The same in words.
    pub words: String,
}

/// A window on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
    /// `all`, `some` (not every week, or not at every counter) or `reserve`.
    pub kind: &'static str,
    /// Its times, where there is room for them.
    pub times: Option<(WallTime, WallTime)>,
    /// What is shown of it when somebody points at it.
    pub title: String,
}

/// The picture of a location's windows.
pub(super) fn picture(location: &Location) -> Picture {
    let (first, last) = hours(&location.openings);
    let mut blocks = Vec::new();
    let mut spoken = Vec::new();
    for (column, (weekday, _, name)) in (0..).zip(DAYS) {
        let mut rules: Vec<&OpeningRule> =
            location.openings.iter().filter(|own| own.weekdays.contains(&weekday)).collect();
        rules.sort_by_key(|own| (own.from, own.to));
        let own: Vec<String> = rules.iter().map(|rule| words(rule, location)).collect();
        let own = if own.is_empty() { "geschlossen".to_owned() } else { own.join(", ") };
        spoken.push(format!("{name}: {own}"));
        let (lanes, used) = lanes(&rules);
        let width = (DAY - GAP) / used.max(1);
        for (rule, lane) in rules.into_iter().zip(lanes) {
            let x = AXIS + column * DAY + lane * width;
            blocks.push(block(rule, x, width, first, words(rule, location)));
        }
    }
    let middle = |column: u16| AXIS + column * DAY + (DAY - GAP) / 2;
    Picture {
        width: AXIS + 7 * DAY,
        height: HEAD + (last - first) * HOUR + GAP,
        days: (0..).zip(DAYS).map(|(column, (_, _, name))| (name, middle(column))).collect(),
        hours: (first..=last).map(|own| (own.to_string(), HEAD + (own - first) * HOUR)).collect(),
        blocks,
        words: spoken.join("; "),
    }
}

fn block(rule: &OpeningRule, x: u16, width: u16, first: u16, title: String) -> Block {
    let at = |time: WallTime| HEAD + time.minutes().saturating_sub(first * 60) * HOUR / 60;
    let minutes = rule.to.minutes().saturating_sub(rule.from.minutes());
    Block {
        x,
        y: at(rule.from),
        width,
        height: at(rule.to).saturating_sub(at(rule.from)),
        kind: match rule.release {
            Release::Reserve => "reserve",
            Release::Public if is_regular(rule) => "all",
            Release::Public => "some",
        },
        times: (minutes >= ROOMY && width > DAY / 2).then_some((rule.from, rule.to)),
        title,
    }
}

/// The hours that are shown: the office day, and what windows reach beyond it.
fn hours(rules: &[OpeningRule]) -> (u16, u16) {
    rules.iter().fold(SHOWN, |(first, last), own| {
        (first.min(own.from.minutes() / 60), last.max(own.to.minutes().div_ceil(60)))
    })
}

/// For each window of a day, sorted by start, its lane: those that overlap stand beside each other.
/// Also how many lanes there are.
fn lanes(rules: &[&OpeningRule]) -> (Vec<u16>, u16) {
    let mut ends: Vec<WallTime> = Vec::new();
    let mut lanes = Vec::new();
    for rule in rules {
        let free = ends.iter().position(|end| *end <= rule.from);
        let lane = free.unwrap_or(ends.len());
        match ends.get_mut(lane) {
            Some(end) => *end = rule.to,
            None => ends.push(rule.to),
        }
        lanes.push(u16::try_from(lane).unwrap_or(0));
    }
    (lanes, u16::try_from(ends.len()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use catalog::townfile;

    use super::*;

    fn shown(town: usize) -> Picture {
        picture(&townfile::parse(townfile::SHIPPED[town].1).unwrap().locations[0])
    }

    #[test]
    fn a_block_stands_in_its_day_at_its_hours() {
        // Lengerich: Mondays from 8:00 to 12:30 and from 14:00 to 16:00.
        let picture = shown(0);
        let monday: Vec<&Block> = picture.blocks.iter().filter(|own| own.x < AXIS + DAY).collect();
        assert_eq!((monday[0].y, monday[0].height), (HEAD, 4 * HOUR + HOUR / 2));
        assert_eq!((monday[1].y, monday[1].height), (HEAD + 6 * HOUR, 2 * HOUR));
        assert!(monday.iter().all(|own| own.kind == "all" && own.width == DAY - GAP));
        assert!(picture.words.starts_with("Mo: 08:00–12:30, 14:00–16:00; Di: "));
        assert!(picture.words.ends_with("Sa: geschlossen; So: geschlossen"));
    }

    #[test]
    fn windows_that_overlap_stand_beside_each_other() {
        // Steinfurt: on Thursdays the reserve lies within the morning.
        let picture = shown(1);
        let thursday = AXIS + 3 * DAY..AXIS + 4 * DAY;
        let own: Vec<&Block> =
            picture.blocks.iter().filter(|own| thursday.contains(&own.x)).collect();
        let reserve = own.iter().find(|own| own.kind == "reserve").unwrap();
        assert!(own.iter().all(|own| own.width == (DAY - GAP) / 2));
        assert_eq!(reserve.x, AXIS + 3 * DAY + reserve.width);
    }

    #[test]
    fn hours_beyond_the_office_day_are_shown_where_there_are_some() {
        assert_eq!(hours(&[]), SHOWN);
        let luenen = townfile::parse(townfile::SHIPPED[2].1).unwrap();
        assert_eq!(hours(&luenen.locations[0].openings), (7, 18));
    }

    #[test]
    fn a_window_that_ends_before_it_starts_is_drawn_as_nothing() {
        let mut setup = townfile::parse(townfile::SHIPPED[0].1).unwrap();
        let rule = &mut setup.locations[0].openings[0];
        std::mem::swap(&mut rule.from, &mut rule.to);
        assert!(picture(&setup.locations[0]).blocks.iter().any(|own| own.height == 0));
    }
}
