//! A table in the form that requests are looked up in: one hash lookup by host, then the longest prefix at a segment
//! border. Immutable once built; what lives longer than one table (gauges, counters) is shared into it.

use crate::{
    Overlap, Route, Table, Upstream,
    flight::{Gauge, Gauges},
    host,
    probe::Probe,
    stats::{Counters, Meters},
    trouble::ErrorKind,
};
use http::HeaderValue;
use model::{DeploymentId, Name};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    sync::Arc,
};

/// A table, ready for lookups.
#[derive(Default)]
pub(crate) struct Compiled {
    hosts: HashMap<Box<str>, Vec<Place>>,
}

struct Place {
    /// Without its trailing slash, so that `/` is empty and every prefix ends at a segment border.
    prefix: Box<str>,
    entry: Arc<Entry>,
}

/// One route.
pub(crate) struct Entry {
    pub(crate) resource: Name,
    pub(crate) counters: Arc<Counters>,
    active: Option<Arc<Lane>>,
    candidate: Option<Arc<Lane>>,
    stopped: bool,
}

/// One instance that requests can be sent to.
pub(crate) struct Lane {
    pub(crate) deployment: DeploymentId,
    pub(crate) addr: SocketAddr,
    /// The deployment's name as a header, made once.
    pub(crate) stamp: HeaderValue,
    /// Which idle connections may be reused: only those of this deployment. A port changes hands, a deployment
    /// does not.
    pub(crate) pool: u64,
    pub(crate) gauge: Arc<Gauge>,
}

impl Compiled {
    /// Compiles a table. Of two routes with one host and prefix the first is kept, the other reported.
    pub(crate) fn build(table: &Table, gauges: &Gauges, meters: &Meters) -> (Self, Vec<Overlap>) {
        let mut hosts: HashMap<Box<str>, Vec<Place>> = HashMap::new();
        let mut overlaps = Vec::new();
        for route in &table.routes {
            let entry = Arc::new(Entry::new(route, gauges, meters));
            let prefix = route.prefix.trim_end_matches('/');
            for raw in &route.hosts {
                let mut room = [0; host::MOST];
                let Some(key) = host::key(raw.as_bytes(), &mut room) else {
                    tracing::warn!(resource = %route.resource, host = raw, "router: a route's host cannot be one");
                    continue;
                };
                let places = hosts.entry(key.into()).or_default();
                match places.iter().find(|p| &*p.prefix == prefix) {
                    Some(kept) => overlaps.push(Overlap {
                        host: key.to_owned(),
                        prefix: route.prefix.clone(),
                        served: kept.entry.resource.clone(),
                        ignored: route.resource.clone(),
                    }),
                    None => places.push(Place { prefix: prefix.into(), entry: entry.clone() }),
                }
            }
        }
        for places in hosts.values_mut() {
            places.sort_by_key(|p| std::cmp::Reverse(p.prefix.len()));
        }
        (Self { hosts }, overlaps)
    }

    /// The route for a host as the client sent it and a path (what follows a `?` is not looked at).
    pub(crate) fn find(&self, host: &[u8], path: &[u8]) -> Option<&Arc<Entry>> {
        let mut room = [0; host::MOST];
        let places = self.hosts.get(host::key(host, &mut room)?)?;
        let path = path.split(|&b| b == b'?').next().unwrap_or_default();
        places.iter().find(|place| place.meets(path)).map(|place| &place.entry)
    }
}

impl Place {
    fn meets(&self, path: &[u8]) -> bool {
        match path.strip_prefix(self.prefix.as_bytes()) {
            Some(rest) => self.prefix.is_empty() || rest.is_empty() || rest.first() == Some(&b'/'),
            None => false,
        }
    }
}

impl Entry {
    fn new(route: &Route, gauges: &Gauges, meters: &Meters) -> Self {
        let lane = |upstream: &Option<Upstream>| upstream.as_ref().and_then(|u| Lane::new(u, gauges)).map(Arc::new);
        Self {
            resource: route.resource.clone(),
            counters: meters.of(&route.resource),
            active: lane(&route.active),
            candidate: lane(&route.candidate),
            stopped: route.stopped,
        }
    }

