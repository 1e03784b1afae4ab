//! Moving a route loses nothing.

use crate::{app::App, client::Client, setup::*};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const CLIENTS: usize = 8;

/// What one client saw while the route moved.
#[derive(Default)]
struct Seen {
    answers: usize,
    lost: Vec<String>,
    newest: u32,
}

/// Asks without a pause: GETs on a kept connection, POSTs in between, now and then a new connection.
fn ask(addr: std::net::SocketAddr, stop: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut client = Client::to(addr);
    for turn in 0.. {
        if stop.load(Ordering::SeqCst) {
            return seen;
        }
        if turn % 50 == 49 {
            client = Client::to(addr);
        }
        let (method, body) = if turn % 3 == 2 { ("POST", Some("x=1")) } else { ("GET", None) };
        client.request(method, HOST, "/", &[], body);
        match client.try_answer() {
            Some(answer) if answer.status == 200 => {
                seen.answers += 1;
                let number = answer.body.parse().unwrap();
                assert!(number >= seen.newest, "an older release answered after a newer one");
                seen.newest = number;
            }
            other => {
                seen.lost.push(format!("{method}: {other:?}"));
                client = Client::to(addr);
            }
        }
    }
    seen
}

#[test]
fn switching_under_load_and_killing_the_drained_release_loses_no_request() {
    const RELEASES: u32 = 40;
    // A release answers with its number, after a moment, so that requests are always in flight.
    let release = |number: u32| {
        App::start(move |exchange| {
            exchange.body();
            thread::sleep(Duration::from_millis(u64::from(number % 3)));
            exchange.answer("", &number.to_string())
        })
    };
    let router = router();
    let mut serving = release(1);
    router.publish(table([route(Some(upstream(1, serving.addr)))]));
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (stop, addr) = (stop.clone(), router.local_addr());
            thread::spawn(move || ask(addr, &stop))
        })
        .collect();
    for number in 2..=RELEASES {
        thread::sleep(Duration::from_millis(20));
        let next = release(number);
        router.publish(table([route(Some(upstream(number, next.addr)))]));
        assert!(router.drain(&deployment(number - 1), Duration::from_secs(10)), "release {} not drained", number - 1);
        assert_eq!(router.in_flight(&deployment(number - 1)), 0);
        // Its process is killed: listener and connections are gone at once.
        serving = next;
    }
    thread::sleep(Duration::from_millis(50));
    stop.store(true, Ordering::SeqCst);
    let seen: Vec<Seen> = clients.into_iter().map(|c| c.join().unwrap()).collect();
    let lost: Vec<_> = seen.iter().flat_map(|s| &s.lost).collect();
    assert!(lost.is_empty(), "{} lost: {lost:?}", lost.len());
    assert!(seen.iter().all(|s| s.newest == RELEASES), "a client never reached the last release");
    let answers: usize = seen.iter().map(|s| s.answers).sum();
    eventually("closed", || router.stats().connections == 0);
    let counted = &router.stats().resources[0];
    assert_eq!((counted.requests, counted.classes[1]), (answers as u64, answers as u64));
    drop(serving);
}

#[test]
fn a_drain_waits_for_the_last_answer_and_no_longer() {
    let slow = App::start(|exchange| {
        thread::sleep(Duration::from_millis(400));
        exchange.answer("", "late")
    });
    let next = App::named("next");
    let router = router_to(slow.addr);
    let mut client = Client::to(router.local_addr());
    client.request("GET", HOST, "/", &[], None);
    eventually("in flight", || router.in_flight(&deployment(1)) == 1);
    router.publish(table([route(Some(upstream(2, next.addr)))]));

    assert!(!router.drain(&deployment(1), Duration::from_millis(50)), "it was still in flight");
    let begun = Instant::now();
    assert!(router.drain(&deployment(1), Duration::from_secs(10)));
    assert!(begun.elapsed() > Duration::from_millis(100), "it did not wait");
    assert!(begun.elapsed() < Duration::from_secs(5), "it waited for its whole time");
    assert_eq!(client.answer().body, "late", "the request stayed with its release");
    assert_eq!(client.get(HOST, "/", &[]).body, "next", "and the connection went on to the next");
    assert!(router.drain(&deployment(77), Duration::ZERO), "a deployment that is unknown has nothing in flight");
}

#[test]
fn a_resource_can_be_stopped_and_started_by_its_route_alone() {
    let app = App::named("here");
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    assert_eq!(client.get(HOST, "/", &[]).status, 200);
    let mut stopped = route(Some(upstream(1, app.addr)));
    stopped.stopped = true;
    router.publish(table([stopped]));
    let answer = client.get(HOST, "/", &[]);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("\"code\":\"stopped\""), "{}", answer.body);
    router.publish(table([route(None)]));
    let answer = client.get(HOST, "/", &[]);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("\"code\":\"no-release\""), "{}", answer.body);
    router.publish(table([route(Some(upstream(1, app.addr)))]));
    assert_eq!(client.get(HOST, "/", &[]).body, "here", "all on one connection of the client");
}

#[test]
fn each_route_gets_its_own_requests() {
    let (web, api) = (App::named("web"), App::named("api"));
    let router = router();
    let mut under = route(Some(upstream(2, api.addr)));
    under.resource = "api".parse().unwrap();
    under.prefix = "/api".to_owned();
    router.publish(table([route(Some(upstream(1, web.addr))), under]));
    let mut client = Client::to(router.local_addr());
    for (path, app) in [("/", "web"), ("/api", "api"), ("/api/x?y", "api"), ("/apix", "web"), ("/API", "web")] {
        assert_eq!(client.get("WEB.localhost.:8080", path, &[]).body, app, "{path}");
    }
    drop(client);
    eventually("closed", || router.stats().connections == 0);
    let stats = router.stats();
    let requests: Vec<_> = stats.resources.iter().map(|r| (r.resource.as_str(), r.requests)).collect();
    assert_eq!(requests, [("api", 2), ("web", 3)]);
}
