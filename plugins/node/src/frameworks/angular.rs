//! Angular: `angular.json` says where the build goes and whether it has a server.

use super::{Framework, Look, Runs, tidy};
use crate::harmless::harmless;
use serde_json::Value;
use shipway_sdk::{Json, Origin, default_to};

pub(super) fn look(look: &Look<'_>) -> Option<Framework> {
    let cli = look.manifest.depends("@angular/cli") || look.manifest.depends("@angular/build");
    let evidence = look.manifest.depends_on("@angular/core").filter(|_| cli)?;
    let workspace = look.app.json("angular.json").ok().flatten();
    let project = workspace.as_ref().and_then(project);
    let mut found = match (&workspace, project) {
        (Some(workspace), Some(project)) => Framework::of("angular", evidence, runs(workspace, &project)),
        _ => {
            let name = look.manifest.string(&["name"]).filter(|name| harmless(name)).unwrap_or("app");
            let runs =
                Runs::single_page(format!("dist/{name}/browser"), default_to("where `ng build` writes by default"));
            Framework::of("angular", evidence, runs)
        }
    };
    found.build = Some(crate::words::Simple::of(&["ng", "build"]));
    if let Some(count) = workspace.as_ref().map(|w| applications(w).len()).filter(|count| *count > 1) {
        found.warnings.push(format!("angular.json has {count} applications; the first is taken"));
    }
    Some(found)
}

/// The name of the application that is built.
fn project(workspace: &Json) -> Option<String> {
    let all = applications(workspace);
    let default = workspace.string(&["defaultProject"]).filter(|name| all.iter().any(|a| a == name));
    default.map(str::to_owned).or_else(|| all.into_iter().next())
}

fn applications(workspace: &Json) -> Vec<String> {
    let projects = workspace.get(&["projects"]).and_then(Value::as_object);
    let is_app = |p: &Value| p.get("projectType").and_then(Value::as_str).is_none_or(|kind| kind == "application");
    projects
        .into_iter()
        .flatten()
        .filter(|(_, p)| is_app(p))
        .map(|(name, _)| name.clone())
        .filter(|name| harmless(name))
        .collect()
}

fn runs(workspace: &Json, project: &str) -> Runs {
    let targets = ["architect", "targets"].into_iter().find(|t| workspace.get(&["projects", project, t]).is_some());
    let build = ["projects", project, targets.unwrap_or("architect"), "build"];
    let at = |rest: &[&'static str]| -> Vec<&str> { build.iter().copied().chain(rest.iter().copied()).collect() };
    let builder = workspace.string(&at(&["builder"])).unwrap_or_default();
    // The application builder puts pages into `browser`, unless it is told otherwise; the older ones do not.
    let splits = builder.ends_with(":application");
    let said = workspace.string(&at(&["options", "outputPath"]));
    let base = said.or_else(|| workspace.string(&at(&["options", "outputPath", "base"])));
    let base = base.filter(|path| harmless(path)).map_or_else(|| format!("dist/{project}"), tidy);
    let browser = workspace.string(&at(&["options", "outputPath", "browser"])).filter(|dir| harmless(dir));
    let browser = browser.unwrap_or("browser");
    let origin = if workspace.get(&at(&["options", "outputPath"])).is_some() {
        Origin::Evidence(workspace.seen(&at(&["options", "outputPath"]), "where the build goes"))
    } else {
        default_to("where the application builder writes when nothing else is said")
    };
    let ssr = workspace.get(&at(&["options", "ssr"])).is_some_and(|v| v.is_object() || *v == Value::Bool(true));
    let served = ssr && workspace.string(&at(&["options", "outputMode"])) != Some("static");
    if served && splits {
        let entry = format!("{base}/server/server.mjs");
        let seen = workspace.seen(&at(&["options", "ssr"]), "server-side rendering is on; its server reads PORT");
        return Runs::server(&["node", &entry], Origin::Evidence(seen));
    }
    let directory = if splits && !browser.is_empty() { format!("{base}/{browser}") } else { base };
    Runs::single_page(directory, origin)
}
