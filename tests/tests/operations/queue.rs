//! One deployment of a resource at a time, the newest that waits wins, and resources do not wait for each other.

use crate::{SOON, builds_for, ended, scripts, serving, text, until};
use tests::{App, TestHost};

#[test]
fn the_newest_that_waits_takes_the_place_of_the_older_one() {
    let host = TestHost::start();
    let app = App::node("press", "v1");
    host.deployed(&app.path());
    builds_for(&app, 1500);
    app.serves("v2");
    let active = host.deploy_detached(&app.path(), &[]);
    host.wait_for(&active, &["executing"], SOON);
    let older = host.deploy_detached(&app.path(), &[]);
    app.serves("v3");
    let newest = host.deploy_detached(&app.path(), &[]);
    let superseded = host.status(&older);
    assert_eq!(superseded["status"], "superseded", "{superseded:#}");
    assert_eq!(superseded["supersededBy"], newest.as_str());
    assert_eq!(ended(&host, &active)["status"], "succeeded");
    assert_eq!(ended(&host, &newest)["status"], "succeeded");
    assert_eq!(serving(&host, "press"), "v3");
    assert_eq!(host.run(&["events", &older, "--json"]).exit, 0);
}

#[test]
fn of_those_that_waited_when_the_host_was_killed_the_newest_is_taken_up() {
    let mut host = TestHost::start();
    let app = App::node("mill", "v1");
    host.deployed(&app.path());
    builds_for(&app, 1500);
    app.serves("v2");
    let active = host.deploy_detached(&app.path(), &[]);
    host.wait_for(&active, &["executing"], SOON);
    let older = host.deploy_detached(&app.path(), &[]);
    app.serves("v3");
    let newest = host.deploy_detached(&app.path(), &[]);
    host.kill();
    host.serve();
    assert_eq!(ended(&host, &active)["status"], "succeeded");
    assert_eq!(ended(&host, &older)["status"], "superseded");
    assert_eq!(ended(&host, &newest)["status"], "succeeded");
    assert_eq!(serving(&host, "mill"), "v3");
}

#[test]
fn two_resources_deploy_at_the_same_time() {
    let host = TestHost::start();
    let apps = [App::node("left", "l1"), App::node("right", "r1")];
    for app in &apps {
        builds_for(app, 2000);
    }
    let ids: Vec<String> = apps.iter().map(|app| host.deploy_detached(&app.path(), &[])).collect();
    until(
        "both build at once",
        || scripts(&host).iter().filter(|p| p.contains("slow-build") && !p.contains("npm")).count(),
        |n| *n >= 2,
    );
    for id in &ids {
        assert_eq!(ended(&host, id)["status"], "succeeded");
    }
    assert_eq!((serving(&host, "left"), serving(&host, "right")), ("l1".to_owned(), "r1".to_owned()));
}

#[test]
fn deployments_that_are_asked_for_while_others_end_lose_no_release() {
    let host = TestHost::start();
    let app = App::node("relay", "v0");
    let mut ids = vec![text(&host.deployed(&app.path()), "id").to_owned()];
    // Asked for all the time, so that some request meets each moment of a deployment's end.
    for round in 1..=4 {
        app.serves(&format!("v{round}"));
        for _ in 0..4 {
            ids.push(host.deploy_detached(&app.path(), &["--set", "rollback.watch=0s", "--set", "rollback.keep=50"]));
            std::thread::sleep(std::time::Duration::from_millis(120));
        }
    }
    let ends: Vec<_> = ids.iter().map(|id| ended(&host, id)).collect();
    let succeeded: Vec<&str> = ends.iter().filter(|d| d["status"] == "succeeded").map(|d| text(d, "id")).collect();
    let resource = host.status("relay");
    let mut releases: Vec<&str> =
        resource["releases"].as_array().expect("releases").iter().map(|r| text(r, "deployment")).collect();
    releases.reverse();
    assert_eq!(releases, succeeded, "every success left its release");
    assert_eq!(resource["serving"], *succeeded.last().expect("one succeeded"));
    until("one instance is left", || scripts(&host), |all| all.len() == 1);
}

#[test]
fn a_host_name_belongs_to_one_resource_and_a_failed_claim_frees_it() {
    let host = TestHost::start();
    let first = App::node("harbour", "h1");
    first.write(
        "shipway.toml",
        "[health]\npath = \"/health\"\n[rollback]\nwatch = \"0s\"\n[access]\nhosts = [\"sea.test\"]\n",
    );
    host.deployed(&first.path());
    assert_eq!(tests::get(host.http(), "sea.test", "/").expect("an answer").1, "h1");

    let second = App::node("pier", "p1");
    let (exit, refused) = host.deploy(&second.path(), &["--set", "access.hosts=[\"sea.test\"]"]);
    assert_eq!((exit, text(&refused["failure"], "code")), (11, "profile-conflict"), "{refused:#}");
    assert!(text(&refused["failure"], "message").contains("harbour"), "{refused:#}");

    // A candidate with another host that fails changes nothing of where the incumbent is reachable.
    first.server("res.statusCode = 500; res.end('bad')", "process.env.PORT");
    let (_, failed) = host.deploy(&first.path(), &["--set", "access.hosts=[\"lake.test\"]"]);
    assert_eq!(failed["status"], "rolled-back", "{failed:#}");
    assert_eq!(tests::get(host.http(), "sea.test", "/").expect("an answer").1, "h1");
    assert_eq!(tests::get(host.http(), "lake.test", "/").expect("an answer").0, 404);
    let (exit, taken) = host.deploy(&second.path(), &["--set", "access.hosts=[\"lake.test\"]"]);
    assert_eq!(exit, 0, "{taken:#}");
    assert_eq!(tests::get(host.http(), "lake.test", "/").expect("an answer").1, "p1");
}
