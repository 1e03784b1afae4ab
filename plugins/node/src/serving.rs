//! The choice of what runs in production, from the framework, the start script and the files. One page, because this
//! is the decision that everything else serves.

use crate::entry;
use crate::frameworks::{Framework, Look, Runs};
use crate::manifest::Manifest;
use crate::scripts::Part;
use crate::start::Start;
use crate::tools::Does;
use crate::unscripted::without_script;
use crate::words::Simple;
use crate::{bins, servers};
use shipway_sdk::{Confidence, Evidence, Origin, default_to};

/// Variables that a plan may not set, because they change what the host or the loader does: a script that sets one is
/// left to its shell.
const OF_THE_HOST: [&str; 9] =
    ["PATH", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "IFS", "BASH_ENV", "ENV", "SHIPWAY_PATH_PREPEND"];

/// What serves, and what is worth telling about the choice.
pub(crate) struct Serving {
    /// What runs.
    pub(crate) runs: Runs,
    /// How sure.
    pub(crate) confidence: Confidence,
    /// The framework was asked and its answer taken, so that its own build is the build.
    pub(crate) by_framework: bool,
    /// Assignments of the start script.
    pub(crate) env: Vec<(String, String)>,
    /// The file that is run, as node finds it or as the script names it.
    pub(crate) entry: Option<String>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
    /// What was taken for granted.
    pub(crate) assumptions: Vec<String>,
}

/// Nothing serves; what was looked at, for a person.
pub(crate) struct Nothing(pub String);

impl Serving {
    /// Of this, without a doubt.
    #[must_use]
    pub(crate) fn of(runs: Runs) -> Self {
        Self::new(runs, Confidence::Certain)
    }

    /// Does it run with what production needs, and nothing of the development dependencies?
    #[must_use]
    pub(crate) fn runs_alone(&self, manifest: &Manifest) -> bool {
        let Runs::Server { words, .. } = &self.runs else { return false };
        let program = words.first().map_or("", String::as_str);
        let package = program.strip_prefix("node_modules/.bin/").and_then(|bin| bins::package_of(manifest, bin));
        let from_node = matches!(program, "node" | "env" | "bun");
        let brought = package.is_some_and(|package| !manifest.only_to_develop(package));
        // `node -r ts-node/register x`
        let mentions = words.iter().skip(1).any(|word| {
            let name = if word.starts_with('@') {
                word.split('/').take(2).collect::<Vec<_>>().join("/")
            } else {
                word.split('/').next().unwrap_or_default().to_owned()
            };
            manifest.only_to_develop(&name)
        });
        (from_node || brought) && !mentions
    }

    pub(crate) fn new(runs: Runs, confidence: Confidence) -> Self {
        Self { runs, confidence, by_framework: false, env: vec![], entry: None, warnings: vec![], assumptions: vec![] }
    }

    pub(crate) fn of_framework(look: &Look<'_>, framework: &Framework) -> Self {
        let mut runs = framework.runs.clone();
        if let Runs::Server { words, .. } = &mut runs {
            *words = bins::argv(look.manager, words);
        }
        Self { by_framework: true, ..Self::new(runs, Confidence::Certain) }
    }

    fn warned(mut self, text: String) -> Self {
        self.warnings.push(text);
        self
    }
}

/// Decides. `others` is true when another ecosystem serves this app: then nothing is guessed.
pub(crate) fn choose(
    look: &Look<'_>,
    framework: Option<&Framework>,
    start: &Start,
    others: bool,
) -> Result<Serving, Nothing> {
    let evidence = start.seen(look.manifest);
    match (start, evidence) {
        (Start::Serves { command, .. }, Some(evidence)) => Ok(match framework {
            Some(framework) if !own_start_wins(look, framework, command) => Serving::of_framework(look, framework),
            _ => by_command(look, command, evidence),
        }),
        (Start::Files { dir, single_page, .. }, Some(evidence)) => {
            Ok(files(look, framework, dir.as_deref(), *single_page, evidence))
        }
        (Start::Opaque { script, develops }, Some(evidence)) => match framework {
            Some(framework) if *develops || matches!(framework.runs, Runs::Files { .. } | Runs::Assets) => {
                Ok(Serving::of_framework(look, framework))
            }
            None if others && *develops => Err(Nothing("the start script only develops".to_owned())),
            _ => Ok(by_script(look, script, *develops, evidence)),
        },
        (Start::Develops { tool, instead, script, .. }, Some(evidence)) => {
            in_place_of(look, framework, (tool, instead.as_ref(), script), evidence, others)
        }
        _ => without_script(look, framework, others),
    }
}

