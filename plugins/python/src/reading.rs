//! The whole reading of a Python app, made once and used by both roles: the detector says it as a claim, the planner as
//! a plan. It is a pure function of the source, so that the two never disagree.

use crate::django::Django;
use crate::install::{self, Added};
use crate::plain::Plain;
use crate::project::{Manager, Project};
use crate::servers::{self, Interface, Server, in_venv};
use crate::symbols::{self, INNER_SERVER, Symbol};
use crate::{django_app, imports, routes};
use shipway_sdk::{App, Confidence, Evidence, Offer, OfferedStep, Origin, Problem};

/// What a Python app is.
pub(crate) struct Reading {
    /// Its framework, if it has one that is known.
    pub(crate) framework: Option<&'static str>,
    /// How sure.
    pub(crate) confidence: Confidence,
    /// The web process; `None` when the app object was not found, with what to say about it.
    pub(crate) start: Result<(Vec<String>, Origin), String>,
    /// Tools, install, environment: for any planner.
    pub(crate) offer: Offer,
    /// Collects static files; after everything else is built.
    pub(crate) collect: Option<OfferedStep>,
    /// Runs once before the switch.
    pub(crate) release: Option<(Vec<String>, Evidence)>,
    /// Who installs.
    pub(crate) manager: Manager,
    /// Why that one.
    pub(crate) manager_seen: Option<Evidence>,
    /// Where it listens when nothing tells it otherwise.
    pub(crate) port: Option<u16>,
    /// A health route.
    pub(crate) health: Option<(String, Evidence)>,
    /// Variables without which it does not start.
    pub(crate) needs: Vec<(String, Evidence)>,
    /// A manifest with a misspelt name is all that there is: nothing is installed until the owner says so.
    pub(crate) misspelt: Option<(String, &'static str)>,
    /// Everything that was relied on.
    pub(crate) evidence: Vec<Evidence>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
    /// What was taken for granted.
    pub(crate) assumptions: Vec<String>,
}

/// Frameworks whose app object a server has to be given.
const SERVED: [(&str, &str, Interface); 13] = [
    ("django", "django", Interface::Wsgi),
    ("fastapi", "fastapi", Interface::Asgi),
    ("flask", "flask", Interface::Wsgi),
    ("litestar", "litestar", Interface::Asgi),
    ("quart", "quart", Interface::Asgi),
    ("sanic", "sanic", Interface::Asgi),
    ("python-fasthtml", "fasthtml", Interface::Asgi),
    ("dash", "dash", Interface::Wsgi),
    ("bottle", "bottle", Interface::Wsgi),
    ("falcon", "falcon", Interface::Wsgi),
    ("pyramid", "pyramid", Interface::Wsgi),
    ("starlette", "starlette", Interface::Asgi),
    ("blacksheep", "blacksheep", Interface::Asgi),
];

/// Reads the app; the inner error says why it is none of ours.
pub(crate) fn read(app: &App<'_>) -> Result<Result<Reading, Vec<String>>, Problem> {
    let project = Project::read(app)?;
    if let Some(django) = Django::find(app) {
        return Ok(Ok(django_app::read(app, &project, django)));
    }
    let runs_itself = ["streamlit", "chainlit", "gradio"].iter().any(|name| project.depends(name).is_some());
    let served = SERVED.iter().find(|(package, _, _)| project.depends(package).is_some()).copied();
    let symbol = if runs_itself && served.is_none() { None } else { symbols::find(app) };
    if let Some(symbol) = symbol {
        let imported = || imports::framework(app, &symbol.path);
        let known = symbol.framework.map(|name| (name, symbol.interface));
        let known = known.or_else(|| served.map(|(_, name, interface)| (name, Some(interface))));
        let known = known.or_else(|| imported().map(|(_, name, interface)| (name, Some(interface))));
        if let Some((framework, interface)) = known {
            let interface = interface.unwrap_or(Interface::Wsgi);
            return Ok(Ok(of_symbol(app, project, symbol, framework, interface)));
        }
    }
    if let Some((package, framework, _)) = served {
        return Ok(Ok(without_symbol(app, project, package, framework)));
    }
    if project.manager == Manager::Nobody && !app.entries("").iter().any(|e| e.name.ends_with(".py")) {
        return Ok(Err(vec![project.misspelt.as_ref().map_or_else(
            || "there is neither a manifest of a Python project nor a Python file".to_owned(),
            |(found, meant)| format!("found {found}: did you mean {meant}? There is no Python file either"),
        )]));
    }
    Ok(match Plain::find(app, &project) {
        Some(plain) => Ok(of_plain(app, project, plain)),
        None => Err(nothing(&project)),
    })
}

fn nothing(project: &Project) -> Vec<String> {
    let mut reasons = vec![match &project.seen {
        Some(seen) if project.published || project.packaged => {
            format!("{} is there, but no app object, and no file that is run: a library?", seen.path)
        }
        Some(seen) => format!("{} is there, but no app object was found, and no file with a usual name", seen.path),
        None => "there are Python files, but no app object was found, and no file with a usual name".to_owned(),
    }];
    reasons.extend(project.warnings.iter().cloned());
    reasons
}

impl Reading {
    pub(crate) fn of(project: &Project, framework: Option<&'static str>, confidence: Confidence) -> Self {
        Self {
            framework,
            confidence,
            start: Err(String::new()),
            offer: Offer::default(),
            collect: None,
            release: None,
            manager: project.manager,
            manager_seen: project.seen.clone(),
            port: None,
            health: None,
            needs: Vec::new(),
            misspelt: project.misspelt.clone(),
            evidence: project.seen.iter().chain(project.python.as_ref().map(|(_, seen)| seen)).cloned().collect(),
            warnings: project.warnings.clone(),
            assumptions: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, app: &App<'_>, project: &Project, added: &[Added]) {
        for one in added {
            self.warnings.push(format!("{}; add it to the dependencies to pin its version", one.why));
        }
        self.offer = install::offer(app, project, added);
        if project.manager == Manager::Uv {
            // uv brings a Python of its own when the machine has none that fits.
            self.assumptions
                .extend(project.python.as_ref().map(|(range, _)| format!("uv finds or fetches Python {range}")));
        }
    }
}

/// What has to be installed beside the manifest: the framework when there is no manifest at all, and a server.
pub(crate) fn server(
    project: &Project,
    package: &'static str,
    framework: &str,
    interface: Interface,
) -> (Server, Vec<Added>) {
    let mut added = Vec::new();
    if project.manager == Manager::Nobody && project.misspelt.is_none() {
        added.push(Added { package, why: format!("the code imports {package}, and no manifest asks for anything") });
    }
    match servers::of(project, interface) {
        Some((server, _)) => (server, added),
        None => {
            let server = servers::default(interface);
            if project.misspelt.is_none() {
                added.push(Added::server(server, framework));
            }
            (server, added)
        }
    }
}

fn of_symbol(
    app: &App<'_>,
    project: Project,
    symbol: Symbol,
    framework: &'static str,
    interface: Interface,
) -> Reading {
    let asked = SERVED.iter().find(|(_, name, _)| *name == framework).map_or(framework, |(package, _, _)| *package);
    let dependency = project.depends(asked).map(|d| d.seen.clone());
    let confidence = if dependency.is_some() { Confidence::Certain } else { Confidence::Likely };
    let mut reading = Reading::of(&project, Some(framework), confidence);
    let (server, added) = match framework {
        "sanic" => (Server::Uvicorn, vec![]),
        "dash" if symbol.name.ends_with(INNER_SERVER) => inner_server(&project),
        _ => server(&project, asked, framework, interface),
    };
    reading.add(app, &project, &added);
    let words = if framework == "sanic" {
        let target = format!("{}:{}", symbol.module.name, symbol.name);
        let mut words = in_venv(&["sanic", &target, "--host=${HOST}", "--port=${PORT}", "--single-process"]);
        if symbol.factory {
            words.push("--factory".to_owned());
        }
        words
    } else {
        server.command(interface, &symbol.module.name, &symbol.name, symbol.factory)
    };
    reading.start = Ok((words, Origin::Evidence(symbol.seen.clone())));
    if let Some(root) = &symbol.module.root {
        on_path(&mut reading, root);
    }
    reading.health = routes::of_app(app, &symbol.path, &symbol.name);
    reading.evidence.insert(0, symbol.seen);
    reading.evidence.extend(dependency);
    if app.has_file("alembic.ini") || project.depends("flask-migrate").is_some() {
        let command = if app.has_file("alembic.ini") { "alembic upgrade head" } else { "flask db upgrade" };
        reading.warnings.push(format!(
            "there are database migrations: set runtime.release = \"{command}\" to run them with each release"
        ));
    }
    reading
}

/// Of all servers, waitress alone takes `app:app.server`.
fn inner_server(project: &Project) -> (Server, Vec<Added>) {
    let there = project.depends("waitress").is_some();
    let why = "the Dash app has no name for its server, which only waitress takes: `server = app.server` suits all";
    let added = Added { package: "waitress", why: why.to_owned() };
    (Server::Waitress, if there { vec![] } else { vec![added] })
}

fn without_symbol(app: &App<'_>, project: Project, package: &'static str, framework: &'static str) -> Reading {
    let dependency = project.depends(package).map(|d| d.seen.clone());
    let mut reading = Reading::of(&project, Some(framework), Confidence::Possible);
    reading.add(app, &project, &[]);
    reading.start = Err(format!("{framework} is a dependency, but no module with its app object was found"));
    reading.evidence.extend(dependency);
    reading
}

fn of_plain(app: &App<'_>, project: Project, plain: Plain) -> Reading {
    let mut reading = Reading::of(&project, plain.framework, plain.confidence);
    reading.add(app, &project, &[]);
    reading.evidence.insert(0, plain.seen.clone());
    reading.start = Ok((plain.words, Origin::Evidence(plain.seen)));
    reading.assumptions.extend(plain.assumption);
    if let Some(root) = plain.root {
        on_path(&mut reading, root);
    }
    if let Some((port, seen)) = &plain.port {
        // Two releases that insist on one port cannot run side by side: the app is told another one, and verification
        // says what it does with that.
        let line = seen.line.map(|line| format!(" line {line}")).unwrap_or_default();
        reading.evidence.push(seen.clone());
        reading.warnings.push(format!(
            "{}{line}: the app listens on {port} and does not seem to read PORT: read it from the environment, so that two \
             releases can run side by side",
            seen.path
        ));
    }
    reading.port = plain.port.map(|(port, _)| port);
    reading
}

pub(crate) fn on_path(reading: &mut Reading, root: &str) {
    reading.offer.run_env.insert("PYTHONPATH".to_owned(), root.to_owned());
    reading.offer.build_env.insert("PYTHONPATH".to_owned(), root.to_owned());
}
