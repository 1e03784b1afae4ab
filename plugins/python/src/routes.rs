//! A health route that is written down: `@app.get("/health")`, `path("healthz/", …)`.

use crate::code::{Code, Kind};
use shipway_sdk::{App, Evidence};

/// Routes that exist to be asked whether the app is well; without slashes at either end.
const HEALTH: [&str; 11] = [
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "livez",
    "readyz",
    "up",
    "api/health",
    "api/healthz",
    "_health",
];

/// In the file of the app object: a route of the app itself, not of a router that hangs somewhere.
pub(crate) fn of_app(app: &App<'_>, path: &str, name: &str) -> Option<(String, Evidence)> {
    let code = Code::open(app, path)?;
    let statements = code.statements();
    statements.iter().find_map(|s| match s.tokens.as_slice() {
        [at, object, dot, method, open, route, ..]
            if at.is("@")
                && (object.names(name) || object.names("app"))
                && dot.is(".")
                && ["get", "route", "api_route"].iter().any(|m| method.names(m))
                && open.is("(")
                && route.kind == Kind::Text
                && route.text.starts_with('/')
                && HEALTH.contains(&route.text.trim_matches('/')) =>
        {
            let note = format!("@{}.{}(\"{}\")", object.text, method.text, route.text);
            Some((route.text.to_owned(), code.seen(route, note)))
        }
        _ => None,
    })
}

/// In the URL configuration of a Django project.
pub(crate) fn of_urls(app: &App<'_>, path: &str) -> Option<(String, Evidence)> {
    let code = Code::open(app, path)?;
    let statements = code.statements();
    let tokens = statements.iter().flat_map(|s| s.tokens.windows(3));
    let found = tokens.into_iter().find(|w| {
        w[0].names("path")
            && w[1].is("(")
            && w[2].kind == Kind::Text
            && HEALTH.contains(&w[2].text.trim_end_matches('/'))
    })?;
    Some((format!("/{}", found[2].text), code.seen(&found[2], format!("path(\"{}\"", found[2].text))))
}
