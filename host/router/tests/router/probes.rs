//! The host's own requests: they prove who served, they reach the candidate, and nobody else does.

use crate::{
    app::App,
    client::{Client, get},
    setup::*,
};
use router::{PROBE, PROBE_TARGET, Router, STAMP};

/// Active: deployment 1, candidate: deployment 2.
fn with_candidate(active: &App, candidate: &App) -> Router {
    let router = router();
    let mut route = route(Some(upstream(1, active.addr)));
    route.candidate = Some(upstream(2, candidate.addr));
    router.publish(table([route]));
    router
}

#[test]
fn a_candidate_is_reached_with_the_token_and_only_with_it() {
    let (active, candidate) = (App::named("active"), App::named("candidate"));
    let router = with_candidate(&active, &candidate);
    let addr = router.local_addr();
    let body = |headers: &[(&str, &str)]| get(addr, HOST, "/", headers).body;
    assert_eq!(body(&[(PROBE, TOKEN), (PROBE_TARGET, "candidate")]), "candidate");

    let longer = format!("{TOKEN}x");
    let other = TOKEN.replace('a', "b");
    for wrong in ["", "x", &TOKEN[..TOKEN.len() - 1], &longer, &other] {
        assert_eq!(body(&[(PROBE, wrong), (PROBE_TARGET, "candidate")]), "active", "{wrong:?}");
    }
    assert_eq!(body(&[(PROBE_TARGET, "candidate")]), "active");
    assert_eq!(body(&[(PROBE, TOKEN), (PROBE, "x"), (PROBE_TARGET, "candidate")]), "active", "two tokens are none");
    assert_eq!(body(&[(PROBE, TOKEN)]), "active");
    assert_eq!(body(&[(PROBE, TOKEN), (PROBE_TARGET, "other")]), "active");
    assert_eq!(candidate.requests.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn the_stamp_says_who_served_and_only_probes_get_it() {
    let (active, candidate) = (App::named("active"), App::named("candidate"));
    let router = with_candidate(&active, &candidate);
    let mut client = Client::to(router.local_addr());
    let answer = client.get(HOST, "/", &[(PROBE, TOKEN)]);
    assert_eq!(answer.header(STAMP), Some(deployment(1).as_str()));
    let answer = client.get(HOST, "/", &[(PROBE, TOKEN), (PROBE_TARGET, "candidate")]);
    assert_eq!(answer.header(STAMP), Some(deployment(2).as_str()));
    let answer = client.get(HOST, "/", &[]);
    assert_eq!((answer.status, answer.header(STAMP)), (200, None));
    let answer = client.get(HOST, "/", &[(PROBE, "wrong")]);
    assert_eq!((answer.status, answer.header(STAMP)), (200, None));
}

#[test]
fn an_app_can_neither_forge_the_stamp_nor_see_the_token() {
    let app = App::start(|exchange| {
        let seen: Vec<_> = exchange.headers.iter().map(|(n, _)| n.as_str()).filter(|n| n.contains("shipway")).collect();
        let seen = seen.join(",");
        let forged = format!("Shipway-Deployment: {}\r\nshipway-deployment: twice\r\n", deployment(9));
        exchange.write(format!("HTTP/1.1 103 Early Hints\r\n{forged}\r\n"));
        exchange.answer(&forged, &seen)
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    for probe in [true, false] {
        let headers = [(PROBE, if probe { TOKEN } else { "no" }), (PROBE_TARGET, "active"), ("shipway_probe", TOKEN)];
        client.request("GET", HOST, "/", &headers, None);
        let early = client.head();
        assert_eq!((early.status, early.header(STAMP)), (103, None));
        let answer = client.answer();
        assert_eq!(answer.body, "", "the app saw headers of the host");
        assert_eq!(answer.header(STAMP), probe.then_some(deployment(1).as_str()));
        assert_eq!(answer.count(STAMP), usize::from(probe));
    }
}

#[test]
fn a_first_candidate_is_probed_before_anybody_can_reach_it() {
    let candidate = App::named("candidate");
    let router = router();
    let mut route = route(None);
    route.candidate = Some(upstream(2, candidate.addr));
    route.stopped = true;
    router.publish(table([route.clone()]));
    let addr = router.local_addr();
    assert_eq!(get(addr, HOST, "/", &[]).status, 503);
    assert_eq!(get(addr, HOST, "/", &[(PROBE, TOKEN)]).status, 503);
    let answer = get(addr, HOST, "/", &[(PROBE, TOKEN), (PROBE_TARGET, "candidate")]);
    assert_eq!((answer.status, answer.body.as_str()), (200, "candidate"));

    route.candidate = None;
    router.publish(table([route]));
    let answer = get(addr, HOST, "/", &[(PROBE, TOKEN), (PROBE_TARGET, "candidate")]);
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("no-candidate"), "{}", answer.body);
    assert_eq!(answer.header(STAMP), None, "nobody served it");
}

#[test]
fn probes_are_not_in_the_figures_of_the_resource() {
    let app = App::named("active");
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.get(HOST, "/", &[(PROBE, TOKEN)]);
    client.get(HOST, "/", &[]);
    client.get(HOST, "/", &[]);
    drop(client);
    eventually("closed", || router.stats().connections == 0);
    assert_eq!(router.stats().resources[0].requests, 2);
}

#[test]
fn a_connection_kept_for_one_deployment_is_never_used_for_another_at_the_same_address() {
    let app = App::start(|exchange| {
        let which = exchange.connection.to_string();
        exchange.answer("", &which)
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    assert_eq!(client.get(HOST, "/", &[]).body, "0");
    assert_eq!(client.get(HOST, "/", &[]).body, "0", "connections to apps are kept");
    router.publish(table([route(Some(upstream(2, app.addr)))]));
    assert_eq!(client.get(HOST, "/", &[]).body, "1");
}
