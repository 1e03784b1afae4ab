//! Running the real binary and reading what it says.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    /// Its exit status.
    pub exit: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Answer {
    /// The one JSON document on standard output.
    #[must_use]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("not one JSON document: {error}\nstdout: {}\nstderr: {}", self.stdout, self.stderr),
        }
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The binary under test: `SHIPWAY_BIN`, which `cargo xtask test` sets, else the one beside this test.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("SHIPWAY_BIN") {
        return path.into();
    }
    let exe = std::env::current_exe().unwrap_or_default();
    let beside = exe.parent().and_then(|deps| deps.parent()).map(|profile| profile.join("shipway")).unwrap_or_default();
    assert!(beside.exists(), "there is no {}: run these tests with `cargo xtask test`", beside.display());
    beside
}

/// A command line of the binary, with nothing of the caller's environment that would change what it does.
#[must_use]
pub fn shipway(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(args).env_remove("SHIPWAY_STATE").env_remove("SHIPWAY_HOST").env("NO_COLOR", "1");
    command
}
