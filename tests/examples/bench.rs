//! `make bench`: the report of one run, as Markdown and JSON below `target/bench`. Fails only on what
//! must hold at any speed.

#![allow(clippy::print_stdout)] // a tool for a person at a terminal

use std::{path::Path, process::ExitCode};

use system_tests::bench::{self, sizes::Sizes};

#[tokio::main]
async fn main() -> ExitCode {
    let report = bench::run(&Sizes::from_environment()).await;
    let folder = Path::new("target/bench");
    report.write(folder).expect("the report's files");
    println!("\n{}", report.markdown());
    println!("{}/report.md, {}/report.json", folder.display(), folder.display());
    let broken = report.broken();
    broken.iter().for_each(|what| println!("BROKEN: {what}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
