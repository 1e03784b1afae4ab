//! `cargo xtask COMMAND`: everything this repository is built, tested and run with, from a fresh clone on.
//!
//! Each command sets up what it needs, or says in one line what to install. Progress goes to stderr.

mod digest;
mod guest;
mod host;
mod paths;
mod plugins;
mod process;
mod setup;
mod tally;
mod test;

use anyhow::{Result, bail};
use std::ffi::OsString;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  run ARGS…            build what is needed and run shipway with ARGS
  build [--release]    one self-contained shipway with the first-party plugins inside
  plugins              the first-party plugins as components, in target/plugins
  test                 everything that CI runs
  bench [ARGS…]        the benchmark, on a release build
  setup                only what has to be installed first
  ci                   the same as test";

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<OsString> = args.collect();
    match dispatch(&command.to_string_lossy(), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("xtask: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, rest: &[OsString]) -> Result<()> {
    match command {
        "run" => host::run(rest),
        "build" => {
            let release = match rest {
                [] => false,
                [flag] if flag == "--release" => true,
                _ => bail!("build takes --release and nothing else"),
            };
            let binary = host::build(release)?;
            eprintln!("{} ({})", binary.display(), size(std::fs::metadata(&binary)?.len()));
            Ok(())
        }
        "plugins" => plugins::build().map(|_| ()),
        "setup" => setup::all(),
        "test" | "ci" => test::all(),
        "bench" => test::bench(rest),
        _ => bail!("{USAGE}"),
    }
}

/// Bytes for a person.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
