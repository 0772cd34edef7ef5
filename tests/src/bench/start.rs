//! Start and size.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Grounds, http::get, load::saturate, report::Section, towns};

pub(super) async fn measure(grounds: &Grounds) -> Section {
    let told = "A migrated database on PostgreSQL. The start is measured from the process to its first answer, looked for every few milliseconds.";
    let mut section = Section::new("Start and size", told, &["what", "value", "unit"]);
    let office = grounds.office(towns::MORNING).await;
    office.import(&crate::office::shipped("luenen"));
    let mut starts = Vec::new();
    for _ in 0..5 {
        let before = Instant::now();
        let server = office.serve().await;
        starts.push(before.elapsed());
        drop(server);
    }
    starts.sort();
    section.row(vec![
        json!("start to first answer"),
        json!(starts[2].as_secs_f64() * 1000.0),
        json!("ms"),
    ]);
    let server = office.serve().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    section.row(vec![json!("memory when idle"), json!(server.memory() / 1024), json!("MiB")]);
    let page = get("/luenen/termin?anliegen=personalausweis");
    let round = Duration::from_secs(3);
    saturate(&server.url, &std::sync::Arc::new(vec![page]), 128, round).await;
    section.row(vec![
        json!("memory after 128 connections"),
        json!(server.memory() / 1024),
        json!("MiB"),
    ]);
    let binary = std::fs::metadata(crate::office::binary());
    let size = binary.expect("the binary").len() / 1024 / 1024;
    section.row(vec![json!("binary"), json!(size), json!("MiB")]);
    section
}
