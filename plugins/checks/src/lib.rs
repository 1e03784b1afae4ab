//! The built-in checks: process, health, route, access.
//!
//! Each evaluation looks once and answers from that look, the clock of the host and the row of wrong answers before it
//! (`context.failures`): see `judge.rs` for when a wrong answer becomes final.
//!
//! | check | stages | asks |
//! | --- | --- | --- |
//! | process | candidate, serving | does it run, and listen where it was told to? |
//! | health | candidate, serving | does it answer what the policy expects, or HTTP at all? |
//! | route | route | does the router lead to the candidate? |
//! | access | serving | does the public address answer from this release? |

mod health;
mod judge;
mod policy;
mod process;
mod route;

use policy::Policy;
use shipway_sdk::prelude::*;

/// The plugin.
pub struct Checks;

impl Plugin for Checks {
    const ABOUT: About = About {
        name: "shipway/checks",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Process, health, route and access",
        app_types: &[],
        triggers: &[],
        always: false,
    };
}

impl Verifier for Checks {
    fn checks(plan: &Plan) -> Vec<Check> {
        let web = plan.publish.is_some() || plan.processes.iter().any(|p| p.name == "web");
        let policy = Policy::of(plan);
        let facts = policy.facts();
        let check = |name: &str, stage: Stage, description: String| Check {
            name: name.to_owned(),
            stage,
            required: true,
            description,
            facts: facts.clone(),
        };
        if !web {
            let runs = || "the process keeps running".to_owned();
            return vec![check("process", Stage::Candidate, runs()), check("process", Stage::Serving, runs())];
        }
        let listens = "the process runs and listens on its port".to_owned();
        let stays = "the process still runs and listens on its port".to_owned();
        vec![
            check("process", Stage::Candidate, listens),
            check("health", Stage::Candidate, policy.expected()),
            check("route", Stage::Route, "the route leads to this release".to_owned()),
            check("access", Stage::Serving, "the public address answers from this release".to_owned()),
            check("process", Stage::Serving, stays),
            check("health", Stage::Serving, policy.expected()),
        ]
    }

    fn evaluate(probes: &dyn Probes, check: &Check, context: &Context) -> Verdict {
        let policy = Policy::from_facts(&check.facts);
        match check.name.as_str() {
            "process" => process::evaluate(probes, context),
            "health" => health::evaluate(probes, &policy, context),
            "route" => route::route(probes, &policy, context),
            "access" => route::access(probes, &policy, context),
            other => judge::unknown("a check of this plugin", format!("there is no check {other}")),
        }
    }
}

shipway_sdk::export_verifier!(Checks);
