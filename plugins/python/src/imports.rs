//! Which framework a file imports, for projects whose manifest says nothing of it.

use crate::code::Code;
use crate::servers::Interface;
use shipway_sdk::App;

const MODULES: [(&str, &str, Interface); 9] = [
    ("flask", "flask", Interface::Wsgi),
    ("fastapi", "fastapi", Interface::Asgi),
    ("starlette", "starlette", Interface::Asgi),
    ("litestar", "litestar", Interface::Asgi),
    ("quart", "quart", Interface::Asgi),
    ("sanic", "sanic", Interface::Asgi),
    ("bottle", "bottle", Interface::Wsgi),
    ("falcon", "falcon", Interface::Wsgi),
    ("dash", "dash", Interface::Wsgi),
];

/// Package, name and interface of the first framework that the file imports.
pub(crate) fn framework(app: &App<'_>, path: &str) -> Option<(&'static str, &'static str, Interface)> {
    let code = Code::open(app, path)?;
    let statements = code.statements();
    let names =
        statements.iter().filter(|s| s.begins(&["import"]) || s.begins(&["from"])).filter_map(|s| s.tokens.get(1));
    let names: Vec<&str> = names.map(|t| t.text).collect();
    MODULES.into_iter().find(|(module, _, _)| names.contains(module))
}
