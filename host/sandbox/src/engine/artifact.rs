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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::config::config;

    #[test]
    fn an_artifact_needs_no_more_than_the_baseline_of_its_architecture() {
        let limits = Limits::default();
        let here = crate::engine::config::engine(&limits).unwrap();
        // Work for which a compiler that looks at this machine's processor would use its extensions.
        let busy = "(func (export \"f\") (param f64 i64 v128) (result f64)
            (drop (i64.popcnt (local.get 1))) (drop (i64.clz (local.get 1)))
            (drop (i8x16.swizzle (local.get 2) (local.get 2))) (f64.floor (local.get 0)))";
        let component = wat::parse_str(format!("(component (core module {busy}))")).unwrap();
        let artifact = compile_ahead(&here, &component, &limits).unwrap();
        // A machine without a single extension.
        let mut oldest = config(&limits).unwrap();
        // SAFETY: to claim fewer features than there are can only make the engine refuse more.
        #[allow(unsafe_code)]
        unsafe {
            oldest.detect_host_feature(|_| Some(false));
        }
        let there = Engine::new(&oldest).unwrap();
        // SAFETY: made by wasmtime above; nothing of it is run.
        #[allow(unsafe_code)]
        let loaded = unsafe { Component::deserialize(&there, &artifact) };
        loaded.unwrap();
        // The test can fail: an artifact for this machine's own processor is refused there.
        let mut own = wasmtime::Config::new();
        own.epoch_interruption(true).concurrency_support(false);
        let own = Engine::new(&own).unwrap();
        let artifact = own.precompile_component(&component).unwrap();
        // SAFETY: as above.
        #[allow(unsafe_code)]
        let loaded = unsafe { Component::deserialize(&there, &artifact) };
        assert!(loaded.is_err());
    }
}
