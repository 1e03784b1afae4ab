//! What has to be on the machine. As root on Debian it is installed, with its progress shown; anywhere else one line
//! says what to install.

use crate::guest::Guest;
use crate::process;
use anyhow::{Result, bail};
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything that any command needs.
pub(crate) fn all() -> Result<()> {
    host()?;
    let guest = Guest::find()?;
    eprintln!("xtask: plugins are compiled by {}", guest.describe());
    formatter_and_linter()?;
    for_tests()
}

/// What the host's own build needs beside cargo: a C compiler, for SQLite; cmake, for the zlib that Pingora brings.
pub(crate) fn host() -> Result<()> {
    if !process::on_path("cc") {
        install("a C compiler", &["gcc", "libc6-dev"], || "gcc or clang".to_owned())?;
    }
    if !process::on_path("cmake") {
        install("cmake", &["cmake", "make"], || "cmake".to_owned())?;
    }
    Ok(())
}

/// rustfmt and clippy, of the compiler that cargo uses.
pub(crate) fn formatter_and_linter() -> Result<()> {
    for (tool, component, package) in [("fmt", "rustfmt", "rustfmt-web"), ("clippy", "clippy", "rust-web-clippy")] {
        if process::succeeds(process::cargo().args([tool, "--version"])) {
            continue;
        }
        let by_rustup = process::succeeds(Command::new("rustup").args(["component", "add", component]));
        if !by_rustup {
            install(component, &[package], || format!("rustup component add {component}"))?;
        }
        if !process::succeeds(process::cargo().args([tool, "--version"])) {
            bail!("cargo {tool} does not run: rustup component add {component}");
        }
    }
    Ok(())
}

/// What the real apps of the tests are built with.
pub(crate) fn for_tests() -> Result<()> {
    if !process::on_path("node") || !process::on_path("npm") {
        install("node and npm", &["nodejs", "npm"], || "Node.js 20 or newer with npm".to_owned())?;
    }
    let venv = || process::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]));
    if !venv() {
        let packages = ["python3", "python3-venv", "python3-pip"];
        install("python3 with venv", &packages, || "Python 3.11 or newer with venv".to_owned())?;
    }
    if !venv() {
        bail!("python3 cannot make virtual environments: install its venv module");
    }
    Ok(())
}

/// Installs Debian packages where we may, else says the one line.
pub(crate) fn install(what: &str, packages: &[&str], elsewhere: impl Fn() -> String) -> Result<()> {
    static UPDATED: AtomicBool = AtomicBool::new(false);
    let list = packages.join(" ");
    if !process::on_path("apt-get") {
        bail!("{what} is missing: install {}", elsewhere());
    }
    if !root() {
        bail!("{what} is missing: sudo apt-get install -y {list} (or {})", elsewhere());
    }
    eprintln!("xtask: {what} is missing: apt-get install -y {list}");
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if !UPDATED.swap(true, Ordering::Relaxed) {
        process::run(apt().args(["update", "-q"]))?;
    }
    process::run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages))
}

fn root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}
