//! The steps that make the environment: always `.venv` inside the workspace, so that nothing of the machine's own
//! packages takes part and a release carries what it runs with.

use crate::project::{Manager, Project};
use crate::requirements;
use crate::servers::Server;
use shipway_sdk::{App, Offer, OfferedStep, OfferedTool};

/// A package that is installed although no manifest asks for it, and why.
pub(crate) struct Added {
    /// The package.
    pub(crate) package: &'static str,
    /// Why.
    pub(crate) why: String,
}

impl Added {
    /// A production server for a project that has none.
    pub(crate) fn server(server: Server, framework: &str) -> Self {
        let package = server.package();
        Self {
            package,
            why: format!("{framework} needs a production server, and the project has none: {package} is one"),
        }
    }
}

/// Everything between the source and an environment that can run it.
pub(crate) fn offer(app: &App<'_>, project: &Project, added: &[Added]) -> Offer {
    let mut offer = Offer::default();
    let evidence = || project.seen.clone();
    let with = |step: OfferedStep| match evidence() {
        Some(seen) => step.seen(seen),
        None => step,
    };
    let python = match &project.python {
        Some((range, seen)) => OfferedTool::asked("python3", range, seen.clone()),
        None => OfferedTool::any("python3"),
    };
    let pip = [".venv/bin/python", "-m", "pip", "install"];
    let words = |more: &[&str]| -> Vec<String> { pip.iter().chain(more).map(|w| (*w).to_owned()).collect() };
    let install: Option<(Vec<String>, String, &str)> = match project.manager {
        Manager::Uv => {
            let mut args = vec!["uv", "sync", "--no-dev"];
            if project.lock.is_some() {
                args.insert(2, "--frozen");
            }
            Some((owned(&args), "makes .venv with exactly what the project asks for".to_owned(), "uv"))
        }
        Manager::Poetry => {
            let mut args = vec!["poetry", "install", "--only", "main", "--no-interaction"];
            // The project itself is needed only where it is imported as an installed package.
            if !app.has_dir("src") && project.scripts.is_empty() {
                args.push("--no-root");
            }
            Some((owned(&args), "installs what poetry.lock says, without development groups".to_owned(), "poetry"))
        }
        Manager::Pdm => {
            let args: &[&str] =
                if project.lock.is_some() { &["pdm", "sync", "--prod"] } else { &["pdm", "install", "--prod"] };
            Some((owned(args), "installs what pdm.lock says, without development groups".to_owned(), "pdm"))
        }
        Manager::Pipenv => {
            let args: &[&str] =
                if project.lock.is_some() { &["pipenv", "sync"] } else { &["pipenv", "install", "--skip-lock"] };
            Some((owned(args), "installs what the Pipfile asks for".to_owned(), "pipenv"))
        }
        Manager::Requirements => {
            project.files.first().map(|file| (words(&["-r", file]), format!("installs what {file} asks for"), "pip"))
        }
        Manager::Listed if !project.listed.is_empty() => {
            let listed: Vec<&str> = project.listed.iter().map(String::as_str).collect();
            Some((
                words(&listed),
                "installs the dependencies of pyproject.toml, which builds no package".to_owned(),
                "pip",
            ))
        }
        Manager::Package => Some((words(&["."]), "installs the project with its dependencies".to_owned(), "pip")),
        Manager::Listed | Manager::Nobody => None,
    };
    if project.manager == Manager::Uv {
        offer.tools.push(OfferedTool::any("uv"));
    } else {
        offer.tools.push(python);
        // Without anything to install, pip is not needed either, and leaving it out saves seconds.
        let bare = install.is_none() && added.is_empty();
        let args: &[&str] = if bare {
            &["python3", "-m", "venv", "--without-pip", ".venv"]
        } else {
            &["python3", "-m", "venv", ".venv"]
        };
        let venv = OfferedStep::run("venv", args, "the app has an environment of its own").leaves([".venv"]);
        // It depends on no file; one must be named, because none would mean the whole source.
        let first = project.seen.as_ref().map(|e| e.path.clone());
        offer.install.push(with(venv.from_files(first)));
    }
    if let Some((args, why, cache)) = install {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let step = OfferedStep::run("install", &args, &why)
            .online(&[cache])
            .leaves([".venv"])
            .from_files(inputs(app, project));
        offer.install.push(with(step));
        if matches!(project.manager, Manager::Poetry | Manager::Pdm | Manager::Pipenv) {
            offer.tools.push(OfferedTool::any(project.manager.name()));
        }
    }
    if !added.is_empty() {
        let names: Vec<&str> = added.iter().map(|a| a.package).collect();
        let why = added.iter().map(|a| a.why.as_str()).collect::<Vec<_>>().join("; ");
        let front: &[&str] = if project.has_pip() { &pip } else { &["uv", "pip", "install"] };
        let args: Vec<&str> = front.iter().copied().chain(names).collect();
        let mut step = OfferedStep::run("server", &args, &why).online(&[project.manager.name()]).leaves([".venv"]);
        // As above: nothing of the source is needed.
        step = step.from_files(project.seen.as_ref().map(|e| e.path.clone()));
        offer.install.push(step);
    }
    offer.path.push(".venv/bin".to_owned());
    let build: &[(&str, &str)] = match project.manager {
        Manager::Uv => &[("UV_NO_PROGRESS", "1")],
        Manager::Poetry => &[("POETRY_VIRTUALENVS_IN_PROJECT", "true"), ("PIP_DISABLE_PIP_VERSION_CHECK", "1")],
        Manager::Pipenv => {
            &[("PIPENV_VENV_IN_PROJECT", "1"), ("PIPENV_NOSPIN", "1"), ("PIP_DISABLE_PIP_VERSION_CHECK", "1")]
        }
        _ => &[("PIP_DISABLE_PIP_VERSION_CHECK", "1"), ("PIP_NO_INPUT", "1")],
    };
    offer.build_env.extend(build.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    offer.run_env.insert("PYTHONUNBUFFERED".to_owned(), "1".to_owned());
    offer
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// The files that an install depends on; empty (the whole source) where the project itself is installed.
fn inputs(app: &App<'_>, project: &Project) -> Vec<String> {
    match project.manager {
        Manager::Requirements if !project.files.iter().any(|file| requirements::installs_source(app, file)) => {
            project.files.clone()
        }
        Manager::Pipenv => {
            ["Pipfile", "Pipfile.lock"].into_iter().filter(|f| app.has_file(f)).map(str::to_owned).collect()
        }
        Manager::Listed => vec!["pyproject.toml".to_owned()],
        _ => Vec::new(),
    }
}
