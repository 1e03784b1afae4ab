//! The whole reading of a Python app, made once and used by both roles: the detector says it as a claim, the planner as
//! a plan. It is a pure function of the source, so that the two never disagree.

use crate::django::Django;
use crate::install::{self, Added};
use crate::plain::Plain;
use crate::project::{Manager, Project};
use crate::servers::{self, Interface, Server, in_venv};
use crate::symbols::{self, Symbol};
use crate::{imports, routes};
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
        return Ok(Ok(of_django(app, project, django)));
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
    fn of(project: &Project, framework: Option<&'static str>, confidence: Confidence) -> Self {
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

    fn add(&mut self, app: &App<'_>, project: &Project, added: &[Added]) {
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
fn server(project: &Project, package: &'static str, framework: &str, interface: Interface) -> (Server, Vec<Added>) {
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

fn of_django(app: &App<'_>, project: Project, django: Django) -> Reading {
    let mut reading = Reading::of(&project, Some("django"), Confidence::Certain);
    reading.evidence.insert(0, shipway_sdk::seen(&django.manage, "Django's manage.py"));
    let speaks_wsgi = servers::of(&project, Interface::Wsgi).is_some();
    let speaks_asgi = servers::of(&project, Interface::Asgi).is_some();
    let asgi = django.asgi.clone().map(|(module, name, seen)| (module, name, Interface::Asgi, seen));
    let application = match (django.application.clone(), asgi) {
        (wsgi, Some(asgi)) if speaks_asgi && (!speaks_wsgi || project.depends("channels").is_some()) => {
            Some(asgi).or(wsgi)
        }
        (Some(wsgi), _) => Some(wsgi),
        (None, asgi) => asgi,
    };
    let interface = application.as_ref().map_or(Interface::Wsgi, |(_, _, interface, _)| *interface);
    let (server, added) = server(&project, "django", "Django", interface);
    reading.add(app, &project, &added);
    reading.start = match application {
        Some((module, name, interface, seen)) => {
            reading.evidence.push(seen.clone());
            Ok((server.command(interface, &module, &name, false), Origin::Evidence(seen)))
        }
        None => Err(format!("{} is there, but neither a wsgi.py nor an asgi.py", django.manage)),
    };
    if let Some(root) = &django.root {
        on_path(&mut reading, root);
    }
    if let Some((module, seen)) = &django.settings {
        reading.assumptions.push(format!("the settings are {module}, as {} says, also for manage.py", seen.path));
        reading.offer.build_env.insert("DJANGO_SETTINGS_MODULE".to_owned(), module.clone());
        reading.offer.run_env.insert("DJANGO_SETTINGS_MODULE".to_owned(), module.clone());
    }
    if let Some(seen) = &django.static_root {
        reading.collect = Some(collect(&django, seen));
        reading.evidence.push(seen.clone());
    } else if django.application.is_some() {
        reading.warnings.push(
            "STATIC_ROOT is not set: style sheets of the admin and of your apps are not served in production"
                .to_owned(),
        );
    }
    if django.static_root.is_some() && project.depends("whitenoise").is_none() {
        reading.warnings.push("nothing serves the collected static files: whitenoise is the usual way".to_owned());
    }
    if django.migrates {
        let words = in_venv(&["python", &django.manage, "migrate", "--noinput"]);
        reading.release = Some((words, shipway_sdk::seen(&django.manage, "migrations run once, before traffic moves")));
    }
    if project.depends("celery").is_some() {
        reading.warnings.push("celery is a dependency, and no worker is started: a Procfile can name one".to_owned());
    }
    reading.needs = django.needs;
    reading.health = django.health;
    reading.warnings.extend(django.warnings);
    reading
}

/// The settings are loaded to collect static files, and secrets are not there while building: stand-ins are.
fn collect(django: &Django, seen: &Evidence) -> OfferedStep {
    let mut words: Vec<String> = Vec::new();
    if !django.needs.is_empty() {
        words.push("env".to_owned());
        words.extend(django.needs.iter().map(|(name, _)| {
            let value = if name.ends_with("DATABASE_URL") { "sqlite:///:memory:" } else { "1" };
            format!("{name}={value}")
        }));
    }
    words.extend(in_venv(&["python", &django.manage, "collectstatic", "--noinput"]));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let why = if django.needs.is_empty() {
        "STATIC_ROOT is set: static files are collected there".to_owned()
    } else {
        "STATIC_ROOT is set: static files are collected there; the settings need variables that a build does not have, so \
         stand-ins are given to this one command"
            .to_owned()
    };
    OfferedStep::run("collectstatic", &words, &why).seen(seen.clone())
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
    let (server, added) =
        if framework == "sanic" { (Server::Uvicorn, vec![]) } else { server(&project, asked, framework, interface) };
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

fn on_path(reading: &mut Reading, root: &str) {
    reading.offer.run_env.insert("PYTHONPATH".to_owned(), root.to_owned());
    reading.offer.build_env.insert("PYTHONPATH".to_owned(), root.to_owned());
}
