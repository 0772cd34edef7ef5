//! What was measured, for people (Markdown) and for programs (JSON).

use std::{fmt::Write as _, path::Path, process::Command};

use serde_json::{Value, json};

use super::sizes::Sizes;
use crate::servers::postgres::{SYNCED, tool};

/// A table with what is to be known about it.
#[derive(Debug)]
pub struct Section {
    /// What was measured.
    pub title: String,
    /// How, and what the goal is.
    pub told: String,
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Rows of the table, a cell for each column.
    pub rows: Vec<Vec<Value>>,
    /// What must hold at any speed and did not.
    pub broken: Vec<String>,
}

/// The whole report.
#[derive(Debug)]
pub struct Report {
    /// What was measured, on what, and how much.
    pub machine: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

impl Section {
    /// An empty table.
    #[must_use]
    pub fn new(title: &str, told: &str, columns: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            told: told.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Adds a row, and shows it to whoever waits.
    #[allow(clippy::print_stdout)] // a tool for a person at a terminal
    pub fn row(&mut self, cells: Vec<Value>) {
        if self.rows.is_empty() {
            println!("\n{}\n{}", self.title, self.columns.join(" | "));
        }
        println!("{}", cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
        self.rows.push(cells);
    }

    /// Notes what must hold and does not.
    pub fn must(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.broken.push(what.into());
        }
    }
}

impl Report {
    /// An empty report that names the machine.
    #[must_use]
    pub fn of_this_machine(sizes: &Sizes) -> Self {
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpus.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = memory.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let redis = said(Path::new("redis-server"), &["--version"]).unwrap_or_default();
        let redis = redis.split(" sha").next().unwrap_or_default();
        let only = sizes.only.as_ref().map(|parts| format!("; only {}", parts.join(", ")));
        let machine = format!(
            "{}; {cores} cores ({}), {} GiB; {} with fsync and synchronous_commit ({}), {}, servers and load on the same machine; {} s for each figure{}",
            commit().as_deref().unwrap_or("No repository"),
            model.unwrap_or("unknown").trim(),
            kib.unwrap_or(0) / 1024 / 1024,
            said(&tool("postgres"), &["--version"]).unwrap_or_default(),
            SYNCED.join(", "),
            redis,
            sizes.round.as_secs(),
            only.unwrap_or_default()
        );
        Self { machine, sections: Vec::new() }
    }

    /// What must hold at any speed and did not.
    #[must_use]
    pub fn broken(&self) -> Vec<&str> {
        self.sections.iter().flat_map(|own| &own.broken).map(String::as_str).collect()
    }

    /// For people.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("# `make bench`\n\n{}\n", self.machine);
        for own in &self.sections {
            let rule = vec!["---"; own.columns.len()].join("|");
            let _ = write!(text, "\n## {}\n{}\n\n", own.title, own.told);
            let _ = writeln!(text, "| {} |\n|{rule}|", own.columns.join(" | "));
            for row in &own.rows {
                let cells: Vec<String> = row.iter().map(cell).collect();
                let _ = writeln!(text, "| {} |", cells.join(" | "));
            }
            for broken in &own.broken {
                let _ = writeln!(text, "\n**Broken:** {broken}");
            }
        }
        text
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let section = |own: &Section| json!({ "title": own.title, "columns": own.columns, "rows": own.rows, "broken": own.broken });
        let sections: Vec<Value> = self.sections.iter().map(section).collect();
        json!({ "machine": self.machine, "sections": sections })
    }

    /// Writes both into a folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("report.md"), self.markdown())?;
        std::fs::write(folder.join("report.json"), self.json().to_string())
    }
}

/// What was measured: the commit and its day.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| said(Path::new("git"), arguments);
    let name = git(&["describe", "--always", "--dirty"])?;
    let day = git(&["log", "-1", "--format=%cs"])?;
    Some(format!("Commit {name} of {day}"))
}

/// What a program says.
fn said(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// A number is written as exactly as it was measured.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.abs() < 10.0 => format!("{float:.2}"),
            Some(float) if number.is_f64() && float.abs() < 100.0 => format!("{float:.1}"),
            Some(float) if number.is_f64() => format!("{float:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_table_and_says_what_is_broken() {
        let mut section = Section::new("Rush", "Told.", &["what", "ms"]);
        section.rows.push(vec![json!("look"), json!(1.234)]);
        section.must(true, "never");
        section.must(false, "a place was sold twice");
        let report = Report { machine: "one".to_owned(), sections: vec![section] };
        assert_eq!(report.broken(), ["a place was sold twice"]);
        let text = report.markdown();
        assert!(text.contains("| what | ms |\n|---|---|\n| look | 1.23 |\n"), "{text}");
        assert_eq!(report.json()["sections"][0]["rows"][0][1], 1.234);
    }
}
