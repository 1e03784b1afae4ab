//! From the path of a file to the name by which Python imports it, and the folder that must be on its path for that.

use crate::code::{Code, Statement};
use shipway_sdk::App;

/// How a file is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    /// Dotted.
    pub(crate) name: String,
    /// A folder that has to be on the path; `None` is the base directory itself.
    pub(crate) root: Option<String>,
}

/// Decides for one file.
pub(crate) fn of(app: &App<'_>, code: &Code, statements: &[Statement<'_>]) -> Module {
    let stem = code.path.strip_suffix(".py").unwrap_or(&code.path);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    let Some((folder, file)) = stem.rsplit_once('/') else { return Module { name: stem.to_owned(), root: None } };
    let own = folder.split('/').next().unwrap_or(folder);
    let own_package = app.has_file(&format!("{own}/__init__.py"));
    if own == "src" && !own_package && !imports(statements, "src") {
        let name = stem.strip_prefix("src/").unwrap_or(stem).replace('/', ".");
        return Module { name, root: Some("src".to_owned()) };
    }
    let package = app.has_file(&format!("{folder}/__init__.py")) || imports(statements, own) || relative(statements);
    if !package && imports_beside(app, folder, statements) {
        return Module { name: file.to_owned(), root: Some(folder.to_owned()) };
    }
    Module { name: stem.replace('/', "."), root: None }
}

/// `import x`, `from x import y`, `from x.y import z`.
fn imports(statements: &[Statement<'_>], module: &str) -> bool {
    imported(statements).any(|name| name == module)
}

fn imported<'s, 'a>(statements: &'s [Statement<'a>]) -> impl Iterator<Item = &'a str> + use<'s, 'a> {
    let starts = |s: &&Statement<'_>| s.begins(&["import"]) || s.begins(&["from"]);
    statements.iter().filter(starts).filter_map(|s| Some(s.tokens.get(1)?.text))
}

/// `from . import x`
fn relative(statements: &[Statement<'_>]) -> bool {
    statements.iter().any(|s| s.begins(&["from", "."]))
}

/// It imports a file that lies beside it, as if it were run from there.
fn imports_beside(app: &App<'_>, folder: &str, statements: &[Statement<'_>]) -> bool {
    imported(statements).take(64).any(|name| {
        let there = |root: &str| {
            app.has_file(&format!("{root}{name}.py")) || app.has_file(&format!("{root}{name}/__init__.py"))
        };
        there(&format!("{folder}/")) && !there("")
    })
}
