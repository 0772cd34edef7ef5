//! The pages in a real browser: each `tests/browser/*.test.mjs` before a demonstration of its own.

use std::{collections::BTreeSet, fs, path::Path};

use system_tests::office::Office;
use tokio::process::Command;

/// A test for each file, and the list of them all.
macro_rules! files {
    ($($file:ident),* $(,)?) => {
        const FILES: &[&str] = &[$(stringify!($file)),*];
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $file() {
                in_a_browser(stringify!($file)).await;
            }
        )*
    };
}

files!(
    admin, booking, challenge, clerk, console, mine, morning, onboarding, own, pages, passkey,
    provider, waiting
);

#[test]
fn no_file_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let found: BTreeSet<String> = fs::read_dir(folder)
        .expect("the browser's tests")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".test.mjs").map(str::to_owned))
        .collect();
    assert_eq!(found, FILES.iter().map(|file| (*file).to_owned()).collect());
}

/// When a file's demonstration begins: a clerk's morning soon before a start, which somebody misses.
fn clock(file: &str) -> &'static str {
    if file == "morning" { "2026-11-23T08:03:30Z" } else { "2026-11-23T08:00:00Z" }
}

async fn in_a_browser(file: &str) {
    let (_office, server) = Office::demo(clock(file)).await;
    let status = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-timeout=600000"])
        .arg(format!("browser/{file}.test.mjs"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("AMTSTERMIN_URL", &server.url)
        .status()
        .await
        .expect("node");
    assert!(
        status.success(),
        "see above what the browser found; the server said: {}",
        server.log()
    );
}
