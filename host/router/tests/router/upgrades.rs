//! WebSockets: passed through, kept alive while silent, counted, and cut when their release has to go.

use crate::{
    app::{App, Exchange, Then},
    client::Client,
    setup::*,
};
use router::{Limits, PROBE, Router, STAMP};
use std::{
    io::{Read, Write},
    thread,
    time::{Duration, Instant},
};

/// Answers the handshake, then sends every byte back.
fn echo(exchange: &mut Exchange) -> Then {
    assert_eq!(exchange.header("upgrade"), Some("websocket"));
    let key = exchange.header("sec-websocket-key").unwrap().to_owned();
    exchange.write(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: for-{key}\r\n\r\n"
    ));
    let mut room = [0; 1024];
    loop {
        match exchange.io.read(&mut room) {
            Ok(0) | Err(_) => return Then::Close,
            Ok(n) => exchange.io.get_mut().write_all(&room[..n]).unwrap(),
        }
    }
}

fn connect(router: &Router) -> Client {
    let mut client = Client::to(router.local_addr());
    let headers =
        [("Connection", "keep-alive, Upgrade"), ("Upgrade", "WebSocket"), ("Sec-WebSocket-Key", "k"), (PROBE, TOKEN)];
    client.request("GET", HOST, "/ws", &headers, None);
    let head = client.head();
    assert_eq!(head.status, 101);
    assert_eq!(head.header("upgrade"), Some("websocket"));
    assert!(head.header("connection").unwrap().eq_ignore_ascii_case("upgrade"));
    assert_eq!(head.header("sec-websocket-accept"), Some("for-k"));
    assert_eq!(head.header(STAMP), Some(deployment(1).as_str()));
    assert!(head.header("x-request-id").is_some());
    client
}

fn says(client: &mut Client, text: &str) {
    client.send(text);
    assert_eq!(client.read(text.len()), text.as_bytes());
}

#[test]
fn a_websocket_passes_in_both_directions_and_outlives_the_timeouts_of_requests() {
    let app = App::start(echo);
    let router = limited(Limits {
        app_timeout: Duration::from_millis(100),
        idle: Duration::from_secs(1),
        header_timeout: Duration::from_millis(100),
        ..Limits::default()
    });
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    let mut client = connect(&router);
    says(&mut client, "hello");
    thread::sleep(Duration::from_millis(1500));
    says(&mut client, "still here");
    assert_eq!(router.in_flight(&deployment(1)), 1);
    drop(client);
    eventually("ended", || router.in_flight(&deployment(1)) == 0);
}

#[test]
fn a_drain_cuts_websockets_after_its_time_and_not_before() {
    let app = App::start(echo);
    let next = App::named("next");
    let router = router_to(app.addr);
    let mut clients: Vec<_> = (0..5).map(|_| connect(&router)).collect();
    router.publish(table([route(Some(upstream(2, next.addr)))]));
    thread::scope(|scope| {
        let begun = Instant::now();
        let drained = scope.spawn(|| router.drain(&deployment(1), Duration::from_millis(400)));
        says(&mut clients[0], "during the drain");
        assert!(drained.join().unwrap(), "websockets were left");
        assert!(begun.elapsed() >= Duration::from_millis(400), "cut too early");
    });
    assert_eq!(router.in_flight(&deployment(1)), 0);
    for client in &mut clients {
        assert!(client.is_closed());
    }
}

#[test]
fn a_websocket_that_ends_by_itself_ends_the_drain() {
    let app = App::start(echo);
    let router = router_to(app.addr);
    let client = connect(&router);
    router.publish(table([route(None)]));
    let begun = Instant::now();
    thread::scope(|scope| {
        let drained = scope.spawn(|| router.drain(&deployment(1), Duration::from_secs(30)));
        thread::sleep(Duration::from_millis(100));
        drop(client);
        assert!(drained.join().unwrap());
    });
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_app_may_refuse_to_upgrade() {
    let app = App::start(|exchange| {
        exchange.write("HTTP/1.1 426 Upgrade Required\r\nupgrade: other\r\ncontent-length: 2\r\n\r\nno");
        Then::Keep
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    let answer = client.get(HOST, "/", &[("Connection", "Upgrade"), ("Upgrade", "websocket")]);
    assert_eq!((answer.status, answer.body.as_str()), (426, "no"));
}

#[test]
fn an_event_stream_may_be_silent() {
    let app = App::start(|exchange| {
        exchange.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n\r\n");
        thread::sleep(Duration::from_millis(600));
        exchange.write("7\r\ndata: x\r\n0\r\n\r\n");
        Then::Keep
    });
    let router = limited(Limits { app_timeout: Duration::from_millis(100), ..Limits::default() });
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    let mut client = Client::to(router.local_addr());
    assert_eq!(client.get(HOST, "/", &[("Accept", "text/event-stream")]).body, "data: x");
}
