//! Frameworks that decide how an app is built and served. Each room knows one; this one asks them in order, the most
//! specific first, because most of them are built on others (SvelteKit on Vite, Gatsby on webpack).

mod angular;
mod astro;
mod next;
mod nuxt;
mod outputs;
mod react_router;
mod sites;
mod sveltekit;
mod vite;

use crate::manager::Manager;
use crate::manifest::Manifest;
use crate::scripts::commands_in;
use crate::words::Simple;
use shipway_sdk::{App, Evidence, OfferedStep, Origin};

/// What a framework needs to see to decide.
pub(crate) struct Look<'a> {
    /// The source.
    pub(crate) app: &'a App<'a>,
    /// The manifest.
    pub(crate) manifest: &'a Manifest,
    /// Who installs and runs.
    pub(crate) manager: &'a Manager,
    /// The commands that the build script comes to.
    pub(crate) build: Vec<Simple>,
}

/// What a framework says about the app.
pub(crate) struct Framework {
    /// Its name, as detections show it.
    pub(crate) name: &'static str,
    /// Where it was seen.
    pub(crate) evidence: Evidence,
    /// How it builds when no script says so.
    pub(crate) build: Option<Simple>,
    /// What comes of it.
    pub(crate) runs: Runs,
    /// Steps after the build.
    pub(crate) after: Vec<OfferedStep>,
    /// For the build.
    pub(crate) build_env: Vec<(&'static str, &'static str)>,
    /// For the server.
    pub(crate) run_env: Vec<(&'static str, &'static str)>,
    /// The port when `PORT` is not set.
    pub(crate) port: Option<u16>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
    /// What was taken for granted.
    pub(crate) assumptions: Vec<String>,
}

/// What runs in production.
#[derive(Debug, Clone)]
pub(crate) enum Runs {
    /// A server; words as for argv.
    Server {
        /// The command.
        words: Vec<String>,
        /// Why this one.
        origin: Origin,
        /// A start script of the app's own says it better, if it is a production server.
        yields: bool,
    },
    /// A directory of files.
    Files {
        /// Relative to the app root.
        directory: String,
        /// For unknown paths.
        fallback: Option<String>,
        /// `/about` from `about.html`.
        clean_urls: bool,
        /// Why this one.
        origin: Origin,
    },
    /// Assets for somebody else's server.
    Assets,
    /// It was configured for a platform that this is not.
    Stuck {
        /// What is in the way.
        message: String,
        /// Where.
        evidence: Evidence,
        /// What to do.
        remedy: String,
    },
}

impl<'a> Look<'a> {
    /// Looks at an app.
    #[must_use]
    pub(crate) fn at(app: &'a App<'a>, manifest: &'a Manifest, manager: &'a Manager) -> Self {
        Self { app, manifest, manager, build: commands_in(manifest, "build") }
    }

    /// The framework of the app, if one of them decides.
    #[must_use]
    pub(crate) fn framework(&self) -> Option<Framework> {
        let rooms: [fn(&Look<'_>) -> Option<Framework>; 8] = [
            next::look,
            nuxt::look,
            sveltekit::look,
            astro::look,
            react_router::look,
            outputs::look,
            angular::look,
            sites::look,
        ];
        rooms.iter().find_map(|room| room(self)).or_else(|| vite::look(self))
    }

    /// The first build command of one of these programs.
    #[must_use]
    pub(crate) fn builds_with(&self, programs: &[&str]) -> Option<&Simple> {
        self.build.iter().find(|command| programs.contains(&command.program()))
    }
}

impl Framework {
    /// A framework that depends on nothing but its package.
    #[must_use]
    pub(crate) fn of(name: &'static str, evidence: Evidence, runs: Runs) -> Self {
        Self {
            name,
            evidence,
            build: None,
            runs,
            after: Vec::new(),
            build_env: Vec::new(),
            run_env: Vec::new(),
            port: None,
            warnings: Vec::new(),
            assumptions: Vec::new(),
        }
    }

    /// Built like this when no script says so.
    #[must_use]
    pub(crate) fn built_by(mut self, words: &[&str]) -> Self {
        self.build = Some(Simple::of(words));
        self
    }
}

impl Runs {
    /// A server that the framework's own build makes.
    #[must_use]
    pub(crate) fn server(words: &[&str], origin: Origin) -> Self {
        Runs::Server { words: words.iter().map(|w| (*w).to_owned()).collect(), origin, yields: true }
    }

    /// A directory of pages.
    #[must_use]
    pub(crate) fn pages(directory: impl Into<String>, origin: Origin) -> Self {
        Runs::Files { directory: tidy(&directory.into()), fallback: None, clean_urls: true, origin }
    }

    /// A directory with one page that routes by itself.
    #[must_use]
    pub(crate) fn single_page(directory: impl Into<String>, origin: Origin) -> Self {
        let fallback = Some("index.html".to_owned());
        Runs::Files { directory: tidy(&directory.into()), fallback, clean_urls: false, origin }
    }
}

/// `./dist/` is `dist`; `src/../out` is `out`; what leaves the root stays as it is, for the host to refuse.
#[must_use]
pub(crate) fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// The major version that a range begins with.
#[must_use]
pub(crate) fn major(range: &str) -> Option<u32> {
    range.trim_start_matches(['^', '~', '=', 'v', '>', ' ']).split(['.', ' ', '-']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_said_in_one_way() {
        for (said, meant) in
            [("./dist/", "dist"), ("src/../out", "out"), ("", "."), ("./", "."), ("a//b", "a/b"), ("../x", "../x")]
        {
            assert_eq!(tidy(said), meant);
        }
    }
}
