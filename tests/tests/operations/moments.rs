//! The host is killed at moments that go through the whole of a deployment: a good one, a bad one, a rollback. After the
//! restart each reaches a true end by itself, what serves is what the end says, and exactly one instance runs.

use crate::{ended, scripts, serving, text, until};
use std::time::Duration;
use tests::{App, TestHost};

/// Milliseconds after the request. `SHIPWAY_MOMENTS=FROM-TO-STEP` asks for others.
fn moments(usual: &[u64]) -> Vec<u64> {
    let Ok(asked) = std::env::var("SHIPWAY_MOMENTS") else { return usual.to_vec() };
    let parts: Vec<u64> = asked.split('-').map(|n| n.parse().expect("a number")).collect();
    (parts[0]..parts[1]).step_by(parts[2] as usize).collect()
}

/// Kills the host so many milliseconds after a deployment was asked for, and starts it again at once.
fn killed_after(host: &mut TestHost, id: &str, moment: u64) -> serde_json::Value {
    std::thread::sleep(Duration::from_millis(moment));
    host.kill();
    host.serve();
    ended(host, id)
}

fn one_instance(host: &TestHost, when: &str) {
    until(&format!("{when}: exactly one instance runs"), || scripts(host), |all| all.len() == 1);
}

#[test]
fn a_good_deployment_succeeds_whenever_the_host_is_killed() {
    let mut host = TestHost::start();
    let app = App::node("north", "v0");
    host.deployed(&app.path());
    for moment in moments(&[0, 40, 90, 150, 220, 320, 450, 700]) {
        let version = format!("after {moment}");
        app.serves(&version);
        let id = host.deploy_detached(&app.path(), &[]);
        let end = killed_after(&mut host, &id, moment);
        assert_eq!(end["status"], "succeeded", "{moment} ms: {end:#}\n{}", host.log());
        assert_eq!(serving(&host, "north"), version, "{moment} ms");
        assert_eq!(host.status("north")["serving"], id.as_str(), "{moment} ms");
        one_instance(&host, &format!("{moment} ms"));
    }
}

#[test]
fn a_bad_deployment_goes_back_whenever_the_host_is_killed() {
    let mut host = TestHost::start();
    let app = App::node("south", "");
    app.server("res.end('good ' + process.pid)", "process.env.PORT");
    host.deployed(&app.path());
    let good = serving(&host, "south");
    // It passes, takes the route, and dies in the window.
    app.serves("bad");
    let server = std::fs::read_to_string(app.path().join("server.js")).expect("the server");
    app.write("server.js", &(server + "setTimeout(() => process.exit(5), 900);\n"));
    for moment in moments(&[100, 250, 400, 600, 900, 1000, 1100]) {
        let id = host.deploy_detached(&app.path(), &["--set", "rollback.watch=2s"]);
        let end = killed_after(&mut host, &id, moment);
        assert_eq!(end["status"], "rolled-back", "{moment} ms: {end:#}\n{}", host.log());
        assert!(["verify", "execute"].contains(&text(&end["failure"], "phase")), "{moment} ms: {end:#}");
        assert_eq!(end["rollback"]["verified"], true, "{moment} ms: {end:#}");
        assert_eq!(serving(&host, "south"), good, "{moment} ms: the same process serves as before");
        one_instance(&host, &format!("{moment} ms"));
    }
}

#[test]
fn a_rollback_reaches_its_end_whenever_the_host_is_killed() {
    let mut host = TestHost::start();
    let app = App::node("east", "a");
    host.deployed(&app.path());
    app.serves("b");
    host.deployed(&app.path());
    let mut expected = "a";
    for moment in moments(&[0, 30, 60, 100, 160, 250, 400]) {
        let answer = host.run(&["rollback", "east", "--json", "--detach"]).json();
        let end = killed_after(&mut host, text(&answer, "id"), moment);
        assert_eq!(end["status"], "succeeded", "{moment} ms: {end:#}\n{}", host.log());
        assert_eq!(serving(&host, "east"), expected, "{moment} ms");
        expected = if expected == "a" { "b" } else { "a" };
        one_instance(&host, &format!("{moment} ms"));
    }
}
