//! Puts the first-party plugins into the binary: every `NAME.json` with its `NAME.wasm` and `NAME.cwasm` in the plugins
//! directory. `cargo xtask build` fills it (see xtask); a plain `cargo build` before that makes a binary without plugins.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=SHIPWAY_PLUGINS_DIR");
    let dir = plugins_dir()?;
    // A directory is watched whole, its files too; while it does not exist, cargo looks again at every build.
    println!("cargo::rerun-if-changed={}", dir.display());

    let mut names: Vec<String> = vec![];
    for entry in fs::read_dir(&dir).into_iter().flatten() {
        let path = entry?.path();
        let complete = ["wasm", "cwasm"].iter().all(|kind| path.with_extension(kind).is_file());
        if complete
            && path.extension().is_some_and(|e| e == "json")
            && let Some(stem) = path.file_stem()
        {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();

    let mut code = String::from("&[\n");
    for name in &names {
        let file = |kind: &str| format!("{:?}", dir.join(format!("{name}.{kind}")));
        writeln!(
            code,
            "    sandbox::BuiltIn {{ info: include_str!({}), wasm: include_bytes!({}), compiled: include_bytes!({}) }},",
            file("json"),
            file("wasm"),
            file("cwasm")
        )?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("builtin.rs"), code)?;
    Ok(())
}

/// `SHIPWAY_PLUGINS_DIR`, else `plugins/` in the target directory.
fn plugins_dir() -> Result<PathBuf, Box<dyn Error>> {
    if let Some(dir) = env::var_os("SHIPWAY_PLUGINS_DIR") {
        return Ok(fs::canonicalize(&dir).unwrap_or_else(|_| dir.into()));
    }
    // Absolute, for include_bytes!; CARGO_MANIFEST_DIR is two levels below the workspace.
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?)
            .join("../../target"),
    };
    let dir = target.join("plugins");
    Ok(fs::canonicalize(&dir).unwrap_or(dir))
}
