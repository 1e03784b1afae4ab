//! What clients and apps get to see: the router's own answers, and the headers of all others.

use crate::{
    app::{App, Then},
    client::{Client, get},
    setup::*,
};
use router::{ErrorKind, LATENCY_BOUNDS_MS, Limits, Side};
use std::{
    thread,
    time::{Duration, Instant},
};

#[test]
fn an_unknown_host_is_told_that_no_app_is_here() {
    let router = router_to(nowhere());
    let answer = get(router.local_addr(), "elsewhere.localhost", "/of-the-client", &[("Accept", "text/html,*/*")]);
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.body.contains("No app here"), "{}", answer.body);
    assert!(
        !answer.body.contains("of-the-client") && !answer.body.contains("elsewhere"),
        "what the client sent comes back"
    );
    assert!(answer.body.contains(answer.header("x-request-id").unwrap()));
    eventually("counted", || router.stats().unrouted == 1);
    let record = router.lookup(answer.header("x-request-id").unwrap()).unwrap();
    assert_eq!(
        (record.kind, record.side, record.host.as_str()),
        (ErrorKind::UnknownHost, Side::Client, "elsewhere.localhost")
    );
}

#[test]
fn programs_get_problem_details() {
    let router = router();
    for accept in ["*/*", "application/json", ""] {
        let answer = get(router.local_addr(), HOST, "/", &[("Accept", accept)]);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{accept:?}");
        for part in ["\"status\":404", "\"code\":\"unknown-host\"", "\"side\":\"client\"", "\"requestId\":\""] {
            assert!(answer.body.contains(part), "{part} is not in {}", answer.body);
        }
    }
}

#[test]
fn an_error_leaves_the_clients_connection_usable() {
    let app = App::named("ok");
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    assert_eq!(client.get("elsewhere", "/", &[]).status, 404);
    client.request("HEAD", "elsewhere", "/", &[], None);
    assert_eq!(client.head().status, 404);
    assert_eq!(client.get(HOST, "/", &[]).body, "ok");
}

#[test]
fn an_error_is_read_even_by_a_client_that_is_still_sending() {
    let router = router_to(nowhere());
    for host in ["elsewhere", HOST] {
        let mut client = Client::to(router.local_addr());
        client.send(format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 300000\r\n\r\n"));
        client.send(vec![b'x'; 150_000]);
        thread::sleep(Duration::from_millis(300));
        let _ = client.try_send(vec![b'x'; 150_000]);
        assert!(matches!(client.answer().status, 404 | 502), "{host}");
    }
}

#[test]
fn every_answer_has_one_request_id_and_the_app_gets_the_same() {
    let app = App::start(|exchange| {
        let seen = exchange.header("x-request-id").unwrap_or_default().to_owned();
        exchange.answer("X-Request-Id: of-the-app\r\n", &seen)
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    let mut ids: Vec<String> = (0..3)
        .map(|_| {
            let answer = client.get(HOST, "/", &[("X-Request-Id", "of-the-client")]);
            assert_eq!(answer.count("x-request-id"), 1);
            let id = answer.header("x-request-id").unwrap().to_owned();
            assert_eq!(id.len(), 26, "{id}");
            assert_eq!(answer.body, id);
            id
        })
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn an_app_learns_who_asked_from_the_router_and_not_from_the_client() {
    let app = App::start(|exchange| {
        let all: Vec<_> = exchange.headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
        exchange.answer("", &all.join("\n"))
    });
    let router = router_to(app.addr);
    let forged = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X_Forwarded_For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Real-IP", "203.0.113.9"),
        ("Proxy-Authorization", "evil"),
        ("X-Kept", "yes"),
    ];
    let seen = get(router.local_addr(), "web.localhost:1234", "/", &forged).body;
    for part in [
        "x-forwarded-for=127.0.0.1",
        "x-forwarded-proto=http",
        "x-forwarded-host=web.localhost:1234",
        "host=web.localhost:1234",
        "x-kept=yes",
    ] {
        assert!(seen.lines().any(|l| l == part), "{part} is not in {seen}");
    }
    assert!(!seen.contains("evil") && !seen.contains("203.0.113.9"), "{seen}");
}

#[test]
fn an_app_that_is_silent_is_a_timeout_and_its_request_ends() {
    let app = App::start(|_| {
        thread::sleep(Duration::from_secs(3));
        Then::Close
    });
    let router = limited(Limits { app_timeout: Duration::from_millis(200), ..Limits::default() });
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    let begun = Instant::now();
    let answer = get(router.local_addr(), HOST, "/", &[]);
    assert_eq!(answer.status, 504);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(answer.body.contains("app-timeout") && answer.body.contains("\"side\":\"app\""), "{}", answer.body);
    eventually("ended", || router.in_flight(&deployment(1)) == 0);
}

#[test]
fn an_app_that_does_not_speak_http_is_named_as_the_failing_side() {
    let app = App::start(|exchange| {
        exchange.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        Then::Close
    });
    let router = router_to(app.addr);
    let answer = get(router.local_addr(), HOST, "/", &[]);
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("app-invalid"), "{}", answer.body);
    assert!(!answer.body.contains("SSH"), "{}", answer.body);
}

#[test]
fn an_apps_own_errors_pass_as_they_are() {
    let app = App::start(|exchange| {
        exchange.write("HTTP/1.1 500 Oops\r\ncontent-length: 4\r\nx-app: 1\r\nkeep-alive: timeout=5\r\n\r\noops");
        Then::Keep
    });
    let router = router_to(app.addr);
    let answer = get(router.local_addr(), HOST, "/", &[]);
    assert_eq!((answer.status, answer.body.as_str(), answer.header("x-app")), (500, "oops", Some("1")));
    assert_eq!(answer.header("keep-alive"), None, "of the app's connection, not of the client's");
    eventually("counted", || router.stats().resources[0].classes[4] == 1);
    assert_eq!(router.stats().resources[0].router_errors, 0);
}

#[test]
fn figures_add_up() {
    let app = App::start(|exchange| {
        let status = exchange.line.split(['/', ' ']).nth(2).unwrap().to_owned();
        if status == "201" {
            thread::sleep(Duration::from_millis(30));
        }
        exchange.write(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n"));
        Then::Keep
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    for status in [200, 200, 201, 302, 404, 503] {
        assert_eq!(client.get(HOST, &format!("/{status}"), &[]).status, status);
    }
    drop(client);
    eventually("closed", || router.stats().connections == 0);
    let stats = router.stats();
    assert_eq!(stats.accepted, 1);
    let web = &stats.resources[0];
    assert_eq!((web.requests, web.classes), (6, [0, 3, 1, 1, 1]));
    assert_eq!(web.latency.iter().sum::<u64>(), 6);
    let slow = LATENCY_BOUNDS_MS.partition_point(|&ms| ms < 30);
    assert!(web.latency[slow..].iter().sum::<u64>() >= 1, "{:?}", web.latency);
    assert!(web.latency_sum_us >= 30_000);
}

#[test]
fn a_client_that_leaves_is_counted_as_that_and_does_not_hold_the_deployment() {
    let app = App::start(|exchange| {
        thread::sleep(Duration::from_millis(200));
        exchange.answer("", "late")
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.request("GET", HOST, "/", &[], None);
    eventually("in flight", || router.in_flight(&deployment(1)) == 1);
    drop(client);
    eventually("ended", || router.in_flight(&deployment(1)) == 0);
    eventually("counted", || router.stats().resources[0].client_gone == 1);
}
