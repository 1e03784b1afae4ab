//! `package.json`, read as tolerantly as npm reads it: a field of a wrong type counts as absent. A text that is not a
//! JSON object is a problem with the line where reading stopped.

use serde_json::Value;
use shipway_sdk::{App, Evidence, Json, Problem, malformed};

/// The file's name.
pub(crate) const FILE: &str = "package.json";

/// A `package.json` that is an object.
pub(crate) struct Manifest(Json);

/// A direct dependency.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Dependency<'a> {
    /// The range as written.
    pub(crate) range: &'a str,
    /// `dependencies`, `devDependencies`, …
    pub(crate) section: &'static str,
}

const SECTIONS: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

impl Manifest {
    /// The manifest at the base directory; `None` when there is none, a problem with its line when it is broken.
    pub(crate) fn load(app: &App<'_>) -> Result<Option<Self>, Problem> {
        let Some(text) = app.text(FILE)? else { return Ok(None) };
        let remedy = remedy_for(text.as_str());
        let parsed = Json::parse(FILE, text.into_string()).map_err(|problem| Problem {
            remedy: Some(remedy(problem.evidence.first().and_then(|e| e.line))),
            ..problem
        })?;
        if parsed.value().is_object() {
            Ok(Some(Self(parsed)))
        } else {
            Err(malformed(FILE, Some(1), "it is not a JSON object"))
        }
    }

    /// The whole document.
    #[must_use]
    pub(crate) fn json(&self) -> &Json {
        &self.0
    }

    /// A text at a path of keys that is not blank.
    #[must_use]
    pub(crate) fn string(&self, path: &[&str]) -> Option<&str> {
        self.0.string(path).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Is the field there, and not null?
    #[must_use]
    pub(crate) fn holds(&self, key: &str) -> bool {
        self.0.get(&[key]).is_some_and(|value| !value.is_null())
    }

    /// A script that says something.
    #[must_use]
    pub(crate) fn script(&self, name: &str) -> Option<&str> {
        self.string(&["scripts", name])
    }

    /// A direct dependency, whichever section names it.
    #[must_use]
    pub(crate) fn dependency(&self, name: &str) -> Option<Dependency<'_>> {
        SECTIONS.iter().find_map(|section| {
            let value = self.0.get(&[section, name])?;
            Some(Dependency { range: value.as_str().unwrap_or("*"), section })
        })
    }

    /// Is it a direct dependency?
    #[must_use]
    pub(crate) fn depends(&self, name: &str) -> bool {
        self.dependency(name).is_some()
    }

    /// Is it needed only to develop?
    #[must_use]
    pub(crate) fn only_to_develop(&self, name: &str) -> bool {
        self.dependency(name).is_some_and(|found| found.section == "devDependencies")
    }

    /// Does a section name anything?
    #[must_use]
    pub(crate) fn names_any(&self, section: &str) -> bool {
        self.0.get(&[section]).and_then(Value::as_object).is_some_and(|map| !map.is_empty())
    }

    /// Is there anything that an install would fetch?
    #[must_use]
    pub(crate) fn needs_install(&self) -> bool {
        SECTIONS.iter().take(3).any(|section| self.names_any(section)) || !self.workspaces().is_empty()
    }

    /// Some dependency is a place in this source (`file:`, `link:`, `workspace:`, a patch).
    #[must_use]
    pub(crate) fn has_local_dependencies(&self) -> bool {
        const LOCAL: [&str; 7] = ["file:", "link:", "workspace:", "portal:", "patch:", "./", "../"];
        self.holds("patchedDependencies")
            || SECTIONS.iter().filter_map(|section| self.0.get(&[section])?.as_object()).any(|map| {
                map.values().filter_map(Value::as_str).any(|range| LOCAL.iter().any(|p| range.starts_with(p)))
            })
    }

    /// A script that the package manager runs by itself on install.
    #[must_use]
    pub(crate) fn lifecycle_script(&self) -> Option<&'static str> {
        ["preinstall", "install", "postinstall", "prepare"].into_iter().find(|name| self.script(name).is_some())
    }

    /// The patterns of `workspaces`, in either of its two forms.
    #[must_use]
    pub(crate) fn workspaces(&self) -> Vec<String> {
        let list = self.0.get(&["workspaces", "packages"]).or_else(|| self.0.get(&["workspaces"]));
        let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// "Here it stands": evidence at the line of a key.
    #[must_use]
    pub(crate) fn seen(&self, path: &[&str], note: impl Into<String>) -> Evidence {
        self.0.seen(path, note)
    }

    /// Evidence for a dependency: "depends on express ^4.19".
    #[must_use]
    pub(crate) fn depends_on(&self, name: &str) -> Option<Evidence> {
        let found = self.dependency(name)?;
        Some(self.seen(&[found.section, name], format!("depends on {name} {}", clipped(found.range))))
    }

    /// Evidence for a script: `"start": "node server.js"`.
    #[must_use]
    pub(crate) fn script_seen(&self, name: &str) -> Evidence {
        let said = self.script(name).unwrap_or_default();
        self.seen(&["scripts", name], format!("\"{name}\": \"{}\"", clipped(said)))
    }
}

/// A long text is not repeated in full in a note.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(120) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// The usual reasons why a manifest that somebody wrote by hand is not JSON.
fn remedy_for(text: &str) -> impl Fn(Option<u32>) -> String + use<> {
    let lines: Vec<String> = text.lines().take(4000).map(|line| line.trim_start().chars().take(8).collect()).collect();
    let blank = text.trim().is_empty();
    move |line| {
        let at = usize::try_from(line.unwrap_or(1)).unwrap_or(1);
        let around = lines.iter().skip(at.saturating_sub(2)).take(2);
        if blank {
            "Write the manifest (`npm init -y` makes one) or remove the empty file.".to_owned()
        } else if lines.iter().any(|l| l.starts_with("<<<<<<<") || l.starts_with(">>>>>>>")) {
            "Resolve the merge conflict that is left in package.json.".to_owned()
        } else if around.into_iter().any(|l| l.starts_with("//") || l.starts_with("/*")) {
            "Take the comment out: package.json is JSON, which has none.".to_owned()
        } else {
            "Correct package.json there: a comma, a quote or a bracket is missing or too many.".to_owned()
        }
    }
}
