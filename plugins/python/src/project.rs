//! What a Python project says about itself: who installs it, what it depends on, which Python it wants. Read from every
//! kind of manifest that is there; a manifest that is broken is a problem with its line.

use crate::harmless::harmless;
use crate::names::{Dependency, normal, requirement};
use crate::requirements;
use serde_json::Value;
use shipway_sdk::{App, Evidence, Problem, Text, Toml, seen, seen_at};

/// Who installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    /// uv, with or without its lock.
    Uv,
    /// Poetry.
    Poetry,
    /// PDM.
    Pdm,
    /// Pipenv.
    Pipenv,
    /// pip, from requirement files.
    Requirements,
    /// pip, from the dependencies of `pyproject.toml`.
    Listed,
    /// pip, which builds and installs the project itself.
    Package,
    /// Nobody: there is no manifest.
    Nobody,
}

/// A Python project.
pub(crate) struct Project {
    /// Who installs.
    pub(crate) manager: Manager,
    /// The lock file, if the manager has one.
    pub(crate) lock: Option<&'static str>,
    /// The file that decided.
    pub(crate) seen: Option<Evidence>,
    /// The requirement files, the first being the one that is installed.
    pub(crate) files: Vec<String>,
    /// Direct dependencies.
    pub(crate) dependencies: Vec<Dependency>,
    /// `[project] dependencies`, as written.
    pub(crate) listed: Vec<String>,
    /// The Python that is asked for, and where.
    pub(crate) python: Option<(String, Evidence)>,
    /// `[project.scripts]`: names that an install of the project makes.
    pub(crate) scripts: Vec<(String, Evidence)>,
    /// The project builds a package of itself.
    pub(crate) packaged: bool,
    /// It is made to be published.
    pub(crate) published: bool,
    /// A file whose name was probably meant to be one of those.
    pub(crate) misspelt: Option<(String, &'static str)>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
}

/// Lock files, the strongest first.
const LOCKS: [(&str, Manager); 4] = [
    ("uv.lock", Manager::Uv),
    ("poetry.lock", Manager::Poetry),
    ("pdm.lock", Manager::Pdm),
    ("Pipfile.lock", Manager::Pipenv),
];

impl Project {
    /// Reads it.
    pub(crate) fn read(app: &App<'_>) -> Result<Self, Problem> {
        let pyproject = app.toml("pyproject.toml")?;
        let pipfile = app.toml("Pipfile")?;
        let main = requirements::main_file(app);
        let has = |keys: &[&str]| pyproject.as_ref().is_some_and(|p| p.get(keys).is_some());
        let locks: Vec<(&'static str, Manager)> = LOCKS.into_iter().filter(|(name, _)| app.has_file(name)).collect();
        let lock = locks.first().copied();
        let (manager, by) = match lock {
            Some((name, manager)) if manager != Manager::Pipenv || pipfile.is_some() => (manager, Some(name)),
            _ if main.is_some() => (Manager::Requirements, None),
            _ if pipfile.is_some() => (Manager::Pipenv, Some("Pipfile")),
            _ if has(&["tool", "uv"]) => (Manager::Uv, Some("pyproject.toml")),
            _ if has(&["tool", "poetry"]) => (Manager::Poetry, Some("pyproject.toml")),
            _ if has(&["tool", "pdm"]) => (Manager::Pdm, Some("pyproject.toml")),
            _ if has(&["project"]) && has(&["build-system"]) => (Manager::Package, Some("pyproject.toml")),
            _ if has(&["project"]) && can_be_listed(pyproject.as_ref()) => (Manager::Listed, Some("pyproject.toml")),
            _ if has(&["project"]) => (Manager::Package, Some("pyproject.toml")),
            _ if app.has_file("setup.py") => (Manager::Package, Some("setup.py")),
            _ => (Manager::Nobody, None),
        };
        let files = main.as_deref().map(|main| requirements::files(app, main)).unwrap_or_default();
        let by = by.map(str::to_owned).or_else(|| files.first().cloned());
        let mut project = Self {
            manager,
            lock: lock.filter(|(_, of)| *of == manager).map(|(name, _)| name),
            seen: by.map(|path| seen(&path, manager.note(&path))),
            files,
            dependencies: Vec::new(),
            listed: Vec::new(),
            python: None,
            scripts: Vec::new(),
            packaged: has(&["build-system"]) || (pyproject.is_none() && app.has_file("setup.py")),
            published: has(&["project", "classifiers"]) || has(&["tool", "poetry", "classifiers"]),
            misspelt: None,
            warnings: Vec::new(),
        };
        if let Some(pyproject) = &pyproject {
            project.of_pyproject(pyproject);
        }
        if let Some(pipfile) = &pipfile {
            project.of_pipfile(pipfile);
        }
        for file in &project.files {
            project.dependencies.extend(requirements::dependencies(app, file));
        }
        project.of_setup(app)?;
        project.python = python_of_files(app).or(project.python);
        if project.manager == Manager::Nobody {
            project.misspelt = misspelt(app);
        }
        project.warn(app, &locks);
        Ok(project)
    }

    /// A direct dependency by its normalised name.
    pub(crate) fn depends(&self, name: &str) -> Option<&Dependency> {
        self.dependencies.iter().find(|d| d.name == name)
    }

    /// Its environment has a pip of its own.
    pub(crate) fn has_pip(&self) -> bool {
        self.manager != Manager::Uv
    }

    fn of_pyproject(&mut self, toml: &Toml) {
        let list = toml.get(&["project", "dependencies"]).and_then(Value::as_array);
        for (n, text) in list.into_iter().flatten().enumerate().filter_map(|(n, v)| Some((n, v.as_str()?))).take(512) {
            self.listed.push(text.to_owned());
            if let Some((name, extras)) = requirement(text) {
                let seen = toml.seen(
                    &["project", "dependencies", &n.to_string()],
                    format!("depends on {}", text.chars().take(160).collect::<String>()),
                );
                self.dependencies.push(Dependency { name, extras, seen });
            }
        }
        let table = toml.get(&["tool", "poetry", "dependencies"]).and_then(Value::as_object);
        for (key, value) in table.into_iter().flatten().filter(|(key, _)| *key != "python").take(512) {
            let seen = toml.seen(&["tool", "poetry", "dependencies", key], format!("depends on {key}"));
            self.dependencies.push(Dependency { name: normal(key), extras: extras(value), seen });
        }
        for path in [&["project", "requires-python"][..], &["tool", "poetry", "dependencies", "python"]] {
            if let Some(range) = toml.string(path).filter(|range| self.python.is_none() && harmless(range)) {
                self.python = Some((range.to_owned(), toml.seen(path, format!("asks for Python {range}"))));
            }
        }
        for path in [&["project", "scripts"][..], &["tool", "poetry", "scripts"]] {
            for name in toml.get(path).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name).take(16) {
                let keys: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                self.scripts.push((name.clone(), toml.seen(&keys, format!("the script {name}"))));
            }
        }
    }

