//! Finding the app object: which file, which name, and what it is. `app = Flask(__name__)`, `app = create_app()`, or a
//! `create_app` that the server calls itself.

use crate::code::{Code, Kind, Statement, Token, called};
use crate::harmless::harmless;
use crate::modules::{self, Module};
use crate::servers::Interface;
use shipway_sdk::{App, Evidence};

/// What an app object is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Symbol {
    /// `flask`, `fastapi`, …; `None` when a function of the project made it.
    pub(crate) framework: Option<&'static str>,
    /// What kind of server it needs, when the class tells.
    pub(crate) interface: Option<Interface>,
    /// How its file is imported.
    pub(crate) module: Module,
    /// Its name there.
    pub(crate) name: String,
    /// It is a function that makes the app.
    pub(crate) factory: bool,
    /// Where.
    pub(crate) seen: Evidence,
    /// The file.
    pub(crate) path: String,
}

/// What a Dash app has its Flask app under, when no name of the module is given to it.
pub(crate) const INNER_SERVER: &str = ".server";

/// Classes whose instance is an app.
const CLASSES: [(&str, &str, Interface); 14] = [
    ("Flask", "flask", Interface::Wsgi),
    ("APIFlask", "flask", Interface::Wsgi),
    ("OpenAPI", "flask", Interface::Wsgi),
    ("FastAPI", "fastapi", Interface::Asgi),
    ("Starlette", "starlette", Interface::Asgi),
    ("Litestar", "litestar", Interface::Asgi),
    ("Starlite", "litestar", Interface::Asgi),
    ("Quart", "quart", Interface::Asgi),
    ("FastHTML", "fasthtml", Interface::Asgi),
    ("Sanic", "sanic", Interface::Asgi),
    ("Bottle", "bottle", Interface::Wsgi),
    ("Dash", "dash", Interface::Wsgi),
    ("BlackSheep", "blacksheep", Interface::Asgi),
    ("Esmerald", "esmerald", Interface::Asgi),
];

/// Functions of a project that make an app.
const FACTORIES: [&str; 7] =
    ["create_app", "make_app", "create_application", "get_app", "build_app", "app_factory", "get_application"];

/// Names under which an app is handed on.
const HANDED_ON: [&str; 4] = ["app", "application", "server", "api"];

/// Files that are looked into, in all.
const MAX_FILES: usize = 90;

/// The usual places, the most telling first.
const USUAL: [&str; 17] = [
    "wsgi.py",
    "asgi.py",
    "app.py",
    "main.py",
    "server.py",
    "application.py",
    "api.py",
    "run.py",
    "index.py",
    "app/main.py",
    "app/app.py",
    "app/__init__.py",
    "app/wsgi.py",
    "api/main.py",
    "src/main.py",
    "src/app.py",
    "api/index.py",
];

/// The app object of a project, if there is one to be found.
pub(crate) fn find(app: &App<'_>) -> Option<Symbol> {
    let mut handed_on = None;
    let mut factory = None;
    for path in files(app) {
        let Some(code) = Code::open(app, &path).filter(may_hold) else { continue };
        let statements = code.statements();
        let top: Vec<&Statement<'_>> = statements.iter().filter(|s| s.indent == 0).collect();
        let symbol = |name: &str, framework, interface, factory, token: &Token<'_>, note: String| Symbol {
            framework,
            interface,
            module: modules::of(app, &code, &statements),
            name: name.to_owned(),
            factory,
            seen: code.seen(token, note),
            path: path.clone(),
        };
        // Dash is a Flask app behind `app.server`; the server is given that.
        if let Some(found) = instance(&top) {
            let name = match exposed(&top, found.name.text) {
                Some(server) if found.framework == Some("dash") => server.text.to_owned(),
                None if found.framework == Some("dash") => format!("{}{INNER_SERVER}", found.name.text),
                _ => found.name.text.to_owned(),
            };
            return Some(symbol(&name, found.framework, found.interface, false, &found.name, found.note));
        }
        let starts = ["wsgi.py", "asgi.py", "main.py", "run.py", "server.py", "app.py"].contains(&path.as_str());
        if handed_on.is_none() && starts {
            handed_on = imported(&top).map(|t| symbol(t.text, None, None, false, &t, format!("imports {}", t.text)));
        }
        if factory.is_none() {
            factory = self::factory(&statements).map(|(token, framework, interface)| {
                symbol(token.text, framework, interface, true, &token, format!("def {}(", token.text))
            });
        }
    }
    handed_on.or(factory)
}

