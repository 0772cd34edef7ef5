//! `make bench`: the report of one run, as Markdown and JSON below `target/bench`. Fails only on what
//! must hold at any speed.

#![allow(clippy::print_stdout)] // a tool for a person at a terminal

use std::{path::Path, process::ExitCode};

use system_tests::bench::{self, report::Report, sizes::Sizes};

#[tokio::main]
async fn main() -> ExitCode {
    let sizes = match Sizes::from_environment() {
        Ok(sizes) => sizes,
        Err(wrong) => {
            println!("{wrong}");
            return ExitCode::FAILURE;
        }
    };
    let folder = Path::new("target/bench");
    let keep = |report: &Report| report.write(folder).expect("the report's files");
    let report = bench::run(&sizes, keep).await;
    println!("\n{}", report.markdown());
    println!("{}/report.md, {}/report.json", folder.display(), folder.display());
    let broken = report.broken();
    broken.iter().for_each(|what| println!("BROKEN: {what}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
