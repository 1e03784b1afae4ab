//! The plan builder. A planner says what it found and where; the builder lets the owner's profile win in every field,
//! writes down where each value came from, and refuses to finish a plan that could not run.

mod finish;
mod profile;

use crate::{
    BuilderKind, Command, Decision, Evidence, Fact, HealthPlan, Offer, Origin, Plan, Process, Profile, Request,
    Sourced, StaticPlan, Step, TargetFacts, Tool,
};

/// A step without files, caches or network; fill in the rest.
#[must_use]
pub fn step(name: &str, run: Command, why: &str) -> Step {
    Step {
        name: name.to_owned(),
        run,
        cwd: ".".to_owned(),
        env: vec![],
        inputs: vec![],
        outputs: vec![],
        caches: vec![],
        network: false,
        why: why.to_owned(),
    }
}

/// Collects the parts of a plan. Order of calls matters only among steps of one kind.
#[derive(Debug)]
pub struct PlanBuilder<'a> {
    profile: &'a Profile,
    target: &'a TargetFacts,
    contributions: &'a [crate::Claim],
    plan: Plan,
    install: Vec<(Step, Origin)>,
    build: Vec<(Step, Origin)>,
    start: Option<Sourced<Command>>,
    processes: Vec<(Process, Origin)>,
    release: Option<Sourced<Command>>,
    port: Option<Sourced<u16>>,
    health: Option<Sourced<HealthPlan>>,
    publish: Option<Sourced<StaticPlan>>,
    path: Vec<String>,
    missing_start: Option<(String, Vec<Evidence>)>,
}

impl<'a> PlanBuilder<'a> {
    /// For this request; app type and framework are the claim's, and the claim's own offer is taken.
    #[must_use]
    pub fn new(ask: &'a Request) -> Self {
        let plan = Plan {
            app_type: ask.claim.app_type.clone(),
            framework: ask.claim.framework.clone(),
            builder: BuilderKind::Commands,
            app_root: ".".to_owned(),
            tools: vec![],
            steps: vec![],
            build_env: vec![],
            run_env: vec![],
            required_secrets: vec![],
            processes: vec![],
            release: None,
            port: None,
            health: None,
            publish: None,
            volumes: vec![],
            decisions: vec![],
            warnings: vec![],
            assumptions: vec![],
        };
        let mut builder = Self {
            profile: &ask.profile,
            target: &ask.target,
            contributions: &ask.contributions,
            plan,
            install: vec![],
            build: vec![],
            start: None,
            processes: vec![],
            release: None,
            port: None,
            health: None,
            publish: None,
            path: vec![],
            missing_start: None,
        };
        builder.offer(Offer::of(&ask.claim));
        builder
    }

    /// Takes the offers of all contributing claims: their installs, builds, tools and environment.
    pub fn contributions(&mut self) -> &mut Self {
        for claim in self.contributions {
            self.offer(Offer::of(claim));
            if self.plan.framework.is_none() {
                self.plan.framework.clone_from(&claim.framework);
            }
        }
        self
    }

    /// Takes one offer.
    pub fn offer(&mut self, offer: Offer) -> &mut Self {
        for tool in offer.tools {
            let origin = tool.origin();
            self.tool(&tool.name, tool.requested, origin);
        }
        self.install.extend(offer.install.into_iter().map(crate::OfferedStep::into_step));
        self.build.extend(offer.build.into_iter().map(crate::OfferedStep::into_step));
        for dir in offer.path {
            self.path(&dir);
        }
        for (name, value) in offer.build_env {
            self.build_env(&name, value);
        }
        for (name, value) in offer.run_env {
            self.run_env(&name, value);
        }
        self
    }

    /// A program that must be on the server. The first that asks for a range wins; the profile's wins over all.
    pub fn tool(&mut self, name: &str, requested: Option<String>, origin: Origin) -> &mut Self {
        match self.plan.tools.iter_mut().find(|t| t.name == name) {
            Some(tool) if tool.requested.is_none() && requested.is_some() => {
                tool.requested = requested;
                tool.origin = origin;
            }
            Some(_) => {}
            None => self.plan.tools.push(Tool { name: name.to_owned(), requested, origin }),
        }
        self
    }

