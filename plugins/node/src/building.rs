//! What has to happen between the install and the start: the build script, or what a framework needs when there is
//! none, and the parts of a start script that belong here: a server should only serve when it starts.

use crate::bins;
use crate::frameworks::{Framework, Look};
use crate::manifest::Manifest;
use crate::scripts::{Part, Resolved, commands_in, resolve};
use crate::serving::Serving;
use crate::tools::Does;
use shipway_sdk::{Command, Evidence, OfferedStep};

/// Scripts that build, in the order in which they count. The others are what hosting platforms call.
const BUILD_SCRIPTS: [&str; 4] = ["build", "heroku-postbuild", "gcp-build", "build:prod"];

/// The steps and commands around the server.
#[derive(Default)]
pub(crate) struct Building {
    /// Build steps in their order.
    pub(crate) steps: Vec<OfferedStep>,
    /// All of it in one line.
    pub(crate) said: Option<String>,
    /// What runs once before the switch.
    pub(crate) release: Option<(Command, Evidence)>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
    /// What was taken for granted.
    pub(crate) assumptions: Vec<String>,
}

/// The script that builds, if one does.
#[must_use]
pub(crate) fn script(manifest: &Manifest) -> Option<&'static str> {
    BUILD_SCRIPTS.into_iter().find(|name| match resolve(manifest, name) {
        None => false,
        Some(Resolved::Opaque) => true,
        Some(Resolved::Parts(parts)) => parts.iter().any(|part| part.does != Does::Nothing),
    })
}

impl Building {
    /// Decides what is built.
    #[must_use]
    pub(crate) fn of(look: &Look<'_>, framework: Option<&Framework>, serving: &Serving, before: Vec<Part>) -> Self {
        let mut found = Self::default();
        let script = script(look.manifest);
        if let Some(script) = script {
            let words = look.manager.run(script);
            found.add(
                "build",
                &words,
                &format!("the script \"{script}\" builds the app"),
                look.manifest.script_seen(script),
            );
            if script != "build" {
                found.assumptions.push(format!("there is no build script: \"{script}\" is run as one"));
            }
        } else if let Some((framework, build)) = framework.and_then(|f| Some((f, f.build.as_ref()?)))
            && (serving.by_framework || matches!(framework.runs, crate::frameworks::Runs::Server { .. }))
        {
            let words = bins::argv(look.manager, &build.words);
            let why = format!("{} has to be built, and no script says how", framework.name);
            found.add("build", &words, &why, framework.evidence.clone());
        }
        found.take(look, before, script);
        found.compile(look, serving);
        if serving.by_framework {
            for step in framework.map(|f| f.after.clone()).unwrap_or_default() {
                found.steps.push(step);
            }
        }
        found
    }

    fn add(&mut self, name: &str, words: &[String], why: &str, evidence: Evidence) {
        let shown = bins::said(words);
        self.said = Some(self.said.take().map_or_else(|| shown.clone(), |said| format!("{said} && {shown}")));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // Builds fetch fonts, type definitions and remote content.
        self.steps.push(OfferedStep::run(name, &words, why).seen(evidence).online(&[]));
    }

    /// What stood in front of the server in its start script.
    fn take(&mut self, look: &Look<'_>, before: Vec<Part>, build: Option<&str>) {
        let built = build.map(|script| commands_in(look.manifest, script)).unwrap_or_default();
        let mut releases: Vec<(Vec<String>, Evidence)> = Vec::new();
        for part in before {
            let seen = look.manifest.script_seen(&part.script);
            let known = if part.is_whole_script() {
                commands_in(look.manifest, &part.script)
            } else {
                vec![part.command.clone()]
            };
            let words = if part.is_whole_script() {
                look.manager.run(&part.script)
            } else {
                bins::argv(look.manager, &without_npx(&part.command.words))
            };
            match part.does {
                Does::Builds if known.iter().all(|command| built.contains(command)) => {}
                Does::Builds => {
                    self.warnings.push(format!(
                        "{} is part of the start script: it is run once, in the build",
                        bins::said(&words)
                    ));
                    self.add("prepare", &words, "the start script expects it to be done before", seen);
                }
                Does::Migrates => releases.push((words, seen)),
                Does::Installs => {
                    self.warnings.push(
                        "the start script installs packages: that is the install step's work, and is left out"
                            .to_owned(),
                    );
                }
                _ => {}
            }
        }
        let all: Vec<&Vec<String>> = releases.iter().map(|(words, _)| words).collect();
        let command = match all.as_slice() {
            [] => return,
            [one] => Command::Argv((*one).clone()),
            several => Command::Shell(several.iter().map(|words| quoted(words)).collect::<Vec<_>>().join(" && ")),
        };
        if let Some((_, evidence)) = releases.into_iter().next() {
            let text =
                "the start script changes the database: that is done once, as release command, before traffic moves";
            self.warnings.push(text.to_owned());
            self.release = Some((command, evidence));
        }
    }

    /// `node dist/index.js` with nothing that makes dist: the TypeScript compiler is what was forgotten.
    fn compile(&mut self, look: &Look<'_>, serving: &Serving) {
        let Some(entry) = serving.entry.as_deref().filter(|_| self.steps.is_empty()) else { return };
        let output = ["dist", "build", "lib", "out"].contains(&entry.split('/').next().unwrap_or_default());
        let there = crate::entry::file_of(look.app, Some(look.manifest), entry).is_some();
        if there {
            return;
        }
        if output && look.manifest.depends("typescript") && look.app.has_file("tsconfig.json") {
            let words = bins::argv(look.manager, &["tsc".to_owned()]);
            let seen = shipway_sdk::seen("tsconfig.json", "the configuration of the TypeScript compiler");
            self.add("build", &words, "the start command runs compiled TypeScript, and no script compiles it", seen);
            self.assumptions.push(format!("{entry} is made by the TypeScript compiler: there is no build script"));
        } else if look.manifest.lifecycle_script().is_none() {
            self.warnings
                .push(format!("the start command runs {entry}, which is not in the source and which nothing builds"));
        }
    }
}

fn without_npx(words: &[String]) -> Vec<String> {
    let runner = matches!(words.first().map(String::as_str), Some("npx" | "bunx"));
    words.iter().skip(usize::from(runner)).cloned().collect()
}

/// Words as a shell reads them.
fn quoted(words: &[String]) -> String {
    let plain = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c));
    let one = |w: &String| if plain(w) { w.clone() } else { format!("'{}'", w.replace('\'', "'\\''")) };
    words.iter().map(one).collect::<Vec<_>>().join(" ")
}
