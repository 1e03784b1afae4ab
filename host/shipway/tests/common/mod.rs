//! Running our own binary as a person or a script does: with an environment of its own, never on a terminal.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up fails the test")]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// A command with nothing of ours in its environment.
pub(crate) fn shipway(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipway"));
    command.env_remove("SHIPWAY_HOST").env_remove("SHIPWAY_LOG").env("SHIPWAY_STATE", state).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(state: &Path, args: &[&str]) -> Output {
    shipway(state).args(args).output().unwrap()
}

/// Its exit status.
pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("it was ended by a signal: {output:?}"))
}

/// The one document on its stdout.
pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("stdout is not one JSON document: {e}: {output:?}"))
}

/// What it printed for a person.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder that nothing claims.
pub(crate) fn nothing_to_run(dir: &Path) -> PathBuf {
    let app = dir.join("nothing");
    std::fs::create_dir_all(&app).unwrap();
    std::fs::write(app.join("notes"), "nothing to run").unwrap();
    app
}

/// `shipway serve` in a directory of its own; killed when dropped, if it still runs.
pub(crate) struct Served {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) ready: Value,
    child: Child,
}

impl Served {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut child = shipway(&dir.path().join("state"))
            .args(["serve", "--http", "127.0.0.1:0", "--json", "--quiet"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while lines.read_line(&mut text).unwrap() > 0 && !text.ends_with("}\n") {}
        let ready = serde_json::from_str(&text).unwrap_or_else(|e| {
            let mut log = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut log);
            panic!("the host did not say that it is ready: {e}: {text}{log}")
        });
        Self { dir, ready, child }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        run(&self.state(), args)
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(&mut self, signal: rustix::process::Signal) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        wait(&mut self.child)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

/// Waits for a process, and not for ever.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}