    fn of_pipfile(&mut self, toml: &Toml) {
        for (key, value) in toml.get(&["packages"]).and_then(Value::as_object).into_iter().flatten().take(512) {
            let seen = toml.seen(&["packages", key], format!("depends on {key}"));
            self.dependencies.push(Dependency { name: normal(key), extras: extras(value), seen });
        }
        for key in ["python_full_version", "python_version"] {
            if let Some(version) = toml.string(&["requires", key]).filter(|v| self.python.is_none() && harmless(v)) {
                self.python =
                    Some((version.to_owned(), toml.seen(&["requires", key], format!("asks for Python {version}"))));
            }
        }
    }

    /// `setup.py` and `setup.cfg` are programs and dialects; what they depend on is found by the strings in them.
    fn of_setup(&mut self, app: &App<'_>) -> Result<(), Problem> {
        if !self.dependencies.is_empty() {
            return Ok(());
        }
        for file in ["setup.py", "setup.cfg"].into_iter().filter(|file| app.has_file(file)) {
            let Some(text) = app.peek(file, 64 * 1024) else { continue };
            let Some((_, rest)) = text.split_once("install_requires") else { continue };
            let first = text.len() - rest.len();
            let mut at = first;
            for line in rest.split_inclusive('\n').take(100) {
                for word in line.split(['"', '\'']).map(str::trim) {
                    if let Some((name, extras)) = requirement(word).filter(|(name, _)| crate::servers::is_known(name)) {
                        let seen = seen_at(file, shipway_sdk::line_at(&text, at), format!("depends on {word}"));
                        self.dependencies.push(Dependency { name, extras, seen });
                    }
                }
                at += line.len();
                if line.contains(']') {
                    break;
                }
            }
        }
        Ok(())
    }

