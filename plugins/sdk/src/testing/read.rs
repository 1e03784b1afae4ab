//! What a case gives to a planner, from its JSON.

use crate::{Claim, Confidence, Evidence, Fact, Profile, TargetFacts, claim};
use serde_json::Value;

/// A profile from the shape of `shipway.toml`.
#[must_use]
pub fn profile_from(v: &Value) -> Profile {
    let runtime = |key: &str| text(&v["runtime"][key]);
    Profile {
        name: text(&v["name"]),
        strategy: runtime("strategy"),
        install: runtime("install"),
        build: runtime("build"),
        start: runtime("start"),
        release: runtime("release"),
        publish: runtime("publish"),
        tools: facts(&v["runtime"]["tools"]),
        port: number(&v["network"]["port"]),
        health_path: text(&v["health"]["path"]),
        health_status: number(&v["health"]["status"]),
        health_text: text(&v["health"]["text"]),
        env_names: facts(&v["env"]).into_iter().map(|f| f.key).collect(),
        secret_names: facts(&v["secrets"]).into_iter().map(|f| f.key).collect(),
    }
}

/// A claim from the shape in which the host shows one.
#[must_use]
pub fn claim_from(v: &Value) -> Claim {
    let confidence = match v["confidence"].as_str() {
        Some("declared") => Confidence::Declared,
        Some("certain") => Confidence::Certain,
        Some("possible") => Confidence::Possible,
        _ => Confidence::Likely,
    };
    Claim {
        framework: text(&v["framework"]),
        contributes: v["contributes"] == true,
        build: text(&v["build"]),
        install: text(&v["install"]),
        start: text(&v["start"]),
        package_manager: text(&v["packageManager"]),
        port: number(&v["port"]),
        publish: text(&v["publish"]),
        evidence: v["evidence"].as_array().into_iter().flatten().map(evidence).collect(),
        facts: facts(&v["facts"]),
        ..claim(v["appType"].as_str().unwrap_or_default(), confidence)
    }
}

/// The embedded target, unless the case names another.
#[must_use]
pub fn target_from(v: &Value) -> TargetFacts {
    let capabilities = match v["capabilities"].as_array() {
        Some(list) => list.iter().filter_map(text).collect(),
        None => vec!["commands".to_owned(), "static".to_owned()],
    };
    TargetFacts {
        target: text(&v["target"]).unwrap_or_else(|| "process".to_owned()),
        os: "linux".to_owned(),
        arch: "x86_64".to_owned(),
        capabilities,
    }
}

fn text(v: &Value) -> Option<String> {
    v.as_str().map(str::to_owned)
}
fn number(v: &Value) -> Option<u16> {
    v.as_u64().and_then(|n| u16::try_from(n).ok())
}
/// A text as it is; anything else as its JSON, so that a case can write an offer as an object.
fn facts(v: &Value) -> Vec<Fact> {
    let said = |v: &Value| text(v).unwrap_or_else(|| v.to_string());
    v.as_object().into_iter().flatten().map(|(k, v)| Fact { key: k.clone(), value: said(v) }).collect()
}
fn evidence(v: &Value) -> Evidence {
    Evidence {
        path: text(&v["path"]).unwrap_or_default(),
        line: v["line"].as_u64().and_then(|n| u32::try_from(n).ok()),
        note: text(&v["note"]).unwrap_or_default(),
    }
}
