//! Every bad input fails in its own phase with its own code, input, hint and exit code, and changes nothing that runs.

use serde_json::Value;
use std::net::TcpListener;
use tests::{App, TestHost, get};

struct Expected {
    exit: i32,
    phase: &'static str,
    code: &'static str,
    /// A part of what the failure names as its input.
    input: &'static str,
}

/// The failure, wherever the command put it: in a deployment, or in an error document.
fn failure(document: &Value) -> &Value {
    if document["failure"].is_object() { &document["failure"] } else { &document["error"] }
}

fn check(host: &TestHost, what: &str, path: &str, more: &[&str], expected: &Expected) {
    let mut args = vec!["deploy", path, "--json"];
    args.extend(more);
    let answer = host.run(&args);
    let document = answer.json();
    let failure = failure(&document);
    assert_eq!(failure["code"], expected.code, "{what}: {document:#}");
    assert_eq!(failure["phase"], expected.phase, "{what}: {document:#}");
    assert_eq!(answer.exit, expected.exit, "{what}: {document:#}");
    let input = failure["input"].as_str().unwrap_or_default();
    assert!(input.contains(expected.input), "{what}: the input is {input:?}: {document:#}");
    assert!(!failure["message"].as_str().unwrap_or_default().is_empty(), "{what}");
    let remedies = failure["remedies"].as_array().map_or(0, Vec::len);
    assert!(remedies > 0, "{what}: it does not say how to go on: {document:#}");
    if document["failure"].is_object() {
        assert!(document["recoveryHint"].as_str().is_some_and(|h| !h.is_empty()), "{what}");
    }
    let page = host.run(&["explain", expected.code]);
    assert_eq!(page.exit, 0, "{what}: no page for {}", expected.code);
    assert_eq!(get(host.http(), "steady.localhost", "/"), Ok((200, "steady".into())), "{what} changed what runs");
}

#[test]
fn each_bad_input_fails_in_its_own_phase_and_changes_nothing() {
    let host = TestHost::start();
    let steady = App::node("steady", "steady");
    host.deployed(&steady.path());
    let path = |app: &App| app.path().display().to_string();

    check(
        &host,
        "a missing path",
        "/no/such/folder",
        &[],
        &Expected { exit: 10, phase: "detect", code: "source-unreadable", input: "/no/such/folder" },
    );

    let unreadable = App::node("unreadable", "x");
    rustix::fs::mkfifoat(rustix::fs::CWD, unreadable.path().join("pipe"), 0o644.into()).expect("a FIFO");
    check(
        &host,
        "something that is no file",
        &path(&unreadable),
        &[],
        &Expected { exit: 10, phase: "detect", code: "source-unreadable", input: "pipe" },
    );

    let based = App::node("based", "x");
    check(
        &host,
        "a base directory that does not exist",
        &path(&based),
        &["--base", "apps/web"],
        &Expected { exit: 10, phase: "detect", code: "base-directory-missing", input: "apps/web" },
    );

    let nothing = App::empty("nothing");
    nothing.write("notes.txt", "to do");
    check(
        &host,
        "nothing detectable",
        &path(&nothing),
        &[],
        &Expected { exit: 10, phase: "detect", code: "app-type-undetected", input: "nothing" },
    );

    let two = App::node("two", "x");
    two.write(
        "package.json",
        r#"{"name":"two","scripts":{"start":"node server.js"},"dependencies":{"express":"^4.19.0"}}"#,
    );
    two.write("server.js", "require('express')().listen(process.env.PORT)");
    two.write("requirements.txt", "flask==3.0.3\ngunicorn==22.0.0\n");
    two.write(
        "app.py",
        "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef index():\n    return 'x'\n",
    );
    check(
        &host,
        "two apps in one folder",
        &path(&two),
        &[],
        &Expected { exit: 10, phase: "detect", code: "app-type-ambiguous", input: "two" },
    );

    let typo = App::node("typo", "x");
    typo.write("shipway.toml", "[helth]\npath = \"/\"\n");
    check(
        &host,
        "an unknown key",
        &path(&typo),
        &[],
        &Expected { exit: 2, phase: "detect", code: "config-invalid", input: "shipway.toml" },
    );

    let startless = App::node("startless", "x");
    check(
        &host,
        "no start command",
        &path(&startless),
        &["--set", "runtime.strategy=commands"],
        &Expected { exit: 11, phase: "plan", code: "plan-incomplete", input: "start" },
    );

    let quick = ["--set", "health.start_period=1s"];
    let sick = App::node("sick", "x");
    sick.server("res.statusCode = req.url === '/health' ? 404 : 200; res.end('x')", "process.env.PORT");
    check(
        &host,
        "a health path that answers 404",
        &path(&sick),
        &quick,
        &Expected { exit: 13, phase: "verify", code: "health-failed", input: "/health" },
    );

    let brief = App::node("brief", "x");
    brief.write("server.js", "console.error('cannot find the database'); process.exit(1)");
    check(
        &host,
        "a start command that exits",
        &path(&brief),
        &quick,
        &Expected { exit: 12, phase: "execute", code: "exited-early", input: "server.js" },
    );

    let held = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = format!("network.port={}", held.local_addr().expect("its address").port());
    let wanting = App::node("wanting", "x");
    check(
        &host,
        "a port that something else holds",
        &path(&wanting),
        &["--set", &port],
        &Expected { exit: 12, phase: "execute", code: "port-conflict", input: "port" },
    );

    let elsewhere = App::node("elsewhere", "x");
    elsewhere.server("res.end('x')", "0");
    check(
        &host,
        "another port than it was told",
        &path(&elsewhere),
        &quick,
        &Expected { exit: 13, phase: "verify", code: "port-not-listening", input: "" },
    );

    let broken = App::node("broken", "x");
    broken.write("package.json", r#"{"name":"broken","scripts":{"start":"node server.js","build":"node -e 'console.error(\"type error\");process.exit(4)'"}}"#);
    check(
        &host,
        "a build that fails",
        &path(&broken),
        &quick,
        &Expected { exit: 12, phase: "execute", code: "build-failed", input: "build" },
    );

    let malformed = App::node("malformed", "x");
    malformed.write("package.json", "{ \"name\": \"malformed\",\n  \"scripts\": { oops }\n}");
    let answer = host.run(&["deploy", &path(&malformed), "--json"]);
    assert_eq!(answer.exit, 10, "{answer:?}");
    assert!(answer.stdout.contains("package.json"), "it names the file: {}", answer.stdout);

    let instances: Vec<String> = host.processes().into_iter().filter(|p| p.contains("server.js")).collect();
    assert_eq!(instances.len(), 1, "only the steady app runs: {instances:#?}");
}

#[test]
fn a_wrong_port_says_what_does_listen() {
    let host = TestHost::start();
    let app = App::node("lost", "x");
    app.server("res.end('x')", "39471");
    let (exit, deployment) = host.deploy(&app.path(), &["--set", "health.start_period=1s"]);
    assert_eq!(exit, 13, "{deployment:#}");
    let text = deployment["failure"].to_string();
    assert!(text.contains("39471"), "{deployment:#}");
    assert!(!text.contains("failed to start"), "a verify failure never claims that nothing started: {text}");
    assert_eq!(deployment["status"], "failed");
    assert_eq!(deployment["rollback"]["outcome"], "nothing-to-restore");
}
