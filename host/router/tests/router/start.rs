//! Starting and stopping inside a process that has other things to do.

use crate::{
    app::App,
    client::{Client, get},
    setup::*,
};
use router::{Limits, Router, RouterError, RouterOptions};
use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

#[test]
fn a_taken_port_is_told_at_once_with_its_holder() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let options = RouterOptions { listen: addr, ..options(Limits::default()) };
    let Err(RouterError::AddressTaken { addr: told, holder }) = Router::start(options) else {
        panic!("it started on a taken port")
    };
    assert_eq!(told, addr);
    assert_eq!(u32::try_from(holder.expect("this process may see itself").pid).unwrap(), std::process::id());
}

#[test]
fn an_address_of_another_machine_is_told_too() {
    let options = RouterOptions { listen: "203.0.113.1:80".parse().unwrap(), ..options(Limits::default()) };
    assert!(matches!(Router::start(options), Err(RouterError::Listen { .. })));
}

#[test]
fn a_token_that_can_be_guessed_is_refused() {
    let options = RouterOptions { probe_token: "short".to_owned(), ..options(Limits::default()) };
    assert!(matches!(Router::start(options), Err(RouterError::WeakToken { .. })));
}

#[test]
fn the_token_is_not_in_the_debug_text() {
    assert!(!format!("{:?}", options(Limits::default())).contains(TOKEN));
}

#[test]
fn two_routers_live_in_one_process() {
    let (one, two) = (App::named("one"), App::named("two"));
    let (first, second) = (router_to(one.addr), router_to(two.addr));
    assert_ne!(first.local_addr(), second.local_addr());
    assert_eq!(get(first.local_addr(), HOST, "/", &[]).body, "one");
    assert_eq!(get(second.local_addr(), HOST, "/", &[]).body, "two");
    drop(first);
    assert_eq!(get(second.local_addr(), HOST, "/", &[]).body, "two");
}

#[test]
fn a_shutdown_lets_requests_end_and_frees_the_port() {
    let app = App::start(|exchange| {
        thread::sleep(Duration::from_millis(300));
        exchange.answer("", "late")
    });
    let router = router_to(app.addr);
    let addr = router.local_addr();
    let mut resting = Client::to(addr);
    assert_eq!(resting.get(HOST, "/", &[]).status, 200);
    eventually("resting", || router.in_flight(&deployment(1)) == 0);
    let mut client = Client::to(addr);
    client.request("GET", HOST, "/", &[], None);
    eventually("in flight", || router.in_flight(&deployment(1)) == 1);
    let begun = Instant::now();
    router.shutdown(Duration::from_secs(20));
    assert!(begun.elapsed() < Duration::from_secs(10), "a resting connection held it up");
    assert_eq!(client.answer().body, "late");
    assert!(resting.is_closed());
    router.shutdown(Duration::from_secs(20));
    drop(router);
    eventually("the port is free", || TcpListener::bind(addr).is_ok());
}

#[test]
fn a_shutdown_does_not_wait_longer_than_told() {
    let app = App::start(|exchange| {
        thread::sleep(Duration::from_secs(3));
        exchange.answer("", "never")
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.request("GET", HOST, "/", &[], None);
    eventually("in flight", || router.in_flight(&deployment(1)) == 1);
    let begun = Instant::now();
    router.shutdown(Duration::from_millis(200));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(client.try_answer().is_none());
}

#[test]
fn a_router_can_be_started_and_dropped_within_async_code() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { drop(router()) });
}
