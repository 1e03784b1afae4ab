//! What scripts rely on: the fields of the documents, and that detect and plan leave no trace.

use std::collections::BTreeSet;
use tests::{Answer, App, TestHost, shipway};

fn fields(value: &serde_json::Value) -> BTreeSet<String> {
    value.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn a_deployment_has_every_field_that_the_design_promises() {
    let host = TestHost::start();
    let app = App::node("web", "hello");
    let (exit, deployment) = host.deploy(&app.path(), &[]);
    assert_eq!(exit, 0, "{deployment:#}");
    let id = deployment["id"].as_str().expect("an id");
    let status = host.status(id);
    assert_eq!(status, deployment, "deploy and status show the same document");
    for field in [
        "id",
        "resourceId",
        "resource",
        "trigger",
        "status",
        "currentPhase",
        "sourceSummary",
        "detection",
        "plan",
        "phases",
        "checks",
        "urls",
        "failure",
        "recoveryHint",
        "rollback",
        "createdAt",
        "finishedAt",
    ] {
        assert!(fields(&status).contains(field), "{field} is missing: {status:#}");
    }
    for field in ["kind", "locator", "gitRef", "revision", "baseDirectory", "digest"] {
        assert!(fields(&status["sourceSummary"]).contains(field), "sourceSummary.{field}: {status:#}");
    }
    assert_eq!(status["detection"]["appType"], "node");
    assert!(status["detection"]["evidence"].as_array().is_some_and(|e| !e.is_empty()));
    assert!(status["plan"]["fingerprint"].as_str().is_some_and(|f| f.starts_with("sha256:")));
    let phases: Vec<&str> = status["phases"].as_array().unwrap().iter().filter_map(|p| p["phase"].as_str()).collect();
    assert_eq!(phases, ["detect", "plan", "execute", "verify"]);
    assert!(
        status["phases"].as_array().unwrap().iter().all(|p| p["outcome"] == "succeeded" && p["finishedAt"].is_string())
    );
    let checks: BTreeSet<&str> =
        status["checks"].as_array().unwrap().iter().filter_map(|c| c["name"].as_str()).collect();
    assert!(["process", "health", "route", "access"].iter().all(|c| checks.contains(c)), "{checks:?}");
    let url = status["urls"][0].as_str().expect("a url");
    assert!(url.starts_with("http://web.localhost:"), "{url}");
    assert_eq!(tests::get(host.http(), "web.localhost", "/"), Ok((200, "hello".into())));

    let health = host.run(&["health", "web", "--json"]);
    assert_eq!(health.exit, 0, "{health:?}");
    assert_eq!(health.json()["overall"], "passed", "{health:?}");

    let events = host.run(&["events", id, "--json"]).json();
    let sequence: Vec<u64> = events.as_array().expect("events").iter().filter_map(|e| e["seq"].as_u64()).collect();
    assert_eq!(sequence, (1..=sequence.len() as u64).collect::<Vec<_>>(), "a timeline without gaps");

    assert_eq!(host.run(&["stop", "web"]).exit, 0);
    assert_eq!(tests::get(host.http(), "web.localhost", "/").map(|(status, _)| status), Ok(503));
    assert_eq!(host.run(&["start", "web"]).exit, 0);
    assert_eq!(tests::get(host.http(), "web.localhost", "/"), Ok((200, "hello".into())));
    assert_eq!(host.run(&["remove", "web", "--yes"]).exit, 0);
    assert_eq!(tests::get(host.http(), "web.localhost", "/").map(|(status, _)| status), Ok(404));
    assert!(host.processes().is_empty(), "{:?}", host.processes());
}

#[test]
fn detect_and_plan_leave_no_trace_and_print_their_evidence() {
    let app = App::node("tidy", "x");
    let home = tempfile::tempdir().expect("a home");
    let files = |dir: &std::path::Path| -> BTreeSet<String> {
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path().display().to_string()).collect()
    };
    let before = files(&app.path());
    let path = app.path().display().to_string();
    let run = |args: &[&str]| -> Answer {
        let mut command = shipway(args);
        command
            .env("HOME", home.path())
            .env("XDG_STATE_HOME", home.path().join("state"))
            .env("XDG_DATA_HOME", home.path().join("data"));
        command.args(["--state", &home.path().join("no-such-state").display().to_string()]);
        command.output().expect("the binary runs").into()
    };
    let detect = run(&["detect", &path, "--json"]);
    assert_eq!(detect.exit, 0, "{detect:?}");
    let report = detect.json();
    assert_eq!((&report["outcome"], &report["appType"]), (&"claimed".into(), &"node".into()));
    assert_eq!(report["start"], "node server.js");
    assert!(report["evidence"].as_array().is_some_and(|e| e.iter().any(|e| e["path"] == "package.json")), "{report:#}");
    for field in ["framework", "packageManager", "install", "build", "port", "publish", "apps", "ambiguous"] {
        assert!(fields(&report).contains(field), "{field} is missing: {report:#}");
    }
    let plan = run(&["plan", &path, "--json"]);
    assert_eq!(plan.exit, 0, "{plan:?}");
    assert!(plan.json()["fingerprint"].as_str().is_some_and(|f| f.starts_with("sha256:")));
    let again = run(&["plan", &path, "--json"]);
    assert_eq!(plan.json()["plan"], again.json()["plan"]);
    assert_eq!(plan.json()["fingerprint"], again.json()["fingerprint"]);
    let text = run(&["detect", &path]);
    assert!(text.stdout.contains("package.json"), "a person sees the evidence: {}", text.stdout);
    assert_eq!(before, files(&app.path()), "the folder is as it was");
    assert!(!home.path().join("no-such-state").exists(), "a state directory was made");
    assert!(!home.path().join("state").exists() && !home.path().join("data").exists());
}

#[test]
fn a_plan_that_was_looked_at_is_the_one_that_runs_or_nothing_does() {
    let host = TestHost::start();
    let app = App::node("exact", "x");
    let path = app.path().display().to_string();
    let plan = host.run(&["plan", &path, "--json"]).json();
    let fingerprint = plan["fingerprint"].as_str().expect("a fingerprint");
    let (exit, deployment) = host.deploy(&app.path(), &["--plan", fingerprint]);
    assert_eq!(exit, 0, "{deployment:#}");
    assert_eq!(deployment["plan"]["fingerprint"], fingerprint);
    app.serves("changed");
    let (exit, deployment) = host.deploy(&app.path(), &["--plan", fingerprint]);
    assert_eq!((exit, &deployment["failure"]["code"]), (11, &"plan-changed".into()), "{deployment:#}");
    assert_eq!(tests::get(host.http(), "exact.localhost", "/"), Ok((200, "x".into())));
}
