//! Astro: pages by default; a server when an adapter is configured.

use super::{Framework, Look, Runs};
use crate::js::Script;
use shipway_sdk::{Origin, default_to};

const CONFIGS: [&str; 5] =
    ["astro.config.mjs", "astro.config.ts", "astro.config.js", "astro.config.cjs", "astro.config.mts"];
const FOREIGN: [&str; 6] = [
    "@astrojs/vercel",
    "@astrojs/vercel/serverless",
    "@astrojs/netlify",
    "@astrojs/netlify/functions",
    "@astrojs/cloudflare",
    "@deno/astro-adapter",
];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let evidence = look.manifest.depends_on("astro")?;
    let config = Script::open_first(look.app, &CONFIGS);
    let read = |key: &str| config.as_ref().and_then(|c| c.value(key));
    let out = read("outDir").and_then(|f| f.text().map(super::tidy)).unwrap_or_else(|| "dist".to_owned());
    let output = read("output");
    let wants_server = output.as_ref().is_some_and(|f| matches!(f.text(), Some("server" | "hybrid")));
    let node = config.as_ref().and_then(|c| Some((c, c.says("@astrojs/node")?)));
    let foreign = config.as_ref().and_then(|c| FOREIGN.into_iter().find_map(|name| Some((c, c.says(name)?, name))));

    let runs = if let Some((config, line)) = node {
        if read("mode").is_some_and(|f| f.text() == Some("middleware")) {
            Runs::Stuck {
                message: "the Astro build is middleware for a server of the app's own, and no script starts one"
                    .to_owned(),
                evidence: config.seen(line, "@astrojs/node in middleware mode"),
                remedy: "Add a start script that runs the server, or set the adapter's mode to 'standalone'."
                    .to_owned(),
            }
        } else {
            let entry = format!("{out}/server/entry.mjs");
            let seen = config.seen(line, "the node adapter writes a server; it reads PORT and HOST");
            Runs::server(&["node", &entry], Origin::Evidence(seen))
        }
    } else if let (Some((config, line, name)), true) = (foreign, wants_server) {
        Runs::Stuck {
            message: format!("{name} builds for another platform, and leaves nothing that can be started here"),
            evidence: config.seen(line, format!("imports {name}")),
            remedy: "Use @astrojs/node with mode: 'standalone' in the Astro configuration.".to_owned(),
        }
    } else if let (Some(config), Some(output), true) = (&config, &output, wants_server) {
        Runs::Stuck {
            message: "Astro is told to build a server, and no adapter says which".to_owned(),
            evidence: config.seen(output.line(), "a server is asked for"),
            remedy: "Run `npx astro add node`, which configures @astrojs/node.".to_owned(),
        }
    } else {
        Runs::pages(out, default_to("what `astro build` writes"))
    };
    Some(Framework::of("astro", evidence, runs).built_by(&["astro", "build"]))
}
