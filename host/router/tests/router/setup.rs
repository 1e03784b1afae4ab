//! A router with a route, in a line.

use model::DeploymentId;
use router::{Limits, Route, Router, RouterOptions, Table, Upstream};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

pub(crate) const TOKEN: &str = "a-token-of-the-tests-0123456789";
pub(crate) const HOST: &str = "web.localhost";

pub(crate) fn options(limits: Limits) -> RouterOptions {
    let mut options = RouterOptions::new("127.0.0.1:0".parse().unwrap(), TOKEN);
    options.limits = limits;
    options
}

pub(crate) fn router() -> Router {
    limited(Limits::default())
}

pub(crate) fn limited(limits: Limits) -> Router {
    Router::start(options(limits)).unwrap()
}

/// Deployments with readable ids: the number is at the end.
pub(crate) fn deployment(number: u32) -> DeploymentId {
    format!("dep_{number:026}").parse().unwrap()
}

pub(crate) fn upstream(number: u32, addr: SocketAddr) -> Upstream {
    Upstream { deployment: deployment(number), addr }
}

/// The route of the resource `web`.
pub(crate) fn route(active: Option<Upstream>) -> Route {
    Route {
        resource: "web".parse().unwrap(),
        hosts: vec![HOST.to_owned()],
        prefix: "/".to_owned(),
        active,
        candidate: None,
        stopped: false,
    }
}

pub(crate) fn table(routes: impl IntoIterator<Item = Route>) -> Table {
    Table { routes: routes.into_iter().collect() }
}

/// A router whose only route leads to deployment 1 there.
pub(crate) fn router_to(addr: SocketAddr) -> Router {
    let router = router();
    router.publish(table([route(Some(upstream(1, addr)))]));
    router
}

/// An address that nothing listens on.
pub(crate) fn nowhere() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Waits for something that other threads bring about.
pub(crate) fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !is() {
        assert!(Instant::now() < until, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
