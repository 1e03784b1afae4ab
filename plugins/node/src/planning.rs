//! From a reading to a plan. Install, build, tools and environment travel in the claim's offer; what is left is what
//! only this plugin knows: how it starts or what it publishes, and what to say about it.

use crate::frameworks::Runs;
use crate::reading::Reading;
use shipway_sdk::{
    Command, HealthPlan, Origin, Plan, PlanBuilder, Problem, ProblemKind, Request, StaticPlan, default_to, described,
};

impl Reading {
    /// What the planner says.
    pub(crate) fn plan(self, ask: &Request) -> Result<Plan, Problem> {
        let mut plan = PlanBuilder::new(ask);
        if let Some(framework) = &self.framework {
            let origin =
                self.evidence.first().cloned().map_or_else(|| default_to("seen in the source"), Origin::Evidence);
            plan.decide("framework", framework.clone(), origin);
        }
        if let Some((name, origin)) = self.manager {
            plan.decide("packageManager", name, origin);
        }
        plan.contributions();
        let declared = |value: &Option<String>| value.as_deref().is_some_and(|v| !v.trim().is_empty());
        match self.runs {
            Runs::Server { words, origin, .. } => {
                plan.start(Command::Argv(words), origin);
            }
            Runs::Files { directory, fallback, clean_urls, origin } => {
                plan.publish(StaticPlan { directory, fallback, clean_urls }, origin);
            }
            Runs::Stuck { message, evidence, remedy }
                if !declared(&ask.profile.start) && !declared(&ask.profile.publish) =>
            {
                return Err(Problem {
                    field: Some("runtime.start".to_owned()),
                    evidence: vec![evidence],
                    remedy: Some(remedy),
                    ..described(ProblemKind::Incomplete, message)
                });
            }
            Runs::Assets => {
                let whose = self.contributes_to.as_ref().map_or("another server", |(what, _)| *what);
                plan.missing_start(
                    format!("what npm builds here is a part of {whose}; on its own it serves nothing"),
                    vec![],
                );
            }
            Runs::Stuck { .. } => {}
        }
        if let Some((command, evidence)) = self.release {
            plan.release(command, Origin::Evidence(evidence));
        }
        if let Some((path, evidence)) = self.health {
            plan.health(HealthPlan { path, status: None, text: None }, Origin::Evidence(evidence));
        }
        // The owner's start command has made these answers moot.
        if !declared(&ask.profile.start) {
            for warning in self.warnings {
                plan.warn(warning);
            }
            for assumption in self.assumptions {
                plan.assume(assumption);
            }
        }
        plan.finish()
    }
}