/// Does a production command of the app's own count more than what the framework would run?
fn own_start_wins(look: &Look<'_>, framework: &Framework, command: &Part) -> bool {
    let program = command.command.program();
    match &framework.runs {
        Runs::Server { yields: true, .. } | Runs::Stuck { .. } | Runs::Assets => true,
        // Made for its own entry: only a server that is in the source replaces it.
        Runs::Server { yields: false, .. } => {
            matches!(&command.does, Does::Node(file) if entry::file_of(look.app, Some(look.manifest), file).is_some())
        }
        // `next start` refuses a build that was exported.
        Runs::Files { .. } => program != framework.name,
    }
}

fn by_command(look: &Look<'_>, part: &Part, evidence: Evidence) -> Serving {
    let command = &part.command;
    let file = match &part.does {
        Does::Node(file) => Some(file.clone()),
        _ => runner_entry(command),
    };
    let program = command.program();
    let direct = matches!(part.does, Does::Node(_))
        || bins::package_of(look.manifest, program).is_some()
        || (program == "bun" && !matches!(command.word(1), "run" | "x") && command.operand().is_some());
    let foreign_env = command.env.iter().any(|(name, _)| OF_THE_HOST.contains(&name.as_str()));
    if !direct || foreign_env {
        let mut serving = by_script(look, &part.script, false, evidence);
        serving.entry = file;
        return serving;
    }
    let words = bins::argv(look.manager, &bins::told_where(command));
    let mut serving =
        Serving::new(Runs::Server { words, origin: Origin::Evidence(evidence), yields: false }, Confidence::Certain);
    serving.env.clone_from(&command.env);
    if let Some(file) = file {
        match entry::file_of(look.app, Some(look.manifest), &file) {
            Some(found) => serving.entry = Some(found),
            None => serving.entry = Some(crate::frameworks::tidy(&file)),
        }
    }
    serving
}

/// The package manager runs the script, shell and all.
fn by_script(look: &Look<'_>, script: &str, develops: bool, evidence: Evidence) -> Serving {
    let runs = Runs::Server { words: look.manager.run(script), origin: Origin::Evidence(evidence), yields: false };
    let serving = Serving::new(runs, if develops { Confidence::Likely } else { Confidence::Certain });
    if develops {
        return serving.warned(format!(
            "the script \"{script}\" looks like one for development, and nothing else starts the app: add a \"start\" \
             script for production, or set runtime.start"
        ));
    }
    serving
}

/// `serve -s build`: the host serves files itself, better.
fn files(
    look: &Look<'_>,
    framework: Option<&Framework>,
    dir: Option<&str>,
    single_page: bool,
    evidence: Evidence,
) -> Serving {
    let origin = Origin::Evidence(evidence);
    let made = framework.and_then(|f| match &f.runs {
        Runs::Files { directory, fallback, clean_urls, .. } => Some((directory.clone(), fallback.clone(), *clean_urls)),
        _ => None,
    });
    let runs = match (dir, made) {
        (Some(dir), made) => {
            let (fallback, clean_urls) = made.map_or((None, true), |(_, fallback, clean)| (fallback, clean));
            let fallback = fallback.or(single_page.then(|| "index.html".to_owned()));
            Runs::Files { directory: crate::frameworks::tidy(dir), fallback, clean_urls, origin }
        }
        (None, Some((directory, fallback, clean_urls))) => Runs::Files { directory, fallback, clean_urls, origin },
        (None, None) => {
            let directory = ["public", "dist", "build"].into_iter().find(|dir| look.app.has_dir(dir)).unwrap_or(".");
            let fallback = single_page.then(|| "index.html".to_owned());
            Runs::Files { directory: directory.to_owned(), fallback, clean_urls: true, origin }
        }
    };
    let mut serving = Serving::new(runs, Confidence::Certain);
    serving.by_framework = framework.is_some();
    serving.assumptions.push("the start script only hands out files: the host serves them itself".to_owned());
    serving
}

