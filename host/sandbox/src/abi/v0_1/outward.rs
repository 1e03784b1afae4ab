//! From the model to the types of this version: everything a plugin is given.

use super::bindings::shipway::plugin::types as wit;
use crate::abi::Overview;
use crate::{Context, Entry, HttpAnswer, Kind, ProbeError, ProbeErrorKind, ProcessState, TargetFacts};
use model::plan::{BuilderKind, Command, Origin};
use model::profile::Strategy;
use model::{Check, Claim, Confidence, Evidence, Plan, Profile, Stage};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn entry(entry: Entry) -> wit::Entry {
    let kind = match entry.kind {
        Kind::File => wit::EntryKind::File,
        Kind::Directory => wit::EntryKind::Directory,
        Kind::Symlink => wit::EntryKind::Symlink,
        Kind::Other => wit::EntryKind::Other,
    };
    wit::Entry { name: entry.name, kind, size: entry.size }
}

pub(super) fn overview(overview: &Overview) -> wit::Overview {
    wit::Overview { entries: overview.entries.iter().cloned().map(entry).collect(), truncated: overview.truncated }
}

fn facts(facts: &BTreeMap<String, String>) -> Vec<wit::Fact> {
    facts.iter().map(|(key, value)| wit::Fact { key: key.clone(), value: value.clone() }).collect()
}

fn evidence(evidence: &Evidence) -> wit::Evidence {
    wit::Evidence { path: evidence.path.clone(), line: evidence.line, note: evidence.note.clone() }
}

pub(super) fn claim(claim: &Claim) -> wit::Claim {
    wit::Claim {
        app_type: claim.app_type.clone(),
        framework: claim.framework.clone(),
        confidence: match claim.confidence {
            Confidence::Possible => wit::Confidence::Possible,
            Confidence::Likely => wit::Confidence::Likely,
            Confidence::Certain => wit::Confidence::Certain,
            Confidence::Declared => wit::Confidence::Declared,
        },
        contributes: claim.contributes,
        build: claim.build.clone(),
        install: claim.install.clone(),
        start: claim.start.clone(),
        package_manager: claim.package_manager.clone(),
        port: claim.port,
        publish: claim.publish.clone(),
        evidence: claim.evidence.iter().map(evidence).collect(),
        facts: facts(&claim.facts),
    }
}

/// What the owner declared, names of secrets and variables only. `auto` is no declaration, so it is absent.
pub(super) fn profile(profile: &Profile) -> wit::Profile {
    let strategy = match profile.runtime.strategy {
        Strategy::Auto => None,
        Strategy::Static => Some("static"),
        Strategy::Dockerfile => Some("dockerfile"),
        Strategy::Compose => Some("compose"),
        Strategy::Image => Some("image"),
        Strategy::Commands => Some("commands"),
    };
    wit::Profile {
        name: profile.name.clone(),
        strategy: strategy.map(str::to_owned),
        install: profile.runtime.install.clone(),
        build: profile.runtime.build.clone(),
        start: profile.runtime.start.clone(),
        release: profile.runtime.release.clone(),
        publish: profile.runtime.publish.clone(),
        tools: facts(&profile.runtime.tools),
        port: profile.network.port,
        health_path: profile.health.path.clone(),
        health_status: profile.health.status,
        health_text: profile.health.text.clone(),
        env_names: profile.env.keys().cloned().collect(),
        secret_names: profile.secrets.keys().cloned().collect(),
    }
}

pub(super) fn target(target: &TargetFacts) -> wit::TargetFacts {
    wit::TargetFacts {
        target: target.target.clone(),
        os: target.os.clone(),
        arch: target.arch.clone(),
        capabilities: target.capabilities.clone(),
    }
}

fn command(command: &Command) -> wit::Command {
    match command {
        Command::Argv(words) => wit::Command::Argv(words.clone()),
        Command::Shell(script) => wit::Command::Shell(script.clone()),
    }
}

fn origin(origin: &Origin) -> wit::Origin {
    match origin {
        Origin::Profile(key) => wit::Origin::Profile(key.clone()),
        Origin::Evidence(e) => wit::Origin::Evidence(evidence(e)),
        Origin::Default(why) => wit::Origin::Default(why.clone()),
    }
}

