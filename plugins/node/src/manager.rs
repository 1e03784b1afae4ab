//! Which package manager installs and runs the app, and why: `packageManager`, then `devEngines`, then the lock file,
//! then `engines`, then npm. Several lock files are a warning, never a silent choice.

use crate::harmless::harmless;
use crate::manifest::{FILE, Manifest};
use shipway_sdk::{App, Evidence, OfferedStep, OfferedTool, Origin, default_to, seen};

/// The package managers. Yarn is two: since 2 it has other flags, another lock file and possibly no `node_modules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Kind {
    Npm,
    Pnpm,
    Yarn,
    Berry,
    Bun,
}

/// Lock files in the order in which they count when `packageManager` is silent.
const LOCKS: [(&str, Kind); 6] = [
    ("pnpm-lock.yaml", Kind::Pnpm),
    ("yarn.lock", Kind::Yarn),
    ("bun.lock", Kind::Bun),
    ("bun.lockb", Kind::Bun),
    ("package-lock.json", Kind::Npm),
    ("npm-shrinkwrap.json", Kind::Npm),
];

/// Files beside manifest and lock that an install reads.
const SETTINGS: [&str; 7] =
    [".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "bunfig.toml", "patches"];

/// The package manager of an app.
pub(crate) struct Manager {
    /// Which one.
    pub(crate) kind: Kind,
    /// Its lock file, if it has one.
    pub(crate) lock: Option<&'static str>,
    /// Why this one.
    pub(crate) origin: Origin,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
    asked: Option<(String, Evidence)>,
    /// A release of Yarn that the project carries, so that none needs to be installed.
    carried: Option<String>,
    plug_and_play: bool,
}

impl Manager {
    /// Decides for the app at the base directory.
    #[must_use]
    pub(crate) fn of(app: &App<'_>, manifest: &Manifest) -> Self {
        let locks: Vec<(&'static str, Kind)> = LOCKS.into_iter().filter(|(name, _)| app.has_file(name)).collect();
        let declared = declared(manifest);
        let mut warnings = Vec::new();
        let (family, origin) = match (&declared, locks.first()) {
            (Some((kind, _, evidence)), _) => (*kind, Origin::Evidence(evidence.clone())),
            (None, Some((name, kind))) => {
                (*kind, Origin::Evidence(seen(*name, format!("the lock file of {}", kind.name()))))
            }
            (None, None) => {
                (Kind::Npm, default_to("npm comes with node, and nothing asks for another package manager"))
            }
        };
        let lock = locks.iter().find(|(_, kind)| *kind == family).map(|(name, _)| *name);
        let others: Vec<&str> = locks.iter().filter(|(_, kind)| *kind != family).map(|(name, _)| *name).collect();
        if !others.is_empty() {
            let kept = lock.map_or_else(|| format!("{} without a lock file", family.name()), str::to_owned);
            let why =
                if declared.is_some() { "package.json asks for it" } else { "it comes first in the documented order" };
            warnings.push(format!(
                "there are lock files of several package managers: {kept} is used, because {why}; {} is ignored: remove \
                 what is not in use, or set \"packageManager\" in package.json",
                others.join(", ")
            ));
        }
        let asked = declared.and_then(|(_, version, evidence)| Some((version?, evidence)));
        let yarn = Yarn::of(app, family, asked.as_ref().map(|(version, _)| version.as_str()));
        let kind = if yarn.berry { Kind::Berry } else { family };
        Self { kind, lock, origin, warnings, asked, carried: yarn.carried, plug_and_play: yarn.plug_and_play }
    }

    /// As a person calls it.
    #[must_use]
    pub(crate) fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Does an install make a `node_modules`?
    #[must_use]
    pub(crate) fn makes_node_modules(&self) -> bool {
        !self.plug_and_play
    }

    /// The program, with whatever has to stand in front of its arguments.
    #[must_use]
    pub(crate) fn program(&self) -> Vec<String> {
        match &self.carried {
            Some(release) => vec!["node".to_owned(), release.clone()],
            None => vec![self.name().to_owned()],
        }
    }

    /// Runs a script of the manifest.
    #[must_use]
    pub(crate) fn run(&self, script: &str) -> Vec<String> {
        let mut words = self.program();
        words.extend(["run".to_owned(), script.to_owned()]);
        words
    }

    /// The step that fetches the dependencies. `develop`: also what is needed to build.
    #[must_use]
    pub(crate) fn install(&self, app: &App<'_>, manifest: &Manifest, develop: bool) -> OfferedStep {
        let args: &[&str] = match (self.kind, self.lock.is_some()) {
            (Kind::Npm, true) => &["ci"],
            (Kind::Npm, false) | (Kind::Bun, false) | (Kind::Yarn, false) => &["install"],
            (Kind::Pnpm, true) | (Kind::Yarn, true) | (Kind::Bun, true) => &["install", "--frozen-lockfile"],
            (Kind::Pnpm, false) => &["install", "--no-frozen-lockfile"],
            (Kind::Berry, true) => &["install", "--immutable"],
            (Kind::Berry, false) => &["install", "--no-immutable"],
        };
        let lean = !develop && manifest.names_any("devDependencies");
        let lean_flag = match self.kind {
            Kind::Npm => Some("--omit=dev"),
            Kind::Pnpm => Some("--prod"),
            Kind::Yarn | Kind::Bun => Some("--production"),
            // `yarn workspaces focus --production` is a plugin in 2 and 3, and not there everywhere.
            Kind::Berry => None,
        };
        let mut words = self.program();
        words.extend(args.iter().map(|w| (*w).to_owned()));
        words.extend(lean_flag.filter(|_| lean).map(str::to_owned));
        let why = match (self.lock, lean) {
            (Some(lock), false) => format!("installs exactly what {lock} says"),
            (Some(lock), true) => format!("installs exactly what {lock} says, without what only development needs"),
            (None, _) => "installs what package.json asks for; there is no lock file".to_owned(),
        };
        let evidence = match self.lock {
            Some(lock) => seen(lock, "the lock file"),
            None => seen(FILE, "the dependencies, without a lock file"),
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        OfferedStep::run("install", &words, &why)
            .seen(evidence)
            .online(&[self.cache()])
            .from_files(self.inputs(app, manifest))
            .leaves(self.makes_node_modules().then_some("node_modules"))
    }

    /// The programs that it needs.
    #[must_use]
    pub(crate) fn tool(&self) -> Option<OfferedTool> {
        if self.carried.is_some() {
            return None;
        }
        Some(match &self.asked {
            Some((version, evidence)) => OfferedTool::asked(self.name(), version, evidence.clone()),
            None => OfferedTool::any(self.name()),
        })
    }

    fn cache(&self) -> &'static str {
        self.name()
    }

    /// The files an install depends on; empty (the whole source) where scripts or local packages take part in it.
    fn inputs(&self, app: &App<'_>, manifest: &Manifest) -> Vec<String> {
        let whole = manifest.lifecycle_script().is_some()
            || manifest.has_local_dependencies()
            || !manifest.workspaces().is_empty()
            || app.has_file("pnpm-workspace.yaml")
            || self.kind == Kind::Berry
            || app.has_dir("prisma")
            || app.has_dir("patches");
        if whole {
            return Vec::new();
        }
        let settings = SETTINGS.into_iter().filter(|name| app.has_file(name));
        std::iter::once(FILE).chain(self.lock).chain(settings).map(str::to_owned).collect()
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Npm => "npm",
            Kind::Pnpm => "pnpm",
            Kind::Yarn | Kind::Berry => "yarn",
            Kind::Bun => "bun",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Kind::Npm, Kind::Pnpm, Kind::Yarn, Kind::Bun].into_iter().find(|kind| kind.name() == name)
    }
}

/// What the manifest itself asks for: the manager, its version, and where.
fn declared(manifest: &Manifest) -> Option<(Kind, Option<String>, Evidence)> {
    if let Some(text) = manifest.string(&["packageManager"]) {
        let (name, version) = text.split_once('@').unwrap_or((text, ""));
        if let Some(kind) = Kind::named(name) {
            let version = version.split('+').next().filter(|v| !v.is_empty() && harmless(v)).map(str::to_owned);
            let note = format!("\"packageManager\": \"{}\"", text.split('+').next().unwrap_or(text));
            return Some((kind, version, manifest.seen(&["packageManager"], note)));
        }
    }
    if let Some(kind) = manifest.string(&["devEngines", "packageManager", "name"]).and_then(Kind::named) {
        let version =
            manifest.string(&["devEngines", "packageManager", "version"]).filter(|v| harmless(v)).map(str::to_owned);
        let evidence =
            manifest.seen(&["devEngines", "packageManager", "name"], format!("devEngines asks for {}", kind.name()));
        return Some((kind, version, evidence));
    }
    // `engines.npm` and `engines.yarn` only bound a version; pnpm and bun are named by those who use them.
    [Kind::Pnpm, Kind::Bun].into_iter().find_map(|kind| {
        let range = manifest.string(&["engines", kind.name()]).filter(|range| harmless(range))?;
        let other = manifest.string(&["engines", "npm"]).is_some();
        let evidence = manifest.seen(&["engines", kind.name()], format!("engines asks for {} {range}", kind.name()));
        (!other).then(|| (kind, Some(range.to_owned()), evidence))
    })
}

/// What there is to know about a Yarn project.
struct Yarn {
    berry: bool,
    carried: Option<String>,
    plug_and_play: bool,
}

impl Yarn {
    fn of(app: &App<'_>, family: Kind, version: Option<&str>) -> Self {
        let mut found = Self { berry: false, carried: None, plug_and_play: false };
        if family != Kind::Yarn {
            return found;
        }
        let settings = app.peek(".yarnrc.yml", 64 * 1024).filter(|_| app.has_file(".yarnrc.yml"));
        let setting = |key: &str| {
            let text = settings.as_deref()?;
            let value = text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'))?;
            Some(value.trim().trim_matches(['"', '\'']).to_owned())
        };
        let major = version.and_then(|v| v.split('.').next()?.trim_start_matches(['^', '~', 'v']).parse::<u32>().ok());
        found.berry = match major {
            Some(major) => major >= 2,
            None => settings.is_some() || is_berry_lock(app),
        };
        if found.berry {
            found.carried = setting("yarnPath").filter(|path| harmless(path) && app.has_file(path));
            found.plug_and_play = setting("nodeLinker").is_none_or(|linker| linker == "pnp");
        }
        found
    }
}

fn is_berry_lock(app: &App<'_>) -> bool {
    app.has_file("yarn.lock") && app.peek("yarn.lock", 4096).is_some_and(|text| text.contains("__metadata:"))
}