/// A development server is replaced where it can be, and warned about where it cannot.
fn in_place_of(
    look: &Look<'_>,
    framework: Option<&Framework>,
    (tool, instead, script): (&str, Option<&Simple>, &str),
    evidence: Evidence,
    others: bool,
) -> Result<Serving, Nothing> {
    let replaced =
        |by: &str| format!("the script \"{script}\" runs {tool}, a development server: {by} is used instead");
    if let Some(framework) = framework {
        let by = match &framework.runs {
            Runs::Server { words, .. } => bins::said(words),
            Runs::Files { directory, .. } => format!("the build in {directory}"),
            Runs::Assets | Runs::Stuck { .. } => return Ok(Serving::of_framework(look, framework)),
        };
        let serving = Serving::of_framework(look, framework);
        // A template's `start` that is for development is no news to those who use the template.
        let usual = matches!(framework.runs, Runs::Files { .. });
        return Ok(if usual { serving } else { serving.warned(replaced(&by)) });
    }
    if servers::library(look.manifest).is_some_and(|(name, _)| name == "nest")
        && look.manifest.script("build").is_some()
    {
        let words = ["node", "dist/main.js"].map(str::to_owned).to_vec();
        let runs = Runs::Server {
            words,
            origin: default_to("where `nest build` writes when nothing else is said"),
            yields: false,
        };
        let mut serving = Serving::new(runs, Confidence::Certain).warned(replaced("node dist/main.js"));
        serving.entry = Some("dist/main.js".to_owned());
        return Ok(serving);
    }
    if let Some(instead) = instead.and_then(|command| runnable(look, command)) {
        let known = |name: &str| look.manifest.script(name).is_some();
        let does = crate::tools::does(&instead, &known);
        let part = Part { command: instead, does, script: script.to_owned() };
        let mut serving = by_command(look, &part, evidence);
        serving.warnings.push(replaced(&bins::said(&part.command.words)));
        return Ok(serving);
    }
    if let Ok(serving) = without_script(look, None, others)
        && serving.confidence != Confidence::Possible
    {
        return Ok(serving);
    }
    if others {
        return Err(Nothing(format!("its start script is for development ({tool})")));
    }
    Ok(by_script(look, script, true, evidence))
}

/// A TypeScript runner that the app does not have is replaced by one that it has.
fn runnable(look: &Look<'_>, command: &Simple) -> Option<Simple> {
    let program = command.program();
    if matches!(program, "node" | "bun") || bins::package_of(look.manifest, program).is_some() {
        return Some(command.clone());
    }
    let runner = ["tsx", "ts-node", "esbuild-register"].into_iter().find(|runner| look.manifest.depends(runner))?;
    let mut words = command.words.clone();
    *words.first_mut()? = runner.to_owned();
    Some(Simple { env: command.env.clone(), words })
}

/// The file that a runner of TypeScript is given.
fn runner_entry(command: &Simple) -> Option<String> {
    let runners = ["tsx", "ts-node", "babel-node", "bun", "fastify", "swc-node", "esno", "jiti", "vite-node"];
    let named = |arg: &&String| [".ts", ".js", ".mts", ".mjs", ".tsx"].iter().any(|end| arg.ends_with(end));
    runners.contains(&command.program()).then(|| command.args().iter().rev().find(named).cloned()).flatten()
}
