//! Whose folder is it? Files beside an index.html that say it belongs to a program.

use shipway_sdk::prelude::*;

/// Manifests and entry points of programs. One of them is enough.
const PROGRAMS: &[&str] = &[
    "Procfile",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "setup.py",
    "uv.lock",
    "poetry.lock",
    "manage.py",
    "app.py",
    "main.py",
    "wsgi.py",
    "asgi.py",
    "go.mod",
    "main.go",
    "Cargo.toml",
    "Gemfile",
    "config.ru",
    "composer.json",
    "index.php",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "mix.exs",
    "deno.json",
    "deno.jsonc",
    "pubspec.yaml",
    "Package.swift",
    "project.clj",
    "shard.yml",
    "_config.yml",
    "hugo.toml",
    "hugo.yaml",
    "mkdocs.yml",
    "zola.toml",
    "book.toml",
];

/// Why the folder is somebody else's; none when nothing says so.
pub(crate) fn of(app: &App<'_>) -> Option<String> {
    if let Some(program) = app.first_file(PROGRAMS) {
        return Some(format!("{program} is here: its program serves the HTML files"));
    }
    let root = app.entries("");
    let project = root.iter().find(|e| [".csproj", ".fsproj", ".sln"].iter().any(|x| e.name.ends_with(x)));
    if let Some(project) = project {
        return Some(format!("{} is here: its program serves the HTML files", project.name));
    }
    of_package(app)
}

/// A package.json alone does not make a program: many plain sites have one for their formatter.
fn of_package(app: &App<'_>) -> Option<String> {
    let package = match app.json("package.json") {
        Ok(package) => package?,
        Err(problem) => return Some(format!("package.json is broken: {}", problem.message)),
    };
    for script in ["build", "start"] {
        if let Some(line) = package.string(&["scripts", script]) {
            return Some(format!("package.json has a {script} script ({line}): it is a node app"));
        }
    }
    let main = package.string(&["main"]).map(|m| m.trim_start_matches("./").to_owned());
    let entry = main.into_iter().chain(["server.js".to_owned()]).find(|file| app.has_file(file));
    entry.map(|file| format!("package.json starts {file}: it is a node app"))
}
