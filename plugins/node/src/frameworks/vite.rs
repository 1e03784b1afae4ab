//! Plain Vite: one page (or several) in `dist`. Without a page of its own it makes assets for somebody else's server.

use super::{Framework, Look, Runs, sites, tidy};
use crate::harmless::harmless;
use crate::js::{Found, Script};
use crate::words::Simple;
use shipway_sdk::{Origin, default_to};

const CONFIGS: [&str; 6] =
    ["vite.config.ts", "vite.config.js", "vite.config.mjs", "vite.config.mts", "vite.config.cjs", "vite.config.cts"];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let command = look.builds_with(&["vite", "rolldown-vite"]);
    let config = Script::open_first(look.app, &CONFIGS);
    let evidence = match (look.manifest.depends_on("vite"), &config) {
        (Some(evidence), _) => evidence,
        (None, Some(config)) => config.seen(1, "a Vite configuration"),
        (None, None) => return None,
    };
    if command.is_none() && !sites::may_guess(look) {
        return None;
    }
    let inside = |outer: &str, key: &str| config.as_ref().and_then(|c| c.value_inside(outer, key));
    // A library, or the server half of an app that serves itself.
    if inside("build", "lib").is_some() || command.is_some_and(|c| c.has_flag("--ssr")) {
        return None;
    }
    let text = |found: Option<Found>| found.and_then(|f| f.text().map(str::to_owned));
    let root = root(look, config.as_ref(), command);
    let page = tidy(&format!("{root}/index.html"));
    if !look.app.has_file(&page) {
        return Some(Framework::of("vite", evidence, Runs::Assets).built_by(&["vite", "build"]));
    }
    let mut assumptions = Vec::new();
    let said = inside("build", "outDir");
    let by_option = command.and_then(|c| c.option(&["--outDir"])).map(str::to_owned);
    let (out, origin) = match (by_option, &said, &config) {
        (Some(dir), _, _) => (dir, Origin::Evidence(look.manifest.script_seen("build"))),
        (None, Some(Found::Literal(dir, line)), Some(config)) => {
            (dir.clone(), Origin::Evidence(config.seen(*line, format!("build.outDir: '{dir}'"))))
        }
        (None, Some(found), Some(config)) => {
            let line = found.line();
            assumptions.push(format!(
                "{} line {line}: build.outDir is computed, and is taken to be dist; set runtime.publish if it is not",
                config.path
            ));
            ("dist".to_owned(), default_to("where `vite build` writes when nothing else is said"))
        }
        _ => ("dist".to_owned(), default_to("where `vite build` writes when nothing else is said")),
    };
    let directory = tidy(&format!("{root}/{out}"));
    let app_type = text(config.as_ref().and_then(|c| c.value("appType")));
    let several = matches!(app_type.as_deref(), Some("mpa" | "custom"));
    let runs = if several { Runs::pages(directory, origin) } else { Runs::single_page(directory, origin) };
    let mut found = Framework::of("vite", evidence, runs).built_by(&["vite", "build"]);
    found.assumptions = assumptions;
    Some(found)
}

/// The folder with the page: an argument of the build, the configuration, or the one place where a page is.
fn root(look: &Look<'_>, config: Option<&Script>, command: Option<&Simple>) -> String {
    let argument =
        command.filter(|c| c.word(1) == "build").and_then(|c| c.words.get(2)).filter(|w| !w.starts_with('-'));
    let said = config.and_then(|c| c.value("root"));
    match (argument, said) {
        (Some(root), _) => tidy(root),
        (None, Some(Found::Literal(root, _))) => tidy(&root),
        (None, Some(_)) if !look.app.has_file("index.html") => {
            let pages = look.app.find("{src,client,frontend,app,web}/index.html", 2);
            match pages.as_slice() {
                [page] if harmless(page) => page.trim_end_matches("/index.html").to_owned(),
                _ => ".".to_owned(),
            }
        }
        _ => ".".to_owned(),
    }
}
