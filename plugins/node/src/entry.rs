//! The file that starts the app, and what can be read in it: does it listen, on which port, is there a health route.
//!
//! Only literals in a handful of files count. What is not found stays unknown; nothing is guessed from file names.

use crate::harmless::harmless;
use crate::js::{Kind, Script, Token};
use crate::manifest::Manifest;
use shipway_sdk::{App, Evidence};

/// Where apps that say nothing else begin, in the order in which they are tried.
const CANDIDATES: [&str; 20] = [
    "server.js",
    "index.js",
    "app.js",
    "main.js",
    "server.mjs",
    "index.mjs",
    "app.mjs",
    "main.mjs",
    "server.cjs",
    "index.cjs",
    "app.cjs",
    "src/server.js",
    "src/index.js",
    "src/app.js",
    "src/main.js",
    "src/index.mjs",
    "src/server.mjs",
    "bin/www",
    "server/index.js",
    "server/server.js",
];

/// The same in TypeScript, for runners that need no build.
const TYPED: [&str; 9] = [
    "server.ts",
    "index.ts",
    "app.ts",
    "main.ts",
    "src/server.ts",
    "src/index.ts",
    "src/app.ts",
    "src/main.ts",
    "server/index.ts",
];

/// Routes that exist to be asked whether the app is well.
const HEALTH: [&str; 11] = [
    "/health",
    "/healthz",
    "/healthcheck",
    "/health-check",
    "/_health",
    "/livez",
    "/readyz",
    "/up",
    "/api/health",
    "/api/healthz",
    "/api/healthcheck",
];

/// How many files are looked into: enough for an entry, its source and an app factory beside it.
const MAX_FILES: usize = 6;

/// A port, and where it was seen.
pub(crate) struct Port {
    /// The number.
    pub(crate) number: u16,
    /// The app does not read `PORT`: it listens there and nowhere else.
    pub(crate) insists: bool,
    /// Where.
    pub(crate) evidence: Evidence,
}

/// What was read in the files that start the app.
#[derive(Default)]
pub(crate) struct Seen {
    /// "It listens here."
    pub(crate) listens: Option<Evidence>,
    /// The port, when one is written down.
    pub(crate) port: Option<Port>,
    /// A health route, when one is written down.
    pub(crate) health: Option<(String, Evidence)>,
    /// It listens on the loopback interface only.
    pub(crate) loopback: Option<Evidence>,
    /// The file hands something to whoever imports it.
    pub(crate) exports: bool,
}

/// The entry as node finds it: `./bin/www`, `dist/main` (for `dist/main.js`), `.` (for `main`).
#[must_use]
pub(crate) fn file_of(app: &App<'_>, manifest: Option<&Manifest>, entry: &str) -> Option<String> {
    let entry = crate::frameworks::tidy(entry);
    let entry = match (entry.as_str(), manifest.and_then(|m| m.string(&["main"])).filter(|main| harmless(main))) {
        (".", Some(main)) => crate::frameworks::tidy(main),
        (".", None) => "index".to_owned(),
        _ => entry,
    };
    if entry.starts_with("..") || entry.starts_with('/') {
        return None;
    }
    let tried = ["", ".js", ".mjs", ".cjs", ".json", "/index.js", "/index.mjs", ".ts"];
    tried.iter().map(|end| format!("{entry}{end}")).find(|path| app.has_file(path))
}

/// The first of the usual places that there is, apart from `main`.
#[must_use]
pub(crate) fn usual(app: &App<'_>, typed: bool) -> Option<String> {
    let plain = CANDIDATES.iter().find(|path| app.has_file(path));
    let typed = || TYPED.iter().find(|path| typed && app.has_file(path));
    plain.or_else(typed).map(|path| (*path).to_owned())
}

/// Reads the entry and the files that usually stand beside it.
#[must_use]
pub(crate) fn look(app: &App<'_>, entry: Option<&str>) -> Seen {
    let mut files: Vec<String> = Vec::new();
    let mut add = |path: String| {
        if files.len() < MAX_FILES && !files.contains(&path) && app.has_file(&path) {
            files.push(path);
        }
    };
    if let Some(entry) = entry {
        add(entry.to_owned());
        // What was compiled is not in the source; its source is.
        if let Some((_, rest)) = entry.split_once('/') {
            let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
            for end in [".ts", ".js", ".mts"] {
                add(format!("src/{stem}{end}"));
                add(format!("{stem}{end}"));
            }
        }
    }
    for path in CANDIDATES.iter().chain(&TYPED) {
        add((*path).to_owned());
    }
    let scripts: Vec<Script> = files.iter().filter_map(|path| Script::open(app, path)).collect();
    let mut seen = Seen::default();
    let mut literal: Option<Port> = None;
    let mut reads_port = false;
    for (n, script) in scripts.iter().enumerate() {
        let tokens = script.tokens();
        reads_port |= tokens.iter().any(|t| matches!(t.kind, Kind::Word | Kind::Text) && t.text == "PORT");
        if seen.listens.is_none() {
            seen.listens = listens(script, &tokens);
        }
        if seen.port.is_none() {
            seen.port = default_port(script, &tokens);
        }
        if literal.is_none() {
            literal = literal_port(script, &tokens);
        }
        if seen.health.is_none() {
            seen.health = health(script, &tokens);
        }
        if n == 0 {
            seen.exports = exports(&tokens);
        }
        if seen.loopback.is_none() {
            seen.loopback = loopback(script, &tokens);
        }
    }
    if !reads_port {
        seen.port = literal;
    }
    seen
}