    fn warn(&mut self, app: &App<'_>, locks: &[(&str, Manager)]) {
        if locks.len() > 1 {
            let (kept, rest) =
                locks.split_first().map_or(("", vec![]), |(k, r)| (k.0, r.iter().map(|l| l.0).collect()));
            self.warnings.push(format!("there are several lock files: {kept} is used, {} is ignored", rest.join(", ")));
        }
        let unlocked = match self.manager {
            Manager::Uv | Manager::Poetry | Manager::Pdm | Manager::Pipenv => self.lock.is_none(),
            Manager::Listed | Manager::Package | Manager::Requirements | Manager::Nobody => false,
        };
        if unlocked {
            self.warnings
                .push(format!("{} has no lock file: each build may install other versions", self.manager.name()));
        }
        if self.lock.is_some() && self.manager != Manager::Requirements && app.has_file("requirements.txt") {
            let lock = self.lock.unwrap_or_default();
            self.warnings.push(format!("{lock} is installed; requirements.txt beside it is not"));
        }
        if let Some((found, meant)) = &self.misspelt {
            self.warnings.push(format!("found {found}: did you mean {meant}?"));
        }
        if self.manager == Manager::Nobody && app.first_file(&["environment.yml", "environment.yaml"]).is_some() {
            self.warnings
                .push("environment.yml is for conda, which is not supported: write a requirements.txt".to_owned());
        }
    }
}

/// Do the dependencies fit into one command, every one of them as it is written?
fn can_be_listed(pyproject: Option<&Toml>) -> bool {
    let list = pyproject.and_then(|p| p.get(&["project", "dependencies"])).and_then(Value::as_array);
    let texts: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
    let fits = texts.len() <= 200 && texts.iter().map(|t| t.len() + 1).sum::<usize>() <= 3000;
    fits && texts.iter().all(|text| harmless(text) && !text.starts_with('-') && !text.trim().is_empty())
}

impl Manager {
    /// As a person calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Manager::Uv => "uv",
            Manager::Poetry => "poetry",
            Manager::Pdm => "pdm",
            Manager::Pipenv => "pipenv",
            Manager::Requirements | Manager::Listed | Manager::Package | Manager::Nobody => "pip",
        }
    }

    fn note(self, path: &str) -> String {
        match self {
            _ if path.contains("lock") => format!("the lock file of {}", self.name()),
            Manager::Requirements => "the requirements that pip installs".to_owned(),
            _ => format!("a project for {}", self.name()),
        }
    }
}

fn extras(value: &Value) -> Vec<String> {
    let list = value.get("extras").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(normal).take(16).collect()
}

/// `.python-version`, `runtime.txt`, `.tool-versions`.
fn python_of_files(app: &App<'_>) -> Option<(String, Evidence)> {
    let first_line = |file: &'static str| {
        let text = Text::new(file, app.peek(file, 4096).filter(|_| app.has_file(file))?);
        let found = text.lines().map(|(n, l)| (n, l.trim().trim_start_matches('\u{feff}').to_owned()));
        found.into_iter().find(|(_, l)| !l.is_empty() && !l.starts_with('#'))
    };
    let version = |range: &str| {
        let ok = range.len() <= 32 && range.chars().all(|c| c.is_ascii_alphanumeric() || ".*-_".contains(c));
        (ok && range.starts_with(|c: char| c.is_ascii_digit())).then(|| range.to_owned())
    };
    let found = |file: &'static str, line: u32, range: String| {
        let note = format!("asks for Python {range}");
        (range, seen_at(file, line, note))
    };
    if let Some((line, text)) = first_line(".python-version") {
        let text = text.split_whitespace().next().unwrap_or_default().to_owned();
        let plain = text.strip_prefix("cpython-").or(text.strip_prefix("cpython@")).unwrap_or(&text).to_owned();
        if let Some(range) = version(&plain) {
            return Some(found(".python-version", line, range));
        }
    }
    if let Some((line, text)) = first_line("runtime.txt")
        && let Some(range) = text.strip_prefix("python-").and_then(version)
    {
        return Some(found("runtime.txt", line, range));
    }
    let file = ".tool-versions";
    let text = Text::new(file, app.peek(file, 16 * 1024).filter(|_| app.has_file(file))?);
    let asked = text
        .lines()
        .find_map(|(n, line)| Some((n, line.trim().strip_prefix("python ")?.split_whitespace().next()?.to_owned())));
    asked.and_then(|(line, range)| Some(found(file, line, version(&range)?)))
}

/// Names that people write when they mean a manifest.
fn misspelt(app: &App<'_>) -> Option<(String, &'static str)> {
    const MEANT: [(&str, &str); 12] = [
        ("requirments.txt", "requirements.txt"),
        ("requirement.txt", "requirements.txt"),
        ("requirements.txt.txt", "requirements.txt"),
        ("requirements", "requirements.txt"),
        ("requirements.text", "requirements.txt"),
        ("requiremnts.txt", "requirements.txt"),
        ("requirementS.txt", "requirements.txt"),
        ("Requirements.txt", "requirements.txt"),
        ("REQUIREMENTS.txt", "requirements.txt"),
        ("PipFile", "Pipfile"),
        ("pipfile", "Pipfile"),
        ("pyproject.tml", "pyproject.toml"),
    ];
    MEANT.into_iter().find(|(found, _)| app.has_file(found)).map(|(found, meant)| (found.to_owned(), meant))
}
