//! One build step, or the release command, under a wrapper process of our own binary.
//!
//! The wrapper is there so that a build cannot outlive the host. It is the subreaper of whatever the step starts, and
//! its standard input is a socket whose other end only the host holds: when that closes, because the host wants the
//! end or because it was killed, the wrapper ends the whole family. `wrapper` is that process, `host` the other side.

mod host;
mod wrapper;

pub(crate) use host::{Hear, Outcome, StepRun};

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, process::ExitCode};

/// Set for a wrapper and everything below it, so that what is left of a build can be found when both the host and
/// the wrapper were killed.
pub(crate) const MARK: &str = "SHIPWAY_BUILD";

/// What the host sends.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) program: PathBuf,
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
}

/// What the wrapper answers, when nobody of the family is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Report {
    /// It ran and ended.
    Ended { code: Option<i32>, signal: Option<i32>, oom: bool },
    /// It could not be started; the error's number in the operating system, and its text.
    NotStarted(Option<i32>, String),
}

/// `shipway __step`: runs one step for the host that started it.
pub fn step(args: Vec<OsString>) -> ExitCode {
    if !args.is_empty() {
        eprintln!("__step: started by the host, not by hand");
        return ExitCode::from(2);
    }
    crate::contain::close_inherited();
    match wrapper::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("step wrapper {}: {e}", std::process::id());
            ExitCode::FAILURE
        }
    }
}