pub(super) fn plan(plan: &Plan) -> wit::Plan {
    wit::Plan {
        app_type: plan.app_type.clone(),
        framework: plan.framework.clone(),
        builder: match plan.builder {
            BuilderKind::Commands => wit::BuilderKind::Commands,
            BuilderKind::Static => wit::BuilderKind::StaticFiles,
            BuilderKind::Dockerfile => wit::BuilderKind::Dockerfile,
            BuilderKind::Image => wit::BuilderKind::Image,
            BuilderKind::Compose => wit::BuilderKind::Compose,
        },
        app_root: plan.app_root.clone(),
        tools: plan
            .tools
            .iter()
            .map(|t| wit::Tool { name: t.name.clone(), requested: t.requested.clone(), origin: origin(&t.origin) })
            .collect(),
        steps: plan
            .steps
            .iter()
            .map(|s| wit::Step {
                name: s.name.clone(),
                run: command(&s.run),
                cwd: s.cwd.clone(),
                env: facts(&s.env),
                inputs: s.inputs.clone(),
                outputs: s.outputs.clone(),
                caches: s.caches.clone(),
                network: s.network,
                why: s.why.clone(),
            })
            .collect(),
        build_env: facts(&plan.build_env),
        run_env: facts(&plan.run_env),
        required_secrets: plan.required_secrets.clone(),
        processes: plan
            .processes
            .iter()
            .map(|p| wit::Process { name: p.name.clone(), run: command(&p.run), cwd: p.cwd.clone() })
            .collect(),
        release: plan.release.as_ref().map(command),
        port: plan.port,
        health: plan.health.as_ref().map(|h| wit::HealthPlan {
            path: h.path.clone(),
            status: h.status,
            text: h.text.clone(),
        }),
        publish: plan.publish.as_ref().map(|s| wit::StaticPlan {
            directory: s.directory.clone(),
            fallback: s.fallback.clone(),
            clean_urls: s.clean_urls,
        }),
        volumes: plan.volumes.clone(),
        decisions: plan
            .decisions
            .iter()
            .map(|d| wit::Decision { field: d.field.clone(), value: d.value.clone(), origin: origin(&d.origin) })
            .collect(),
        warnings: plan.warnings.clone(),
        assumptions: plan.assumptions.clone(),
    }
}

fn stage(stage: Stage) -> wit::Stage {
    match stage {
        Stage::Candidate => wit::Stage::Candidate,
        Stage::Route => wit::Stage::Route,
        Stage::Serving => wit::Stage::Serving,
    }
}

pub(super) fn check(check: &Check) -> wit::Check {
    wit::Check {
        name: check.name.clone(),
        stage: stage(check.stage),
        required: check.required,
        description: check.description.clone(),
        facts: facts(&check.facts),
    }
}

pub(super) fn context(context: &Context) -> wit::Context {
    wit::Context {
        stage: stage(context.stage),
        elapsed_ms: millis(context.elapsed),
        attempt: context.attempt,
        failures: context.failures,
        start_period_ms: millis(context.start_period),
        retries: context.retries,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn http_answer(answer: HttpAnswer) -> wit::HttpResponse {
    wit::HttpResponse {
        status: answer.status,
        headers: answer.headers.into_iter().map(|(key, value)| wit::Fact { key, value }).collect(),
        body: answer.body,
        truncated: answer.truncated,
        elapsed_ms: u32::try_from(answer.elapsed.as_millis()).unwrap_or(u32::MAX),
        served_by: answer.served_by,
        served_by_candidate: answer.served_by_candidate,
    }
}

pub(super) fn probe_error(error: ProbeError) -> wit::ProbeError {
    let kind = match error.kind {
        ProbeErrorKind::Refused => wit::ProbeErrorKind::Refused,
        ProbeErrorKind::Timeout => wit::ProbeErrorKind::Timeout,
        ProbeErrorKind::Reset => wit::ProbeErrorKind::Reset,
        ProbeErrorKind::Protocol => wit::ProbeErrorKind::Protocol,
        ProbeErrorKind::NoEndpoint => wit::ProbeErrorKind::NoEndpoint,
        ProbeErrorKind::Other => wit::ProbeErrorKind::Other,
    };
    wit::ProbeError { kind, message: error.message }
}

pub(super) fn process(state: ProcessState) -> wit::ProcessState {
    wit::ProcessState {
        running: state.running,
        exit_code: state.exit_code,
        signal: state.signal,
        restarts: state.restarts,
        expected_port: state.expected_port,
        listening: state.listening,
        uptime_ms: millis(state.uptime),
    }
}
