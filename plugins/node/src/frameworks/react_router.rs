//! React Router (framework mode) and Remix, which it grew out of: a server, or one page when `ssr` is off.

use super::{Framework, Look, Runs};
use crate::js::{Found, Script};
use shipway_sdk::{Evidence, Origin, default_to};

const REACT_ROUTER: [&str; 3] = ["react-router.config.ts", "react-router.config.js", "react-router.config.mjs"];
const VITE: [&str; 4] = ["vite.config.ts", "vite.config.js", "vite.config.mjs", "vite.config.mts"];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    // `react-router` alone is a library of single-page apps; the framework is its dev package.
    let (name, evidence) = match look.manifest.depends_on("@react-router/dev") {
        Some(evidence) => ("react-router", evidence),
        None => ("remix", ["@remix-run/dev", "@remix-run/serve"].iter().find_map(|d| look.manifest.depends_on(d))?),
    };
    let configs = if name == "remix" { &VITE[..] } else { &REACT_ROUTER[..] };
    let config = Script::open_first(look.app, configs);
    let ssr = config.as_ref().and_then(|c| Some((c, c.value("ssr")?)));
    let runs = match ssr {
        Some((config, Found::Flag(false, line))) => {
            Runs::single_page("build/client", Origin::Evidence(config.seen(line, "ssr: false writes one page")))
        }
        _ => server(look, name, &evidence),
    };
    let build: &[&str] = match name {
        "react-router" => &["react-router", "build"],
        _ if Script::open_first(look.app, &VITE).is_some() => &["remix", "vite:build"],
        _ => &["remix", "build"],
    };
    let mut found = Framework::of(name, evidence, runs).built_by(build);
    found.port = Some(3000);
    Some(found)
}

fn server(look: &Look<'_>, name: &str, evidence: &Evidence) -> Runs {
    let (package, program) = match name {
        "react-router" => ("@react-router/serve", "react-router-serve"),
        _ => ("@remix-run/serve", "remix-serve"),
    };
    let classic = look.build.iter().any(|c| c.program() == "remix" && c.word(1) == "build");
    let entry = if classic { "./build/index.js" } else { "./build/server/index.js" };
    if look.manifest.depends(package) {
        return Runs::server(
            &[program, entry],
            default_to(format!("{package} serves the build; it reads PORT and HOST")),
        );
    }
    Runs::Stuck {
        message: format!("nothing serves the build: neither {package} nor a start script is there"),
        evidence: evidence.clone(),
        remedy: format!("Add {package} to the dependencies, or a start script that runs your own server."),
    }
}
