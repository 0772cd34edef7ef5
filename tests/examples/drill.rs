//! `make drill`: one fault after the other under load, each with what was injected, how long the
//! service was degraded and what the checker found. `DRILL_SEED` repeats a run; `DRILL_FAULT` names
//! the only fault to be tried.

#![allow(clippy::print_stdout)] // a tool for a person at a terminal

use std::{process::ExitCode, time::Duration};

use system_tests::drill::{self, Plan, fault::Fault, scene::Grounds};

#[tokio::main]
async fn main() -> ExitCode {
    let seed = std::env::var("DRILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    let only = std::env::var("DRILL_FAULT").ok();
    let keep = std::env::current_dir().expect("a folder").join("target/drill");
    println!("seed {seed}: DRILL_SEED={seed} makes the citizens do the same again\n");
    let mut grounds = Grounds::start().await;
    let mut failed = 0;
    for fault in Fault::ALL {
        if only.as_ref().is_some_and(|only| format!("{fault:?}") != *only) {
            continue;
        }
        let plan =
            Plan { fault, citizens: 24, around: Duration::from_secs(6), seed, keep: keep.clone() };
        let report = drill::run(&mut grounds, &plan).await;
        println!("{fault:?}: {}\n  {}", fault.told(), report.figures);
        if report.findings.is_empty() {
            println!("  found: nothing wrong");
        } else {
            failed += 1;
            let first = report.findings.iter().take(10);
            first.for_each(|finding| println!("  FOUND: {finding}"));
            println!(
                "  logs, ledger and all {} findings: {}",
                report.findings.len(),
                keep.display()
            );
        }
    }
    println!("\n{failed} drills failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