    /// The instance for a request, or why there is none.
    pub(crate) fn pick(&self, probe: Probe) -> Result<&Arc<Lane>, ErrorKind> {
        match probe {
            Probe::Candidate => self.candidate.as_ref().ok_or(ErrorKind::NoCandidate),
            _ if self.stopped => Err(ErrorKind::Stopped),
            _ => self.active.as_ref().ok_or(ErrorKind::NoRelease),
        }
    }
}

impl Lane {
    fn new(upstream: &Upstream, gauges: &Gauges) -> Option<Self> {
        let mut hash = DefaultHasher::new();
        upstream.deployment.hash(&mut hash);
        Some(Self {
            deployment: upstream.deployment.clone(),
            addr: upstream.addr,
            // Never refused: a deployment id is lower-case letters, digits and one underscore.
            stamp: HeaderValue::from_str(upstream.deployment.as_str()).ok()?,
            // The upper half of the numbers is for connections that must be new (see `forward`).
            pool: hash.finish() >> 1,
            gauge: gauges.of(&upstream.deployment),
        })
    }

    /// Is it the same instance?
    pub(crate) fn same(&self, other: &Lane) -> bool {
        self.deployment == other.deployment && self.addr == other.addr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: &[(&str, &str, &str)]) -> Table {
        let route = |(resource, host, prefix): &(&str, &str, &str)| Route {
            resource: resource.parse().unwrap(),
            hosts: vec![(*host).to_owned()],
            prefix: (*prefix).to_owned(),
            active: None,
            candidate: None,
            stopped: false,
        };
        Table { routes: routes.iter().map(route).collect() }
    }

    fn found(compiled: &Compiled, host: &str, path: &str) -> Option<String> {
        compiled.find(host.as_bytes(), path.as_bytes()).map(|e| e.resource.to_string())
    }

    #[test]
    fn the_longest_prefix_wins_and_ends_at_a_segment_border() {
        let routes = table(&[("web", "a.test", "/"), ("api", "a.test", "/api/"), ("v2", "A.test", "/api/v2")]);
        let (compiled, overlaps) = Compiled::build(&routes, &Gauges::default(), &Meters::default());
        assert!(overlaps.is_empty());
        for (path, resource) in [
            ("/", "web"),
            ("*", "web"),
            ("/apix", "web"),
            ("/api", "api"),
            ("/api?x=/api/v2", "api"),
            ("/api/", "api"),
            ("/api/v20", "api"),
            ("/api/v2", "v2"),
            ("/api/v2/x", "v2"),
        ] {
            assert_eq!(found(&compiled, "A.TEST.:80", path).as_deref(), Some(resource), "{path}");
        }
        assert_eq!(found(&compiled, "b.test", "/"), None);
    }

    #[test]
    fn a_host_without_a_route_at_the_root_has_no_app_outside_its_prefix() {
        let (compiled, _) =
            Compiled::build(&table(&[("api", "a.test", "/api")]), &Gauges::default(), &Meters::default());
        assert_eq!(found(&compiled, "a.test", "/"), None);
        assert_eq!(found(&compiled, "a.test", "/api/x").as_deref(), Some("api"));
    }

    #[test]
    fn of_two_routes_that_claim_one_place_the_first_is_served_and_the_other_named() {
        let routes = table(&[("one", "a.test", "/x"), ("two", "a.test.", "/x/")]);
        let (compiled, overlaps) = Compiled::build(&routes, &Gauges::default(), &Meters::default());
        assert_eq!(found(&compiled, "a.test", "/x").as_deref(), Some("one"));
        assert_eq!(overlaps.len(), 1);
        assert_eq!((overlaps[0].served.as_str(), overlaps[0].ignored.as_str()), ("one", "two"));
    }
}
