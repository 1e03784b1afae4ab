//! Nuxt: since 3 a self-contained server in `.output`, or files by `nuxt generate`; Nuxt 2 has a server of its own.

use super::{Framework, Look, Runs, major};
use crate::js::Script;
use shipway_sdk::{Origin, default_to};

const CONFIGS: [&str; 3] = ["nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs"];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let name = ["nuxt", "nuxt3", "nuxt-edge", "nuxt-nightly"].into_iter().find(|name| look.manifest.depends(name))?;
    let evidence = look.manifest.depends_on(name)?;
    let second = name != "nuxt3" && look.manifest.dependency(name).and_then(|d| major(d.range)) == Some(2);
    let config = Script::open_first(look.app, &CONFIGS);
    let generate =
        look.build.iter().any(|c| matches!(c.program(), "nuxt" | "nuxi" | "nuxt-ts") && c.word(1) == "generate");
    let preset = config.as_ref().and_then(|c| Some((c, c.value_inside("nitro", "preset")?)));

    let mut found = if second {
        let target = config.as_ref().and_then(|c| Some((c, c.value("target")?)));
        let is_static = target.as_ref().filter(|(_, found)| found.text() == Some("static"));
        match is_static {
            Some((config, said)) => {
                let origin = Origin::Evidence(config.seen(said.line(), "target: 'static' writes files"));
                Framework::of("nuxt", evidence, files("dist", origin)).built_by(&["nuxt", "generate"])
            }
            None if generate => {
                let origin = Origin::Evidence(look.manifest.script_seen("build"));
                Framework::of("nuxt", evidence, files("dist", origin))
            }
            None => {
                let words = ["nuxt", "start", "-p", "${PORT}", "-H", "${HOST}"];
                let runs = Runs::server(&words, default_to("the production server of Nuxt 2, told where to listen"));
                Framework::of("nuxt", evidence, runs).built_by(&["nuxt", "build"])
            }
        }
    } else if generate {
        let origin = Origin::Evidence(look.manifest.script_seen("build"));
        Framework::of("nuxt", evidence, files(".output/public", origin))
    } else if let Some((config, said)) = preset.filter(|(_, f)| matches!(f.text(), Some("static" | "github-pages"))) {
        let origin = Origin::Evidence(config.seen(said.line(), "the nitro preset writes files"));
        Framework::of("nuxt", evidence, files(".output/public", origin)).built_by(&["nuxt", "build"])
    } else {
        let why = "the server that `nuxt build` writes; it reads PORT and HOST";
        let runs = Runs::server(&["node", ".output/server/index.mjs"], default_to(why));
        Framework::of("nuxt", evidence, runs).built_by(&["nuxt", "build"])
    };
    found.port = Some(3000);
    Some(found)
}

fn files(directory: &str, origin: Origin) -> Runs {
    Runs::Files { directory: directory.to_owned(), fallback: Some("200.html".to_owned()), clean_urls: true, origin }
}
