//! From the parts to a plan, or to the problem that says which part is missing.

use super::{PlanBuilder, said};
use crate::{BuilderKind, Command, Origin, Plan, Problem, ProblemKind, Process, Step, described, incomplete};

/// The variable that asks a target to put directories of the app in front of PATH.
const PATH_PREPEND: &str = "SHIPWAY_PATH_PREPEND";

impl PlanBuilder<'_> {
    /// The plan, with the profile applied.
    pub fn finish(mut self) -> Result<Plan, Problem> {
        self.apply_profile()?;
        self.finish_steps();
        match self.publish.take() {
            Some(site) => {
                self.plan.builder = BuilderKind::StaticFiles;
                self.decide("publish", site.value.directory.clone(), site.origin);
                self.plan.publish = Some(site.value);
            }
            None => self.finish_start()?,
        }
        if let Some(release) = self.release.take() {
            self.decide("release", said(&release.value), release.origin);
            self.plan.release = Some(release.value);
        }
        if let Some(port) = self.port.take() {
            self.decide("port", port.value.to_string(), port.origin);
            self.plan.port = Some(port.value);
        } else {
            let why = "the host chooses a free port and says so in PORT";
            self.decide("port", "chosen by the host", Origin::Default(why.to_owned()));
        }
        if let Some(health) = self.health.take() {
            let status = health.value.status.map_or("below 400".to_owned(), |s| s.to_string());
            self.decide("health", format!("GET {} answers {status}", health.value.path), health.origin);
            self.plan.health = Some(health.value);
        } else {
            let why = "no health check is declared; [health] path asks for more";
            self.decide("health", "any HTTP answer", Origin::Default(why.to_owned()));
        }
        if !self.path.is_empty() {
            let dirs = self.path.join(":");
            self.build_env(PATH_PREPEND, dirs.clone());
            if self.plan.publish.is_none() {
                self.run_env(PATH_PREPEND, dirs);
            }
        }
        self.supported()?;
        Ok(self.plan)
    }

    fn finish_start(&mut self) -> Result<(), Problem> {
        let Some(start) = self.start.take() else {
            let (message, evidence) =
                self.missing_start.take().unwrap_or_else(|| ("nothing says how the app is started".to_owned(), vec![]));
            let remedy = "Set the start command: [runtime] start = \"…\" in shipway.toml, or --set runtime.start=….";
            return Err(Problem { evidence, ..incomplete("runtime.start", message, remedy) });
        };
        self.decide("start", said(&start.value), start.origin);
        self.plan.processes.push(Process { name: "web".to_owned(), run: start.value, cwd: ".".to_owned() });
        for (process, origin) in std::mem::take(&mut self.processes) {
            if !self.plan.processes.iter().any(|p| p.name == process.name) {
                self.decide(&format!("processes.{}", process.name), said(&process.run), origin);
                self.plan.processes.push(process);
            }
        }
        Ok(())
    }

    fn finish_steps(&mut self) {
        for (field, steps) in
            [("install", std::mem::take(&mut self.install)), ("build", std::mem::take(&mut self.build))]
        {
            for (step, origin) in steps {
                // Two parts of an app may bring the same step: a back end that already knows about npm.
                if self.plan.steps.iter().any(|s| same_work(s, &step)) {
                    continue;
                }
                let step = Step { name: self.free_name(&step.name, field), ..step };
                self.decide(field, said(&step.run), origin);
                self.plan.steps.push(step);
            }
        }
    }

    fn free_name(&self, name: &str, field: &str) -> String {
        let taken = |n: &str| self.plan.steps.iter().any(|s| s.name == n);
        let name = if name.is_empty() { field } else { name };
        if !taken(name) {
            return name.to_owned();
        }
        (2_u32..).map(|n| format!("{name}-{n}")).find(|n| !taken(n)).unwrap_or_default()
    }

    fn supported(&self) -> Result<(), Problem> {
        let needs = match self.plan.builder {
            BuilderKind::StaticFiles => "static",
            BuilderKind::Commands => "commands",
            BuilderKind::Dockerfile | BuilderKind::Image | BuilderKind::Compose => return Ok(()),
        };
        if self.target.capabilities.iter().any(|c| c == needs) {
            return Ok(());
        }
        Err(Problem {
            field: Some("target".to_owned()),
            remedy: Some("Choose another target in shipway.toml.".to_owned()),
            ..described(
                ProblemKind::Unsupported,
                format!("the target {} cannot run a plan of kind {needs}", self.target.target),
            )
        })
    }
}

fn same_work(a: &Step, b: &Step) -> bool {
    let run = |s: &Step| match &s.run {
        Command::Argv(words) => words.join("\0"),
        Command::Shell(script) => script.clone(),
    };
    a.cwd == b.cwd && run(a) == run(b)
}
