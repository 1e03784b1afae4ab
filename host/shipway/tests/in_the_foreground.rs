//! Ctrl-C, with an app that really runs: what `up` started stops with it, and what `deploy` follows goes on.
//!
//! Needs the plugins inside the binary: `cargo xtask test` sees to that, and so does `cargo xtask build` once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up fails the test")]

mod common;

use common::{Served, document, shipway, status, wait};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

fn site(dir: &Path) -> PathBuf {
    let site = dir.join("site");
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("index.html"), "<p>it is served</p>").unwrap();
    site
}

/// Reads what a command says on the way until it says this.
fn wait_for(child: &mut Child, words: &str) {
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !said.contains(words) {
        assert_ne!(
            lines.read_line(&mut said).unwrap(),
            0,
            "it ended without {words:?} (are the plugins inside?):\n{said}"
        );
    }
    // It goes on writing, and must not be stopped by a full pipe.
    std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
}

fn ctrl_c(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

fn get(url: &str) -> String {
    let authority = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let port = authority.rsplit_once(':').unwrap().1;
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.write_all(format!("GET / HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Processes that have this directory among their arguments.
fn processes_of(dir: &Path) -> usize {
    let dir = dir.to_str().unwrap().as_bytes();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(dir.len()).any(|part| part == dir)).count()
}

#[test]
fn up_serves_until_ctrl_c_and_leaves_nothing_running() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut up = shipway(&state)
        .args(["up", site(dir.path()).to_str().unwrap(), "--http", "127.0.0.1:0", "--set", "rollback.watch=500ms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&mut up, "Ctrl-C stops it");
    let listed = document(&common::run(&state, &["list", "--json"]));
    assert_eq!(listed[0]["name"], "site", "other terminals can look: {listed}");
    assert!(get(listed[0]["urls"][0].as_str().unwrap()).contains("it is served"));
    ctrl_c(&up);
    assert_eq!(wait(&mut up).code(), Some(0));
    assert_eq!(processes_of(&state), 0, "the app and its supervisor are gone");
    assert_eq!(status(&common::run(&state, &["list"])), 20);
}

#[test]
fn a_deployment_that_is_left_with_ctrl_c_goes_on_and_can_be_canceled() {
    let served = Served::start();
    let mut deploy = shipway(&served.state())
        .args(["deploy", site(served.dir.path()).to_str().unwrap(), "--set", "rollback.watch=1m", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&mut deploy, "watching it");
    ctrl_c(&deploy);
    assert_eq!(wait(&mut deploy).code(), Some(130));
    let mut out = String::new();
    deploy.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let left: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(left["status"], "verifying", "it goes on");

    let id = left["id"].as_str().unwrap();
    let canceled = served.run(&["cancel", id, "--json"]);
    assert_eq!(status(&canceled), 0, "{canceled:?}");
    assert!(["canceled", "rolled-back"].contains(&document(&canceled)["status"].as_str().unwrap()));
    assert_eq!(status(&served.run(&["cancel", id])), 20, "what is over cannot be canceled");
    assert_eq!(status(&served.run(&["remove", "site", "--yes"])), 0);
    assert_eq!(processes_of(&served.state().join("instances")), 0);
}
