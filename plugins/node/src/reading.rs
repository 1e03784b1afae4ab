//! The whole reading of a node app, made once and used by both roles: the detector says it as a claim, the planner as
//! a plan. It is a pure function of the source, so that the two never disagree.

use crate::building::Building;
use crate::engine::Engine;
use crate::entry;
use crate::frameworks::{Framework, Look, Runs};
use crate::manager::{Kind, Manager};
use crate::manifest::Manifest;
use crate::serving::{Nothing, Serving, choose};
use crate::start::Start;
use crate::{bare, bins, others, servers, workspace};
use shipway_sdk::{App, Command, Confidence, Evidence, Offer, Origin, Problem};

/// What a node app is.
pub(crate) struct Reading {
    /// Its framework, if it has one that is known.
    pub(crate) framework: Option<String>,
    /// How sure.
    pub(crate) confidence: Confidence,
    /// Whose app it contributes to.
    pub(crate) contributes_to: Option<(&'static str, Evidence)>,
    /// What runs in production.
    pub(crate) runs: Runs,
    /// Install, build, tools, environment: for any planner.
    pub(crate) offer: Offer,
    /// The install in one line.
    pub(crate) install: Option<String>,
    /// The build in one line.
    pub(crate) build: Option<String>,
    /// Who installs, and why.
    pub(crate) manager: Option<(&'static str, Origin)>,
    /// Runs once before the switch.
    pub(crate) release: Option<(Command, Evidence)>,
    /// Where it listens when nothing tells it otherwise.
    pub(crate) port: Option<u16>,
    /// A health route.
    pub(crate) health: Option<(String, Evidence)>,
    /// Everything that was relied on.
    pub(crate) evidence: Vec<Evidence>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
    /// What was taken for granted.
    pub(crate) assumptions: Vec<String>,
}

/// Reads the app; the inner error says why it is none of ours.
pub(crate) fn read(app: &App<'_>) -> Result<Result<Reading, Vec<String>>, Problem> {
    match Manifest::load(app)? {
        Some(manifest) => Ok(with_manifest(app, &manifest)),
        None => Ok(bare::read(app)),
    }
}

fn with_manifest(app: &App<'_>, manifest: &Manifest) -> Result<Reading, Vec<String>> {
    let library = servers::library(manifest);
    if let Some(what) = servers::elsewhere(manifest).filter(|_| library.is_none()) {
        return Err(vec![format!("package.json is that of {what}, which no server runs")]);
    }
    let manager = Manager::of(app, manifest);
    let look = Look::at(app, manifest, &manager);
    let framework = look.framework();
    let mut start = Start::of(manifest);
    let patterns = workspace::patterns(app, manifest);
    if matches!(start, Start::FansOut) {
        if !patterns.is_empty() || framework.is_none() {
            return Err(vec![of_workspace(app, &patterns, "its start script starts several packages")]);
        }
        start = Start::None;
    }
    let served = others::server(app);
    let others = served.is_some();
    let before = start.take_before();
    let serving = match choose(&look, framework.as_ref(), &start, others) {
        Ok(serving) => serving,
        Err(Nothing(why)) => match served {
            Some(served) if crate::building::script(manifest).is_some() => {
                return Ok(contribution(&look, framework, served));
            }
            _ if !patterns.is_empty() => return Err(vec![of_workspace(app, &patterns, "it is no app of its own")]),
            _ => return Err(below(app, why)),
        },
    };
    if serving.confidence == Confidence::Possible && !patterns.is_empty() {
        return Err(vec![of_workspace(app, &patterns, "it is no app of its own")]);
    }
    let is_server = matches!(serving.runs, Runs::Server { .. } | Runs::Stuck { .. });
    match served {
        Some(served) if !is_server => Ok(contribution(&look, framework, served)),
        _ if matches!(serving.runs, Runs::Assets) => {
            Err(vec!["Vite builds assets without a page of their own, and nothing here serves them".to_owned()])
        }
        _ => Ok(app_of(&look, framework, serving, before, library)),
    }
}

/// A part of somebody else's app: only its install and its build matter.
fn contribution(look: &Look<'_>, framework: Option<Framework>, served: (&'static str, Evidence)) -> Reading {
    let runs = framework.as_ref().map_or(Runs::Assets, |f| f.runs.clone());
    let publish = matches!(runs, Runs::Files { .. });
    let mut serving = Serving::of(if publish { runs } else { Runs::Assets });
    serving.by_framework = framework.is_some();
    let mut reading = app_of(look, framework, serving, Vec::new(), None);
    reading.evidence.push(served.1.clone());
    reading.contributes_to = Some(served);
    reading
}

fn app_of(
    look: &Look<'_>,
    framework: Option<Framework>,
    serving: Serving,
    before: Vec<crate::scripts::Part>,
    library: Option<(&'static str, Evidence)>,
) -> Reading {
    let (manifest, manager) = (look.manifest, look.manager);
    let building = Building::of(look, framework.as_ref(), &serving, before);
    let engine = Engine::asked(look.app, Some(manifest));
    let mut warnings = manager.warnings.clone();
    let mut assumptions = Vec::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    let is_server = matches!(serving.runs, Runs::Server { .. });

    let shown = framework
        .as_ref()
        .filter(|f| serving.by_framework || library.is_none() || matches!(f.runs, Runs::Server { .. }));
    let name = shown.map(|f| (f.name, f.evidence.clone())).or_else(|| library.filter(|_| is_server));
    evidence.extend(name.iter().map(|(_, seen)| seen.clone()));

    // Install.
    let develop = !building.steps.is_empty() || !serving.runs_alone(manifest) || manifest.lifecycle_script().is_some();
    let needed = manifest.needs_install() || !building.steps.is_empty();
    let install = needed.then(|| manager.install(look.app, manifest, develop));
    if install.is_some() && manager.lock.is_none() {
        warnings.push(format!("there is no lock file: {} may install other versions each time", manager.name()));
    }

    // What the server's files say.
    let mut port = shown.and_then(|f| f.port).filter(|_| is_server);
    let (mut seen_port, mut health) = (None, None);
    if is_server && !serving.by_framework {
        let read = entry::look(look.app, serving.entry.as_deref());
        match read.port {
            Some(found) if found.insists => {
                // Two releases that insist on one port cannot run side by side: the app is told another one, and
                // verification says what it does with that.
                warnings.push(not_reading_port(found.number));
                port = Some(found.number);
                seen_port = Some(found.evidence);
            }
            Some(found) => port = Some(found.number),
            None => {}
        }
        health = read.health;
        if let Some(seen) = read.loopback {
            let line = seen.line.map(|l| format!(" line {l}")).unwrap_or_default();
            warnings
                .push(format!("{}{line}: {}, which nothing reaches from outside a container", seen.path, seen.note));
        }
    }

    // The offer.
    let mut offer = Offer::default();
    let start_words = match &serving.runs {
        Runs::Server { words, .. } => words.clone(),
        _ => Vec::new(),
    };
    let needs_manager = install.is_some() || start_words.first().is_some_and(|w| w == manager.name());
    let needs_node = manager.kind != Kind::Bun
        || start_words.first().is_some_and(|w| w == "node" || w == "env" || w.contains(".bin/"));
    if needs_node && (needs_manager || is_server) {
        offer.tools.push(Engine::tool(engine.as_ref()));
    }
    offer.tools.extend(manager.tool().filter(|_| needs_manager));
    if let Some(step) = &install {
        offer.install.push(step.clone());
        if manager.makes_node_modules() {
            offer.path.push("node_modules/.bin".to_owned());
        }
    }
    quiet(&mut offer, manager, shown);
    if is_server {
        offer.run_env.insert("NODE_ENV".to_owned(), "production".to_owned());
        for (key, value) in shown.map(|f| f.run_env.clone()).unwrap_or_default() {
            offer.run_env.insert(key.to_owned(), value.to_owned());
        }
        environment(&serving, &mut offer, &mut warnings, &mut assumptions);
    }
    for (key, value) in shown.map(|f| f.build_env.clone()).unwrap_or_default() {
        offer.build_env.insert(key.to_owned(), value.to_owned());
    }
    offer.build = building.steps;

    if let Some(framework) = shown {
        warnings.extend(framework.warnings.iter().cloned());
        assumptions.extend(framework.assumptions.iter().cloned());
    }
    warnings.extend(serving.warnings);
    warnings.extend(building.warnings);
    warnings.extend(engine.as_ref().and_then(Engine::warning));
    assumptions.extend(serving.assumptions);
    assumptions.extend(building.assumptions);

    if let Runs::Server { origin: Origin::Evidence(seen), .. } | Runs::Files { origin: Origin::Evidence(seen), .. } =
        &serving.runs
    {
        evidence.push(seen.clone());
    }
    if let Origin::Evidence(seen) = &manager.origin {
        evidence.push(seen.clone());
    }
    if crate::building::script(manifest) == Some("build") {
        evidence.push(manifest.script_seen("build"));
    }
    evidence.extend(engine.as_ref().map(|e| e.evidence.clone()));
    evidence.extend(seen_port);
    evidence.extend(health.iter().map(|(_, seen)| seen.clone()));
    if evidence.is_empty() {
        evidence.push(shipway_sdk::seen(crate::manifest::FILE, "a package.json"));
    }

    Reading {
        framework: name.map(|(name, _)| name.to_owned()),
        confidence: serving.confidence,
        contributes_to: None,
        install: install.map(|step| bins::said(&step.argv)),
        build: building.said,
        manager: Some((manager.name(), manager.origin.clone())),
        release: building.release,
        runs: serving.runs,
        offer,
        port,
        health,
        evidence: crate::claims::distinct(evidence),
        warnings,
        assumptions,
    }
}

/// Assignments of the start script, where the host does not say it better.
fn environment(serving: &Serving, offer: &mut Offer, warnings: &mut Vec<String>, assumptions: &mut Vec<String>) {
    for (name, value) in &serving.env {
        match name.as_str() {
            "PORT" | "HOST" => {
                assumptions.push(format!("{name}={value} of the start script gives way to what the host chooses"))
            }
            "NODE_ENV" if value != "production" => {
                warnings.push(format!(
                    "the start script sets NODE_ENV={value}: most packages are slower and more talkative with it"
                ));
                offer.run_env.insert(name.clone(), value.clone());
            }
            _ => {
                offer.run_env.insert(name.clone(), value.clone());
            }
        }
    }
}

/// No audits, funding notes, update checks, telemetry or questions in a build.
fn quiet(offer: &mut Offer, manager: &Manager, framework: Option<&Framework>) {
    let vars: &[(&str, &str)] = match manager.kind {
        Kind::Npm => {
            &[("NPM_CONFIG_AUDIT", "false"), ("NPM_CONFIG_FUND", "false"), ("NPM_CONFIG_UPDATE_NOTIFIER", "false")]
        }
        Kind::Pnpm | Kind::Yarn | Kind::Berry => &[("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0")],
        Kind::Bun => &[],
    };
    let telemetry: &[(&str, &str)] = match framework.map(|f| f.name) {
        Some("next") => &[("NEXT_TELEMETRY_DISABLED", "1")],
        Some("nuxt") => &[("NUXT_TELEMETRY_DISABLED", "1")],
        Some("astro") => &[("ASTRO_TELEMETRY_DISABLED", "1")],
        Some("gatsby") => &[("GATSBY_TELEMETRY_DISABLED", "1")],
        Some("angular") => &[("NG_CLI_ANALYTICS", "false")],
        _ => &[],
    };
    let vars = if offer.install.is_empty() { &[] } else { vars };
    offer.build_env.extend(vars.iter().chain(telemetry).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
}

fn of_workspace(app: &App<'_>, patterns: &[String], why: &str) -> String {
    let members = workspace::members(app, patterns);
    if members.is_empty() {
        return format!("package.json is the root of a workspace, and {why}; its packages were not found");
    }
    format!(
        "package.json is the root of a workspace, and {why}; its packages are {}: choose one with --base",
        members.join(", ")
    )
}

/// Why not, and where else to look.
fn below(app: &App<'_>, why: String) -> Vec<String> {
    let dirs = workspace::members(app, &["*".to_owned()]);
    let mut notes = vec![format!("package.json is there, but {why}")];
    if !dirs.is_empty() {
        notes.push(format!("there is a package.json in {}: choose one with --base", dirs.join(", ")));
    }
    notes
}

/// What is worth saying of an app whose port is fixed in its code.
pub(crate) fn not_reading_port(number: u16) -> String {
    format!(
        "the app listens on {number} and does not seem to read PORT: listen on process.env.PORT, so that two releases \
         can run side by side"
    )
}
