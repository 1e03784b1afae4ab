//! How wasmtime is set up: one function, used by the compiler of artifacts and by the host that loads them, so that the
//! two cannot drift apart.

use crate::{Limits, LoadError};
use wasmtime::{Config, Engine, WasmFeatures};

/// Proposals that no guest language needs (tried on Rust, C, Go, QuickJS, StarlingMonkey, Python), each of them code of
/// the engine that a hostile component could reach. Extended-const (Python, QuickJS) and tail-call (QuickJS) stay on.
const OFF: WasmFeatures = WasmFeatures::GC
    .union(WasmFeatures::FUNCTION_REFERENCES)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES)
    .union(WasmFeatures::WIDE_ARITHMETIC)
    .union(WasmFeatures::STACK_SWITCHING)
    .union(WasmFeatures::SHARED_EVERYTHING_THREADS)
    .union(WasmFeatures::CM_ASYNC)
    .union(WasmFeatures::CM_ERROR_CONTEXT)
    .union(WasmFeatures::CM_GC);

/// The engine of every sandbox.
pub(super) fn engine(limits: &Limits) -> Result<Engine, LoadError> {
    config(limits).and_then(|config| Engine::new(&config)).map_err(|e| LoadError::Engine { why: format!("{e:#}") })
}

pub(super) fn config(limits: &Limits) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        // Calls are synchronous; without component-model concurrency they cost a third and an area of the engine is off.
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack as usize)
        .wasm_features(OFF, false)
        // The same plan on every processor.
        .cranelift_nan_canonicalization(true)
        // A plugin's own debug sections are not parsed in our process.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable);
    // To name the target, even when it is the machine's own, is to ask for its baseline: an artifact that was compiled
    // on one machine must load on every other of the same architecture.
    config.target(&target_lexicon::Triple::host().to_string())?;
    Ok(config)
}
