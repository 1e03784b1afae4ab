//! From a reading to a plan. Environment and installs travel in the claim's offer, and so do those of a front end that
//! npm builds inside the app; what is left is what only this plugin knows: the server, static files, migrations.

use crate::claims::without_collecting;
use crate::reading::Reading;
use shipway_sdk::{
    Command, HealthPlan, Offer, Origin, Plan, PlanBuilder, Problem, ProblemKind, Request, default_to, described, seen,
};

impl Reading {
    /// What the planner says.
    pub(crate) fn plan(self, ask: &Request) -> Result<Plan, Problem> {
        let declared = |value: &Option<String>| value.as_deref().is_some_and(|v| !v.trim().is_empty());
        if let Some((found, meant)) = self.misspelt.as_ref().filter(|_| ask.profile.install.is_none()) {
            return Err(Problem {
                field: Some("runtime.install".to_owned()),
                evidence: vec![seen(found, format!("did you mean {meant}?"))],
                remedy: Some(format!("Rename {found} to {meant}, or set runtime.install.")),
                ..described(
                    ProblemKind::Incomplete,
                    format!("nothing says what to install: found {found}, and no {meant}"),
                )
            });
        }
        let ask = &Request { claim: without_collecting(&ask.claim), ..ask.clone() };
        let mut plan = PlanBuilder::new(ask);
        if let Some(framework) = self.framework {
            let origin =
                self.evidence.first().cloned().map_or_else(|| default_to("seen in the source"), Origin::Evidence);
            plan.decide("framework", framework, origin);
        }
        let origin = self.manager_seen.map_or_else(|| default_to("there is no manifest"), Origin::Evidence);
        plan.decide("packageManager", self.manager.name(), origin);
        plan.contributions();
        if let Some(step) = self.collect {
            plan.offer(Offer { build: vec![step], ..Offer::default() });
        }
        match self.start {
            Ok((words, origin)) => {
                plan.start(Command::Argv(words), origin);
            }
            Err(why) => {
                plan.missing_start(why, self.evidence.clone());
            }
        }
        if let Some((words, evidence)) = self.release {
            plan.release(Command::Argv(words), Origin::Evidence(evidence));
        }
        if let Some((path, evidence)) = self.health {
            plan.health(HealthPlan { path, status: None, text: None }, Origin::Evidence(evidence));
        }
        for (name, evidence) in self.needs {
            let given = ask.profile.env_names.iter().chain(&ask.profile.secret_names).any(|n| *n == name);
            if !given {
                let line = evidence.line.map(|l| format!(" line {l}")).unwrap_or_default();
                plan.required_secret(&name);
                plan.warn(format!(
                    "{}{line}: {name} is read without a default: declare it under [env] or [secrets], or the app does not start",
                    evidence.path
                ));
            }
        }
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
