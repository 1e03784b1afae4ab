//! Clients that do not mean well.

use crate::{
    app::{App, Then},
    client::Client,
    setup::*,
};
use router::Limits;
use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

/// Answers with what it took for the request.
fn mirror() -> App {
    App::start(|exchange| {
        let body = String::from_utf8(exchange.body()).unwrap();
        let line = exchange.line.clone();
        exchange.answer("", &format!("{line}|{body}"))
    })
}

#[test]
fn a_request_with_two_framings_cannot_smuggle_a_second_one() {
    let app = mirror();
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n\
         0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
    ));
    let answer = client.answer();
    assert!(answer.status == 400 || answer.body == "POST / HTTP/1.1|", "{answer:?}");
    assert!(client.is_closed(), "what follows such a request is not read");
    assert!(app.requests.load(Ordering::SeqCst) <= 1);
}

#[test]
fn a_bad_chunk_ends_the_request_and_the_connection() {
    let app = App::start(|exchange| {
        exchange.body();
        // An app that got an incomplete body does not get to answer.
        thread::sleep(Duration::from_millis(300));
        exchange.answer("", "complete")
    });
    let router = router_to(app.addr);
    for chunk in ["zz\r\nxx\r\n", "-1\r\n", "5\r\nabc", "ffffffffffffffffff\r\nx"] {
        let mut client = Client::to(router.local_addr());
        client.send(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"));
        client.io.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
        if let Some(answer) = client.try_answer() {
            assert_eq!(answer.status, 400, "{chunk:?}");
        }
        assert!(client.is_closed());
    }
    eventually("ended", || router.in_flight(&deployment(1)) == 0);
}

#[test]
fn requests_that_could_be_read_in_two_ways_are_refused() {
    let app = mirror();
    let router = router_to(app.addr);
    for (what, request) in [
        ("two lengths", format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")),
        ("a signed length", format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: +1\r\n\r\na")),
        ("an unknown coding last", format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked, x\r\n\r\n")),
        (
            "chunks in HTTP/1.0",
            format!("POST / HTTP/1.0\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        ("two hosts", format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: other\r\n\r\n")),
        ("a host against the target", format!("GET http://other/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n")),
        ("a space before the colon", format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length : 1\r\n\r\na")),
        ("a folded header", format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX: a\r\n b\r\n\r\n")),
        ("no host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (
            "a forwarding header by way of Connection",
            format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: x-forwarded-for\r\n\r\n"),
        ),
    ] {
        let mut client = Client::to(router.local_addr());
        client.send(request);
        assert_eq!(client.answer().status, 400, "{what}");
    }
    assert_eq!(app.requests.load(Ordering::SeqCst), 0);
}

#[test]
fn only_websockets_are_tunnelled() {
    let app = App::start(|exchange| {
        let upgrade = exchange.header("upgrade").unwrap_or("none").to_owned();
        let settings = exchange.header("http2-settings").unwrap_or("none").to_owned();
        exchange.answer("", &format!("{upgrade} {settings}"))
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    let headers = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")];
    assert_eq!(client.get(HOST, "/", &headers).body, "none none", "a tunnel would pass the router's checks by");
    for method in ["CONNECT", "TRACE"] {
        let mut client = Client::to(router.local_addr());
        let target = if method == "CONNECT" { "web.localhost:80" } else { "/" };
        client.request(method, "web.localhost:80", target, &[], None);
        let answer = client.answer();
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.header("x-request-id").is_some());
    }
}

#[test]
fn requests_in_one_packet_are_answered_in_their_order() {
    let app = mirror();
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    let mut all = String::new();
    for n in 0..20 {
        all.push_str(&format!("POST /{n} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 2\r\n\r\n{n:02}"));
    }
    client.send(all);
    for n in 0..20 {
        assert_eq!(client.answer().body, format!("POST /{n} HTTP/1.1|{n:02}"));
    }
}

#[test]
fn a_header_that_is_too_large_is_refused() {
    let app = mirror();
    let router = limited(Limits { header_bytes: 4096, ..Limits::default() });
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    let mut client = Client::to(router.local_addr());
    assert_eq!(client.get(HOST, "/", &[("X", &"x".repeat(3000))]).status, 200);
    let answer = client.get(HOST, "/", &[("X", &"x".repeat(5000))]);
    assert_eq!(answer.status, 431);
    assert!(answer.header("x-request-id").is_some());
    assert_eq!(Client::to(router.local_addr()).get(HOST, &format!("/{}", "x".repeat(5000)), &[]).status, 431);
    assert_eq!(app.requests.load(Ordering::SeqCst), 1);
}

#[test]
fn a_client_that_sends_a_byte_now_and_then_does_not_keep_its_place() {
    let router = limited(Limits {
        idle: Duration::from_secs(1),
        header_timeout: Duration::from_millis(300),
        ..Limits::default()
    });
    let mut silent = Client::to(router.local_addr());
    let mut client = Client::to(router.local_addr());
    client.send("GET / HTTP/1.1\r\nX: ");
    let begun = Instant::now();
    while client.try_send("x").is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(5), "it still holds its connection");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(silent.is_closed());
    eventually("both gone", || router.stats().connections == 0);
}

#[test]
fn a_connection_rests_no_longer_than_allowed() {
    let app = mirror();
    let router = limited(Limits { idle: Duration::from_secs(1), ..Limits::default() });
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    let mut client = Client::to(router.local_addr());
    assert_eq!(client.get(HOST, "/", &[]).status, 200);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(client.get(HOST, "/", &[]).status, 200);
    let begun = Instant::now();
    assert!(client.is_closed());
    assert!(begun.elapsed() > Duration::from_millis(700) && begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn more_clients_than_allowed_wait_for_their_turn() {
    let app = mirror();
    let router = limited(Limits { connections: 2, ..Limits::default() });
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    let mut clients: Vec<_> = (0..3).map(|_| Client::to(router.local_addr())).collect();
    for client in &mut clients {
        client.request("GET", HOST, "/", &[], None);
    }
    assert_eq!(clients[0].answer().status, 200);
    assert_eq!(clients[1].answer().status, 200);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(router.stats().connections, 2);
    assert_eq!(app.requests.load(Ordering::SeqCst), 2);
    drop(clients.remove(0));
    assert_eq!(clients[1].answer().status, 200);
}

#[test]
fn http_1_0_is_served_and_closed() {
    let app = App::start(|exchange| {
        exchange.answer("", "ok");
        Then::Keep
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.send(format!("GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n"));
    assert_eq!(client.answer().body, "ok");
    assert!(client.is_closed());
}
