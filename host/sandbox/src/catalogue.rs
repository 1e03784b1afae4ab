//! skeleton
use crate::{LoadError, Plugin, Sandbox};
use model::plugin::PluginInfo;
use std::path::PathBuf;

/// A plugin that ships inside the binary.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// `PluginInfo` as JSON.
    pub info: &'static str,
    /// The component.
    pub wasm: &'static [u8],
    /// The component, compiled by `precompile`; empty = compile when needed.
    pub compiled: &'static [u8],
}

/// A detector whose trigger was hit.
#[derive(Clone)]
pub struct Hit {
    /// The detector.
    pub plugin: Plugin,
    /// The glob that matched, or `always`.
    pub trigger: String,
    /// The first path that it matched; none for `always`.
    pub path: Option<String>,
}

/// The plugins of this host.
pub struct Catalogue {}
#[allow(unused_variables)]
impl Catalogue {
    /// Built-in plugins and component files.
    pub fn new(sandbox: &Sandbox, built_in: &'static [BuiltIn], extra: Vec<PathBuf>) -> Result<Self, LoadError> {
        todo!()
    }
    /// What is known of every plugin, sorted by name.
    #[must_use]
    pub fn infos(&self) -> &[PluginInfo] {
        todo!()
    }
    /// Detectors with a trigger hit, in the order of `infos`.
    pub fn detectors_for<P: AsRef<str>>(&self, paths: impl IntoIterator<Item = P>) -> Vec<Hit> {
        todo!()
    }
    /// The planner of an app type.
    #[must_use]
    pub fn planner_for(&self, app_type: &str) -> Option<Plugin> {
        todo!()
    }
    /// All verifiers.
    #[must_use]
    pub fn verifiers(&self) -> Vec<Plugin> {
        todo!()
    }
    /// A plugin by its name (`shipway/node`) or id (`shipway/node@0.1.0`).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Plugin> {
        todo!()
    }
}
