//! A cancel is answered when it is accepted, and the deployment ends as canceled only when nothing of it is left.

use crate::{OVER, SOON, builds_for, ended, scripts, serving, text, until};
use tests::{App, TestHost};

#[test]
fn a_cancel_during_the_build_leaves_no_process_and_the_incumbent_serves() {
    let host = TestHost::start();
    let app = App::node("quarry", "v1");
    host.deployed(&app.path());
    builds_for(&app, 60_000);
    app.serves("v2");
    let path = app.path().display().to_string();
    std::thread::scope(|scope| {
        let deploying = scope.spawn(|| host.run(&["deploy", &path, "--json"]));
        let build = until("the build runs", || scripts(&host), |all| all.iter().any(|p| p.contains("slow-build")));
        assert!(!build.is_empty());
        let id = text(&host.status("quarry")["latest"], "id").to_owned();
        assert_eq!(host.run(&["cancel", &id]).exit, 0);
        let status = host.status(&id);
        assert_eq!(status["status"], "canceled", "{status:#}");
        assert_eq!(status["failure"], serde_json::Value::Null);
        assert_eq!(deploying.join().expect("the follower ends").exit, 15);
        let again = host.run(&["cancel", &id, "--json"]);
        assert_eq!(again.json()["error"]["code"], "not-allowed", "it is over: {again:?}");
    });
    assert_eq!(serving(&host, "quarry"), "v1");
    let left = scripts(&host);
    assert!(left.len() == 1 && left[0].contains("server.js"), "only the incumbent runs: {left:?}");
}

#[test]
fn a_cancel_after_the_switch_is_a_rollback() {
    let host = TestHost::start();
    let app = App::node("ferry", "v1");
    let first = host.deployed(&app.path());
    app.serves("v2");
    let path = app.path().display().to_string();
    std::thread::scope(|scope| {
        let deploying = scope.spawn(|| host.run(&["deploy", &path, "--json", "--set", "rollback.watch=60s"]));
        until("traffic goes to the candidate", || serving(&host, "ferry"), |body| body == "v2");
        let id = text(&host.status("ferry")["latest"], "id").to_owned();
        assert_eq!(host.run(&["cancel", &id]).exit, 0);
        let status = ended(&host, &id);
        assert_eq!(status["status"], "rolled-back", "{status:#}");
        assert_eq!(status["rollback"]["outcome"], "restored");
        assert_eq!(status["rollback"]["verified"], true);
        assert_eq!(status["rollback"]["to"], first["id"]);
        assert!(!text(&status, "recoveryHint").contains("is running"), "{status:#}");
        assert_eq!(deploying.join().expect("the follower ends").exit, 15, "nothing failed: it was canceled");
    });
    assert_eq!(serving(&host, "ferry"), "v1");
    assert_eq!(scripts(&host).len(), 1, "{:?}", scripts(&host));
}

#[test]
fn a_cancel_that_was_accepted_never_ends_in_success() {
    let host = TestHost::start();
    let app = App::node("coin", "v1");
    host.deployed(&app.path());
    // At moments that go from the first to the last of a deployment.
    for (round, wait) in [0, 60, 120, 200, 300, 400, 550, 700].into_iter().enumerate() {
        app.serves(&format!("v{}", round + 2));
        let before = serving(&host, "coin");
        let id = host.deploy_detached(&app.path(), &["--set", "rollback.watch=100ms"]);
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let accepted = host.run(&["cancel", &id, "--detach"]).exit == 0;
        let status = host.wait_for(&id, &OVER, SOON);
        let (end, now) = (text(&status, "status").to_owned(), serving(&host, "coin"));
        if accepted {
            assert!(["canceled", "rolled-back"].contains(&end.as_str()), "after {wait} ms: {status:#}");
            assert_eq!(now, before, "after {wait} ms");
        } else {
            assert_eq!((end.as_str(), now), ("succeeded", format!("v{}", round + 2)), "after {wait} ms");
        }
    }
    until("one instance is left", || scripts(&host), |all| all.len() == 1);
}

#[test]
fn one_that_waits_is_canceled_at_once_and_never_begins() {
    let host = TestHost::start();
    let app = App::node("stove", "v1");
    host.deployed(&app.path());
    builds_for(&app, 60_000);
    let active = host.deploy_detached(&app.path(), &[]);
    host.wait_for(&active, &["executing"], SOON);
    let waiting = host.deploy_detached(&app.path(), &[]);
    assert_eq!(text(&host.status(&waiting), "status"), "queued");
    assert_eq!(host.run(&["cancel", &waiting]).exit, 0);
    let status = host.status(&waiting);
    assert_eq!(status["status"], "canceled");
    assert_eq!(status["phases"], serde_json::json!([]), "{status:#}");
    assert_eq!(host.run(&["cancel", &active]).exit, 0);
    assert_eq!(text(&host.status(&waiting), "status"), "canceled", "it did not begin afterwards");
}
