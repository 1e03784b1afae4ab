//! Which version of node is asked for, and where. The range is carried as written: what is installed is the target's
//! business, and a missing or older node is its preflight's answer.

use crate::harmless::harmless;
use crate::manifest::Manifest;
use serde_json::Value;
use shipway_sdk::{App, Evidence, OfferedTool, seen_at};

/// The oldest major that still gets security fixes (November 2026).
const OLDEST_SUPPORTED: u32 = 22;

/// Files that hold one version, in the order in which they count.
const VERSION_FILES: [&str; 2] = [".nvmrc", ".node-version"];

/// A version range, as written, and where.
pub(crate) struct Engine {
    /// As written there.
    pub(crate) range: String,
    /// Where.
    pub(crate) evidence: Evidence,
}

impl Engine {
    /// `devEngines`, `engines`, `volta`, `.nvmrc`, `.node-version`, `.tool-versions`: the first that says something.
    #[must_use]
    pub(crate) fn asked(app: &App<'_>, manifest: Option<&Manifest>) -> Option<Self> {
        manifest.and_then(in_manifest).or_else(|| in_files(app))
    }

    /// As a tool of an offer.
    #[must_use]
    pub(crate) fn tool(asked: Option<&Self>) -> OfferedTool {
        match asked {
            Some(engine) => OfferedTool::asked("node", &engine.range, engine.evidence.clone()),
            None => OfferedTool::any("node"),
        }
    }

    /// Said when the range can only be met by a node that gets no fixes any more.
    #[must_use]
    pub(crate) fn warning(&self) -> Option<String> {
        let pinned = self.range.trim_start_matches(['^', '~', '=', 'v', ' ']);
        let major: u32 = pinned.split(['.', ' ', '-']).next()?.parse().ok()?;
        let open = self.range.contains("||") || self.range.contains('>') || self.range.contains(" - ");
        (major < OLDEST_SUPPORTED && !open).then(|| {
            format!(
                "{} asks for node {}, which gets no security fixes any more: {OLDEST_SUPPORTED} is the oldest that does",
                self.evidence.path, self.range
            )
        })
    }
}

fn in_manifest(manifest: &Manifest) -> Option<Engine> {
    let runtime = match manifest.json().get(&["devEngines", "runtime"]) {
        Some(Value::Array(_)) => &["devEngines", "runtime", "0"][..],
        _ => &["devEngines", "runtime"][..],
    };
    let runtime_name: Vec<&str> = runtime.iter().copied().chain(["name"]).collect();
    let runtime_version: Vec<&str> = runtime.iter().copied().chain(["version"]).collect();
    let mut places: Vec<Vec<&str>> = Vec::new();
    if manifest.string(&runtime_name) == Some("node") {
        places.push(runtime_version);
    }
    places.push(vec!["engines", "node"]);
    places.push(vec!["volta", "node"]);
    places.into_iter().find_map(|path| {
        let range = manifest.string(&path).filter(|range| harmless(range))?.to_owned();
        let evidence = manifest.seen(&path, format!("{}: \"{range}\"", path.join(".")));
        Some(Engine { range, evidence })
    })
}

fn in_files(app: &App<'_>) -> Option<Engine> {
    let single = VERSION_FILES.into_iter().filter(|file| app.has_file(file)).find_map(|file| {
        let text = app.peek(file, 1024)?;
        let (line, range) = lines(&text).next()?;
        plain(range).then(|| engine(file, line, range))
    });
    single.or_else(|| {
        let file = ".tool-versions";
        let text = app.has_file(file).then(|| app.peek(file, 16 * 1024)).flatten()?;
        lines(&text).find_map(|(line, words)| {
            let mut words = words.split_whitespace();
            let range = words.next().filter(|w| matches!(*w, "nodejs" | "node")).and_then(|_| words.next())?;
            plain(range).then(|| engine(file, line, range))
        })
    })
}

fn engine(file: &str, line: u32, range: &str) -> Engine {
    Engine { range: range.to_owned(), evidence: seen_at(file, line, format!("node {range}")) }
}

/// Lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    (1..)
        .zip(text.lines())
        .map(|(n, line)| (n, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, l)| !l.is_empty())
}

/// Does it look like a version, and not like something else that somebody left there?
fn plain(range: &str) -> bool {
    range.len() <= 64 && range.chars().all(|c| c.is_ascii_alphanumeric() || ".*-_/^~<>=| ".contains(c))
}
