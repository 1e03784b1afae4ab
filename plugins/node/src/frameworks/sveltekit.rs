//! SvelteKit: what comes of a build is the adapter's decision. The template's `adapter-auto` knows platforms by their
//! environment; the one that stands for "a plain node server" makes it use `adapter-node`.

use super::{Framework, Look, Runs};
use crate::js::Script;
use shipway_sdk::{Origin, default_to};

const CONFIGS: [&str; 8] = [
    "svelte.config.js",
    "svelte.config.ts",
    "svelte.config.mjs",
    "vite.config.ts",
    "vite.config.js",
    "vite.config.mjs",
    "vite.config.mts",
    "svelte.config.cjs",
];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let evidence = look.manifest.depends_on("@sveltejs/kit")?;
    let configs: Vec<Script> = CONFIGS.iter().filter_map(|path| Script::open(look.app, path)).collect();
    let uses = |adapter: &str| configs.iter().find_map(|c| c.says(adapter).map(|line| (c, line)));
    let mut found = if let Some((config, line)) = uses("@sveltejs/adapter-node") {
        let out = config.value("out").and_then(|f| f.text().map(super::tidy)).unwrap_or_else(|| "build".to_owned());
        let origin = Origin::Evidence(config.seen(line, "adapter-node writes a server; it reads PORT and HOST"));
        Framework::of("sveltekit", evidence, Runs::server(&["node", &out], origin))
    } else if let Some((config, line)) = uses("@sveltejs/adapter-static") {
        let literal = |key: &str| config.value(key).and_then(|f| f.text().map(str::to_owned));
        let directory = literal("pages").unwrap_or_else(|| "build".to_owned());
        let origin = Origin::Evidence(config.seen(line, "adapter-static writes files"));
        let runs =
            Runs::Files { directory: super::tidy(&directory), fallback: literal("fallback"), clean_urls: true, origin };
        Framework::of("sveltekit", evidence, runs)
    } else if let Some((config, line, name)) = foreign(&configs) {
        let runs = Runs::Stuck {
            message: format!("{name} builds for another platform, and leaves nothing that can be started here"),
            evidence: config.seen(line, format!("imports {name}")),
            remedy: "Use @sveltejs/adapter-node in the SvelteKit configuration.".to_owned(),
        };
        Framework::of("sveltekit", evidence, runs)
    } else {
        let why = "adapter-auto is told to build the node server; it reads PORT and HOST";
        let mut found = Framework::of("sveltekit", evidence, Runs::server(&["node", "build"], default_to(why)));
        // adapter-auto 1 to 7 look for this variable and then use (and, if it is missing, install) adapter-node.
        found.build_env.push(("GCP_BUILDPACKS", "shipway"));
        found.assumptions.push(
            "adapter-auto uses @sveltejs/adapter-node, because GCP_BUILDPACKS is set for the build; depend on \
             @sveltejs/adapter-node to pin its version"
                .to_owned(),
        );
        found
    };
    found.build = Some(crate::words::Simple::of(&["vite", "build"]));
    // The node server takes its own address for https://HOST without these, and refuses forms from anywhere else. The
    // router sets both headers and lets nobody else set them.
    found.run_env = vec![("PROTOCOL_HEADER", "x-forwarded-proto"), ("HOST_HEADER", "x-forwarded-host")];
    found.port = Some(3000);
    Some(found)
}

fn foreign(configs: &[Script]) -> Option<(&Script, u32, &'static str)> {
    const NAMES: [&str; 6] = [
        "@sveltejs/adapter-vercel",
        "@sveltejs/adapter-netlify",
        "@sveltejs/adapter-cloudflare",
        "@sveltejs/adapter-cloudflare-workers",
        "svelte-adapter-azure-swa",
        "svelte-kit-sst",
    ];
    NAMES.into_iter().find_map(|name| configs.iter().find_map(|c| c.says(name).map(|line| (c, line, name))))
}
