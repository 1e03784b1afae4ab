//! The engine, its clock, and the way from bytes to code. Only this folder names wasmtime's configuration, and only
//! `artifact` has unsafe code.

mod artifact;
mod config;
mod ticker;

pub(crate) use artifact::{BuiltInCode, compile, compile_ahead, load_built_in};
pub(crate) use ticker::Running;

use crate::{Limits, LoadError};
use std::sync::{Arc, OnceLock};
use ticker::Ticker;
use wasmtime::Engine;

/// The engine and the bounds that all plugins of a host share. Cheap to clone, and cheap to make: the engine is built
/// when the first plugin is loaded and the clock starts with the first call.
#[derive(Clone)]
pub struct Sandbox(Arc<Shared>);

struct Shared {
    limits: Limits,
    // The clock goes first: it holds the engine only weakly, but there is no reason to let it look.
    ticker: OnceLock<Option<Ticker>>,
    engine: OnceLock<Result<Engine, LoadError>>,
}

impl Sandbox {
    /// A sandbox with these limits. Fails when they cannot work for any plugin.
    pub fn new(limits: Limits) -> Result<Self, LoadError> {
        if let Some(name) = limits.unusable() {
            return Err(LoadError::Engine { why: format!("limit {name} is too small for any plugin") });
        }
        Ok(Self(Arc::new(Shared { limits, ticker: OnceLock::new(), engine: OnceLock::new() })))
    }

    /// The bounds of every call.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn engine(&self) -> Result<&Engine, LoadError> {
        self.0.engine.get_or_init(|| config::engine(&self.0.limits)).as_ref().map_err(Clone::clone)
    }

    /// A call begins: from now on the epoch moves. `None` when the machine gives us no thread for the clock; then no
    /// plugin may run, because nothing would stop it.
    pub(crate) fn enter(&self, engine: &Engine) -> Option<Running> {
        self.0.ticker.get_or_init(|| Ticker::start(engine).ok()).as_ref().map(Ticker::enter)
    }
}
