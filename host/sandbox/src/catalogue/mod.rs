//! The plugins of this host: the ones that ship inside the binary and the ones that were added by path. Knows what each
//! is without loading it; loads only what is asked.

mod file;
mod triggers;

use crate::engine::BuiltInCode;
use crate::{LoadError, Plugin, Sandbox};
use model::plugin::{PluginInfo, Role};
use std::path::PathBuf;
use triggers::Triggers;

/// `origin` of a plugin that ships inside the binary.
const BUILT_IN: &str = "built-in";

/// A plugin that ships inside the binary. All three parts come out of one run of the build.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// `PluginInfo` as JSON, as [`crate::inspect`] gave it.
    pub info: &'static str,
    /// The component.
    pub wasm: &'static [u8],
    /// The component, compiled by [`crate::precompile`]; empty = compile it when it is first asked.
    pub compiled: &'static [u8],
}

/// A detector to be asked, and why.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The detector.
    pub plugin: Plugin,
    /// The trigger that matched, or `always`.
    pub trigger: String,
    /// The first path that it matched; none for `always`.
    pub path: Option<String>,
}

/// The plugins of this host, sorted by name.
pub struct Catalogue {
    infos: Vec<PluginInfo>,
    plugins: Vec<Plugin>,
    triggers: Triggers,
}

impl Catalogue {
    /// Built-in plugins, and component files that the operator named. A file with the name of a built-in plugin takes
    /// its place; two files of one name are refused, as nobody could say which one is meant.
    ///
    /// Files are compiled here, in this process (see `engine::artifact`). An error names the file.
    pub fn new(sandbox: &Sandbox, built_in: &'static [BuiltIn], extra: Vec<PathBuf>) -> Result<Self, LoadError> {
        let mut plugins = Vec::new();
        for path in extra {
            let plugin = file::load(sandbox, &path).map_err(|e| LoadError::File { path, error: Box::new(e) })?;
            add(&mut plugins, plugin)?;
        }
        let added: Vec<String> = plugins.iter().map(|p: &Plugin| p.info().name.clone()).collect();
        for one in built_in {
            let plugin = shipped(sandbox, one)?;
            if !added.contains(&plugin.info().name) {
                add(&mut plugins, plugin)?;
            }
        }
        plugins.sort_by(|a, b| a.info().name.cmp(&b.info().name));
        let infos: Vec<PluginInfo> = plugins.iter().map(|p| p.info().clone()).collect();
        let triggers = Triggers::new(&infos)?;
        Ok(Self { infos, plugins, triggers })
    }

    /// What is known of every plugin.
    #[must_use]
    pub fn infos(&self) -> &[PluginInfo] {
        &self.infos
    }

    /// The detectors of which a trigger exists among the files below the base directory, and those that are always
    /// called, sorted by name. One pass over the paths, whatever the number of plugins; the first path that matches is
    /// the reason, so sorted paths give the same reasons every time.
    pub fn detectors_for<P: AsRef<str>>(&self, paths: impl IntoIterator<Item = P>) -> Vec<Hit> {
        let hit = |found: triggers::Found| {
            Some(Hit { plugin: self.plugins.get(found.plugin)?.clone(), trigger: found.trigger, path: found.path })
        };
        self.triggers.find(paths).into_iter().filter_map(hit).collect()
    }

    /// The planner of an app type. One that was added by path goes before a built-in one.
    #[must_use]
    pub fn planner_for(&self, app_type: &str) -> Option<Plugin> {
        let plans = |p: &&Plugin| {
            p.info().roles.contains(&Role::Planner) && p.info().app_types.iter().any(|own| own == app_type)
        };
        let mut planners: Vec<&Plugin> = self.plugins.iter().filter(plans).collect();
        planners.sort_by_key(|p| p.info().origin == BUILT_IN);
        planners.first().map(|p| (*p).clone())
    }

    /// All verifiers.
    #[must_use]
    pub fn verifiers(&self) -> Vec<Plugin> {
        self.plugins.iter().filter(|p| p.info().roles.contains(&Role::Verifier)).cloned().collect()
    }

    /// A plugin by its name (`shipway/node`) or its id (`shipway/node@0.1.0`).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Plugin> {
        self.plugins.iter().find(|p| p.info().name == name || p.info().id() == name).cloned()
    }
}

fn shipped(sandbox: &Sandbox, one: &BuiltIn) -> Result<Plugin, LoadError> {
    let mut info: PluginInfo = serde_json::from_str(one.info)
        .map_err(|e| LoadError::Description { why: format!("of a built-in plugin: {e}") })?;
    info.origin = BUILT_IN.to_owned();
    Ok(Plugin::built_in(sandbox, info, BuiltInCode { compiled: one.compiled, wasm: one.wasm }))
}

fn add(plugins: &mut Vec<Plugin>, plugin: Plugin) -> Result<(), LoadError> {
    if let Some(first) = plugins.iter().find(|p| p.info().name == plugin.info().name) {
        return Err(LoadError::Duplicate {
            name: plugin.info().name.clone(),
            first: first.info().origin.clone(),
            second: plugin.info().origin.clone(),
        });
    }
    plugins.push(plugin);
    Ok(())
}
