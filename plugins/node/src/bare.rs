//! A server without a `package.json`: one file that needs nothing but node. Only a file that shows that it serves
//! counts: `app.js` beside an `index.html` is a script for browsers.

use crate::engine::Engine;
use crate::entry;
use crate::frameworks::Runs;
use crate::js::{Kind, Script};
use crate::reading::Reading;
use shipway_sdk::{App, Confidence, Offer, Origin};

const FILES: [&str; 9] =
    ["server.js", "index.js", "app.js", "main.js", "server.mjs", "index.mjs", "app.mjs", "main.mjs", "server.cjs"];

/// Reads the app, or says why it is none.
pub(crate) fn read(app: &App<'_>) -> Result<Reading, Vec<String>> {
    let there: Vec<&str> = FILES.into_iter().filter(|file| app.has_file(file)).collect();
    let Some(file) = there.iter().copied().find(|file| serves(app, file)) else {
        let names = if there.is_empty() { "a script".to_owned() } else { there.join(", ") };
        return Err(vec![format!(
            "there is no package.json, and {names} does not start a server with what node brings"
        )]);
    };
    let read = entry::look(app, Some(file));
    let Some(listens) = read.listens else { return Err(vec![format!("{file} does not listen")]) };
    let engine = Engine::asked(app, None);
    let mut offer = Offer { tools: vec![Engine::tool(engine.as_ref())], ..Offer::default() };
    offer.run_env.insert("NODE_ENV".to_owned(), "production".to_owned());
    let mut warnings: Vec<String> = engine.as_ref().and_then(Engine::warning).into_iter().collect();
    let mut evidence = vec![listens.clone()];
    evidence.extend(engine.map(|e| e.evidence));
    let port = read.port.as_ref().map(|p| p.number);
    if let Some(fixed) = read.port.filter(|p| p.insists) {
        warnings.push(crate::reading::not_reading_port(fixed.number));
        evidence.push(fixed.evidence);
    }
    evidence.extend(read.health.iter().map(|(_, seen)| seen.clone()));
    Ok(Reading {
        framework: None,
        confidence: Confidence::Likely,
        contributes_to: None,
        runs: Runs::Server {
            words: vec!["node".to_owned(), file.to_owned()],
            origin: Origin::Evidence(listens),
            yields: false,
        },
        offer,
        install: None,
        build: None,
        manager: None,
        release: None,
        port,
        health: read.health,
        evidence: crate::claims::distinct(evidence),
        warnings,
        assumptions: vec![format!("there is no package.json: {file} is run with what node brings")],
    })
}

/// It listens, by a module of node's own.
fn serves(app: &App<'_>, file: &str) -> bool {
    const MODULES: [&str; 8] = ["http", "https", "http2", "net", "node:http", "node:https", "node:http2", "node:net"];
    let Some(script) = Script::open(app, file) else { return false };
    let tokens = script.tokens();
    let listens = tokens.windows(2).any(|w| (w[0].names("listen") || w[0].names("createServer")) && w[1].is("("));
    listens && tokens.iter().any(|t| t.kind == Kind::Text && MODULES.contains(&t.text))
}
