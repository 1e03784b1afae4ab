//! Ways back: retry, the manual mode, a rollback that fails, and what is left running after each.

use crate::{SOON, ended, scripts, serving, text, until, warnings};
use serde_json::Value;
use tests::{App, TestHost};

#[test]
fn a_retry_repeats_the_snapshot_and_the_plan_and_is_refused_without_them() {
    let host = TestHost::start();
    let app = App::node("kiln", "v1");
    host.deployed(&app.path());
    let flag = app.path().parent().expect("a parent").join("repaired");
    app.server(
        &format!(
            "const ok = require('fs').existsSync({:?}); res.statusCode = ok ? 200 : 500; res.end('v2')",
            flag.display().to_string()
        ),
        "process.env.PORT",
    );
    let (exit, failed) = host.deploy(&app.path(), &[]);
    assert_eq!((exit, text(&failed, "status")), (13, "rolled-back"), "{failed:#}");
    app.serves("v3, which nobody retried");
    std::fs::write(&flag, "").expect("a flag");
    let answer = host.run(&["retry", text(&failed, "id"), "--json"]);
    let retried = answer.json();
    assert_eq!((answer.exit, text(&retried, "status")), (0, "succeeded"), "{retried:#}");
    assert_eq!((text(&retried, "trigger"), &retried["of"]), ("retry", &failed["id"]));
    assert_eq!(retried["sourceSummary"]["digest"], failed["sourceSummary"]["digest"]);
    assert_eq!(retried["plan"]["fingerprint"], failed["plan"]["fingerprint"]);
    assert_eq!(serving(&host, "kiln"), "v2");

    std::fs::remove_dir_all(host.state_dir().join("snapshots")).expect("snapshots");
    std::fs::create_dir(host.state_dir().join("snapshots")).expect("an empty store");
    let refused = host.run(&["retry", text(&failed, "id"), "--json"]);
    assert_eq!(refused.json()["error"]["code"], "not-allowed", "{refused:?}");
    assert!(refused.json()["error"]["remedies"].to_string().contains("shipway deploy"), "{refused:?}");
    assert_eq!(serving(&host, "kiln"), "v2");
}

#[test]
fn in_manual_mode_the_incumbent_serves_and_the_candidate_is_stopped() {
    let host = TestHost::start();
    let app = App::node("dock", "v1");
    let first = host.deployed(&app.path());
    app.server("res.statusCode = req.url === '/health' ? 500 : 200; res.end('bad')", "process.env.PORT");
    let (exit, failed) = host.deploy(&app.path(), &["--set", "rollback.mode=manual"]);
    assert_eq!((exit, text(&failed, "status")), (13, "failed"), "{failed:#}");
    assert_eq!(failed["currentPhase"], "verify", "no rollback phase ran");
    assert_eq!(failed["rollback"]["outcome"], "kept-incumbent");
    assert_eq!(host.status("dock")["serving"], first["id"]);
    assert_eq!(serving(&host, "dock"), "v1");
    assert_eq!(scripts(&host).len(), 1, "the candidate is stopped: {:?}", scripts(&host));
    assert_eq!(host.run(&["logs", text(&failed, "id")]).exit, 0, "and its log stays");
}

/// An app that ends a while after it began to listen, as long as a file says so.
fn moody(app: &App, body: &str) -> std::path::PathBuf {
    let flag = app.path().parent().expect("a parent").join("dies");
    app.serves(body);
    let server = std::fs::read_to_string(app.path().join("server.js")).expect("the server");
    let dies = format!(
        "if (require('fs').existsSync({:?})) setTimeout(() => process.exit(7), 1500);\n",
        flag.display().to_string()
    );
    app.write("server.js", &(server + &dies));
    flag
}

