//! Node: what a `package.json`, a lock file and a handful of configurations say about an app, as claims and plans.
//!
//! One reading of the source serves both roles, so that a plan never says something else than the claim before it. A
//! plan always runs a production server; what a script cannot be understood to do is run as it stands, by the package
//! manager.

mod bare;
mod bins;
mod building;
mod claims;
mod engine;
mod entry;
mod frameworks;
mod harmless;
mod js;
mod manager;
mod manifest;
mod others;
mod planning;
mod reading;
mod scripts;
mod servers;
mod serving;
mod start;
mod tools;
mod unscripted;
mod watchers;
mod words;
mod workspace;

use shipway_sdk::prelude::*;

/// The plugin.
pub struct Node;

impl Plugin for Node {
    const ABOUT: About = About {
        name: "shipway/node",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Node.js apps: servers, full-stack frameworks, and front ends that build to static files",
        app_types: &["node"],
        triggers: &[
            "package.json",
            "server.js",
            "index.js",
            "app.js",
            "main.js",
            "server.mjs",
            "index.mjs",
            "app.mjs",
            "main.mjs",
            "server.cjs",
        ],
        always: false,
    };
}

impl Detector for Node {
    fn detect(app: &App<'_>) -> Result<Vec<Claim>, Problem> {
        match reading::read(app)? {
            Ok(reading) => {
                if let Some((what, seen)) = &reading.contributes_to {
                    app.why_not(format!("the app is {what} ({}): what npm builds here is a part of it", seen.path));
                }
                for warning in &reading.warnings {
                    app.warn(warning);
                }
                Ok(vec![reading.claim()])
            }
            Err(reasons) => {
                for reason in reasons {
                    app.why_not(reason);
                }
                Ok(vec![])
            }
        }
    }
}

impl Planner for Node {
    fn plan(app: &App<'_>, ask: &Request) -> Result<Plan, Problem> {
        match reading::read(app)? {
            Ok(reading) => reading.plan(ask),
            // The owner named the type, and nothing in the source supports it: the profile has to carry the plan.
            Err(reasons) => {
                let mut plan = PlanBuilder::new(ask);
                plan.missing_start(reasons.join("; "), vec![]);
                plan.finish()
            }
        }
    }
}

shipway_sdk::export_app!(Node);
