//! Programs that plans may ask for, with the versions they say they have. A program that is missing is a note: only
//! an app that needs it misses it.

use super::Fact;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Program, and what makes it say its version.
const TOOLS: &[(&str, &[&str])] = &[
    ("node", &["--version"]),
    ("npm", &["--version"]),
    ("pnpm", &["--version"]),
    ("yarn", &["--version"]),
    ("bun", &["--version"]),
    ("python3", &["--version"]),
    ("uv", &["--version"]),
    ("poetry", &["--version"]),
    ("git", &["--version"]),
    ("docker", &["--version"]),
];

/// For one program to answer; a shim that wants to download something first is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// A version is one line.
const MAX_ANSWER: u64 = 4096;

pub(super) fn facts() -> Vec<Fact> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = TOOLS.iter().map(|(name, args)| scope.spawn(move || fact(name, args))).collect();
        asked.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn fact(name: &str, args: &[&str]) -> Fact {
    match version(name, args) {
        Ok(version) => Fact::good(name, version),
        Err(why) => Fact::note(name, why, format!("apps that need {name} cannot be built here")),
    }
}

fn version(name: &str, args: &[&str]) -> Result<String, String> {
    let mut child = Command::new(name)
        .args(args)
        .current_dir("/")
        .env("COREPACK_ENABLE_NETWORK", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|e| if e.kind() == std::io::ErrorKind::NotFound { "not on PATH".to_owned() } else { e.to_string() })?;
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                end(&mut child);
                return Err("does not say its version".to_owned());
            }
        }
    };
    let mut said = String::new();
    if let Some(out) = child.stdout.take() {
        let _what_is_not_text_is_no_version = out.take(MAX_ANSWER).read_to_string(&mut said);
    }
    match said.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) if status.success() => Ok(line.chars().take(80).collect()),
        _ => Err("does not say its version".to_owned()),
    }
}

/// A shim may have started something itself: the whole group goes.
fn end(child: &mut std::process::Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _gone_already = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _reaped = child.wait();
}
