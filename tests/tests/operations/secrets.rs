//! Secrets reach the app and nothing else.

use crate::{serving, text};
use std::path::Path;
use tests::{App, TestHost};

const SECRET: &str = "correct-horse/battery+staple=7";

/// Files below a directory that hold the value, as it is or percent-encoded.
fn holding(dir: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            holding(&entry.path(), found);
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            for form in [SECRET.as_bytes(), b"correct-horse%2Fbattery"] {
                if bytes.windows(form.len()).any(|window| window == form) {
                    found.push(entry.path().display().to_string());
                }
            }
        }
    }
}

/// An app that is told a secret by a file outside of its source.
fn with_secret(name: &str) -> (App, std::path::PathBuf) {
    let app = App::node(name, "");
    let file = app.path().parent().expect("a parent").join("token");
    std::fs::write(&file, format!("{SECRET}\n")).expect("the secret");
    app.write(
        "shipway.toml",
        &format!(
            "[health]\npath = \"/health\"\ninterval = \"100ms\"\n[rollback]\nwatch = \"300ms\"\n[secrets]\nTOKEN = \"file:{}\"\n",
            file.display()
        ),
    );
    let knows = format!("process.env.TOKEN === {:?}.split('').reverse().join('')", reversed());
    app.server(&format!("res.end(req.url === '/' && {knows} ? 'knows it' : 'ok')"), "process.env.PORT");
    (app, file)
}

/// So that the app's own source does not hold the value.
fn reversed() -> String {
    SECRET.chars().rev().collect()
}

#[test]
fn a_secret_reaches_the_app_and_no_file_and_no_output() {
    let host = TestHost::start();
    let (app, _) = with_secret("vault");
    let first = host.deployed(&app.path());
    assert_eq!(serving(&host, "vault"), "knows it");

    // An app that says its secret when it fails: in its last words, and in what it answers.
    app.server(
        "console.error('token is', process.env.TOKEN); res.statusCode = 500; res.end('no ' + process.env.TOKEN)",
        "process.env.PORT",
    );
    let (exit, sick) = host.deploy(&app.path(), &[]);
    assert_eq!((exit, text(&sick, "status")), (13, "rolled-back"), "{sick:#}");
    assert!(text(&sick["failure"], "message").contains("[secret]"), "it is masked, not left out: {sick:#}");
    app.write("server.js", "console.error('cannot use', process.env.TOKEN); process.exit(1)");
    let (exit, broken) = host.deploy(&app.path(), &[]);
    assert_eq!(exit, 12, "{broken:#}");
    assert!(broken["failure"]["details"].to_string().contains("cannot use [secret]"), "{broken:#}");

    let ids = [text(&first, "id"), text(&sick, "id"), text(&broken, "id")];
    let mut commands =
        vec![vec!["list", "--json"], vec!["status", "vault", "--json"], vec!["health", "vault", "--json"]];
    for id in ids {
        commands.push(vec!["status", id, "--json"]);
        commands.push(vec!["status", id]);
        commands.push(vec!["events", id, "--json"]);
        commands.push(vec!["events", id]);
        commands.push(vec!["logs", id]);
        commands.push(vec!["logs", id, "--phase", "build"]);
    }
    for command in commands {
        let answer = host.run(&command);
        let said = answer.stdout + &answer.stderr;
        assert!(!said.is_empty() && !said.contains(SECRET), "{command:?} says it: {said}");
    }
    assert!(!host.log().contains(SECRET), "the host's own log has it");

    // What an app writes into its own log is the app's: the file is the owner's alone, and what is shown is masked.
    let mut found = Vec::new();
    holding(&host.state_dir(), &mut found);
    let others: Vec<&String> = found
        .iter()
        .filter(|path| !ids[1..].iter().any(|id| path.contains(&format!("instances/{id}-web/log"))))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_secret_that_is_missing_fails_before_anything_is_built() {
    let host = TestHost::start();
    let (app, file) = with_secret("safe");
    std::fs::remove_file(&file).expect("the secret");
    let (exit, failed) = host.deploy(&app.path(), &[]);
    assert_eq!((exit, text(&failed["failure"], "code")), (12, "credentials-rejected"), "{failed:#}");
    assert!(text(&failed["failure"], "input").contains("TOKEN"), "{failed:#}");
    assert_eq!(failed["status"], "failed", "there was nothing to roll back");
    let events = host.run(&["events", text(&failed, "id"), "--json"]);
    assert!(!events.stdout.contains("step-started"), "it built: {}", events.stdout);
}

#[test]
fn a_running_app_does_not_need_its_secret_to_be_adopted() {
    let mut host = TestHost::start();
    let (app, file) = with_secret("crypt");
    host.deployed(&app.path());
    std::fs::remove_file(&file).expect("the secret");
    host.kill();
    host.serve();
    assert_eq!(serving(&host, "crypt"), "knows it");
    app.serves("v2");
    let (_, failed) = host.deploy(&app.path(), &[]);
    assert_eq!(failed["failure"]["code"], "credentials-rejected", "{failed:#}");
    assert!(failed["warnings"].to_string().contains("could not be started again"), "said up front: {failed:#}");
    assert_eq!(serving(&host, "crypt"), "knows it");
}
