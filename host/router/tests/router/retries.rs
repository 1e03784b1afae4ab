//! Failures between router and app that nobody has to notice, and those that must be told.

use crate::{
    app::{App, Then},
    client::Client,
    setup::*,
};
use router::{Limits, Router};
use std::{
    net::TcpListener,
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

#[test]
fn an_app_that_closes_kept_connections_without_a_word_costs_no_get() {
    // The first request of a connection is answered; the second one is read and the connection closed: what a server
    // does that times out an idle connection at the wrong moment.
    let app = App::start(|exchange| {
        exchange.body();
        if exchange.nth == 1 { Then::Close } else { exchange.answer("", "ok") }
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    for turn in 0..40 {
        let (method, body) = if turn % 4 == 3 { ("PUT", Some("state")) } else { ("GET", None) };
        client.request(method, HOST, "/", &[], body);
        let answer = client.answer();
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "turn {turn}");
    }
    drop(client);
    eventually("closed", || router.stats().connections == 0);
    let stats = &router.stats().resources[0];
    assert!(stats.retries >= 19, "the test met no closed connection: {stats:?}");
    assert_eq!((stats.requests, stats.classes[1], stats.router_errors), (40, 40, 0));
}

#[test]
fn an_app_that_closes_after_each_answer_costs_nothing_either() {
    let app = App::start(|exchange| {
        exchange.body();
        exchange.answer("", "ok");
        Then::Close
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    for turn in 0..200 {
        let (method, body) = if turn % 2 == 1 { ("PUT", Some("x")) } else { ("GET", None) };
        client.request(method, HOST, "/", &[], body);
        assert_eq!(client.answer().status, 200, "turn {turn}");
    }
}

#[test]
fn an_app_that_announces_its_close_costs_no_post() {
    let app = App::start(|exchange| {
        exchange.body();
        exchange.answer("connection: close\r\n", "ok");
        Then::Close
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    for turn in 0..200 {
        client.request("POST", HOST, "/", &[], Some("x"));
        let answer = client.answer();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("keep-alive")), "turn {turn}");
    }
}

#[test]
fn a_post_that_an_app_may_have_acted_on_is_not_sent_twice() {
    let app = App::start(|exchange| {
        exchange.body();
        if exchange.nth == 1 { Then::Close } else { exchange.answer("", "ok") }
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.request("POST", HOST, "/", &[], Some("pay"));
    assert_eq!(client.answer().status, 200);
    client.request("POST", HOST, "/", &[], Some("pay"));
    let answer = client.answer();
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("app-closed"), "{}", answer.body);
    assert_eq!(app.requests.load(Ordering::SeqCst), 2, "each was sent once");
}

#[test]
fn a_get_that_fails_on_a_new_connection_is_the_apps_failure() {
    let app = App::start(|_| Then::Close);
    let router = router_to(app.addr);
    let answer = Client::to(router.local_addr()).get(HOST, "/", &[]);
    assert_eq!(answer.status, 502);
    assert_eq!(app.requests.load(Ordering::SeqCst), 1);
}

/// A router that gives a refused connection time enough for a busy machine.
fn patient(addr: std::net::SocketAddr) -> Router {
    let router = limited(Limits { refused_pause: Duration::from_millis(1500), ..Limits::default() });
    router.publish(table([route(Some(upstream(1, addr)))]));
    router
}

#[test]
fn a_refused_connection_is_looked_up_again_and_finds_the_new_release() {
    let gone = nowhere();
    let next = App::named("next");
    let router = patient(gone);
    let addr = router.local_addr();
    let asked = thread::spawn(move || {
        let mut client = Client::to(addr);
        client.request("POST", HOST, "/", &[], Some("body of any method: nothing was sent yet"));
        client.answer()
    });
    eventually("refused", || router.in_flight(&deployment(1)) == 1);
    thread::sleep(Duration::from_millis(200));
    router.publish(table([route(Some(upstream(2, next.addr)))]));
    let answer = asked.join().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "next"));
}

#[test]
fn an_app_that_restarts_on_its_port_within_the_pause_costs_nothing() {
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = place.local_addr().unwrap();
    drop(place);
    let router = patient(addr);
    let to = router.local_addr();
    let asked = thread::spawn(move || Client::to(to).get(HOST, "/", &[]));
    eventually("refused", || router.in_flight(&deployment(1)) == 1);
    thread::sleep(Duration::from_millis(200));
    let back = TcpListener::bind(addr).unwrap();
    let (tcp, _) = back.accept().unwrap();
    std::io::Write::write_all(&mut &tcp, b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nback").unwrap();
    assert_eq!(asked.join().unwrap().body, "back");
}

#[test]
fn a_dead_app_is_told_soon_and_on_the_right_side() {
    let router = router_to(nowhere());
    let begun = Instant::now();
    let answer = Client::to(router.local_addr()).get(HOST, "/secret?token=1", &[]);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(answer.status, 502);
    let id = answer.header("x-request-id").unwrap();
    assert!(answer.body.contains(id) && answer.body.contains("\"side\":\"app\""), "{}", answer.body);
    assert!(!answer.body.contains("127.0.0.1"), "an address of the inside: {}", answer.body);

    let record = router.lookup(id).expect("remembered by its id");
    assert_eq!(record.kind, router::ErrorKind::AppUnreachable);
    assert_eq!(record.resource.unwrap().as_str(), "web");
    assert_eq!(record.deployment.unwrap(), deployment(1));
    assert_eq!((record.path.as_str(), record.method.as_str()), ("/secret", "GET"));
    assert_eq!(router.stats().resources[0].router_errors, 1);
    eventually("a failed request does not hold its deployment", || router.in_flight(&deployment(1)) == 0);
}

#[test]
fn an_answer_that_breaks_off_is_cut_and_never_completed_by_the_router() {
    let app = App::start(|exchange| {
        exchange.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        Then::Close
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.request("GET", HOST, "/", &[], None);
    let head = client.head();
    assert_eq!(client.chunk(), b"half");
    assert!(client.is_closed(), "the client must see that something is missing");
    let record = router.lookup(head.header("x-request-id").unwrap()).unwrap();
    assert!(record.cut);
    assert_eq!(record.side, router::Side::App);
}
