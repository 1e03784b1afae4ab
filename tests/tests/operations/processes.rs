//! Which processes run after a success: all of the release, one of each, and they come back when they end.

use crate::{builds_for, scripts, serving, text, until};
use std::io::{Read, Write};
use std::time::Duration;
use tests::{App, TestHost};

/// A web process and a worker.
fn with_worker(name: &str, worker: &str) -> App {
    let app = App::node(name, "web");
    app.write("Procfile", "web: node server.js\nworker: node worker.js\n");
    app.write("worker.js", worker);
    app
}

const STEADY: &str = "console.log('working'); setInterval(() => {}, 1000)";

#[test]
fn a_worker_is_a_part_of_the_release() {
    let host = TestHost::start();
    let app = with_worker("forge", STEADY);
    host.deployed(&app.path());
    let runs = |what: &str| scripts(&host).iter().filter(|p| p.contains(what)).count();
    assert_eq!((runs("server.js"), runs("worker.js")), (1, 1), "{:?}", scripts(&host));
    let report = host.run(&["health", "forge", "--json"]);
    assert!(report.exit == 0 && report.stdout.contains("process worker"), "{report:?}");

    for (moment, worker, exit, code) in [
        ("at once", "console.error('no queue'); process.exit(3)", 12, "exited-early"),
        ("while it is verified", "setTimeout(() => process.exit(4), 1800)", 13, "process-exited"),
    ] {
        app.write("worker.js", worker);
        let slow = ["--set", "rollback.watch=3s"];
        let (status, failed) = host.deploy(&app.path(), &slow);
        assert_eq!((status, text(&failed, "status")), (exit, "rolled-back"), "{moment}: {failed:#}");
        assert_eq!(text(&failed["failure"], "code"), code, "{moment}");
        assert!(text(&failed["failure"], "message").contains("worker"), "{moment}: {failed:#}");
        assert_eq!(text(&failed["failure"], "input"), "node worker.js", "{moment}");
        assert_eq!((runs("server.js"), runs("worker.js")), (1, 1), "{moment}: {:?}", scripts(&host));
    }
    assert_eq!(host.run(&["stop", "forge"]).exit, 0);
    assert_eq!(scripts(&host), Vec::<String>::new());
}

#[test]
fn an_app_that_ends_after_it_was_verified_is_started_again() {
    let mut host = TestHost::start();
    let app = App::node("pulse", "");
    app.server("if (req.url === '/die') process.exit(9); res.end('pid ' + process.pid)", "process.env.PORT");
    host.deployed(&app.path());
    for round in ["by the host that deployed it", "by a host that found it"] {
        let before = serving(&host, "pulse");
        assert!(before.starts_with("pid "), "{before}");
        let _ = tests::get(host.http(), "pulse.localhost", "/die");
        until(round, || serving(&host, "pulse"), |now| now.starts_with("pid ") && *now != before);
        host.kill();
        host.serve();
    }
    let logs = host.run(&["logs", "pulse"]);
    assert!(logs.stdout.contains("started again"), "{logs:?}");
}

#[test]
fn an_app_whose_host_was_killed_at_the_moment_of_success_is_started_again_all_the_same() {
    let mut host = TestHost::start();
    let app = App::node("spark", "");
    app.server("if (req.url === '/die') process.exit(9); res.end('pid ' + process.pid)", "process.env.PORT");
    let id = host.deploy_detached(&app.path(), &["--set", "rollback.watch=0s"]);
    host.wait_for(&id, &["verifying", "succeeded"], crate::SOON);
    host.kill();
    host.serve();
    assert_eq!(text(&crate::ended(&host, &id), "status"), "succeeded");
    let before = serving(&host, "spark");
    let _ = tests::get(host.http(), "spark.localhost", "/die");
    until("it is back", || serving(&host, "spark"), |now| now.starts_with("pid ") && *now != before);
}

#[test]
fn after_a_success_one_instance_runs_and_the_old_one_ended_what_it_was_answering() {
    let host = TestHost::start();
    let app = App::node("slow", "");
    app.server(
        "if (req.url === '/long') setTimeout(() => res.end('v1 in full'), 2500); else res.end('v1')",
        "process.env.PORT",
    );
    host.deployed(&app.path());
    let mut long = std::net::TcpStream::connect(host.http()).expect("the router");
    long.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    write!(long, "GET /long HTTP/1.1\r\nhost: slow.localhost\r\nconnection: close\r\n\r\n").expect("a request");
    std::thread::sleep(Duration::from_millis(200));
    app.serves("v2");
    let (exit, second) = host.deploy(&app.path(), &["--set", "rollback.watch=0s"]);
    assert_eq!(exit, 0, "{second:#}");
    assert_eq!(serving(&host, "slow"), "v2");
    // The old release still answers somebody: nothing waits for that.
    app.serves("v3");
    let (exit, third) = host.deploy(&app.path(), &["--set", "rollback.watch=0s"]);
    assert_eq!(exit, 0, "{third:#}");
    let mut answer = String::new();
    long.read_to_string(&mut answer).expect("the answer");
    assert!(answer.ends_with("v1 in full") || answer.contains("v1 in full"), "it was cut: {answer:?}");
    until("one instance is left", || scripts(&host), |all| all.len() == 1);
    assert_eq!(serving(&host, "slow"), "v3");
}

#[test]
fn a_static_site_is_switched_like_any_other_app() {
    let mut host = TestHost::start();
    let app = App::empty("page");
    app.write("index.html", "one").write("shipway.toml", "[rollback]\nwatch = \"0s\"\n");
    host.deployed(&app.path());
    assert_eq!(serving(&host, "page"), "one");
    app.write("index.html", "two");
    host.deployed(&app.path());
    assert_eq!(serving(&host, "page"), "two");
    let servers = |host: &TestHost| host.processes().iter().filter(|p| p.contains("__static")).count();
    until("one server is left", || servers(&host), |n| *n == 1);
    host.kill();
    assert_eq!(servers(&host), 1);
    host.serve();
    assert_eq!(serving(&host, "page"), "two");
    assert_eq!(host.run(&["rollback", "page"]).exit, 0);
    assert_eq!(serving(&host, "page"), "one");
}

#[test]
fn a_host_that_ends_in_the_middle_of_a_build_goes_on_with_it() {
    let mut host = TestHost::start();
    let app = App::node("dawn", "v1");
    builds_for(&app, 1500);
    let id = host.deploy_detached(&app.path(), &[]);
    until("the build runs", || scripts(&host), |all| all.iter().any(|p| p.contains("slow-build")));
    assert_eq!(host.terminate(), Some(0), "politely: it does not wait for the build");
    assert_eq!(scripts(&host), Vec::<String>::new(), "and leaves none of it");
    host.serve();
    assert_eq!(text(&crate::ended(&host, &id), "status"), "succeeded");
    assert_eq!(serving(&host, "dawn"), "v1");
}

#[test]
fn an_app_whose_supervisor_is_killed_is_started_again() {
    let host = TestHost::start();
    let app = App::node("roof", "");
    app.server("res.end('pid ' + process.pid)", "process.env.PORT");
    host.deployed(&app.path());
    let before = serving(&host, "roof");
    crate::kill_supervisors(&host, "");
    until("it is back", || serving(&host, "roof"), |now| now.starts_with("pid ") && *now != before);
    assert_eq!(scripts(&host).len(), 1, "nothing of the old one is left: {:?}", scripts(&host));
    assert_eq!(host.run(&["health", "roof"]).exit, 0);
}
