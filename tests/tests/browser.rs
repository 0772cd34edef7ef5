//! The pages in a real browser: `tests/browser/*.test.mjs` before the demonstration.

use std::process::Command;

use system_tests::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn pages_in_a_real_browser() {
    let (_office, server) = Office::demo("2026-11-23T08:00:00Z").await;
    let status = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-timeout=600000"])
        .args(
            ["pages", "booking", "own", "mine", "console", "clerk", "onboarding", "waiting"]
                .map(|file| format!("browser/{file}.test.mjs")),
        )
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("AMTSTERMIN_URL", &server.url)
        .status()
        .expect("node");
    assert!(
        status.success(),
        "see above what the browser found; the server said: {}",
        server.log()
    );
}
