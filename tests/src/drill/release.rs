//! Another release of the program, to run beside the one under test.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Whether somebody has said which.
#[must_use]
pub fn is_named() -> bool {
    ["DRILL_OTHER", "DRILL_OTHER_BIN"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Its binary: `DRILL_OTHER_BIN`, else what `scripts/other-release.sh` builds.
///
/// # Errors
/// Why there is none.
pub fn other() -> Result<PathBuf, String> {
    if let Ok(path) = std::env::var("DRILL_OTHER_BIN") {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("{} is no file", path.display()))
        };
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/other-release.sh");
    let built = Command::new(script)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    let path = PathBuf::from(String::from_utf8_lossy(&built.stdout).trim());
    if built.status.success() && path.is_file() {
        Ok(path)
    } else {
        Err("it could not be built; name one with DRILL_OTHER_BIN".to_owned())
    }
}
