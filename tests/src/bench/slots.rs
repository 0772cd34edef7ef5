//! The pure rules: what criterion has measured just before, put into tables.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::report::Section;

/// Criterion's folder: `group/parameter/new/estimates.json`.
fn folder() -> PathBuf {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    Path::new(&target).join("criterion")
}

pub(super) fn sections() -> Vec<Section> {
    let [ours, naive, floor] = ["free slots", "obvious", "floor"].map(medians);
    let told = "Medians of criterion on one core: a basket for two people, all free starts. Beside it the obvious way (step through the starts, compare each with every booking of the counter; left out where it takes seconds) and the floor (one pass over as many bitmaps).";
    let columns = ["town", "µs", "obvious way, µs", "floor, µs"];
    let mut section = Section::new("Slots", told, &columns);
    for (town, median) in &ours {
        let of = |all: &BTreeMap<String, f64>| all.get(town).map_or(Value::Null, |us| json!(us));
        section.row(vec![json!(town), json!(median), of(&naive), of(&floor)]);
    }
    let told = "Ten counters, four weeks, typical.";
    let mut single = Section::new("Slots, single questions", told, &["what", "µs"]);
    for (what, median) in medians("one question") {
        single.row(vec![json!(what), json!(median)]);
    }
    vec![section, single]
}

/// Medians of a group's benches, in microseconds.
fn medians(group: &str) -> BTreeMap<String, f64> {
    let benches = std::fs::read_dir(folder().join(group)).into_iter().flatten().flatten();
    let median = |path: PathBuf| {
        let read = |name: &str| -> Option<Value> {
            let text = std::fs::read_to_string(path.join("new").join(name)).ok()?;
            serde_json::from_str(&text).ok()
        };
        let name = read("benchmark.json")?["value_str"].as_str()?.to_owned();
        Some((name, read("estimates.json")?["median"]["point_estimate"].as_f64()? / 1000.0))
    };
    benches.filter_map(|bench| median(bench.path())).collect()
}
