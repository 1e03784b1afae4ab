//! Where apps become reachable: the router's port, and whether `NAME.localhost` leads here.

use super::Fact;
use crate::embedded::HTTP;
use crate::place::Place;
use std::net::{TcpListener, ToSocketAddrs};

pub(super) fn facts(place: &Place) -> Vec<Fact> {
    vec![port(place), localhost()]
}

fn port(place: &Place) -> Fact {
    const NAME: &str = "router's port";
    match TcpListener::bind(HTTP) {
        Ok(_) => Fact::good(NAME, format!("{HTTP} is free")),
        Err(e) => {
            let ours = api::Client::unix(&place.socket)
                .and_then(|client| client.about())
                .is_ok_and(|about| about.router.parse() == Ok(HTTP));
            if ours {
                Fact::good(NAME, format!("{HTTP} is held by the host"))
            } else {
                Fact::note(NAME, format!("{HTTP}: {e}"), "give `shipway serve` another one with --http")
            }
        }
    }
}

/// Browsers and curl know `*.localhost` themselves; other programs ask the system.
fn localhost() -> Fact {
    const NAME: &str = "NAME.localhost";
    let found = ("shipway-doctor.localhost", 80).to_socket_addrs();
    if found.is_ok_and(|mut addresses| addresses.any(|addr| addr.ip().is_loopback())) {
        return Fact::good(NAME, "leads to this machine");
    }
    Fact::note(
        NAME,
        "is not known to this system's resolver",
        "browsers and curl know it themselves; other programs have to send the Host header NAME.localhost",
    )
}
