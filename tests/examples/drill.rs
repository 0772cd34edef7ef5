//! `make drill`: one fault after the other under load, each with what was injected, how long the
//! service was degraded and what the checker found. `DRILL_SEED` repeats a run; `DRILL_FAULT` names
//! the only fault to be tried.

#![allow(clippy::print_stdout)] // a tool for a person at a terminal

use std::{path::PathBuf, process::ExitCode, time::Duration};

use system_tests::drill::{self, Plan, Report, fault::Fault, grounds::Grounds, release};

#[tokio::main]
async fn main() -> ExitCode {
    match drill_all().await {
        Ok(failed) => {
            println!("\n{failed} drills failed");
            if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(wrong) => {
            println!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

/// How many failed, or why none was begun.
async fn drill_all() -> Result<u32, String> {
    let asked = |name: &str| std::env::var(name).ok();
    let named = asked("DRILL_FAULT");
    let faults =
        Fault::chosen(named.as_deref()).map_err(|wrong| format!("DRILL_FAULT: {wrong}"))?;
    let seed = match asked("DRILL_SEED") {
        Some(seed) => seed
            .parse()
            .map_err(|_| format!("DRILL_SEED: {seed} is no number of at most 64 bits"))?,
        None => u64::from(std::process::id()),
    };
    let keep = PathBuf::from("target/drill");
    println!("seed {seed}: DRILL_SEED={seed} makes the citizens do the same again\n");
    let mut shared = Grounds::start().await;
    let mut failed = 0;
    for fault in faults {
        let around = Duration::from_secs(6);
        let plan = Plan { fault, citizens: 24, around, seed, keep: keep.clone() };
        println!("{fault:?}: {}", fault.told());
        let report = match Report::unless_broken_off(Grounds::of(fault)).await {
            Err(broken_off) => {
                let _ = drill::keep(&plan, &broken_off);
                broken_off
            }
            Ok(Ok(Some(mut own))) => drill::run(&mut own, &plan).await,
            Ok(Ok(None)) => {
                let report = drill::run(&mut shared, &plan).await;
                if !report.findings.is_empty() {
                    // Nobody knows what it has left behind.
                    shared = Grounds::start().await;
                }
                report
            }
            Ok(Err(missing)) => {
                // Nobody expects of a machine what it lacks; but what somebody names has to be there.
                let is_named = named.is_some() || fault == Fault::Release && release::is_named();
                println!("  {}: {missing}", if is_named { "FAILED" } else { "SKIPPED" });
                failed += u32::from(is_named);
                continue;
            }
        };
        tell(&report, &plan);
        failed += u32::from(!report.findings.is_empty());
    }
    Ok(failed)
}

fn tell(report: &Report, plan: &Plan) {
    println!("  {}", report.figures);
    if report.findings.is_empty() {
        println!("  found: nothing wrong");
        return;
    }
    report.findings.iter().take(10).for_each(|finding| println!("  FOUND: {finding}"));
    let (all, seed, keep) = (report.findings.len(), plan.seed, plan.keep.display());
    println!("  all {all} findings, logs and ledger: {keep}");
    println!("  again: DRILL_SEED={seed} DRILL_FAULT={:?} make drill", plan.fault);
}
