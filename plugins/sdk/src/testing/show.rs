//! Claims, plans and problems as JSON, in the shape that the host gives them: so that one `expect.json` serves both.

use crate::{
    BuilderKind, Claim, Command, Confidence, Evidence, Fact, HealthPlan, Origin, Plan, Problem, ProblemKind,
    StaticPlan, Step,
};
use serde_json::{Map, Value, json};

/// A claim as the host shows it.
#[must_use]
pub fn claim_json(c: &Claim) -> Value {
    json!({
        "appType": c.app_type,
        "framework": c.framework,
        "confidence": match c.confidence {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
            Confidence::Declared => "declared",
        },
        "contributes": c.contributes,
        "install": c.install,
        "build": c.build,
        "start": c.start,
        "packageManager": c.package_manager,
        "port": c.port,
        "publish": c.publish,
        "evidence": c.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "facts": facts(&c.facts),
    })
}

/// A plan as the host shows it.
#[must_use]
pub fn plan_json(p: &Plan) -> Value {
    json!({
        "appType": p.app_type,
        "framework": p.framework,
        "builder": match p.builder {
            BuilderKind::Commands => "commands",
            BuilderKind::StaticFiles => "static",
            BuilderKind::Dockerfile => "dockerfile",
            BuilderKind::Image => "image",
            BuilderKind::Compose => "compose",
        },
        "appRoot": p.app_root,
        "tools": p.tools.iter().map(|t| json!({
            "name": t.name, "requested": t.requested, "origin": origin(&t.origin),
        })).collect::<Vec<_>>(),
        "steps": p.steps.iter().map(step).collect::<Vec<_>>(),
        "buildEnv": facts(&p.build_env),
        "runEnv": facts(&p.run_env),
        "requiredSecrets": p.required_secrets,
        "processes": p.processes.iter().map(|r| json!({
            "name": r.name, "run": command(&r.run), "cwd": r.cwd,
        })).collect::<Vec<_>>(),
        "release": p.release.as_ref().map(command),
        "port": p.port,
        "health": p.health.as_ref().map(health),
        "publish": p.publish.as_ref().map(site),
        "volumes": p.volumes,
        "decisions": p.decisions.iter().map(|d| json!({
            "field": d.field, "value": d.value, "origin": origin(&d.origin),
        })).collect::<Vec<_>>(),
        "warnings": p.warnings,
        "assumptions": p.assumptions,
    })
}

/// A problem as the host shows it.
#[must_use]
pub fn problem_json(p: &Problem) -> Value {
    json!({
        "kind": match p.kind {
            ProblemKind::Malformed => "malformed",
            ProblemKind::Incomplete => "incomplete",
            ProblemKind::Conflict => "conflict",
            ProblemKind::Unsupported => "unsupported",
            ProblemKind::Other => "other",
        },
        "message": p.message,
        "field": p.field,
        "evidence": p.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "remedy": p.remedy,
    })
}

fn evidence(e: &Evidence) -> Value {
    json!({ "path": e.path, "line": e.line, "note": e.note })
}

fn facts(list: &[Fact]) -> Value {
    Value::Object(list.iter().map(|f| (f.key.clone(), json!(f.value))).collect::<Map<_, _>>())
}

fn command(c: &Command) -> Value {
    match c {
        Command::Argv(words) => json!({ "argv": words }),
        Command::Shell(script) => json!({ "shell": script }),
    }
}

fn origin(o: &Origin) -> Value {
    match o {
        Origin::Profile(key) => json!({ "profile": key }),
        Origin::Evidence(e) => json!({ "evidence": evidence(e) }),
        Origin::Default(why) => json!({ "default": why }),
    }
}

fn step(s: &Step) -> Value {
    json!({
        "name": s.name, "run": command(&s.run), "cwd": s.cwd, "env": facts(&s.env), "inputs": s.inputs,
        "outputs": s.outputs, "caches": s.caches, "network": s.network, "why": s.why,
    })
}

fn health(h: &HealthPlan) -> Value {
    json!({ "path": h.path, "status": h.status, "text": h.text })
}

fn site(s: &StaticPlan) -> Value {
    json!({ "directory": s.directory, "fallback": s.fallback, "cleanUrls": s.clean_urls })
}
