//! The host is killed with SIGKILL in the middle: after the next start the deployment reaches a true end by itself, the
//! app that served never stopped, and no process is left that nobody knows.

use serde_json::Value;
use std::time::Duration;
use tests::{App, TestHost, get};

fn serving(host: &TestHost, name: &str) -> String {
    get(host.http(), &format!("{name}.localhost"), "/").map(|(_, body)| body).unwrap_or_else(|e| e)
}

/// The pid of the serving app, as the app itself says it.
fn with_pid(name: &str) -> App {
    let app = App::node(name, "");
    app.server("res.end('v1 ' + process.pid)", "process.env.PORT");
    app
}

fn no_orphans(host: &TestHost, app: &App) {
    let instances = host.state_dir().join("instances");
    let mut known = 0;
    for entry in std::fs::read_dir(instances).into_iter().flatten().flatten() {
        known += usize::from(entry.path().is_dir());
    }
    let apps: Vec<String> =
        host.processes().into_iter().filter(|p| p.contains("server.js") || p.contains("slow-build")).collect();
    assert!(
        apps.len() == 1,
        "exactly the serving app runs ({known} instances are known): {apps:#?} of {}",
        app.path().display()
    );
}

fn truly_over(status: &Value) {
    let terminal = ["succeeded", "failed", "rolled-back"];
    assert!(terminal.contains(&status["status"].as_str().unwrap_or_default()), "{status:#}");
}

#[test]
fn killed_in_the_middle_of_a_build() {
    let mut host = TestHost::start();
    let app = with_pid("alpha");
    host.deployed(&app.path());
    let before = serving(&host, "alpha");
    assert!(before.starts_with("v1 "), "{before}");

    app.write("slow-build.js", "setTimeout(() => console.log('built'), 3000)");
    app.write(
        "package.json",
        r#"{"name":"alpha","private":true,"scripts":{"start":"node server.js","build":"node slow-build.js"}}"#,
    );
    app.server("res.end('v2 ' + process.pid)", "process.env.PORT");
    let id = host.deploy_detached(&app.path(), &[]);
    host.wait_for(&id, &["executing"], Duration::from_secs(10));
    std::thread::sleep(Duration::from_millis(700));
    host.kill();
    let build: Vec<String> = wait_gone(&host, "slow-build");
    assert!(build.is_empty(), "the build outlived its host: {build:?}");

    host.serve();
    assert_eq!(serving(&host, "alpha"), before, "the same process serves as before");
    let ended = host.wait_for(&id, &["succeeded", "failed", "rolled-back"], Duration::from_secs(60));
    truly_over(&ended);
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", host.log());
    assert!(serving(&host, "alpha").starts_with("v2 "));
    std::thread::sleep(Duration::from_millis(500));
    no_orphans(&host, &app);
}

fn wait_gone(host: &TestHost, needle: &str) -> Vec<String> {
    for _ in 0..100 {
        if !host.processes().iter().any(|p| p.contains(needle)) {
            return Vec::new();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    host.processes().into_iter().filter(|p| p.contains(needle)).collect()
}

#[test]
fn killed_in_the_middle_of_verify() {
    for (what, healthy, wanted) in [("a good candidate", true, "succeeded"), ("a sick candidate", false, "rolled-back")]
    {
        let mut host = TestHost::start();
        let app = with_pid("beta");
        host.deployed(&app.path());
        let before = serving(&host, "beta");

        let later = if healthy { "200" } else { "503" };
        app.server(
            &format!("const warm = process.uptime() > 2.5; res.statusCode = req.url === '/health' && !(warm && {healthy}) ? (warm ? {later} : 503) : 200; res.end('v2 ' + process.pid)"),
            "process.env.PORT",
        );
        let settings = ["--set", "health.retries=60", "--set", "health.start_period=4s"];
        let id = host.deploy_detached(
            &app.path(),
            if healthy { &settings } else { &["--set", "health.retries=25", "--set", "health.start_period=1s"] },
        );
        host.wait_for(&id, &["verifying"], Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(400));
        host.kill();
        host.serve();
        assert_eq!(serving(&host, "beta"), before, "{what}: the app that served never stopped");
        let ended = host.wait_for(&id, &["succeeded", "failed", "rolled-back"], Duration::from_secs(60));
        assert_eq!(ended["status"], wanted, "{what}: {ended:#}\n{}", host.log());
        if !healthy {
            assert_eq!(serving(&host, "beta"), before, "{what}");
            assert_eq!(ended["failure"]["phase"], "verify");
        }
        std::thread::sleep(Duration::from_millis(500));
        no_orphans(&host, &app);
    }
}

#[test]
fn a_polite_end_leaves_the_app_running_and_a_start_adopts_it() {
    let mut host = TestHost::start();
    let app = with_pid("gamma");
    host.deployed(&app.path());
    let before = serving(&host, "gamma");
    assert_eq!(host.terminate(), Some(0));
    host.serve();
    assert_eq!(serving(&host, "gamma"), before);
    let logs = host.run(&["logs", "gamma"]);
    assert!(logs.stdout.contains("listening"), "{logs:?}");
}

#[test]
fn a_second_host_on_the_same_state_is_refused_and_told_who_holds_it() {
    let host = TestHost::start();
    let second = host.run(&["serve", "--http", "127.0.0.1:0"]);
    assert_ne!(second.exit, 0);
    assert!(second.stderr.contains("state-locked") && second.stderr.contains("process "), "{second:?}");
}
