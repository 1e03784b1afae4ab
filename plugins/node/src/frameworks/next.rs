//! Next.js: a server (`next start`), a self-contained server (`output: 'standalone'`) or files (`output: 'export'`).

use super::{Framework, Look, Runs};
use crate::js::Script;
use shipway_sdk::{OfferedStep, Origin, default_to};

const CONFIGS: [&str; 5] =
    ["next.config.ts", "next.config.mjs", "next.config.js", "next.config.cjs", "next.config.mts"];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let evidence = look.manifest.depends_on("next")?;
    let config = Script::open_first(look.app, &CONFIGS);
    let read = |key: &str| config.as_ref().and_then(|c| Some((c, c.value(key)?)));
    let dist_dir = read("distDir").and_then(|(_, found)| found.text().map(str::to_owned));
    let mut assumptions = Vec::new();

    let exported = look.build.iter().find(|c| c.program() == "next" && c.word(1) == "export");
    let output = read("output");
    let (runs, after) = match output.as_ref().map(|(c, found)| (c, found.text(), found.line())) {
        Some((config, Some("export"), line)) => {
            let origin = Origin::Evidence(config.seen(line, "output: 'export' writes files instead of a server"));
            (Runs::pages(dist_dir.unwrap_or_else(|| "out".to_owned()), origin), vec![])
        }
        Some((config, Some("standalone"), line)) => {
            let build = dist_dir.unwrap_or_else(|| ".next".to_owned());
            let seen = config.seen(line, "output: 'standalone' writes a server that needs no node_modules");
            // The server reads HOSTNAME, not HOST; in a container HOSTNAME is the container's name.
            let server = format!("{build}/standalone/server.js");
            let words = ["env", "HOSTNAME=${HOST}", "node", &server];
            let copy = format!(
                "mkdir -p {build}/standalone/{build} && cp -R {build}/static {build}/standalone/{build}/ && if [ -d public ]; \
                 then cp -R public {build}/standalone/; fi"
            );
            let why = "the standalone server serves static files only from its own folder";
            let step = OfferedStep::script("standalone-assets", &copy, why).seen(seen.clone());
            let words = words.iter().map(|w| (*w).to_owned()).collect();
            (Runs::Server { words, origin: Origin::Evidence(seen), yields: false }, vec![step])
        }
        other => {
            if let Some((config, None, line)) = other {
                assumptions.push(format!(
                    "{} line {line}: the output setting is computed, and is taken to be that of a server",
                    config.path
                ));
            }
            match exported {
                Some(export) => {
                    let directory = export.option(&["-o", "--outdir"]).unwrap_or("out");
                    (Runs::pages(directory, Origin::Evidence(look.manifest.script_seen("build"))), vec![])
                }
                None => (serves(), vec![]),
            }
        }
    };
    let mut found = Framework::of("next", evidence, runs).built_by(&["next", "build"]);
    found.after = after;
    found.port = Some(3000);
    found.assumptions = assumptions;
    Some(found)
}

fn serves() -> Runs {
    Runs::server(
        &["next", "start", "-p", "${PORT}", "-H", "${HOST}"],
        default_to("the production server of Next.js, told where to listen"),
    )
}
