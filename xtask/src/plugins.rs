//! The first-party plugins: Rust sources to components in `target/plugins`, each made again only when something that it
//! is made from changed.

use crate::digest::{self, Made};
use crate::guest::{Guest, TRIPLE};
use crate::{paths, process, size};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// Counts up when the encoding below changes what comes out.
const ENCODER: &str = "wit-component 0.254, 1";

/// One finished component.
pub(crate) struct Component {
    /// The plugin's folder.
    pub(crate) name: String,
    /// Where it lies.
    pub(crate) wasm: PathBuf,
}

/// Makes what is stale; returns all of them.
pub(crate) fn build() -> Result<Vec<Component>> {
    let start = Instant::now();
    let guest = Guest::find()?;
    let common = common(&guest)?;
    let mut stale = vec![];
    let mut all = vec![];
    for name in names()? {
        let digest = common.clone().tree(paths::root(), &folder(&name), &["cases", "tests"])?.finish();
        let wasm = paths::plugins().join(format!("{name}.wasm"));
        if !digest::fresh(&stamp(&name), &digest, &[&wasm]) {
            stale.push((name.clone(), wasm.clone(), digest));
        }
        all.push(Component { name, wasm });
    }
    if stale.is_empty() {
        return Ok(all);
    }
    let names: Vec<&str> = stale.iter().map(|(n, ..)| n.as_str()).collect();
    eprintln!("xtask: compiling {} ({})", names.join(", "), guest.describe());
    let mut cargo = guest.cargo_build();
    for name in &names {
        cargo.args(["--package", name]);
    }
    process::run(&mut cargo)?;
    for (name, wasm, digest) in &stale {
        let module = paths::guest_target().join(TRIPLE).join("release").join(format!("{name}.wasm"));
        let bytes = fs::read(&module).with_context(|| module.display().to_string())?;
        let bytes = encode(&bytes).with_context(|| format!("plugins/{name} is not a component of wit/"))?;
        digest::replace(wasm, &bytes)?;
        digest::stamp(&stamp(name), digest)?;
        eprintln!("xtask: {name}.wasm {}", size(bytes.len() as u64));
    }
    eprintln!("xtask: plugins in {:.1} s", start.elapsed().as_secs_f32());
    Ok(all)
}

fn encode(module: &[u8]) -> Result<Vec<u8>> {
    // Without the metadata of a world the encoder makes an empty component of anything.
    const EXPORTS: &[u8] = b"-plugin:imports and exports";
    if !module.windows(EXPORTS.len()).any(|w| w == EXPORTS) {
        bail!("it exports nothing: shipway_sdk::export_app!(…) or a sibling of it is missing");
    }
    if module.windows(5).any(|w| w == b"wasi:") {
        bail!("it imports WASI: a dependency of it wants a clock, random numbers or files");
    }
    let mut encoder = wit_component::ComponentEncoder::default().validate(true).module(module)?;
    encoder.encode()
}

/// What all of them are made from.
fn common(guest: &Guest) -> Result<Made> {
    let root = paths::root();
    let mut made = Made::default();
    made.text(ENCODER).text(&guest.identity());
    for part in ["wit", "plugins/Cargo.toml", "plugins/Cargo.lock", "plugins/sdk"] {
        made.tree(root, &root.join(part), &["testing", "cases"])?;
    }
    Ok(made)
}

/// Every folder below `plugins/` whose lib.rs exports a plugin.
fn names() -> Result<Vec<String>> {
    let mut names = vec![];
    for entry in fs::read_dir(paths::root().join("plugins"))? {
        let entry = entry?;
        let source = fs::read_to_string(entry.path().join("src/lib.rs")).unwrap_or_default();
        if source.lines().any(|line| line.starts_with("shipway_sdk::export_")) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn folder(name: &str) -> PathBuf {
    paths::root().join("plugins").join(name)
}

fn stamp(name: &str) -> PathBuf {
    paths::stamps().join(format!("{name}.wasm"))
}
