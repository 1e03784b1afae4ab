//! How the app says it is started: its `start` script, or the one that is meant for production.

use crate::manifest::Manifest;
use crate::scripts::{Part, Resolved, resolve};
use crate::tools::Does;
use crate::words::Simple;
use shipway_sdk::Evidence;

/// Scripts that serve in production when `start` is for development.
const FOR_PRODUCTION: [&str; 8] =
    ["start:prod", "start:production", "start-prod", "serve:prod", "production", "prod", "server", "serve"];

/// Words in a script that only a shell understands which tell a development setup.
const FOR_DEVELOPMENT: [&str; 8] = [
    "nodemon",
    "--watch",
    "webpack-dev-server",
    "concurrently",
    "react-scripts start",
    "next dev",
    "ts-node-dev",
    "vite --",
];

/// What the start script comes to.
pub(crate) enum Start {
    /// A command that serves; what stands in front of it; the script.
    Serves { command: Part, before: Vec<Part>, script: &'static str },
    /// Only a shell understands it.
    Opaque { script: &'static str, develops: bool },
    /// A development server.
    Develops { tool: String, instead: Option<Simple>, before: Vec<Part>, script: &'static str },
    /// A directory of files.
    Files { dir: Option<String>, single_page: bool, before: Vec<Part>, script: &'static str },
    /// Several apps of a workspace.
    FansOut,
    /// There is none, or it starts nothing.
    None,
}

impl Start {
    /// Decides between `start` and its siblings.
    #[must_use]
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let first = Self::by(manifest, "start");
        if !matches!(first, Start::Develops { .. } | Start::None) {
            return first;
        }
        let serves = |script| Some(Self::by(manifest, script)).filter(|s| matches!(s, Start::Serves { .. }));
        FOR_PRODUCTION.into_iter().find_map(serves).unwrap_or(first)
    }

    fn by(manifest: &Manifest, script: &'static str) -> Self {
        let mut parts = match resolve(manifest, script) {
            None => return Start::None,
            Some(Resolved::Opaque) => {
                let text = manifest.script(script).unwrap_or_default();
                let develops = FOR_DEVELOPMENT.iter().any(|word| text.contains(word));
                return Start::Opaque { script, develops };
            }
            Some(Resolved::Parts(parts)) => parts,
        };
        let Some(command) = parts.pop() else { return Start::None };
        let before = parts;
        match command.does.clone() {
            Does::Node(_) | Does::Serves => Start::Serves { command, before, script },
            Does::Develops { instead } => {
                let tool = command.command.words.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
                Start::Develops { tool, instead, before, script }
            }
            Does::Files { dir, single_page } => Start::Files { dir, single_page, before, script },
            Does::FansOut => Start::FansOut,
            Does::Builds | Does::Migrates | Does::Installs | Does::Nothing | Does::Script(_) => Start::None,
        }
    }

    /// The script that was read, and where.
    #[must_use]
    pub(crate) fn seen(&self, manifest: &Manifest) -> Option<Evidence> {
        match self {
            Start::Serves { script, .. }
            | Start::Opaque { script, .. }
            | Start::Develops { script, .. }
            | Start::Files { script, .. } => Some(manifest.script_seen(script)),
            Start::FansOut => Some(manifest.script_seen("start")),
            Start::None => None,
        }
    }

    /// What stands in front of the server in the script.
    pub(crate) fn take_before(&mut self) -> Vec<Part> {
        match self {
            Start::Serves { before, .. } | Start::Develops { before, .. } | Start::Files { before, .. } => {
                std::mem::take(before)
            }
            Start::Opaque { .. } | Start::FansOut | Start::None => Vec::new(),
        }
    }
}
