//! From bytes to code: the only place where a component reaches the compiler, and the only place where compiled code is
//! trusted.
//!
//! Compiling is unbounded in time and memory (half a megabyte of Wasm can take a minute and gigabytes), and it happens in
//! this process: fit for plugins that the operator names by path and for `xtask`, not for what comes from strangers.
//! An isolated compile worker (a child process of our own binary with limits on memory and time) takes the place of
//! [`compile`] when plugins are installed from elsewhere; nothing else here has to change.

use crate::{Limits, LoadError};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Checks what can be seen without compiling: size and preamble. Every wrong kind of file has its own message.
fn gate(bytes: &[u8], limits: &Limits) -> Result<(), LoadError> {
    let not = |what: &'static str| Err(LoadError::NotAComponent { what });
    if bytes.len() as u64 > limits.component {
        return Err(LoadError::TooLarge { size: bytes.len() as u64, limit: limits.component });
    }
    match bytes {
        [] => not("the file is empty"),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            not("it is a core module; encode it as a component (`wasm-tools component new`)")
        }
        [0, b'a', b's', b'm', _, _, _, _, ..] => not("it is WebAssembly of an unknown version"),
        [b'(' | b';' | b' ' | b'\n', ..] => not("it looks like text; encode it first (`wasm-tools parse`)"),
        _ => not("it is not WebAssembly"),
    }
}

/// Compiles a component in this process.
pub(crate) fn compile(engine: &Engine, bytes: &[u8], limits: &Limits) -> Result<Component, LoadError> {
    gate(bytes, limits)?;
    Component::from_binary(engine, bytes).map_err(|e| LoadError::Malformed { why: format!("{e:#}") })
}

/// Compiles a component to an artifact that [`load_built_in`] takes: native code for the baseline of this target.
pub(crate) fn compile_ahead(engine: &Engine, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, LoadError> {
    gate(bytes, limits)?;
    engine.precompile_component(bytes).map_err(|e| LoadError::Malformed { why: format!("{e:#}") })
}

/// Code that ships inside our own binary. The type is the argument: nothing that was read from a file, a socket or a
/// plugin is `'static`, and only [`crate::BuiltIn`] makes one of these.
#[derive(Clone, Copy)]
pub(crate) struct BuiltInCode {
    /// Made by [`compile_ahead`]; empty when there is none.
    pub(crate) compiled: &'static [u8],
    /// What it was made from.
    pub(crate) wasm: &'static [u8],
}

/// Loads code of our own binary. An artifact that this engine refuses (another version, another configuration, another
/// architecture) costs time, not the plugin: the component is compiled instead.
pub(crate) fn load_built_in(engine: &Engine, code: BuiltInCode, limits: &Limits) -> Result<Component, LoadError> {
    if !code.compiled.is_empty() {
        // SAFETY: `deserialize` runs what it is given as native code, so the bytes must be exactly what wasmtime made.
        // They are: `BuiltInCode` holds a slice of our own executable, written there by our build from the output of
        // `compile_ahead`. Whoever can change them can change this very function. Version, configuration, architecture
        // and processor features are compared by wasmtime, which refuses a stale artifact with an error.
        #[allow(unsafe_code)]
        let loaded = unsafe { Component::deserialize(engine, code.compiled) };
        if let Ok(component) = loaded {
            return Ok(component);
        }
    }
    compile(engine, code.wasm, limits)
}
