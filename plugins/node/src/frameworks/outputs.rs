//! Frameworks on Nitro: their build leaves a server in `.output`, which reads PORT and HOST.

use super::{Framework, Look, Runs};
use shipway_sdk::default_to;

const PACKAGES: [(&str, &str); 6] = [
    ("@tanstack/react-start", "tanstack-start"),
    ("@tanstack/solid-start", "tanstack-start"),
    ("@tanstack/start", "tanstack-start"),
    ("@solidjs/start", "solid-start"),
    ("@analogjs/platform", "analog"),
    ("nitropack", "nitro"),
];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
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
