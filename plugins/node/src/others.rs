//! Is the app somebody else's? A front end that npm builds inside a Django, Rails, Laravel or Go app contributes to it;
//! it is not the app.

use shipway_sdk::{App, Evidence, seen};

/// Python packages that serve.
const PYTHON_SERVERS: [&str; 18] = [
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

/// Evidence that another ecosystem serves the app at the base directory, and how to call it.
#[must_use]
pub(crate) fn server(app: &App<'_>) -> Option<(&'static str, Evidence)> {
    if app.has_file("manage.py") {
        return Some(("a Django app", seen("manage.py", "Django's manage.py")));
    }
    if let Some(evidence) = python(app) {
        return Some(("a Python app", evidence));
    }
    let both = |marker: &'static str, entries: &[&'static str], what: &'static str| {
        let there = app.has_file(marker) && entries.iter().any(|entry| app.has_file(entry));
        there.then(|| (what, seen(marker, format!("{marker}: {what}"))))
    };
    let one = |marker: &'static str, what: &'static str| both(marker, &[marker], what);
    both("composer.json", &["artisan", "public/index.php", "index.php", "bin/console"], "a PHP app")
        .or_else(|| both("Gemfile", &["config.ru", "bin/rails", "config/application.rb"], "a Ruby app"))
        .or_else(|| one("mix.exs", "an Elixir app"))
        .or_else(|| one("go.mod", "a Go app"))
        .or_else(|| both("Cargo.toml", &["src/main.rs"], "a Rust app"))
        .or_else(|| one("pom.xml", "a Java app"))
        .or_else(|| one("build.gradle", "a Java app"))
        .or_else(|| one("build.gradle.kts", "a Java app"))
}

/// A Python manifest that names a server, and a Python file to be served.
fn python(app: &App<'_>) -> Option<Evidence> {
    let manifest = app.first_file(&["requirements.txt", "pyproject.toml", "Pipfile"])?;
    let text = app.peek(manifest, 128 * 1024)?.to_ascii_lowercase();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let name = PYTHON_SERVERS.iter().find(|name| text.split(|c| !word(c)).any(|found| found == **name))?;
    let code =
        app.first_file(&["app.py", "main.py", "wsgi.py", "asgi.py", "server.py", "app/main.py", "app/__init__.py"]);
    let code = code.map(str::to_owned).or_else(|| app.find("{*,src/*,*/*}.py", 1).into_iter().next());
    code.map(|_| seen(manifest, format!("names {name}")))
}
