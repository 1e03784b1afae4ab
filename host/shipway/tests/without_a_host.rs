//! What the command line promises when no host runs: statuses, one document with `--json`, no traces, no panics.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up fails the test")]

mod common;

use common::{document, nothing_to_run, run, shipway, status, text};
use std::process::Stdio;

#[test]
fn every_command_that_needs_a_host_says_that_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    let app = app.to_str().unwrap();
    let id = "dep_01jabcdefghjkmnpqrstvwxyz0";
    for args in [
        &["list"][..],
        &["status"],
        &["status", "web"],
        &["events", id],
        &["events", id, "--follow"],
        &["logs", "web"],
        &["health", "web"],
        &["deploy", app],
        &["rollback", "web"],
        &["retry", id],
        &["cancel", id],
        &["stop", "web"],
        &["start", "web"],
        &["remove", "web", "--yes"],
    ] {
        let output = run(dir.path(), args);
        assert_eq!(status(&output), 20, "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}: an answer that there is not");
        let socket = dir.path().join("shipway.sock");
        assert!(text(&output.stderr).contains(socket.to_str().unwrap()), "{args:?}");

        let output = run(dir.path(), &[args, &["--json"]].concat());
        assert_eq!(status(&output), 20, "{args:?}");
        assert_eq!(document(&output)["error"]["code"], "host-unreachable", "{args:?}");
    }
}

#[test]
fn a_source_that_does_not_exist_is_refused_alike_by_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let missing = missing.to_str().unwrap();
    for command in ["detect", "plan", "deploy", "up"] {
        let output = run(dir.path(), &[command, missing, "--json"]);
        assert_eq!(status(&output), 10, "{command}");
        let failure = &document(&output)["failure"];
        assert_eq!(failure["code"], "source-unreadable", "{command}");
        assert_eq!(failure["phase"], "detect", "{command}");
        assert_eq!(failure["input"], missing, "{command}");
        let output = run(dir.path(), &[command, missing]);
        assert_eq!(status(&output), 10, "{command}");
    }
}

#[test]
fn what_nothing_claims_fails_detect() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    for command in ["detect", "plan"] {
        let output = run(dir.path(), &[command, app.to_str().unwrap(), "--json"]);
        assert_eq!(status(&output), 10, "{command}");
        let report = document(&output);
        assert_eq!(report["failure"]["phase"], "detect", "{command}");
        assert_eq!(report["failure"]["code"], "app-type-undetected", "{command}");
    }
}

#[test]
fn looking_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    let state = dir.path().join("state");
    for args in [&["detect", app.to_str().unwrap()][..], &["plan", app.to_str().unwrap()], &["doctor"], &["list"]] {
        run(&state, args);
    }
    assert!(!state.exists());
    assert_eq!(std::fs::read_dir(&app).unwrap().count(), 1);
}

#[test]
fn an_unknown_key_is_a_configuration_error_wherever_it_is_met() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    std::fs::write(app.join("shipway.toml"), "[helth]\npath = \"/\"\n").unwrap();
    let app = app.to_str().unwrap();
    for args in [&["config", "check", app][..], &["config", "show", app], &["detect", app], &["plan", app]] {
        let output = run(dir.path(), &[args, &["--json"]].concat());
        assert_eq!(status(&output), 2, "{args:?}");
        let failure = document(&output)["failure"].clone();
        assert_eq!(failure["code"], "config-invalid", "{args:?}");
        assert!(failure["message"].as_str().unwrap().contains("health"), "the nearest known one is named: {failure}");
    }
}

#[test]
fn a_setting_is_shown_with_where_it_came_from() {
    let dir = tempfile::tempdir().unwrap();
    let app = nothing_to_run(dir.path());
    std::fs::write(app.join("shipway.toml"), "[health]\npath = \"/up\"\n").unwrap();
    let args = ["config", "show", app.to_str().unwrap(), "--set", "network.port=4321", "--json"];
    let shown = document(&run(dir.path(), &args));
    let line = |key: &str| shown.as_array().unwrap().iter().find(|l| l["key"] == key).unwrap().clone();
    assert_eq!(
        (&line("health.path")["value"], &line("health.path")["origin"]["from"]),
        (&"/up".into(), &"file".into())
    );
    assert_eq!(line("network.port")["origin"]["from"], "setting");
    assert_eq!(line("rollback.keep")["origin"]["from"], "default");
}

#[test]
fn usage_errors_exit_2_and_are_one_document_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["depoly"][..],
        &["list", "--nope"],
        &["list", "--host", "https://example.com"],
        &["deploy", "https://example.com/app.git"],
        &["deploy", ".", "--name", "Not A Name"],
        &["explain", "helth"],
        &["status", "Not A Name"],
    ] {
        let output = run(dir.path(), args);
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        let output = run(dir.path(), &[args, &["--json"]].concat());
        assert_eq!(status(&output), 2, "{args:?}");
        document(&output);
    }
}

#[test]
fn every_code_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let all = document(&run(dir.path(), &["explain", "--json"]));
    let codes: Vec<&str> = all.as_array().unwrap().iter().map(|page| page["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), model::Code::ALL.len());
    for code in ["health-failed", "source-unreadable", "plugin-trapped"] {
        let output = run(dir.path(), &["explain", code]);
        assert_eq!(status(&output), 0);
        assert!(text(&output.stdout).contains(code));
    }
}

#[test]
fn nothing_is_coloured_where_nobody_sees_colours() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&["help"][..], &["explain", "health-failed"], &["doctor"], &["list"], &["detect", "/nowhere"]] {
        let output = run(dir.path(), args);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn a_reader_that_went_away_is_not_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&["explain"][..], &["config", "schema"], &["completions", "bash"], &["man"], &["help"], &["doctor"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = shipway(dir.path()).args(args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{args:?}");
        assert_eq!(status(&output), 0, "{args:?}");
    }
}

#[test]
fn shells_and_man_get_what_they_need() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(dir.path(), &["completions", shell]);
        assert_eq!(status(&output), 0, "{shell}");
        assert!(text(&output.stdout).contains("rollback"), "{shell}");
    }
    let output = run(dir.path(), &["man", "deploy"]);
    assert!(text(&output.stdout).contains(".TH"), "{output:?}");
    let pages = dir.path().join("man");
    assert_eq!(status(&run(dir.path(), &["man", "--dir", pages.to_str().unwrap()])), 0);
    assert!(pages.join("shipway.1").exists() && pages.join("shipway-deploy.1").exists());
    assert_eq!(status(&run(dir.path(), &["man", "nonsense"])), 2);
}

#[test]
fn the_doctor_tells_facts_of_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(dir.path(), &["doctor", "--json"]);
    let report = document(&output);
    let named = |name: &str| report["facts"].as_array().unwrap().iter().any(|f| f["name"] == name);
    for name in ["kernel", "cgroup", "landlock", "state directory", "disk", "host", "router's port", "node", "python3"]
    {
        assert!(named(name), "{name}");
    }
    assert_eq!(report["ok"], status(&output) == 0);
}

#[test]
fn a_state_directory_whose_socket_would_not_fit_is_refused_before_it_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("x".repeat(110));
    let output = run(&state, &["serve", "--http", "127.0.0.1:0", "--json"]);
    assert_eq!(status(&output), 2);
    assert_eq!(document(&output)["error"]["code"], "usage-invalid");
    assert!(!state.exists());
}
