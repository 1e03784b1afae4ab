//! Frameworks whose build leaves a server in a known place, most of them on Nitro: it reads PORT and HOST. And Qwik,
//! which leaves one only with an adapter.

use super::{Framework, Look, Runs};
use shipway_sdk::{Origin, default_to, seen};

const PACKAGES: [(&str, &str); 6] = [
    ("@tanstack/react-start", "tanstack-start"),
    ("@tanstack/solid-start", "tanstack-start"),
    ("@tanstack/start", "tanstack-start"),
    ("@solidjs/start", "solid-start"),
    ("@analogjs/platform", "analog"),
    ("nitropack", "nitro"),
];

/// Qwik City builds for an adapter; the template has none, and its start script is a development server.
fn qwik(look: &Look<'_>) -> Option<Framework> {
    let package = ["@builder.io/qwik-city", "@qwik.dev/router"].into_iter().find(|p| look.manifest.depends(p))?;
    let evidence = look.manifest.depends_on(package)?;
    let adapter = look.app.first_file(&["adapters/static/vite.config.ts", "adapters/static/vite.config.mts"]);
    let runs = match adapter {
        Some(adapter) => Runs::pages("dist", Origin::Evidence(seen(adapter, "the static adapter writes pages"))),
        None => Runs::Stuck {
            message: "Qwik City has no adapter, so that nothing serves its build".to_owned(),
            evidence: evidence.clone(),
            remedy: "Add an adapter: `npm run qwik add express` for a server, `npm run qwik add static` for files."
                .to_owned(),
        },
    };
    Some(Framework::of("qwik", evidence, runs).built_by(&["qwik", "build"]))
}

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    if let Some(found) = qwik(look) {
        return Some(found);
    }
    let (package, name) = PACKAGES.into_iter().find(|(package, _)| look.manifest.depends(package))?;
    let entry = match name {
        "analog" => "dist/analog/server/index.mjs",
        _ => ".output/server/index.mjs",
    };
    let why = format!("the server that the build of {name} leaves; it reads PORT and HOST");
    let found =
        Framework::of(name, look.manifest.depends_on(package)?, Runs::server(&["node", entry], default_to(why)));
    let mut found = match name {
        "nitro" => found.built_by(&["nitro", "build"]),
        "solid-start" => found.built_by(&["vinxi", "build"]),
        _ => found.built_by(&["vite", "build"]),
    };
    found.port = Some(3000);
    Some(found)
}
