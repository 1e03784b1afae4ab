//! Answers that are right come through whole; answers that are wrong are refused by name.

use crate::support::{Files, Guest, Nothing, claim, plan};
use model::plugin::Role;
use model::{Check, Claim, Code, Confidence, Outcome, Profile, Stage};
use sandbox::{Call, CallError, Context, ProblemKind, TargetFacts};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A detector that reads `package.json` first.
fn detector(answer: Value) -> Guest {
    reading("package.json").answers("detector#detect", answer)
}

/// Puts a path at 64 and a function `$look` that reads it into the guest; `detect` calls it through its own body.
fn reading(path: &str) -> Guest {
    Guest::of("detector-plugin").item(&format!("(data (i32.const 64) \"{path}\")")).item(&format!(
        "(func $look (call $read (i32.const 64) (i32.const {}) (i32.const 4096) (i32.const 512)))",
        path.len()
    ))
}

fn refused<T: std::fmt::Debug>(call: Call<T>) -> String {
    match call.result {
        Err(CallError::Fault(fault)) => {
            assert_eq!(fault.code, Code::PluginOutputInvalid, "{}", fault.message);
            assert_eq!(call.receipt.fault.as_ref(), Some(&fault));
            fault.message
        }
        other => panic!("{other:?}"),
    }
}

fn detected(answer: Value) -> Call<Vec<Claim>> {
    detector(answer).load().detect(Files::small())
}

fn changed(field: &str, value: Value) -> Value {
    let mut claim = claim();
    claim[field] = value;
    json!({ "ok": [claim] })
}

#[test]
fn a_claim_comes_through_whole_and_signed() {
    let plugin = reading("package.json")
        .does(
            "detector#detect",
            "(call $look)",
            json!({ "ok": [{
                "app-type": "node", "framework": "express", "confidence": "certain", "contributes": true,
                "build": "npm run build", "install": "npm ci", "start": "node server.js", "package-manager": "npm",
                "port": 3000, "publish": "dist",
                "evidence": [
                    { "path": "./package.json", "line": 2, "note": "depends on express" },
                    { "path": "src", "note": "sources" }
                ],
                "facts": [{ "key": "module", "value": "esm" }],
            }] }),
        )
        .load();
    let call = plugin.detect(Files::small());
    let claims = call.result.unwrap();
    let claim = &claims[0];
    assert_eq!(claim.plugin, "test/guest@1.2.3");
    assert_eq!((claim.app_type.as_str(), claim.framework.as_deref()), ("node", Some("express")));
    assert_eq!((claim.confidence, claim.contributes, claim.port), (Confidence::Certain, true, Some(3000)));
    assert_eq!(claim.facts["module"], "esm");
    assert_eq!(claim.evidence[0].path, "package.json");
    let read = blake3::hash(b"{\n  \"name\": \"x\"\n}\n").to_hex();
    assert_eq!(claim.evidence[0].digest.as_deref(), Some(format!("blake3:{read}").as_str()));
    assert_eq!(claim.evidence[1].digest, None, "only its name was shown");
    let receipt = call.receipt;
    assert_eq!((receipt.role, receipt.call.as_str(), receipt.host_calls), (Role::Detector, "detect", 1));
    assert_eq!((receipt.files_read, receipt.bytes_read), (vec!["package.json".to_owned()], 18));
    assert!(receipt.peak_memory >= 2 * 65536 && receipt.fault.is_none());
}

#[test]
fn evidence_is_what_was_shown_in_this_call() {
    let with = |path: &str| changed("evidence", json!([{ "path": path, "note": "n" }]));
    for shown in ["package.json", "README.md", "src", "."] {
        detected(with(shown)).result.unwrap();
    }
    for unseen in ["src/index.js", "Cargo.toml", "../secret", "/etc/passwd", "package.json/x"] {
        let message = refused(detected(with(unseen)));
        assert!(message.contains("claims[0].evidence[0].path"), "{message}");
    }
}

#[test]
fn a_line_that_is_not_there_is_no_evidence() {
    let at = |line: u32| {
        let evidence = json!([{ "path": "package.json", "line": line, "note": "n" }]);
        reading("package.json").does("detector#detect", "(call $look)", changed("evidence", evidence)).load()
    };
    at(3).detect(Files::small()).result.unwrap();
    for line in [0, 5, u32::MAX] {
        assert!(refused(at(line).detect(Files::small())).contains("claims[0].evidence[0].line"));
    }
}

