//! The whole way with a real host: `shipway serve` in one process, commands in others.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up fails the test")]

mod common;

use common::{Served, document, nothing_to_run, run, shipway, status, text, wait};
use rustix::process::Signal;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn a_host_says_where_it_is_once_it_can_be_used() {
    let served = Served::start();
    assert_eq!(served.ready["state"], served.state().to_str().unwrap());
    assert_eq!(served.ready["socket"], served.state().join("shipway.sock").to_str().unwrap());
    assert!(served.ready["router"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(document(&served.run(&["list", "--json"])), serde_json::json!([]));
    let overview = document(&served.run(&["status", "--json"]));
    assert_eq!(overview["host"]["pid"], served.ready["pid"]);
}

#[test]
fn a_failed_deployment_exits_by_its_phase_and_can_be_looked_at() {
    let served = Served::start();
    let app = nothing_to_run(served.dir.path());
    let output = served.run(&["deploy", app.to_str().unwrap(), "--name", "web", "--json"]);
    assert_eq!(status(&output), 10);
    let deployment = document(&output);
    assert_eq!(deployment["status"], "failed");
    assert_eq!(deployment["failure"]["phase"], "detect");
    let id = deployment["id"].as_str().unwrap();

    assert_eq!(document(&served.run(&["status", id, "--json"])), deployment);
    assert_eq!(document(&served.run(&["status", "web", "--json"]))["latest"]["id"], id);
    let events = document(&served.run(&["events", id, "--json"]));
    let lines = served.run(&["events", id, "--follow", "--json"]);
    let followed: Vec<serde_json::Value> =
        text(&lines.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, serde_json::Value::from(followed));
    assert_eq!(status(&served.run(&["logs", "web", "--phase", "build"])), 0);

    let shown = served.run(&["deploy", app.to_str().unwrap(), "--name", "web"]);
    assert_eq!(status(&shown), 10);
    let page = text(&shown.stdout);
    for part in ["app-type-undetected", "shipway explain", "now serving: nothing"] {
        assert!(page.contains(part), "{part} is missing in:\n{page}");
    }
    assert!(text(&shown.stderr).contains("detect"), "progress goes to stderr");
    let quiet = served.run(&["deploy", app.to_str().unwrap(), "--name", "web", "--quiet"]);
    assert!(quiet.stderr.is_empty(), "{quiet:?}");
}

#[test]
fn detaching_prints_the_id_and_nothing_else() {
    let served = Served::start();
    let app = nothing_to_run(served.dir.path());
    let output = served.run(&["deploy", app.to_str().unwrap(), "--detach"]);
    assert_eq!(status(&output), 0);
    let id = text(&output.stdout);
    assert_eq!(status(&served.run(&["events", id.trim(), "--follow"])), 0);
    assert_eq!(document(&served.run(&["status", id.trim(), "--json"]))["id"], id.trim());
}

#[test]
fn an_invalid_configuration_deploys_nothing() {
    let served = Served::start();
    let app = nothing_to_run(served.dir.path());
    let output = served.run(&["deploy", app.to_str().unwrap(), "--set", "helth.path=/", "--json"]);
    assert_eq!(status(&output), 2);
    assert_eq!(document(&output)["failure"]["code"], "config-invalid");
    assert_eq!(document(&served.run(&["list", "--json"])), serde_json::json!([]));
}

#[test]
fn what_is_not_there_is_not_found() {
    let served = Served::start();
    for args in [
        &["status", "nobody"][..],
        &["health", "nobody"],
        &["logs", "nobody"],
        &["stop", "nobody"],
        &["rollback", "nobody"],
        &["remove", "nobody", "--yes"],
        &["status", "dep_01jabcdefghjkmnpqrstvwxyz0"],
        &["events", "dep_01jabcdefghjkmnpqrstvwxyz0", "--follow"],
        &["retry", "dep_01jabcdefghjkmnpqrstvwxyz0"],
    ] {
        let output = served.run(&[args, &["--json"]].concat());
        assert_eq!(status(&output), 2, "{args:?}");
        assert_eq!(document(&output)["failure"]["code"], "not-found", "{args:?}");
    }
}

#[test]
fn removing_without_a_terminal_needs_yes_and_lists_what_goes() {
    let served = Served::start();
    let app = nothing_to_run(served.dir.path());
    served.run(&["deploy", app.to_str().unwrap(), "--name", "web"]);
    let refused = served.run(&["remove", "web", "--json"]);
    assert_eq!(status(&refused), 2);
    assert_eq!(status(&served.run(&["status", "web"])), 0, "nothing was removed");
    assert_eq!(status(&served.run(&["remove", "web", "--yes"])), 0);
    assert_eq!(status(&served.run(&["status", "web"])), 2);
}

#[test]
fn a_second_host_on_the_same_state_is_refused_and_harms_nothing() {
    let served = Served::start();
    for _ in 0..2 {
        let second = run(&served.state(), &["serve", "--http", "127.0.0.1:0", "--json"]);
        assert_eq!(status(&second), 20);
        assert_eq!(document(&second)["error"]["code"], "state-locked");
    }
    assert_eq!(status(&served.run(&["list"])), 0);
}

#[test]
fn a_host_that_is_asked_to_end_ends_well_and_leaves_no_socket() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut served = Served::start();
        assert_eq!(served.end(signal).code(), Some(0));
        assert!(!served.state().join("shipway.sock").exists());
        assert_eq!(status(&served.run(&["list"])), 20);
    }
}