#[test]
fn a_rollback_that_fails_touches_nothing_else_and_a_restart_neither() {
    let mut host = TestHost::start();
    let app = App::node("lock", "v1");
    let flag = moody(&app, "v1");
    let watch = ["--set", "rollback.watch=4s"];
    assert_eq!(host.deploy(&app.path(), &watch).0, 0);
    app.serves("v2");
    host.deployed(&app.path());
    std::fs::write(&flag, "").expect("a flag");
    let answer = host.run(&["rollback", "lock", "--json"]);
    let failed = answer.json();
    assert_eq!((answer.exit, text(&failed, "status")), (14, "rollback-failed"), "{failed:#}");
    assert_eq!(failed["failure"]["code"], "process-exited");
    let bundle = text(&failed["rollback"], "diagnostics");
    assert!(text(&failed, "recoveryHint").contains(bundle) && !bundle.is_empty(), "{failed:#}");
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(bundle).expect("the bundle")).expect("JSON");
    assert_eq!(saved["deployment"]["id"], failed["id"]);

    let incumbent = until("the incumbent is still warm", || scripts(&host), |all| all.len() == 1);
    host.kill();
    host.serve();
    assert!(incumbent.iter().all(|process| scripts(&host).contains(process)), "a restart killed it: {incumbent:?}");

    // And from there on: the next deployment leaves exactly one instance.
    std::fs::remove_file(&flag).expect("the flag");
    app.serves("v3");
    host.deployed(&app.path());
    assert_eq!(serving(&host, "lock"), "v3");
    until("one instance is left", || scripts(&host), |all| all.len() == 1);
}

#[test]
fn a_failed_deployment_onto_a_stopped_app_leaves_it_stopped() {
    let host = TestHost::start();
    let app = App::node("barn", "v1");
    host.deployed(&app.path());
    assert_eq!(host.run(&["stop", "barn"]).exit, 0);
    app.server("res.statusCode = 500; res.end('bad')", "process.env.PORT");
    let (exit, failed) = host.deploy(&app.path(), &[]);
    assert_eq!((exit, text(&failed, "status")), (13, "rolled-back"), "{failed:#}");
    assert!(warnings(&failed).contains("stays stopped"), "{failed:#}");
    assert_eq!(host.status("barn")["desired"], "stopped");
    assert_eq!(scripts(&host), Vec::<String>::new());
    assert_eq!(serving(&host, "barn"), "status 503");
    assert_eq!(host.run(&["start", "barn"]).exit, 0);
    until("it serves again", || serving(&host, "barn"), |body| body == "v1");
    app.serves("v2");
    assert_eq!(host.run(&["stop", "barn"]).exit, 0);
    host.deployed(&app.path());
    assert_eq!(serving(&host, "barn"), "v2", "a deployment that succeeds runs");
    assert_eq!(host.status("barn")["desired"], "running");
}

#[test]
fn the_way_back_is_looked_at_before_anything_is_done() {
    let host = TestHost::start();
    let app = App::node("bridge", "v1");
    let first = host.deployed(&app.path());
    std::fs::remove_dir_all(host.state_dir().join("builds").join(text(&first, "id")).join("app")).expect("the build");
    let refused = host.run(&["rollback", "bridge", "--to", text(&first, "id"), "--json"]);
    assert_eq!((refused.exit, text(&refused.json()["error"], "code")), (14, "release-missing"), "{refused:?}");
    app.serves("v2");
    let id = host.deploy_detached(&app.path(), &[]);
    let second = host.wait_for(&id, &["succeeded"], SOON);
    assert!(warnings(&second).contains("the way back is not open"), "{second:#}");
}

#[test]
fn what_can_be_returned_to_is_what_is_kept() {
    let host = TestHost::start();
    let app = App::node("attic", "v0");
    let settings = ["--set", "rollback.keep=2", "--set", "rollback.watch=0s"];
    for version in ["v1", "v2", "v3", "v4"] {
        app.serves(version);
        assert_eq!(host.deploy(&app.path(), &settings).0, 0);
    }
    let releases = || host.status("attic")["releases"].as_array().cloned().unwrap_or_default();
    until(
        "old builds are collected, and those that one can return to are not",
        || std::fs::read_dir(host.state_dir().join("builds")).expect("builds").flatten().count(),
        |builds| *builds == 3,
    );
    assert_eq!(releases().len(), 3, "{:?}", releases());
    assert!(releases().iter().all(|r| r["available"] == true), "{:?}", releases());
    for expected in ["v3", "v4", "v3"] {
        let id = text(&host.run(&["rollback", "attic", "--json"]).json(), "id").to_owned();
        assert_eq!(text(&ended(&host, &id), "status"), "succeeded");
        assert_eq!(serving(&host, "attic"), expected);
    }
}
