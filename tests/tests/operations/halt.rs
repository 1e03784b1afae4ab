//! Stop, start and remove, and a host that is killed in the middle of each.

use crate::{scripts, serving, text, until};
use std::time::Duration;
use tests::{App, TestHost};

/// An app that does not hear SIGTERM: ending it takes as long as the host's patience, and can be met in the middle.
fn stubborn(name: &str) -> App {
    let app = App::node(name, "here");
    app.write(
        "server.js",
        "process.on('SIGTERM', () => {});\n\
         require('http').createServer((req, res) => res.end('here')).listen(process.env.PORT, process.env.HOST);\n",
    );
    app
}

/// Begins a command of the host and kills the host in the middle of it.
fn killed_in(host: &mut TestHost, args: &[&str], half_done: impl Fn(&TestHost) -> bool) {
    let state = host.state_dir().display().to_string();
    let mut all = vec!["--state", &state];
    all.extend(args);
    let mut command = tests::shipway(&all);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().expect("the command starts");
    until("half of it is done", || half_done(host), |done| *done);
    host.kill();
    let _ = child.wait();
}

#[test]
fn a_stopped_app_stays_stopped_and_says_so() {
    let mut host = TestHost::start();
    let app = App::node("lamp", "on");
    host.deployed(&app.path());
    assert_eq!(host.run(&["stop", "lamp"]).exit, 0);
    assert_eq!(scripts(&host), Vec::<String>::new());
    let report = host.run(&["health", "lamp", "--json"]);
    assert_eq!((report.exit, text(&report.json(), "overall")), (13, "failed"), "{report:?}");
    assert!(report.stdout.contains("stopped on purpose"), "{report:?}");
    assert_eq!(host.terminate(), Some(0));
    host.serve();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(scripts(&host), Vec::<String>::new(), "a start of the host starts it");
    assert_eq!(serving(&host, "lamp"), "status 503");
    assert_eq!(host.run(&["start", "lamp"]).exit, 0);
    assert_eq!(host.run(&["start", "lamp"]).exit, 0, "starting what runs changes nothing");
    until("it serves again", || serving(&host, "lamp"), |body| body == "on");
    assert_eq!(host.run(&["health", "lamp"]).exit, 0);
    assert_eq!(scripts(&host).len(), 1);
}

#[test]
fn a_stop_that_a_kill_cuts_short_is_finished_by_the_next_start() {
    let mut host = TestHost::start();
    let app = stubborn("mule");
    host.deployed(&app.path());
    killed_in(&mut host, &["stop", "mule"], |host| text(&host.status("mule"), "desired") == "stopped");
    assert_eq!(scripts(&host).len(), 1, "it was met in the middle");
    host.serve();
    assert_eq!(host.status("mule")["desired"], "stopped");
    until("it is stopped", || scripts(&host), Vec::is_empty);
    assert_eq!(serving(&host, "mule"), "status 503");
}

#[test]
fn a_start_that_a_kill_cuts_short_is_finished_by_the_next_start() {
    let mut host = TestHost::start();
    let app = App::node("sail", "up");
    host.deployed(&app.path());
    assert_eq!(host.run(&["stop", "sail"]).exit, 0);
    killed_in(&mut host, &["start", "sail"], |host| text(&host.status("sail"), "desired") == "running");
    host.serve();
    until("it serves", || serving(&host, "sail"), |body| body == "up");
    assert_eq!(scripts(&host).len(), 1, "once: {:?}", scripts(&host));
}

#[test]
fn a_removal_that_a_kill_cuts_short_is_finished_by_the_next_start() {
    let mut host = TestHost::start();
    let app = stubborn("weed");
    let first = host.deployed(&app.path());
    killed_in(&mut host, &["remove", "weed", "--yes"], |host| text(&host.status("weed"), "desired") == "removing");
    host.serve();
    until("it is gone", || host.run(&["list", "--json"]).stdout, |list| !list.contains("weed"));
    assert_eq!(scripts(&host), Vec::<String>::new());
    for room in ["builds", "instances"] {
        let left = std::fs::read_dir(host.state_dir().join(room)).expect("a room").flatten().count();
        assert_eq!(left, 0, "{room}");
    }
    assert_eq!(serving(&host, "weed"), "status 404");
    assert_eq!(text(&host.status(text(&first, "id")), "status"), "succeeded", "its timeline stays");
    // The name is free again, for something new.
    app.serves("new");
    host.deployed(&app.path());
    assert_eq!(serving(&host, "weed"), "new");
    assert_eq!(host.status("weed")["releases"].as_array().map(Vec::len), Some(1));
}

#[test]
fn nothing_is_stopped_or_removed_under_a_deployment() {
    let host = TestHost::start();
    let app = App::node("gate", "v1");
    host.deployed(&app.path());
    crate::builds_for(&app, 60_000);
    let id = host.deploy_detached(&app.path(), &[]);
    host.wait_for(&id, &["executing"], crate::SOON);
    for command in
        [&["stop", "gate", "--json"][..], &["remove", "gate", "--yes", "--json"], &["start", "gate", "--json"]]
    {
        let refused = host.run(command);
        assert_eq!(refused.json()["error"]["code"], "not-allowed", "{command:?}: {refused:?}");
        assert!(refused.stdout.contains(&format!("shipway cancel {id}")), "{command:?}: {refused:?}");
    }
    assert_eq!(host.run(&["cancel", &id]).exit, 0);
    assert_eq!(serving(&host, "gate"), "v1");
    assert_eq!(host.run(&["stop", "gate"]).exit, 0, "afterwards it may");
}

#[test]
fn after_the_machine_was_off_what_should_run_runs_and_what_was_stopped_does_not() {
    let mut host = TestHost::start();
    let (app, other) = (App::node("well", "water"), App::node("pump", "dry"));
    host.deployed(&app.path());
    host.deployed(&other.path());
    assert_eq!(host.run(&["stop", "pump"]).exit, 0);
    host.kill();
    crate::kill_supervisors(&host, "");
    until("everything is dark", || scripts(&host), Vec::is_empty);
    host.serve();
    assert_eq!(serving(&host, "well"), "water", "from its retained build, before the host says that it is up");
    assert_eq!(serving(&host, "pump"), "status 503");
    assert_eq!(scripts(&host).len(), 1);
}