#[test]
fn a_claim_is_of_one_of_the_plugins_own_types_and_well_formed() {
    for (field, value) in [
        ("app-type", json!("python")),
        ("framework", json!("ex press")),
        ("package-manager", json!("npm\u{1b}[2J")),
        ("port", json!(0)),
        ("evidence", json!([])),
        ("publish", json!("di\u{202E}st")),
        ("facts", json!([{ "key": "a", "value": "1" }, { "key": "a", "value": "2" }])),
    ] {
        let message = refused(detected(changed(field, value)));
        assert!(message.contains(&format!("claims[0].{field}")), "{message}");
    }
}

#[test]
fn sizes_are_bounded_and_the_message_names_used_and_limit() {
    let evidence = json!({ "path": "package.json", "note": "n" });
    for (answer, limit) in [
        (json!({ "ok": vec![claim(); 17] }), "17 entries, 16 are allowed (limit claims)"),
        (changed("start", json!("x".repeat(4097))), "4097 bytes, 4096 are allowed (limit text)"),
        (changed("evidence", json!(vec![evidence; 257])), "257 entries, 256 are allowed (limit list)"),
        (
            changed("facts", json!([{ "key": "a", "value": "x".repeat(32769) }])),
            "32769 bytes, 32768 are allowed (limit script)",
        ),
    ] {
        let message = refused(detected(answer));
        assert!(message.contains(limit), "{message}");
    }
}

#[test]
fn what_a_person_reads_is_made_harmless_where_it_stood() {
    let evidence = json!([{ "path": "package.json", "note": "red \u{1b}[31m and \u{202E}backwards" }]);
    let claims = detected(changed("evidence", evidence)).result.unwrap();
    assert_eq!(claims[0].evidence[0].note, "red \u{FFFD}[31m and \u{FFFD}backwards");
}

#[test]
fn facts_are_the_plugins_own_and_may_quote_any_script() {
    let fact = |value: &str| changed("facts", json!([{ "key": "start", "value": value }]));
    let quoted = "echo \u{200F}שלום\n";
    assert_eq!(detected(fact(quoted)).result.unwrap()[0].facts["start"], quoted);
    assert!(refused(detected(fact("\u{1b}[2J"))).contains("claims[0].facts.start"));
}