    /// A step that fetches dependencies.
    pub fn install(&mut self, step: Step, origin: Origin) -> &mut Self {
        self.install.push((step, origin));
        self
    }

    /// A step that builds.
    pub fn build(&mut self, step: Step, origin: Origin) -> &mut Self {
        self.build.push((step, origin));
        self
    }

    /// How the web process is started; the first call counts.
    pub fn start(&mut self, run: Command, origin: Origin) -> &mut Self {
        self.start.get_or_insert(Sourced { value: run, origin });
        self
    }

    /// What to say when neither the source nor the profile has a start command.
    pub fn missing_start(&mut self, message: impl Into<String>, evidence: Vec<Evidence>) -> &mut Self {
        self.missing_start = Some((message.into(), evidence));
        self
    }

    /// A process beside `web`.
    pub fn process(&mut self, name: &str, run: Command, origin: Origin) -> &mut Self {
        let process = Process { name: name.to_owned(), run, cwd: ".".to_owned() };
        self.processes.push((process, origin));
        self
    }

    /// A command that runs once, after the build and before the switch, and cannot be undone.
    pub fn release(&mut self, run: Command, origin: Origin) -> &mut Self {
        self.release.get_or_insert(Sourced { value: run, origin });
        self
    }

    /// A port that the app insists on, because it does not read `PORT`.
    pub fn insists_on_port(&mut self, port: u16, origin: Origin) -> &mut Self {
        self.port.get_or_insert(Sourced { value: port, origin });
        self
    }

    /// What a healthy app answers.
    pub fn health(&mut self, health: HealthPlan, origin: Origin) -> &mut Self {
        self.health.get_or_insert(Sourced { value: health, origin });
        self
    }

    /// A directory of files is served, instead of a process.
    pub fn publish(&mut self, site: StaticPlan, origin: Origin) -> &mut Self {
        self.publish.get_or_insert(Sourced { value: site, origin });
        self
    }

    /// A directory, relative to the app root, in front of PATH for steps, processes and the release command.
    pub fn path(&mut self, dir: &str) -> &mut Self {
        if !self.path.iter().any(|d| d == dir) {
            self.path.push(dir.to_owned());
        }
        self
    }

    /// A variable for every step; the first value counts.
    pub fn build_env(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        put(&mut self.plan.build_env, name, value.into());
        self
    }

    /// A variable for every process; the first value counts. What the owner declares wins when the app starts.
    pub fn run_env(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        put(&mut self.plan.run_env, name, value.into());
        self
    }

    /// A secret that the app cannot do without.
    pub fn required_secret(&mut self, name: &str) -> &mut Self {
        self.plan.required_secrets.push(name.to_owned());
        self
    }

    /// A writable place that must outlive a release, relative to the app root.
    pub fn volume(&mut self, path: &str) -> &mut Self {
        self.plan.volumes.push(path.to_owned());
        self
    }

    /// Something that the owner should know.
    pub fn warn(&mut self, text: impl Into<String>) -> &mut Self {
        self.plan.warnings.push(text.into());
        self
    }

    /// Something taken for granted.
    pub fn assume(&mut self, text: impl Into<String>) -> &mut Self {
        self.plan.assumptions.push(text.into());
        self
    }

    /// A choice that no other method records.
    pub fn decide(&mut self, field: &str, value: impl Into<String>, origin: Origin) -> &mut Self {
        self.plan.decisions.push(Decision { field: field.to_owned(), value: value.into(), origin });
        self
    }
}

fn put(vars: &mut Vec<Fact>, name: &str, value: String) {
    if !vars.iter().any(|v| v.key == name) {
        vars.push(Fact { key: name.to_owned(), value });
    }
}

/// A command in one line.
pub(crate) fn said(run: &Command) -> String {
    match run {
        Command::Argv(words) => words.join(" "),
        Command::Shell(script) => script.clone(),
    }
}
