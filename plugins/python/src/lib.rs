//! Python: what manifests, lock files and a handful of modules say about an app, as claims and plans.
//!
//! Every app gets an environment of its own, a production server, and migrations apart from its start. One reading of
//! the source serves both roles, so that a plan never says something else than the claim before it.

mod claims;
mod code;
mod django;
mod django_app;
mod harmless;
mod imports;
mod install;
mod modules;
mod names;
mod plain;
mod planning;
mod project;
mod reading;
mod requirements;
mod routes;
mod servers;
mod symbols;

use shipway_sdk::prelude::*;

/// The plugin.
pub struct Python;

impl Plugin for Python {
    const ABOUT: About = About {
        name: "shipway/python",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Python apps: Django, Flask, FastAPI and their relatives, with pip, uv, Poetry, PDM or Pipenv",
        app_types: &["python"],
        triggers: &[
            "*.py",
            "requirements.txt",
            "requirements/*.txt",
            "requirements-prod.txt",
            "pyproject.toml",
            "Pipfile",
            "uv.lock",
            "poetry.lock",
            "pdm.lock",
            "environment.yml",
            "requirments.txt",
            "requirement.txt",
            "requirements.txt.txt",
            "requiremnts.txt",
        ],
        always: false,
    };
}

impl Detector for Python {
    fn detect(app: &App<'_>) -> Result<Vec<Claim>, Problem> {
        match reading::read(app)? {
            Ok(reading) => {
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

impl Planner for Python {
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

shipway_sdk::export_app!(Python);