#[test]
fn a_plugin_is_asked_only_for_what_it_is() {
    let call = Guest::of("planner-plugin").load().detect(Files::small());
    match call.result {
        Err(CallError::Fault(fault)) => assert_eq!(fault.code, Code::PluginIncompatible),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_problem_is_an_answer_and_checked_like_one() {
    let problem = |path: &str| {
        json!({ "err": {
            "kind": "malformed", "message": "package.json line 2: a comma\nis missing", "field": "runtime.start",
            "evidence": [{ "path": path, "line": 2, "note": "here" }], "remedy": "Add the comma."
        } })
    };
    match detected(problem("package.json")).result {
        Err(CallError::Problem(problem)) => {
            assert_eq!((problem.kind, problem.kind.code()), (ProblemKind::Malformed, Code::PlanInvalid));
            assert_eq!(problem.message, "package.json line 2: a comma is missing");
        }
        other => panic!("{other:?}"),
    }
    assert!(refused(detected(problem("other.json"))).contains("problem.evidence[0].path"));
}

fn planned(answer: Value) -> Call<model::Plan> {
    let claim = Claim {
        plugin: "test/guest@1.2.3".into(),
        app_type: "node".into(),
        framework: None,
        confidence: Confidence::Likely,
        contributes: false,
        install: None,
        build: None,
        start: None,
        package_manager: None,
        port: None,
        publish: None,
        evidence: vec![model::Evidence {
            path: "server.js".into(),
            line: Some(1),
            note: "seen by detect".into(),
            digest: Some("blake3:0".into()),
        }],
        facts: [("a".to_owned(), "b".to_owned())].into(),
    };
    let target =
        TargetFacts { target: "process".into(), os: "linux".into(), arch: "x86_64".into(), capabilities: vec![] };
    let plugin = Guest::of("planner-plugin").answers("planner#plan", answer).load();
    plugin.plan(&claim, std::slice::from_ref(&claim), &Profile::default(), &target, Files::small())
}

fn plan_with(field: &str, value: Value) -> Value {
    let mut plan = plan();
    plan[field] = value;
    json!({ "ok": plan })
}

#[test]
fn a_plan_comes_through_whole_and_passes_the_firewall() {
    let origin = json!({ "evidence": { "path": "server.js", "line": 1, "note": "the server" } });
    let call = planned(plan_with("tools", json!([{ "name": "node", "requested": ">=20", "origin": origin }])));
    let plan = call.result.unwrap();
    assert_eq!(plan.plugin, "test/guest@1.2.3");
    assert_eq!(plan.web().unwrap().run.display(), "node server.js");
    match &plan.tools[0].origin {
        model::plan::Origin::Evidence(e) => assert_eq!(e.digest.as_deref(), Some("blake3:0"), "proved by detect"),
        other => panic!("{other:?}"),
    }
    model::Checked::new(plan).unwrap();
    assert_eq!(call.receipt.role, Role::Planner);
}

#[test]
fn what_a_machine_acts_on_is_never_altered_only_refused() {
    let step = |field: &str, value: Value| {
        let mut step = json!({ "name": "build", "run": { "shell": "make" }, "cwd": "." });
        step[field] = value;
        json!([step])
    };
    for (field, value, at) in [
        ("app-type", json!("python"), "plan.app-type"),
        ("app-root", json!("a\u{7}b"), "plan.app-root"),
        ("steps", step("run", json!({ "shell": "echo \u{202E}x" })), "plan.steps[0].run"),
        ("steps", step("run", json!({ "argv": ["echo", "\u{1b}c"] })), "plan.steps[0].run"),
        ("steps", step("name", json!("a b")), "plan.steps[0].name"),
        (
            "steps",
            step("env", json!([{ "key": "A", "value": "1" }, { "key": "A", "value": "2" }])),
            "plan.steps[0].env",
        ),
        ("run-env", json!([{ "key": "A", "value": "\u{0}" }]), "plan.run-env.A"),
        ("release", json!({ "shell": "x\u{2066}" }), "plan.release"),
        ("volumes", json!(["a\u{200F}"]), "plan.volumes"),
        (
            "decisions",
            json!([{ "field": "a", "value": "b", "origin": { "evidence": { "path": "never" } } }]),
            "plan.decisions[0].origin.path",
        ),
    ] {
        let message = refused(planned(plan_with(field, value)));
        assert!(message.contains(at), "{at}: {message}");
    }
    // Line breaks in a script are no deception.
    planned(plan_with("release", json!({ "shell": "set -e\n\tmake\n" }))).result.unwrap();
}

fn check() -> Check {
    Check {
        name: "health".into(),
        plugin: "test/guest@1.2.3".into(),
        stage: Stage::Candidate,
        required: true,
        description: String::new(),
        facts: [("path".to_owned(), "/".to_owned())].into(),
    }
}

fn context() -> Context {
    Context {
        stage: Stage::Candidate,
        elapsed: Duration::from_millis(1),
        attempt: 1,
        failures: 0,
        start_period: Duration::from_secs(30),
        retries: 3,
    }
}

#[test]
fn checks_have_names_of_their_own_in_each_stage() {
    let checked = |checks: &[(&str, &str)]| {
        let list: Vec<_> = checks.iter().map(|(name, stage)| json!({ "name": name, "stage": stage })).collect();
        let plan = planned(json!({ "ok": plan() })).result.unwrap();
        Guest::of("verifier-plugin").answers("verifier#checks", json!(list)).load().checks(&plan)
    };
    let checks = checked(&[("health", "candidate"), ("health", "route"), ("tcp", "route")]).result.unwrap();
    assert_eq!((checks[0].plugin.as_str(), checks[1].stage), ("test/guest@1.2.3", Stage::Route));
    assert!(refused(checked(&[("health", "route"), ("health", "route")])).contains("checks[1].name"));
    assert!(refused(checked(&[("he alth", "route")])).contains("checks[0].name"));
}

#[test]
fn a_verdict_that_contradicts_itself_is_not_believed() {
    let judged = |verdict: Value| {
        let plugin = Guest::of("verifier-plugin").answers("verifier#evaluate", verdict).load();
        plugin.evaluate(&check(), &context(), Arc::new(Nothing))
    };
    for (fault, code) in [
        ("process-exited", Code::ProcessExited),
        ("port-not-listening", Code::PortNotListening),
        ("health-failed", Code::HealthFailed),
        ("health-timeout", Code::HealthTimeout),
        ("route-failed", Code::RouteFailed),
        ("route-wrong-release", Code::RouteWrongRelease),
        ("access-url-unreachable", Code::AccessUrlUnreachable),
        ("check-failed", Code::CheckFailed),
    ] {
        let verdict = judged(json!({ "outcome": "failed", "fault": fault, "expected": "200", "observed": "500" }));
        assert_eq!(verdict.result.unwrap().fault, Some(code));
    }
    let silent = judged(json!({ "outcome": "failed" })).result.unwrap();
    assert_eq!((silent.outcome, silent.fault), (Outcome::Failed, Some(Code::CheckFailed)));
    assert!(judged(json!({ "outcome": "not-yet", "fault": "health-failed" })).result.is_ok());
    assert!(refused(judged(json!({ "outcome": "passed", "fault": "health-failed" }))).contains("verdict.fault"));
}