/// Most files of a large project mention nothing of what is looked for.
fn may_hold(code: &Code) -> bool {
    const OTHERS: [&str; 9] = [
        "falcon",
        "get_wsgi_application",
        "get_asgi_application",
        "make_wsgi_app",
        "fast_app",
        "import app",
        "import application",
        "import server",
        "import api",
    ];
    let classes = CLASSES.iter().map(|(class, _, _)| *class);
    code.mentions(classes.chain(FACTORIES).chain(OTHERS)) || code.path == "wsgi.py"
}

/// Files that may hold the app, the usual places first.
fn files(app: &App<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let flask_app = app.peek(".flaskenv", 4096).filter(|_| app.has_file(".flaskenv")).and_then(|text| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix("FLASK_APP=").map(str::to_owned))?;
        let module =
            value.trim().trim_matches(['"', '\'']).split(':').next()?.trim_end_matches(".py").replace('.', "/");
        Some(format!("{module}.py"))
    });
    all.extend(flask_app.filter(|path| !path.starts_with('/') && app.has_file(path)));
    all.extend(USUAL.iter().filter(|path| app.has_file(path)).map(|path| (*path).to_owned()));
    // In a project of many packages, the usual names first.
    let usual = "{*,src/*}/{app,main,wsgi,asgi,server,api,application,__init__}.py";
    for (glob, limit) in [("*.py", 40), (usual, 60), ("src/*/*.py", 40), ("src/*.py", 20), ("*/*.py", 80)] {
        all.extend(app.find(glob, limit));
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|path| !aside(path) && harmless(path) && seen.insert(path.clone()));
    all.truncate(MAX_FILES);
    all
}

/// Tests, examples, environments and tools are not the app.
fn aside(path: &str) -> bool {
    const FOLDERS: [&str; 18] = [
        "tests",
        "test",
        "testing",
        "docs",
        "doc",
        "examples",
        "example",
        "samples",
        "scripts",
        "migrations",
        "venv",
        "env",
        "node_modules",
        "alembic",
        "benchmarks",
        "tools",
        "site-packages",
        "notebooks",
    ];
    let mut parts = path.split('/').rev();
    let file = parts.next().unwrap_or_default();
    file.starts_with("test_")
        || file.ends_with("_test.py")
        || matches!(file, "setup.py" | "conftest.py" | "noxfile.py" | "fabfile.py")
        || parts.any(|folder| FOLDERS.contains(&folder) || folder.starts_with('.'))
}

struct Instance<'a> {
    framework: Option<&'static str>,
    interface: Option<Interface>,
    name: Token<'a>,
    note: String,
}

/// `name = Class(`, `name = create_app(`, `name = get_wsgi_application(` at the top level.
fn instance<'a>(top: &[&Statement<'a>]) -> Option<Instance<'a>> {
    let mut made = None;
    for statement in top {
        let Some((name, value)) = statement.assignment().filter(|(name, _)| harmless(name.text)) else { continue };
        let Some((call, _)) = called(value) else { continue };
        let Some(last) = call.last().copied() else { continue };
        let note = |what: &str| format!("{} = {what}(", name.text);
        let found = |framework, interface| Instance { framework, interface, name: *name, note: note(&call.join(".")) };
        if let Some((_, framework, interface)) = CLASSES.iter().find(|(class, _, _)| *class == last) {
            return Some(found(Some(*framework), Some(*interface)));
        }
        match (last, call.first().copied()) {
            ("App" | "API", Some("falcon")) => {
                let asgi = call.get(1) == Some(&"asgi");
                return Some(found(Some("falcon"), Some(if asgi { Interface::Asgi } else { Interface::Wsgi })));
            }
            ("get_wsgi_application", _) => return Some(found(Some("django"), Some(Interface::Wsgi))),
            ("get_asgi_application", _) => return Some(found(Some("django"), Some(Interface::Asgi))),
            ("make_wsgi_app", _) => return Some(found(Some("pyramid"), Some(Interface::Wsgi))),
            ("fast_app", _) => return Some(found(Some("fasthtml"), Some(Interface::Asgi))),
            (maker, _) if FACTORIES.contains(&maker) && made.is_none() => made = Some(found(None, None)),
            _ => {}
        }
    }
    made
}

