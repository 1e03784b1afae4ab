//! Which detectors are worth asking: the triggers of all of them are one glob set, matched in one pass over the paths,
//! so that detection does not grow dearer with every plugin that is installed.

use crate::LoadError;
use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};
use model::plugin::{PluginInfo, Role};

/// All triggers of all detectors.
pub(super) struct Triggers {
    set: GlobSet,
    /// For every glob of the set: whose it is, and its text.
    owners: Vec<(usize, String)>,
    /// Detectors that are called for every source.
    always: Vec<usize>,
}

/// One detector to be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its index in the list that [`Triggers::new`] was given.
    pub(super) plugin: usize,
    pub(super) trigger: String,
    pub(super) path: Option<String>,
}

impl Triggers {
    pub(super) fn new(infos: &[PluginInfo]) -> Result<Self, LoadError> {
        let mut set = GlobSetBuilder::new();
        let mut owners = Vec::new();
        let mut always = Vec::new();
        let wrong = |info: &PluginInfo, e: &globset::Error| LoadError::Description {
            why: format!("a trigger of {} is not a glob: {e}", info.id()),
        };
        for (plugin, info) in infos.iter().enumerate().filter(|(_, info)| info.roles.contains(&Role::Detector)) {
            if info.always {
                always.push(plugin);
            }
            for trigger in &info.triggers {
                let glob = GlobBuilder::new(trigger).literal_separator(true).build();
                set.add(glob.map_err(|e| wrong(info, &e))?);
                owners.push((plugin, trigger.clone()));
            }
        }
        let set = set.build().map_err(|e| LoadError::Description { why: format!("triggers: {e}") })?;
        Ok(Self { set, owners, always })
    }

    /// In the order of the plugins. Stops looking when every plugin that has a trigger is found.
    pub(super) fn find<P: AsRef<str>>(&self, paths: impl IntoIterator<Item = P>) -> Vec<Found> {
        let mut waiting: Vec<usize> = self.owners.iter().map(|(plugin, _)| *plugin).collect();
        waiting.dedup();
        let mut found: Vec<Found> = Vec::new();
        let mut matched = Vec::new();
        for path in paths {
            if waiting.is_empty() {
                break;
            }
            let path = path.as_ref();
            self.set.matches_candidate_into(&Candidate::new(path), &mut matched);
            for (plugin, trigger) in matched.iter().filter_map(|glob| self.owners.get(*glob)) {
                if let Some(at) = waiting.iter().position(|other| other == plugin) {
                    waiting.remove(at);
                    found.push(Found { plugin: *plugin, trigger: trigger.clone(), path: Some(path.to_owned()) });
                }
            }
        }
        for plugin in &self.always {
            if found.iter().all(|f| f.plugin != *plugin) {
                found.push(Found { plugin: *plugin, trigger: "always".to_owned(), path: None });
            }
        }
        found.sort_by_key(|f| f.plugin);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector(name: &str, triggers: &[&str], always: bool) -> PluginInfo {
        PluginInfo {
            name: name.into(),
            version: "0.1.0".into(),
            summary: String::new(),
            roles: vec![Role::Detector],
            app_types: vec![name.into()],
            triggers: triggers.iter().map(|t| (*t).into()).collect(),
            always,
            digest: String::new(),
            origin: String::new(),
        }
    }

    #[test]
    fn a_detector_is_found_by_the_first_path_that_one_of_its_triggers_matches() {
        let mut planner = detector("planner", &["**"], true);
        planner.roles = vec![Role::Planner];
        let infos = [
            detector("go", &["go.mod", "**/main.go"], false),
            planner,
            detector("node", &["package.json", "*.{js,mjs}"], false),
            detector("rest", &[], true),
            detector("static", &["index.html"], true),
        ];
        let triggers = Triggers::new(&infos).unwrap();
        let found = triggers.find(["cmd/web/main.go", "deep/package.json", "lib/x.js", "server.mjs", "zz/go.mod"]);
        let of = |plugin, trigger: &str, path: Option<&str>| Found {
            plugin,
            trigger: trigger.into(),
            path: path.map(str::to_owned),
        };
        assert_eq!(
            found,
            [
                of(0, "**/main.go", Some("cmd/web/main.go")),
                of(2, "*.{js,mjs}", Some("server.mjs")),
                of(3, "always", None),
                of(4, "always", None),
            ]
        );
    }

    #[test]
    fn a_trigger_matches_within_its_own_depth_only() {
        let triggers = Triggers::new(&[detector("x", &["*/pom.xml"], false)]).unwrap();
        assert!(triggers.find(["pom.xml", "a/b/pom.xml"]).is_empty());
        assert_eq!(triggers.find(["a/pom.xml"]).len(), 1);
    }

    #[test]
    fn looking_ends_when_everybody_is_found() {
        let triggers = Triggers::new(&[detector("x", &["a"], false)]).unwrap();
        let mut looked = 0;
        triggers.find(["0", "a", "b", "c"].into_iter().inspect(|_| looked += 1));
        assert!(looked <= 3, "looked at {looked}");
    }
}
