//! From the types of this version to the model: everything a plugin answers. Conversion only; the one thing that cannot
//! be converted is a list of pairs with a key that is there twice. What is attached by the host (who said it, digests) is
//! left empty and filled in by `crate::check`.

use super::bindings::shipway::plugin::types as wit;
use crate::check::{Description, Invalid, pairs};
use crate::{Problem, ProblemKind};
use model::plan::{BuilderKind, Command, Decision, HealthPlan, Origin, Process, StaticPlan, Step, Tool};
use model::plugin::Role;
use model::{Check, Claim, Code, Confidence, Evidence, Outcome, Plan, Stage, Verdict};
use std::collections::BTreeMap;

pub(super) fn description(d: wit::Description) -> Description {
    Description {
        name: d.name,
        version: d.version,
        summary: d.summary,
        roles: d
            .roles
            .into_iter()
            .map(|role| match role {
                wit::Role::Detector => Role::Detector,
                wit::Role::Planner => Role::Planner,
                wit::Role::Verifier => Role::Verifier,
            })
            .collect(),
        app_types: d.app_types,
        triggers: d.triggers,
        always: d.always,
    }
}

fn facts(field: &str, list: Vec<wit::Fact>) -> Result<BTreeMap<String, String>, Invalid> {
    pairs(field, list.into_iter().map(|fact| (fact.key, fact.value)))
}

fn evidence(e: wit::Evidence) -> Evidence {
    Evidence { path: e.path, line: e.line, note: e.note, digest: None }
}

pub(super) fn claims(list: Vec<wit::Claim>) -> Result<Vec<Claim>, Invalid> {
    list.into_iter().enumerate().map(|(i, c)| claim(&format!("claims[{i}].facts"), c)).collect()
}

fn claim(field: &str, c: wit::Claim) -> Result<Claim, Invalid> {
    Ok(Claim {
        plugin: String::new(),
        app_type: c.app_type,
        framework: c.framework,
        confidence: match c.confidence {
            wit::Confidence::Possible => Confidence::Possible,
            wit::Confidence::Likely => Confidence::Likely,
            wit::Confidence::Certain => Confidence::Certain,
            wit::Confidence::Declared => Confidence::Declared,
        },
        contributes: c.contributes,
        install: c.install,
        build: c.build,
        start: c.start,
        package_manager: c.package_manager,
        port: c.port,
        publish: c.publish,
        evidence: c.evidence.into_iter().map(evidence).collect(),
        facts: facts(field, c.facts)?,
    })
}

pub(super) fn problem(p: wit::Problem) -> Problem {
    let kind = match p.kind {
        wit::ProblemKind::Malformed => ProblemKind::Malformed,
        wit::ProblemKind::Incomplete => ProblemKind::Incomplete,
        wit::ProblemKind::Conflict => ProblemKind::Conflict,
        wit::ProblemKind::Unsupported => ProblemKind::Unsupported,
        wit::ProblemKind::Other => ProblemKind::Other,
    };
    let evidence = p.evidence.into_iter().map(evidence).collect();
    Problem { kind, message: p.message, field: p.field, evidence, remedy: p.remedy }
}

fn command(c: wit::Command) -> Command {
    match c {
        wit::Command::Argv(words) => Command::Argv(words),
        wit::Command::Shell(script) => Command::Shell(script),
    }
}

fn origin(o: wit::Origin) -> Origin {
    match o {
        wit::Origin::Profile(key) => Origin::Profile(key),
        wit::Origin::Evidence(e) => Origin::Evidence(evidence(e)),
        wit::Origin::Default(why) => Origin::Default(why),
    }
}

pub(super) fn plan(p: wit::Plan) -> Result<Plan, Invalid> {
    let steps = p.steps.into_iter().enumerate().map(|(i, s)| step(&format!("plan.steps[{i}].env"), s));
    Ok(Plan {
        plugin: String::new(),
        app_type: p.app_type,
        framework: p.framework,
        builder: match p.builder {
            wit::BuilderKind::Commands => BuilderKind::Commands,
            wit::BuilderKind::StaticFiles => BuilderKind::Static,
            wit::BuilderKind::Dockerfile => BuilderKind::Dockerfile,
            wit::BuilderKind::Image => BuilderKind::Image,
            wit::BuilderKind::Compose => BuilderKind::Compose,
        },
        app_root: p.app_root,
        tools: p
            .tools
            .into_iter()
            .map(|t| Tool { name: t.name, requested: t.requested, origin: origin(t.origin) })
            .collect(),
        steps: steps.collect::<Result<_, _>>()?,
        build_env: facts("plan.build-env", p.build_env)?,
        run_env: facts("plan.run-env", p.run_env)?,
        required_secrets: p.required_secrets,
        processes: p.processes.into_iter().map(|p| Process { name: p.name, run: command(p.run), cwd: p.cwd }).collect(),
        release: p.release.map(command),
        port: p.port,
        health: p.health.map(|h| HealthPlan { path: h.path, status: h.status, text: h.text }),
        publish: p.publish.map(|s| StaticPlan {
            directory: s.directory,
            fallback: s.fallback,
            clean_urls: s.clean_urls,
        }),
        volumes: p.volumes,
        decisions: p
            .decisions
            .into_iter()
            .map(|d| Decision { field: d.field, value: d.value, origin: origin(d.origin) })
            .collect(),
        warnings: p.warnings,
        assumptions: p.assumptions,
    })
}

fn step(field: &str, s: wit::Step) -> Result<Step, Invalid> {
    Ok(Step {
        name: s.name,
        run: command(s.run),
        cwd: s.cwd,
        env: facts(field, s.env)?,
        inputs: s.inputs,
        outputs: s.outputs,
        caches: s.caches,
        network: s.network,
        why: s.why,
    })
}

pub(super) fn checks(list: Vec<wit::Check>) -> Result<Vec<Check>, Invalid> {
    list.into_iter().enumerate().map(|(i, c)| check(&format!("checks[{i}].facts"), c)).collect()
}

fn check(field: &str, c: wit::Check) -> Result<Check, Invalid> {
    Ok(Check {
        name: c.name,
        plugin: String::new(),
        stage: match c.stage {
            wit::Stage::Candidate => Stage::Candidate,
            wit::Stage::Route => Stage::Route,
            wit::Stage::Serving => Stage::Serving,
        },
        required: c.required,
        description: c.description,
        facts: facts(field, c.facts)?,
    })
}

pub(super) fn verdict(v: wit::Verdict) -> Verdict {
    Verdict {
        outcome: match v.outcome {
            wit::Outcome::Passed => Outcome::Passed,
            wit::Outcome::Failed => Outcome::Failed,
            wit::Outcome::NotYet => Outcome::NotYet,
            wit::Outcome::Unknown => Outcome::Unknown,
        },
        fault: v.fault.map(|fault| match fault {
            wit::Fault::ProcessExited => Code::ProcessExited,
            wit::Fault::PortNotListening => Code::PortNotListening,
            wit::Fault::HealthFailed => Code::HealthFailed,
            wit::Fault::HealthTimeout => Code::HealthTimeout,
            wit::Fault::RouteFailed => Code::RouteFailed,
            wit::Fault::RouteWrongRelease => Code::RouteWrongRelease,
            wit::Fault::AccessUrlUnreachable => Code::AccessUrlUnreachable,
            wit::Fault::CheckFailed => Code::CheckFailed,
        }),
        expected: v.expected,
        observed: v.observed,
        warnings: v.warnings,
    }
}
