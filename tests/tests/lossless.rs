//! The previous release keeps serving: under steady traffic, good and bad deployments lose no request.

use tests::{App, TestHost, Traffic};

const RATE: u32 = 200;

#[test]
fn good_and_bad_deployments_under_traffic_lose_nothing() {
    let host = TestHost::start();
    let app = App::node("shop", "v1");
    let (exit, first) = host.deploy(&app.path(), &[]);
    assert_eq!((exit, &first["status"]), (0, &"succeeded".into()), "{first:#}");

    let traffic = Traffic::start(host.http(), "shop.localhost", RATE);
    for version in ["v2", "v3", "v4"] {
        app.serves(version);
        let (exit, deployment) = host.deploy(&app.path(), &[]);
        assert_eq!((exit, &deployment["status"]), (0, &"succeeded".into()), "{version}: {deployment:#}");
    }
    let good = host.status("shop")["serving"].clone();

    let healthy = "if (req.url === '/health') { res.statusCode = 200; res.end('ok') } else { res.end('bad') }";
    let sick = "res.statusCode = req.url === '/health' ? 500 : 200; res.end('bad')";
    // What is wrong, how the app gets so, and the exit statuses and codes that are true of it.
    type Bad<'a> = (&'a str, &'a dyn Fn(), &'a [i32], &'a [&'a str]);
    let bad: [Bad<'_>; 3] = [
        (
            "exits at once",
            &|| {
                app.write("server.js", "console.error('no database'); process.exit(3)");
            },
            &[12, 13],
            &["exited-early", "process-exited"],
        ),
        (
            "answers 500 on its health path",
            &|| {
                app.server(sick, "process.env.PORT");
            },
            &[13],
            &["health-failed"],
        ),
        (
            "listens on the wrong port",
            &|| {
                app.server(healthy, "0");
            },
            &[13],
            &["port-not-listening"],
        ),
    ];
    for (what, break_it, exits, codes) in bad {
        break_it();
        let (exit, deployment) = host.deploy(&app.path(), &["--set", "health.start_period=2s"]);
        assert_eq!(deployment["status"], "rolled-back", "{what}: {deployment:#}");
        assert!(exits.contains(&exit), "{what}: exit {exit}: {deployment:#}");
        let code = deployment["failure"]["code"].as_str().unwrap_or_default();
        assert!(codes.contains(&code), "{what}: {code}: {deployment:#}");
        let phase = if exit == 12 { "execute" } else { "verify" };
        assert_eq!(deployment["failure"]["phase"], phase, "{what}");
        assert_eq!(deployment["rollback"]["outcome"], "kept-incumbent", "{what}");
        assert_eq!(deployment["rollback"]["verified"], true, "{what}");
        assert_eq!(host.status("shop")["serving"], good, "{what}: the old version is what serves");
    }

    let report = traffic.finish();
    assert!(
        report.lost.is_empty(),
        "{} of {} lost: {:?}",
        report.lost.len(),
        report.sent,
        &report.lost[..report.lost.len().min(10)]
    );
    assert!(report.sent > u64::from(RATE) * 3, "too little traffic to mean anything: {}", report.sent);
    assert!(!report.bodies.contains_key("bad"), "a failed candidate answered a user: {:?}", report.bodies);
    for version in ["v1", "v2", "v3", "v4"] {
        assert!(report.bodies.contains_key(version), "{version} never answered: {:?}", report.bodies);
    }
    println!("{} requests, none lost: {:?}", report.sent, report.bodies);
}

#[test]
fn a_release_that_dies_in_the_stabilisation_window_gives_the_route_back() {
    let host = TestHost::start();
    let app = App::node("blog", "good");
    host.deployed(&app.path());
    app.server(
        "res.end('short-lived'); if (req.url === '/die') setTimeout(() => process.exit(7), 50)",
        "process.env.PORT",
    );
    let id = host.deploy_detached(&app.path(), &["--set", "rollback.watch=20s"]);
    let began = std::time::Instant::now();
    while tests::get(host.http(), "blog.localhost", "/").map(|(_, body)| body).unwrap_or_default() != "short-lived" {
        assert!(began.elapsed().as_secs() < 30, "it never served:\n{}", host.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    tests::get(host.http(), "blog.localhost", "/die").expect("it answers before it dies");
    let ended = host.wait_for(&id, &["rolled-back", "failed", "succeeded"], std::time::Duration::from_secs(15));
    assert_eq!(ended["status"], "rolled-back", "{ended:#}");
    assert_eq!(ended["failure"]["code"], "process-exited");
    assert_eq!(ended["rollback"]["outcome"], "restored");
    assert_eq!(ended["rollback"]["verified"], true);
    let (status, body) = tests::get(host.http(), "blog.localhost", "/").expect("the old release answers");
    assert_eq!((status, body.as_str()), (200, "good"));
}

#[test]
fn a_rollback_by_hand_returns_to_the_release_before_without_building() {
    let host = TestHost::start();
    let app = App::node("site", "one");
    let (_, first) = host.deploy(&app.path(), &[]);
    app.serves("two");
    host.deployed(&app.path());
    let answer = host.run(&["rollback", "site", "--json"]);
    let deployment = answer.json();
    assert_eq!((answer.exit, &deployment["status"]), (0, &"succeeded".into()), "{deployment:#}");
    assert_eq!(deployment["trigger"], "rollback");
    let phases: Vec<&str> =
        deployment["phases"].as_array().unwrap().iter().filter_map(|p| p["phase"].as_str()).collect();
    assert_eq!(phases, ["execute", "verify"], "no detect, no plan");
    assert_eq!(deployment["plan"]["fingerprint"], first["plan"]["fingerprint"]);
    let events = host.run(&["events", deployment["id"].as_str().unwrap(), "--json"]);
    assert!(!events.stdout.contains("step-started"), "it built: {}", events.stdout);
    assert_eq!(tests::get(host.http(), "site.localhost", "/").unwrap().1, "one");

    let nothing = host.run(&["rollback", "site", "--to", "dep_00000000000000000000000000", "--json"]);
    assert_eq!(nothing.exit, 14, "{nothing:?}");
    assert_eq!(tests::get(host.http(), "site.localhost", "/").unwrap().1, "one");
}