#[test]
fn a_host_under_nohup_outlives_its_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut child = std::process::Command::new("nohup")
        .arg(env!("CARGO_BIN_EXE_shipway"))
        .args(["serve", "--http", "127.0.0.1:0", "--state", state.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while status(&run(&state, &["list"])) != 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the host does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::HUP).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(status(&run(&state, &["list"])), 0);
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(wait(&mut child).code(), Some(0));
}

#[test]
fn a_host_that_was_killed_is_followed_by_another_on_the_same_state() {
    let mut served = Served::start();
    let app = nothing_to_run(served.dir.path());
    let deployment = document(&served.run(&["deploy", app.to_str().unwrap(), "--name", "web", "--json"]));
    served.end(Signal::KILL);
    assert_eq!(status(&served.run(&["list"])), 20, "its socket is there and nobody answers");
    let state = served.state();
    let mut next = shipway(&state).args(["serve", "--http", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while status(&run(&state, &["list"])) != 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the next host does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    let id = deployment["id"].as_str().unwrap();
    assert_eq!(document(&run(&state, &["status", id, "--json"])), deployment);
    next.kill().unwrap();
    wait(&mut next);
}

#[test]
fn up_uses_the_host_that_runs() {
    let served = Served::start();
    let app = nothing_to_run(served.dir.path());
    let output = served.run(&["up", app.to_str().unwrap(), "--name", "web", "--json"]);
    assert_eq!(status(&output), 10);
    assert_eq!(document(&served.run(&["status", "web", "--json"]))["latest"]["id"], document(&output)["id"]);
}

#[test]
fn up_is_a_host_itself_when_none_runs_and_ends_with_its_deployment() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    let state = dir.path().join("state");
    let output = run(&state, &["up", app.to_str().unwrap(), "--http", "127.0.0.1:0", "--json"]);
    assert_eq!(status(&output), 10);
    assert_eq!(document(&output)["failure"]["code"], "app-type-undetected");
    assert!(!state.join("shipway.sock").exists());
}

#[test]
fn up_starts_no_host_in_place_of_one_that_was_named() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    let state = dir.path().join("state");
    let named = dir.path().join("other.sock");
    let output = run(&state, &["up", app.to_str().unwrap(), "--host", named.to_str().unwrap()]);
    assert_eq!(status(&output), 20);
    assert!(!state.exists());
}

#[test]
fn a_port_that_somebody_holds_is_named_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = holder.local_addr().unwrap().to_string();
    let mut child = shipway(&dir.path().join("state"))
        .args(["serve", "--http", &addr, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ended = wait(&mut child);
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(ended.code(), Some(20));
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["error"]["code"], "port-conflict");
    assert!(document["error"]["message"].as_str().unwrap().contains(&addr), "{document}");
}
