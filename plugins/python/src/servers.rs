//! Production servers: which one the project has for its kind of app, how it is told where to listen, and which one is
//! added when there is none. The servers that frameworks bring for development are never used.

use crate::project::Project;

/// The interface between server and app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    /// Flask, Django, Bottle, …
    Wsgi,
    /// FastAPI, Starlette, Quart, …
    Asgi,
}

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// gunicorn
    Gunicorn,
    /// waitress
    Waitress,
    /// uWSGI
    Uwsgi,
    /// uvicorn
    Uvicorn,
    /// hypercorn
    Hypercorn,
    /// granian
    Granian,
    /// daphne
    Daphne,
}

const WSGI: [(&str, Server); 5] = [
    ("gunicorn", Server::Gunicorn),
    ("waitress", Server::Waitress),
    ("uwsgi", Server::Uwsgi),
    ("pyuwsgi", Server::Uwsgi),
    ("granian", Server::Granian),
];
const ASGI: [(&str, Server); 6] = [
    ("uvicorn", Server::Uvicorn),
    ("uvicorn-worker", Server::Uvicorn),
    ("hypercorn", Server::Hypercorn),
    ("granian", Server::Granian),
    ("daphne", Server::Daphne),
    ("fastapi-cli", Server::Uvicorn),
];

/// Packages by which an app is recognised, where a manifest can only be searched for words.
const KNOWN: [&str; 18] = [
    "django",
    "flask",
    "fastapi",
    "starlette",
    "litestar",
    "quart",
    "sanic",
    "tornado",
    "bottle",
    "falcon",
    "pyramid",
    "aiohttp",
    "python-fasthtml",
    "dash",
    "streamlit",
    "gradio",
    "gunicorn",
    "uvicorn",
];

/// Is it one of the packages that tell what an app is?
pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// The server that a project has for an interface, with the name of the package that brings it.
pub(crate) fn of(project: &Project, interface: Interface) -> Option<(Server, &'static str)> {
    let (servers, bundles): (&[(&'static str, Server)], &[&'static str]) = match interface {
        Interface::Wsgi => (&WSGI, &[]),
        // `fastapi[standard]` and its like bring uvicorn.
        Interface::Asgi => (&ASGI, &["fastapi", "litestar", "starlette", "python-fasthtml"]),
    };
    let direct = servers.iter().find(|(package, _)| project.depends(package).is_some());
    direct.map(|(package, server)| (*server, *package)).or_else(|| {
        let bundle = bundles.iter().find(|package| {
            project.depends(package).is_some_and(|d| {
                **package == "python-fasthtml" || d.extras.iter().any(|e| e == "standard" || e == "all")
            })
        });
        bundle.map(|package| (Server::Uvicorn, *package))
    })
}

/// The server that is added when the project has none.
pub(crate) fn default(interface: Interface) -> Server {
    match interface {
        Interface::Wsgi => Server::Gunicorn,
        Interface::Asgi => Server::Uvicorn,
    }
}

impl Server {
    /// The package that brings it.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Server::Gunicorn => "gunicorn",
            Server::Waitress => "waitress",
            Server::Uwsgi => "uwsgi",
            Server::Uvicorn => "uvicorn",
            Server::Hypercorn => "hypercorn",
            Server::Granian => "granian",
            Server::Daphne => "daphne",
        }
    }

    /// The command. `factory`: the name is a function that makes the app.
    pub(crate) fn command(self, interface: Interface, module: &str, name: &str, factory: bool) -> Vec<String> {
        let target = format!("{module}:{name}");
        let called = if factory { format!("{target}()") } else { target.clone() };
        let words: Vec<&str> = match self {
            Server::Gunicorn => vec!["gunicorn", &called, "--bind", "${HOST}:${PORT}"],
            Server::Waitress if factory => vec!["waitress-serve", "--listen=${HOST}:${PORT}", "--call", &target],
            Server::Waitress => vec!["waitress-serve", "--listen=${HOST}:${PORT}", &target],
            Server::Uwsgi => {
                vec!["uwsgi", "--http", "${HOST}:${PORT}", "--master", "--die-on-term", "--module", &called]
            }
            Server::Uvicorn if factory => {
                vec!["uvicorn", &target, "--factory", "--host", "${HOST}", "--port", "${PORT}"]
            }
            Server::Uvicorn => vec!["uvicorn", &target, "--host", "${HOST}", "--port", "${PORT}"],
            Server::Hypercorn => vec!["hypercorn", &called, "--bind", "${HOST}:${PORT}"],
            Server::Granian => {
                let kind = if interface == Interface::Asgi { "asgi" } else { "wsgi" };
                let mut words = vec!["granian", "--interface", kind, "--host", "${HOST}", "--port", "${PORT}", &target];
                if factory {
                    words.push("--factory");
                }
                words
            }
            Server::Daphne => vec!["daphne", "-b", "${HOST}", "-p", "${PORT}", &target],
        };
        in_venv(&words)
    }
}

/// A program of the environment, as argv.
pub(crate) fn in_venv(words: &[&str]) -> Vec<String> {
    let mut words = words.iter().map(|w| (*w).to_owned());
    let program = words.next().unwrap_or_default();
    std::iter::once(format!(".venv/bin/{program}")).chain(words).collect()
}

/// As a person would type it.
pub(crate) fn said(words: &[String]) -> String {
    let one = |word: &String| {
        let word = word.strip_prefix(".venv/bin/").unwrap_or(word);
        if word.contains([' ', '(']) { format!("'{word}'") } else { word.to_owned() }
    };
    words.iter().map(one).collect::<Vec<_>>().join(" ")
}
