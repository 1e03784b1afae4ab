//! Programs that plans may ask for, with the versions they say they have. A program that is missing is a note: only
//! an app that needs it misses it.

use super::Fact;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What is looked for, and the command that says its version.
const TOOLS: &[(&str, &[&str])] = &[
    ("node", &["node", "--version"]),
    ("npm", &["npm", "--version"]),
    ("pnpm", &["pnpm", "--version"]),
    ("yarn", &["yarn", "--version"]),
    ("bun", &["bun", "--version"]),
    ("python3", &["python3", "--version"]),
    // Some systems package Python without what makes a virtual environment.
    ("python3 venv", &["python3", "-c", "import venv, ensurepip; print('pip', ensurepip.version())"]),
    ("uv", &["uv", "--version"]),
    ("poetry", &["poetry", "--version"]),
    ("cc", &["cc", "--version"]),
    ("git", &["git", "--version"]),
];

/// For one program to answer; a shim that wants to download something first is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// A version is one line.
const MAX_ANSWER: u64 = 4096;

pub(super) fn facts() -> Vec<Fact> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = TOOLS.iter().map(|(name, command)| scope.spawn(move || fact(name, command))).collect();
        asked.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn fact(name: &str, command: &[&str]) -> Fact {
    match version(command) {
        Ok(version) => Fact::good(name, version),
        Err(why) => Fact::note(name, why, format!("apps that need {name} cannot be built here")),
    }
}

fn version(command: &[&str]) -> Result<String, String> {
    let Some((program, args)) = command.split_first() else { return Err("nothing to ask".to_owned()) };
    let mut child = Command::new(program)
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
