//! The plugins inside this binary, and the hidden step that prepares them for it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// First-party plugins, compiled ahead of time; none in a binary that was not built by `cargo xtask build`.
pub(crate) static PLUGINS: &[sandbox::BuiltIn] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// `__precompile IN.wasm OUT.cwasm OUT.json`: compiles a component with the engine of this very binary, and writes down
/// what it says of itself. The build runs this once before it embeds the results (see xtask).
pub(crate) fn precompile(args: &[OsString]) -> Result<(), String> {
    let [component, compiled, info] = args else {
        return Err("usage: __precompile IN.wasm OUT.cwasm OUT.json".to_owned());
    };
    let say = |path: &OsString, e: &dyn std::fmt::Display| format!("{}: {e}", Path::new(path).display());
    let bytes = fs::read(component).map_err(|e| say(component, &e))?;
    let described = sandbox::inspect(&bytes).map_err(|e| say(component, &e))?;
    let native = sandbox::precompile(&bytes).map_err(|e| say(component, &e))?;
    let text = serde_json::to_string_pretty(&described).map_err(|e| say(component, &e))?;
    fs::write(compiled, native).map_err(|e| say(compiled, &e))?;
    fs::write(info, text).map_err(|e| say(info, &e))
}
