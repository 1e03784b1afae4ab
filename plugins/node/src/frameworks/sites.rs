//! Tools that leave a directory of files: one line each. Which one builds the app is read from the build script; a
//! dependency alone decides only where there is no build script and the package is not a library.

use super::{Framework, Look, Runs, tidy};
use crate::words::Simple;
use shipway_sdk::{Origin, default_to};

/// One tool.
struct Tool {
    name: &'static str,
    package: &'static str,
    programs: &'static [&'static str],
    build: &'static [&'static str],
    directory: &'static str,
    /// Options of its build command that name the directory.
    options: &'static [&'static str],
    single_page: bool,
}

const fn tool(
    name: &'static str,
    package: &'static str,
    programs: &'static [&'static str],
    build: &'static [&'static str],
    directory: &'static str,
    options: &'static [&'static str],
    single_page: bool,
) -> Tool {
    Tool { name, package, programs, build, directory, options, single_page }
}

const TOOLS: &[Tool] = &[
    tool("gatsby", "gatsby", &["gatsby"], &["gatsby", "build"], "public", &[], false),
    tool("docusaurus", "@docusaurus/core", &["docusaurus"], &["docusaurus", "build"], "build", &["--out-dir"], false),
    tool("vitepress", "vitepress", &["vitepress"], &["vitepress", "build"], ".vitepress/dist", &["--outDir"], false),
    tool("vuepress", "vuepress", &["vuepress"], &["vuepress", "build"], ".vuepress/dist", &["-d", "--dest"], false),
    tool("rspress", "rspress", &["rspress"], &["rspress", "build"], "doc_build", &[], false),
    tool("eleventy", "@11ty/eleventy", &["eleventy", "@11ty/eleventy"], &["eleventy"], "_site", &["--output"], false),
    tool("hexo", "hexo", &["hexo"], &["hexo", "generate"], "public", &[], false),
    tool("gridsome", "gridsome", &["gridsome"], &["gridsome", "build"], "dist", &[], false),
    tool("slidev", "@slidev/cli", &["slidev"], &["slidev", "build"], "dist", &["--out", "-o"], true),
    tool(
        "create-react-app",
        "react-scripts",
        &["react-scripts", "craco", "react-app-rewired"],
        &["react-scripts", "build"],
        "build",
        &[],
        true,
    ),
    tool("vue-cli", "@vue/cli-service", &["vue-cli-service"], &["vue-cli-service", "build"], "dist", &["--dest"], true),
    tool("preact-cli", "preact-cli", &["preact"], &["preact", "build"], "build", &["--dest"], true),
    tool(
        "ember",
        "ember-cli",
        &["ember"],
        &["ember", "build", "--environment=production"],
        "dist",
        &["--output-path", "-o"],
        true,
    ),
    tool("umi", "umi", &["umi"], &["umi", "build"], "dist", &[], true),
    tool("umi", "@umijs/max", &["max"], &["max", "build"], "dist", &[], true),
    tool("rsbuild", "@rsbuild/core", &["rsbuild"], &["rsbuild", "build"], "dist", &[], true),
    tool("stencil", "@stencil/core", &["stencil"], &["stencil", "build"], "www", &[], true),
    tool("quasar", "@quasar/app-vite", &["quasar"], &["quasar", "build"], "dist/spa", &[], true),
    tool("parcel", "parcel", &["parcel"], &["parcel", "build"], "dist", &["--dist-dir", "-d"], true),
    tool("parcel", "parcel-bundler", &["parcel"], &["parcel", "build"], "dist", &["--out-dir", "-d"], true),
    tool(
        "webpack",
        "html-webpack-plugin",
        &["webpack", "webpack-cli"],
        &["webpack", "--mode=production"],
        "dist",
        &["--output-path", "-o"],
        true,
    ),
];

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let there = || TOOLS.iter().filter(|tool| look.manifest.depends(tool.package));
    let in_script = there().find_map(|tool| Some((tool, Some(look.builds_with(tool.programs)?))));
    let (tool, command) = in_script.or_else(|| there().find(|_| may_guess(look)).map(|tool| (tool, None)))?;
    let evidence = look.manifest.depends_on(tool.package)?;
    let (directory, origin) = directory(look, tool, command);
    let runs = if tool.single_page { Runs::single_page(directory, origin) } else { Runs::pages(directory, origin) };
    Some(Framework::of(tool.name, evidence, runs).built_by(tool.build))
}

/// No script says how it is built, or a script of the app's own does and nothing else is known of it.
pub(super) fn may_guess(look: &Look<'_>) -> bool {
    let own = look
        .build
        .iter()
        .any(|c| matches!(c.program(), "node" | "bash" | "sh" | "make" | "gulp" | "npm-run-all" | "run-s" | "run-p"));
    let library = !look.manifest.holds("private")
        && ["exports", "module", "types", "files"].iter().any(|k| look.manifest.holds(k));
    (look.build.is_empty() || own) && !library
}

fn directory(look: &Look<'_>, tool: &Tool, command: Option<&Simple>) -> (String, Origin) {
    let script = || Origin::Evidence(look.manifest.script_seen("build"));
    if let Some(said) = command.and_then(|c| c.option(tool.options)) {
        return (said.to_owned(), script());
    }
    // `vitepress build docs` writes below docs.
    let root = command.and_then(|c| c.words.get(2)).filter(|w| !w.starts_with('-'));
    match root {
        Some(root) if matches!(tool.name, "vitepress" | "vuepress") => {
            (tidy(&format!("{root}/{}", tool.directory)), script())
        }
        _ => (tool.directory.to_owned(), default_to(format!("where {} writes when nothing else is said", tool.name))),
    }
}
