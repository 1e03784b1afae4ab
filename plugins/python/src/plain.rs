//! Apps that run themselves: Streamlit, Gradio, Chainlit, a bot, `python main.py`.

use crate::code::{Code, Kind};
use crate::harmless::harmless;
use crate::project::{Manager, Project};
use crate::servers::in_venv;
use shipway_sdk::{App, Confidence, Evidence, seen};

/// Files that people run, in the order in which they are tried.
const FILES: [&str; 14] = [
    "main.py",
    "app.py",
    "server.py",
    "run.py",
    "start.py",
    "bot.py",
    "index.py",
    "hello.py",
    "application.py",
    "src/main.py",
    "src/app.py",
    "app/main.py",
    "streamlit_app.py",
    "__main__.py",
];

/// A program that is run as it stands.
pub(crate) struct Plain {
    /// The framework, if it is one.
    pub(crate) framework: Option<&'static str>,
    /// The command.
    pub(crate) words: Vec<String>,
    /// The file, or the script that an install makes.
    pub(crate) seen: Evidence,
    /// How sure.
    pub(crate) confidence: Confidence,
    /// A folder that has to be on the path.
    pub(crate) root: Option<&'static str>,
    /// A port that is fixed in the code.
    pub(crate) port: Option<(u16, Evidence)>,
    /// What was taken for granted.
    pub(crate) assumption: Option<String>,
}

impl Plain {
    /// Finds it.
    pub(crate) fn find(app: &App<'_>, project: &Project) -> Option<Self> {
        let file = FILES.into_iter().find(|file| app.has_file(file)).map(str::to_owned);
        let file = file.or_else(|| only_one(app));
        let bound = |framework, words: &[&str], file: &str| Self {
            framework: Some(framework),
            words: in_venv(words),
            seen: project.depends(framework).map_or_else(|| seen(file, "is run"), |d| d.seen.clone()),
            confidence: Confidence::Certain,
            root: None,
            port: None,
            assumption: None,
        };
        if project.depends("streamlit").is_some()
            && let Some(file) = of_streamlit(app).or_else(|| file.clone())
        {
            let words = [
                "streamlit",
                "run",
                &file,
                "--server.port",
                "${PORT}",
                "--server.address",
                "${HOST}",
                "--server.headless",
                "true",
            ];
            return Some(bound("streamlit", &words, &file));
        }
        if project.depends("chainlit").is_some()
            && let Some(file) = &file
        {
            return Some(bound(
                "chainlit",
                &["chainlit", "run", file, "--headless", "--host", "${HOST}", "--port", "${PORT}"],
                file,
            ));
        }
        if project.depends("gradio").is_some()
            && let Some(file) = &file
        {
            let words = ["env", "GRADIO_SERVER_NAME=${HOST}", "GRADIO_SERVER_PORT=${PORT}", ".venv/bin/python", file];
            return Some(Self { words: words.map(str::to_owned).to_vec(), ..bound("gradio", &["python"], file) });
        }
        match file {
            Some(file) => Some(Self::of_file(app, project, &file)),
            None => Self::of_script(project).or_else(|| Self::of_package(app, project)),
        }
    }

    fn of_file(app: &App<'_>, project: &Project, file: &str) -> Self {
        const SERVERS: [&str; 6] = ["aiohttp", "tornado", "robyn", "nicegui", "panel", "cherrypy"];
        let framework = SERVERS.into_iter().find(|name| project.depends(name).is_some());
        let read = Read::of(app, file);
        let confidence = if framework.is_some() || read.serves { Confidence::Likely } else { Confidence::Possible };
        Self {
            framework,
            words: in_venv(&["python", file]),
            seen: seen(file, "the usual name of a file that is run"),
            confidence,
            root: None,
            port: read.port.filter(|_| !read.reads_port),
            assumption: Some(if confidence == Confidence::Possible {
                format!("{file} is run, although nothing in it shows that it listens")
            } else {
                format!("{file} is run, and listens by itself")
            }),
        }
    }

