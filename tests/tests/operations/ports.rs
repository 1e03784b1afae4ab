//! A port that the profile insists on: two releases side by side when the app follows PORT, one after the other and said
//! so when it does not.

use crate::{scripts, serving, text, until, warnings};
use std::net::TcpListener;
use tests::{App, TestHost, Traffic};

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free port").port()
}

#[test]
fn an_app_that_follows_port_is_redeployed_without_losing_a_request() {
    let host = TestHost::start();
    let app = App::node("hinge", "v1");
    let fixed = format!("network.port={}", free_port());
    assert_eq!(host.deploy(&app.path(), &["--set", &fixed]).0, 0);
    let traffic = Traffic::start(host.http(), "hinge.localhost", 100);
    for version in ["v2", "v3"] {
        app.serves(version);
        let (exit, deployment) = host.deploy(&app.path(), &["--set", &fixed]);
        assert_eq!(exit, 0, "{deployment:#}");
        assert_eq!(serving(&host, "hinge"), version);
    }
    let report = traffic.finish();
    assert!(report.lost.is_empty(), "{:?}", report.lost);
}

/// An app that listens on one port, whatever PORT says.
fn insists(app: &App, port: u16, body: &str) {
    app.server(&format!("res.end({body:?})"), &port.to_string());
}

#[test]
fn an_app_that_ignores_port_takes_it_over_and_the_downtime_is_announced() {
    let mut host = TestHost::start();
    let app = App::node("anvil", "");
    let port = free_port();
    let fixed = format!("network.port={port}");
    insists(&app, port, "v1");
    assert_eq!(host.deploy(&app.path(), &["--set", &fixed]).0, 0);
    insists(&app, port, "v2");
    let (exit, second) = host.deploy(&app.path(), &["--set", &fixed]);
    assert_eq!((exit, text(&second, "status")), (0, "succeeded"), "{second:#}");
    assert!(warnings(&second).contains("nobody was answered in between"), "{second:#}");
    assert_eq!(serving(&host, "anvil"), "v2");
    until("one instance is left", || scripts(&host), |all| all.len() == 1);

    // A bad one takes the port, fails, and gives it back.
    app.server("res.statusCode = 500; res.end('bad')", &port.to_string());
    let (exit, failed) = host.deploy(&app.path(), &["--set", &fixed]);
    assert_eq!((exit, text(&failed, "status")), (13, "rolled-back"), "{failed:#}");
    assert_eq!(failed["rollback"]["outcome"], "restored", "{failed:#}");
    assert_eq!(serving(&host, "anvil"), "v2");
    assert_eq!(scripts(&host).len(), 1, "{:?}", scripts(&host));

    // A broken one that does not even get so far as to ask for the port costs nobody anything.
    app.write("server.js", "console.error('syntax'); process.exit(1)");
    let (exit, broken) = host.deploy(&app.path(), &["--set", &fixed]);
    assert_eq!((exit, text(&broken["rollback"], "outcome")), (12, "kept-incumbent"), "{broken:#}");

    // Stopped first, the port is free, and there is nothing to announce.
    insists(&app, port, "v3");
    assert_eq!(host.run(&["stop", "anvil"]).exit, 0);
    let (exit, third) = host.deploy(&app.path(), &["--set", &fixed]);
    assert_eq!(exit, 0, "{third:#}");
    assert!(!warnings(&third).contains("nobody was answered"), "{third:#}");
    host.kill();
    host.serve();
    assert_eq!(serving(&host, "anvil"), "v3");
}

#[test]
fn a_port_of_another_resource_is_not_taken_from_it() {
    let host = TestHost::start();
    let port = free_port();
    let fixed = format!("network.port={port}");
    let first = App::node("tenant", "mine");
    assert_eq!(host.deploy(&first.path(), &["--set", &fixed]).0, 0);
    let second = App::node("squatter", "yours");
    let (exit, failed) = host.deploy(&second.path(), &["--set", &fixed]);
    assert_eq!((exit, text(&failed["failure"], "code")), (12, "port-conflict"), "{failed:#}");
    assert!(text(&failed["failure"], "message").contains("tenant"), "{failed:#}");
    assert_eq!(text(&failed["failure"], "input"), format!("port {port}"));
    assert_eq!(serving(&host, "tenant"), "mine");
}
