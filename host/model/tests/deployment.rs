//! The JSON of a deployment is an interface: scripts outside the project read it by these names.
#![allow(clippy::unwrap_used)]

use model::{
    CheckRecord, Claim, Code, Confidence, Deployment, DeploymentId, Detection, Digest, Evidence, Failure, Fingerprint,
    Name, Outcome, Phase, PhaseOutcome, PhaseRecord, Remedy, ResourceId, Rollback, RollbackOutcome, SourceKind,
    SourceSummary, Stage, Status,
    deployment::{PlanSummary, Trigger},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// The example of the lifecycle design, word for word.
const DESIGN: &str = r#"{ "id": "dep_…", "resourceId": "res_…", "resource": "web", "trigger": "deploy",
  "status": "verifying", "currentPhase": "verify",
  "sourceSummary": { "kind": "git-repository", "locator": "…", "gitRef": "main", "revision": "…", "baseDirectory": ".", "digest": "blake3:…" },
  "detection": { "appType": "node", "framework": "express", "plugin": "shipway/node@0.1.0", "evidence": [{ "path": "package.json", "line": 7, "note": "…" }] },
  "plan": { "fingerprint": "sha256:…", "summary": "…" },
  "phases": [{ "phase": "detect", "outcome": "succeeded", "startedAt": "…", "finishedAt": "…" }],
  "checks": [{ "name": "process", "verdict": "passed", "observed": "…" }],
  "urls": ["http://…"],
  "failure": null,
  "recoveryHint": "Inspect health summary before retrying.",
  "rollback": null, "createdAt": "…", "finishedAt": null }"#;

/// What a deployment has at its top beside the design's example. Adding one is fine; it is then named here.
const BESIDE: &[&str] = &["warnings", "of", "supersededBy"];

fn sample() -> Deployment {
    let at = "2026-11-23T12:00:00Z".parse().unwrap();
    let evidence = Evidence { path: "package.json".into(), line: Some(7), note: "express ^4".into(), digest: None };
    let claim = Claim {
        plugin: "shipway/node@0.1.0".into(),
        app_type: "node".into(),
        framework: Some("express".into()),
        confidence: Confidence::Certain,
        contributes: false,
        install: None,
        build: None,
        start: Some("node server.js".into()),
        package_manager: Some("npm".into()),
        port: None,
        publish: None,
        evidence: vec![evidence],
        facts: Default::default(),
    };
    Deployment {
        id: DeploymentId::from_ulid("01JABCDEFGHJKMNPQRSTVWXYZ0").unwrap(),
        resource_id: ResourceId::from_ulid("01JABCDEFGHJKMNPQRSTVWXYZ1").unwrap(),
        resource: Name::from_text("web").unwrap(),
        trigger: Trigger::Deploy,
        status: Status::Verifying,
        current_phase: Phase::Verify,
        source_summary: SourceSummary {
            kind: SourceKind::GitRepository,
            locator: "https://example.org/web.git".into(),
            git_ref: Some("main".into()),
            revision: Some("0123".into()),
            base_directory: ".".into(),
            digest: Some(Digest::from_bytes(&[7; 32])),
            files: Some(3),
            bytes: Some(99),
        },
        detection: Some(Detection { claim, contributions: vec![], because: "the only claim".into(), warnings: vec![] }),
        plan: Some(PlanSummary { fingerprint: Fingerprint::from_bytes(&[9; 32]), summary: "…".into() }),
        phases: vec![PhaseRecord {
            phase: Phase::Detect,
            outcome: PhaseOutcome::Succeeded,
            started_at: at,
            finished_at: Some(at),
        }],
        checks: vec![CheckRecord {
            name: "process".into(),
            plugin: "shipway/checks@0.1.0".into(),
            stage: Stage::Candidate,
            required: true,
            verdict: Outcome::Passed,
            expected: "it runs".into(),
            observed: "it runs".into(),
            attempts: 1,
            at,
            warnings: vec![],
        }],
        urls: vec!["http://web.localhost:8080".into()],
        failure: None,
        recovery_hint: "Inspect health summary before retrying.".into(),
        rollback: None,
        warnings: vec![],
        of: None,
        superseded_by: None,
        created_at: at,
        finished_at: None,
    }
}

fn fields(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Everything that the design shows is there, under its name and with its kind of value.
fn assert_covers(path: &str, design: &Value, ours: &Value) {
    match (design, ours) {
        (Value::Object(design), Value::Object(ours)) => {
            for (name, value) in design {
                let field = ours.get(name).unwrap_or_else(|| panic!("{path}.{name} is not there"));
                assert_covers(&format!("{path}.{name}"), value, field);
            }
        }
        (Value::Array(design), Value::Array(ours)) => assert_covers(&format!("{path}[]"), &design[0], &ours[0]),
        (design, ours) => {
            assert_eq!(std::mem::discriminant(design), std::mem::discriminant(ours), "{path}: {ours}");
        }
    }
}

#[test]
fn a_deployment_has_exactly_the_fields_of_the_design() {
    let design: Value = serde_json::from_str(DESIGN).unwrap();
    let ours = serde_json::to_value(sample()).unwrap();
    assert_covers("deployment", &design, &ours);
    let mut expected = fields(&design);
    expected.extend(BESIDE);
    assert_eq!(fields(&ours), expected);
    for word in ["trigger", "status", "currentPhase", "recoveryHint"] {
        assert_eq!(ours[word], design[word], "{word}");
    }
    assert_eq!(serde_json::from_value::<Deployment>(ours).unwrap(), sample(), "it is read back as it was");
}

#[test]
fn failure_and_rollback_have_the_fields_of_the_design() {
    let failure = Failure::new(Phase::Verify, Code::HealthFailed, "m", "GET /health")
        .remedy(Remedy::safe("Look.", "shipway logs ID"));
    let rollback = Rollback {
        outcome: RollbackOutcome::KeptIncumbent,
        to: None,
        verified: true,
        failure: None,
        diagnostics: Some("x".into()),
    };
    let failure = serde_json::to_value(failure).unwrap();
    let names = "phase code message input retryable responsibility details remedies docs";
    assert_eq!(fields(&failure), names.split(' ').collect());
    assert_eq!(fields(&failure["remedies"][0]), ["label", "command", "safe"].into());
    assert_eq!(failure["responsibility"], "user");
    let rollback = serde_json::to_value(rollback).unwrap();
    assert_eq!(fields(&rollback), "outcome to verified failure diagnostics".split(' ').collect());
    assert_eq!(rollback["outcome"], "kept-incumbent");
}

#[test]
fn the_schema_of_a_deployment_requires_every_field_that_is_always_there() {
    let schema = model::schema::deployment();
    assert!(schema["$id"].is_string());
    let ours = serde_json::to_value(sample()).unwrap();
    assert_eq!(fields(&schema["properties"]), fields(&ours));
    let required: BTreeSet<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(required, fields(&ours), "absent fields are written as null, never left out");
    let statuses = schema.pointer("/$defs/Status/enum").unwrap().as_array().unwrap();
    assert!(statuses.contains(&"rollback-failed".into()));
}