    /// `python -m package`, for the one package that can be run like that.
    fn of_package(app: &App<'_>, project: &Project) -> Option<Self> {
        let all = app.find("{*,src/*}/__main__.py", 2);
        let [path] = all.as_slice() else { return None };
        if !harmless(path) {
            return None;
        }
        let package = path.strip_suffix("/__main__.py")?;
        let (root, package) = match package.strip_prefix("src/") {
            Some(inside) => (Some("src"), inside),
            None => (None, package),
        };
        (!project.published && !package.contains('/')).then(|| Self {
            framework: None,
            words: in_venv(&["python", "-m", package]),
            seen: seen(path, "what `python -m` runs"),
            confidence: Confidence::Possible,
            root,
            port: None,
            assumption: Some(format!("the package {package} is run, although nothing shows that it listens")),
        })
    }

    /// `[project.scripts]` of a project that installs itself.
    fn of_script(project: &Project) -> Option<Self> {
        let installs =
            project.packaged && !matches!(project.manager, Manager::Requirements | Manager::Nobody | Manager::Listed);
        let [(name, seen)] = project.scripts.as_slice() else { return None };
        let plain =
            name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !name.starts_with(['-', '.']);
        (installs && plain && !project.published).then(|| Self {
            framework: None,
            words: in_venv(&[name]),
            seen: seen.clone(),
            confidence: Confidence::Possible,
            root: None,
            port: None,
            assumption: Some(format!(
                "the script {name} of the project is run, although nothing shows that it listens"
            )),
        })
    }
}

/// The only Python file at the top.
fn only_one(app: &App<'_>) -> Option<String> {
    let all = app.find("*.py", 3);
    let run: Vec<&String> =
        all.iter().filter(|f| !matches!(f.as_str(), "setup.py" | "conftest.py" | "manage.py" | "noxfile.py")).collect();
    match run.as_slice() {
        [one] if harmless(one) => Some((*one).clone()),
        _ => None,
    }
}

/// The file that imports Streamlit.
fn of_streamlit(app: &App<'_>) -> Option<String> {
    let mut all: Vec<String> = ["streamlit_app.py", "app.py", "main.py"].map(str::to_owned).to_vec();
    all.extend(app.find("*.py", 20).into_iter().filter(|path| harmless(path)));
    all.into_iter().find(|path| {
        Code::open(app, path).is_some_and(|code| {
            code.statements().iter().any(|s| s.begins(&["import", "streamlit"]) || s.begins(&["from", "streamlit"]))
        })
    })
}

/// What can be read in a file that serves by itself.
struct Read {
    serves: bool,
    reads_port: bool,
    port: Option<(u16, Evidence)>,
}

impl Read {
    fn of(app: &App<'_>, path: &str) -> Self {
        const CALLS: [&str; 12] = [
            "HTTPServer",
            "ThreadingHTTPServer",
            "TCPServer",
            "ThreadingTCPServer",
            "make_server",
            "serve_forever",
            "run_app",
            "listen",
            "start_server",
            "create_server",
            "run_simple",
            "serve",
        ];
        let Some(code) = Code::open(app, path) else { return Self { serves: false, reads_port: false, port: None } };
        let statements = code.statements();
        let tokens: Vec<_> = statements.iter().flat_map(|s| s.tokens.iter().copied()).collect();
        let call = |w: &[crate::code::Token<'_>]| w[0].kind == Kind::Word && CALLS.contains(&w[0].text) && w[1].is("(");
        let at = tokens.windows(2).position(call);
        let reads_port = tokens.iter().any(|t| t.kind != Kind::Number && t.text == "PORT")
            && tokens.iter().any(|t| ["environ", "getenv", "env", "config"].iter().any(|w| t.names(w)));
        let number =
            |t: &crate::code::Token<'_>| t.text.parse::<u16>().ok().filter(|p| t.kind == Kind::Number && *p >= 80);
        let direct = at.and_then(|at| {
            let inside = tokens.iter().skip(at + 2).take(16);
            inside.into_iter().find_map(|t| Some((number(t)?, code.seen(t, "listens there, and PORT is not read"))))
        });
        let constant = || {
            let w = tokens
                .windows(3)
                .find(|w| (w[0].names("PORT") || w[0].names("port")) && w[1].is("=") && number(&w[2]).is_some())?;
            Some((number(&w[2])?, code.seen(&w[2], "listens there, and the environment's PORT is not read")))
        };
        Self { serves: at.is_some(), reads_port, port: direct.or_else(|| at.and_then(|_| constant())) }
    }
}