/// `server = app.server`
fn exposed<'a>(top: &[&Statement<'a>], app: &str) -> Option<Token<'a>> {
    top.iter().find_map(|s| {
        let (name, value) = s.assignment()?;
        let is = matches!(value, [a, dot, b] if a.names(app) && dot.is(".") && b.names("server"));
        (is && harmless(name.text)).then_some(*name)
    })
}

/// `from package import app`, or `… import app as application`.
fn imported<'a>(top: &[&Statement<'a>]) -> Option<Token<'a>> {
    top.iter().filter(|s| s.begins(&["from"])).find_map(|s| {
        let at = s.tokens.iter().position(|t| t.names("import"))?;
        // What a framework exports under such a name is not the project's.
        let from = s.tokens.get(1)?.text;
        if crate::servers::is_known(from) {
            return None;
        }
        let names = s.tokens.get(at + 1..)?;
        names.iter().rev().find(|t| t.kind == Kind::Word && HANDED_ON.contains(&t.text)).copied()
    })
}

/// `def create_app(config=None):`: a function that can be called without arguments, and what it makes.
fn factory<'a>(all: &[Statement<'a>]) -> Option<(Token<'a>, Option<&'static str>, Option<Interface>)> {
    let at = all.iter().position(|s| {
        let named = s.tokens.get(1).is_some_and(|t| FACTORIES.contains(&t.text));
        s.indent == 0 && s.begins(&["def"]) && named && needs_nothing(&s.tokens)
    })?;
    let name = *all.get(at)?.tokens.get(1)?;
    let body = all.iter().skip(at + 1).take_while(|s| s.indent > 0);
    let made = body.flat_map(|s| &s.tokens).find_map(|t| CLASSES.iter().find(|(class, _, _)| t.names(class)));
    Some((name, made.map(|(_, framework, _)| *framework), made.map(|(_, _, interface)| *interface)))
}

/// Every parameter has a default, or is `*args`.
fn needs_nothing(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let mut parameter: Vec<&Token<'_>> = Vec::new();
    let fine = |p: &[&Token<'_>]| {
        p.is_empty() || p.iter().any(|t| t.is("=")) || p.first().is_some_and(|t| t.is("*") || t.is("/"))
    };
    for token in tokens.iter().skip(2) {
        if token.is("(") || token.is("[") || token.is("{") {
            depth += 1;
            if depth == 1 {
                continue;
            }
        } else if token.is(")") || token.is("]") || token.is("}") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return fine(&parameter);
            }
        } else if token.is(",") && depth == 1 {
            if !fine(&parameter) {
                return false;
            }
            parameter.clear();
            continue;
        }
        parameter.push(token);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, Option<&'static str>, bool)> {
        let code = Code::of("x.py", text);
        let all = code.statements();
        let top: Vec<&Statement<'_>> = all.iter().filter(|s| s.indent == 0).collect();
        let by = instance(&top).map(|i| (i.name.text.to_owned(), i.framework, false));
        by.or_else(|| factory(&all).map(|(t, f, _)| (t.text.to_owned(), f, true)))
    }

    #[test]
    fn app_objects_are_recognised_by_what_makes_them() {
        assert_eq!(
            found("from flask import Flask\napp = Flask(__name__)\n"),
            Some(("app".into(), Some("flask"), false))
        );
        assert_eq!(
            found("api: FastAPI = fastapi.FastAPI(\n  title='x')\n"),
            Some(("api".into(), Some("fastapi"), false))
        );
        assert_eq!(found("app, rt = fast_app()\n"), Some(("app".into(), Some("fasthtml"), false)));
        assert_eq!(found("application = create_app()\n"), Some(("application".into(), None, false)));
        assert_eq!(
            found("def create_app(config=None, *, x: int = 1):\n  app = Flask(__name__)\n  return app\n"),
            Some(("create_app".into(), Some("flask"), true))
        );
        assert_eq!(found("def create_app(config):\n  return Flask(__name__)\n"), None);
        assert_eq!(found("def f():\n  app = Flask(__name__)\n"), None);
        assert_eq!(found("'''\napp = Flask(__name__)\n'''\n"), None);
    }
}
