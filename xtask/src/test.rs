//! Everything that CI runs, in the order that tells soonest what is wrong.

use crate::tally::Tally;
use crate::{host, paths, process, setup};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::process::Command;
use std::time::Instant;

/// The whole of CI.
pub(crate) fn all() -> Result<()> {
    let start = Instant::now();
    let mut tally = Tally::default();
    step("set up", setup::all)?;
    step("lock files", || each(|cargo| cargo.args(["metadata", "--locked", "--format-version=1", "--quiet"]), true))?;
    step("format", || each(|cargo| cargo.args(["fmt", "--all", "--check"]), false))?;
    let binary = step("build", || host::build(false))?;
    step("lint", || {
        let lint = ["--all-targets", "--quiet", "--", "--deny", "warnings"];
        each(|cargo| cargo.args(["clippy", "--workspace"]).args(lint), false)
    })?;
    step("plugins", || tally.run(plugins_cargo().args(["test", "--workspace", "--no-fail-fast", "--quiet"])))?;
    step("tests", || {
        let mut cargo = process::cargo();
        cargo.env("SHIPWAY_BIN", &binary);
        tally.run(cargo.args(["test", "--workspace", "--no-fail-fast", "--quiet"]))
    })?;
    step("documentation", || {
        let doc = ["doc", "--workspace", "--no-deps", "--quiet"];
        each(|cargo| cargo.args(doc).env("RUSTDOCFLAGS", "--deny warnings"), false)
    })?;
    eprintln!("xtask: all well, {}", elapsed(start));
    println!("{tally}");
    Ok(())
}

/// The benchmark of `tests/`, on a release build.
pub(crate) fn bench(args: &[OsString]) -> Result<()> {
    setup::all()?;
    let binary = host::build(true)?;
    // Both in one command: with the features of one of them alone, cargo would compile the whole engine once more.
    let both = ["--package", "shipway", "--package", "tests", "--bin", "shipway", "--bin", "bench"];
    process::run(process::cargo().args(["build", "--release", "--quiet"]).args(both))?;
    let mut bench = Command::new(binary.with_file_name("bench"));
    bench.env("SHIPWAY_BIN", &binary).env("SHIPWAY_PLUGINS_DIR", paths::plugins());
    process::run(bench.args(args))
}

fn step<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    eprintln!("==> {name}");
    let done = run().with_context(|| format!("{name} failed after {}", elapsed(start)))?;
    eprintln!("    {name}: {}", elapsed(start));
    Ok(done)
}

/// The same for both workspaces.
fn each<'c>(arguments: impl for<'a> Fn(&'a mut Command) -> &'a mut Command, mute: bool) -> Result<()> {
    for mut cargo in [process::cargo(), plugins_cargo()] {
        let command = arguments(&mut cargo);
        if mute {
            command.stdout(std::process::Stdio::null());
        }
        process::run(command)?;
    }
    Ok(())
}

fn plugins_cargo() -> Command {
    let mut cargo = process::cargo();
    cargo.current_dir(paths::root().join("plugins")).env("CARGO_TARGET_DIR", paths::native_target());
    cargo
}

fn elapsed(since: Instant) -> String {
    let s = since.elapsed().as_secs();
    if s < 60 { format!("{:.1} s", since.elapsed().as_secs_f32()) } else { format!("{} m {:02} s", s / 60, s % 60) }
}
