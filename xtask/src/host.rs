//! The binary. The plugins inside it are compiled ahead of time by the engine inside it: so it is built, asked to
//! compile those that are new, and built again around the results.

use crate::digest::{self, Made};
use crate::plugins::{self, Component};
use crate::{paths, process, setup};
use anyhow::{Result, bail};
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The whole of it; returns where the binary is.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    setup::host()?;
    let components = plugins::build()?;
    forget_others(&components)?;
    let binary = paths::target().join(if release { "release" } else { "debug" }).join("shipway");
    let engine = engine()?;
    let mut stale = vec![];
    for component in &components {
        let digest = engine.clone().tree(&paths::plugins(), &component.wasm, &[])?.finish();
        let compiled = Compiled::of(component);
        if !digest::fresh(&compiled.stamp, &digest, &[&compiled.code, &compiled.info]) {
            stale.push((component, compiled, digest));
        }
    }
    for (_, compiled, _) in &stale {
        // A binary must never hold a component beside the code of another.
        for file in [&compiled.code, &compiled.info] {
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
    }
    cargo_build(release)?;
    if stale.is_empty() {
        return Ok(binary);
    }
    for (component, compiled, digest) in &stale {
        compiled.make(&binary, component, digest)?;
    }
    cargo_build(release)?;
    Ok(binary)
}

/// Builds and becomes shipway, with its arguments, its terminal and its exit code.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    let binary = build(false)?;
    let error = Command::new(&binary).args(args).exec();
    bail!("cannot run {}: {error}", binary.display())
}

fn cargo_build(release: bool) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "--package", "shipway"]);
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)
}

/// What the compiled form depends on beside the component: the engine, its configuration and the shape of the answer.
fn engine() -> Result<Made> {
    let root = paths::root();
    let mut made = Made::default();
    for part in ["Cargo.lock", "host/sandbox/src", "host/sandbox/Cargo.toml", "host/model/src"] {
        made.tree(root, &root.join(part), &[])?;
    }
    Ok(made)
}

struct Compiled {
    code: PathBuf,
    info: PathBuf,
    stamp: PathBuf,
}

impl Compiled {
    fn of(component: &Component) -> Self {
        Self {
            code: component.wasm.with_extension("cwasm"),
            info: component.wasm.with_extension("json"),
            stamp: paths::stamps().join(format!("{}.cwasm", component.name)),
        }
    }

    fn make(&self, binary: &Path, component: &Component, digest: &str) -> Result<()> {
        fs::create_dir_all(paths::stamps())?;
        let aside = |kind: &str| paths::stamps().join(format!("{}-{}.{kind}", component.name, std::process::id()));
        let (code, info) = (aside("cwasm"), aside("json"));
        let mut command = Command::new(binary);
        process::run(command.arg("__precompile").arg(&component.wasm).arg(&code).arg(&info))?;
        fs::rename(&code, &self.code)?;
        fs::rename(&info, &self.info)?;
        digest::stamp(&self.stamp, digest)
    }
}

/// A plugin that is no longer ours does not stay in the binary.
fn forget_others(components: &[Component]) -> Result<()> {
    for entry in fs::read_dir(paths::plugins())? {
        let path = entry?.path();
        let ours = components.iter().any(|c| path.file_stem() == c.wasm.file_stem());
        if !ours && path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