/// `.listen(`, `createServer(`, `serve(`, `Bun.serve(`.
fn listens(script: &Script, tokens: &[Token<'_>]) -> Option<Evidence> {
    const CALLS: [&str; 6] =
        ["listen", "createServer", "createSecureServer", "serve", "listenAndServe", "startStandaloneServer"];
    let call = tokens.windows(2).find(|w| w[0].kind == Kind::Word && CALLS.contains(&w[0].text) && w[1].is("("))?;
    Some(script.seen(script.line(&call[0]), format!("{}( …", call[0].text)))
}

/// The number behind `PORT`, in the same expression: `process.env.PORT || 3000`.
fn default_port(script: &Script, tokens: &[Token<'_>]) -> Option<Port> {
    let at = tokens.iter().position(|t| t.kind != Kind::Number && t.text == "PORT")?;
    let after = tokens.iter().skip(at + 1).take(8).take_while(|t| !t.is(";"));
    let number = after.filter_map(as_port).next()?;
    let line = script.line(tokens.get(at)?);
    Some(Port { number, insists: false, evidence: script.seen(line, format!("PORT, or {number}")) })
}

/// A number that is given to `listen`, directly, in an options object, or by a constant.
fn literal_port(script: &Script, tokens: &[Token<'_>]) -> Option<Port> {
    let (at, word) = tokens.windows(2).enumerate().find_map(|(i, w)| {
        let call = w[0].names("listen") || w[0].names("serve");
        (call && w[1].is("(")).then_some((i, w[0]))
    })?;
    let first = tokens.get(at + 2)?;
    let found = if let Some(number) = as_port(first) {
        Some((number, script.line(first)))
    } else if first.is("{") {
        let inside: Vec<&Token<'_>> = tokens.iter().skip(at + 3).take(40).take_while(|t| !t.is(")")).collect();
        inside
            .windows(3)
            .find(|w| w[0].names("port") && w[1].is(":"))
            .and_then(|w| match as_port(w[2]) {
                Some(number) => Some((number, script.line(w[2]))),
                None => constant(script, tokens, w[2].text),
            })
            .or_else(|| inside.iter().find(|t| t.names("port")).and_then(|t| constant(script, tokens, t.text)))
    } else if first.kind == Kind::Word {
        constant(script, tokens, first.text)
    } else {
        None
    };
    let (number, line) = found?;
    let evidence = script.seen(line, format!("{}( … {number} …, and PORT is not read", word.text));
    Some(Port { number, insists: true, evidence })
}

/// `const port = 3000`.
fn constant(script: &Script, tokens: &[Token<'_>], name: &str) -> Option<(u16, u32)> {
    let w = tokens.windows(3).find(|w| w[0].names(name) && w[1].is("=") && as_port(&w[2]).is_some())?;
    Some((as_port(&w[2])?, script.line(&w[2])))
}

fn as_port(token: &Token<'_>) -> Option<u16> {
    let number =
        matches!(token.kind, Kind::Number | Kind::Text).then(|| token.text.replace('_', "").parse::<u16>().ok());
    number.flatten().filter(|port| *port >= 80)
}

/// `app.get('/health'`: a route at the top of the app, not of a router that hangs somewhere.
fn health(script: &Script, tokens: &[Token<'_>]) -> Option<(String, Evidence)> {
    const APPS: [&str; 5] = ["app", "server", "fastify", "api", "instance"];
    let w = tokens.windows(5).find(|w| {
        APPS.iter().any(|name| w[0].names(name))
            && w[1].is(".")
            && (w[2].names("get") || w[2].names("all"))
            && w[3].is("(")
            && w[4].kind == Kind::Text
            && HEALTH.contains(&w[4].text)
    })?;
    let path = w[4].text.to_owned();
    let evidence = script.seen(script.line(&w[4]), format!("{}.{}('{path}' …", w[0].text, w[2].text));
    Some((path, evidence))
}

fn exports(tokens: &[Token<'_>]) -> bool {
    tokens.windows(3).any(|w| w[0].names("module") && w[1].is(".") && w[2].names("exports"))
        || tokens.windows(2).any(|w| w[0].names("export") || (w[0].names("exports") && w[1].is(".")))
}

/// `listen(port, 'localhost')`: right behind the router on the same machine, unreachable in a container.
fn loopback(script: &Script, tokens: &[Token<'_>]) -> Option<Evidence> {
    let at = tokens.windows(2).position(|w| w[0].names("listen") && w[1].is("("))?;
    let inside = tokens.iter().skip(at + 2).take(16).take_while(|t| !t.is(")"));
    let token = inside.into_iter().find(|t| t.kind == Kind::Text && matches!(t.text, "localhost" | "127.0.0.1"))?;
    Some(script.seen(script.line(token), format!("listens on {} only", token.text)))
}
