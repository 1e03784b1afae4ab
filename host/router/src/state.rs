//! What all requests share: the table in force, and what is counted and remembered.

use crate::{
    Overlap, Table,
    compiled::{Compiled, Entry},
    flight::{Gauges, InFlight},
    options::Limits,
    probe::Probe,
    stats::Meters,
    trouble::{ErrorKind, Troubles},
};
use arc_swap::ArcSwap;
use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicU64};

/// What all requests share.
pub(crate) struct State {
    table: ArcSwap<Compiled>,
    publishing: Mutex<()>,
    pub(crate) gauges: Gauges,
    pub(crate) meters: Meters,
    pub(crate) troubles: Troubles,
    pub(crate) unrouted: AtomicU64,
    /// Numbers connections to apps that must be new.
    pub(crate) fresh: AtomicU64,
    pub(crate) token: Box<[u8]>,
    pub(crate) limits: Limits,
}

/// A request that has its instance.
pub(crate) struct Bound {
    pub(crate) entry: Arc<Entry>,
    pub(crate) flight: InFlight,
}

/// A request that has none, and the route that it met, if any.
pub(crate) struct Unbound {
    pub(crate) kind: ErrorKind,
    pub(crate) entry: Option<Arc<Entry>>,
}

impl State {
    pub(crate) fn new(token: &str, limits: Limits) -> Self {
        Self {
            table: ArcSwap::from_pointee(Compiled::default()),
            publishing: Mutex::new(()),
            gauges: Gauges::default(),
            meters: Meters::default(),
            troubles: Troubles::new(),
            unrouted: AtomicU64::new(0),
            fresh: AtomicU64::new(0),
            token: token.as_bytes().into(),
            limits,
        }
    }

    /// Replaces the table: one pointer store. Publishers wait for each other, requests for nobody.
    pub(crate) fn publish(&self, table: &Table) -> Vec<Overlap> {
        let _one = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let (compiled, overlaps) = Compiled::build(table, &self.gauges, &self.meters);
        drop(self.table.swap(Arc::new(compiled)));
        self.gauges.forget_unused();
        self.meters.forget_unused();
        overlaps
    }

    /// Finds the instance for a request and counts the request as in flight there.
    pub(crate) fn bind(&self, host: &[u8], path: &[u8], probe: Probe) -> Result<Bound, Unbound> {
        loop {
            let table = self.table.load();
            let Some(entry) = table.find(host, path) else {
                return Err(Unbound { kind: ErrorKind::UnknownHost, entry: None });
            };
            let lane = match entry.pick(probe) {
                Ok(lane) => lane.clone(),
                Err(kind) => return Err(Unbound { kind, entry: Some(entry.clone()) }),
            };
            let flight = InFlight::enter(lane);
            // If the table is still the same, a drain that follows its replacement sees this request. If not, the
            // drain may have seen zero already: look again.
            if Arc::ptr_eq(&table, &self.table.load()) {
                return Ok(Bound { entry: entry.clone(), flight });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Route, Upstream};
    use std::{
        sync::atomic::{AtomicBool, AtomicUsize, Ordering},
        thread,
        time::Duration,
    };

    fn leading_to(number: usize) -> Table {
        let deployment = format!("dep_{number:026}").parse().unwrap();
        let addr = "127.0.0.1:1".parse().unwrap();
        let route = Route {
            resource: "web".parse().unwrap(),
            hosts: vec!["a.test".to_owned()],
            prefix: "/".to_owned(),
            active: Some(Upstream { deployment, addr }),
            candidate: None,
            stopped: false,
        };
        Table { routes: vec![route] }
    }

    #[test]
    fn no_request_is_bound_to_a_deployment_that_was_replaced_and_drained() {
        const RELEASES: usize = 2000;
        let state = State::new("token", Limits::default());
        state.publish(&leading_to(0));
        let dead: Vec<AtomicBool> = (0..=RELEASES).map(|_| AtomicBool::new(false)).collect();
        let (done, bound) = (AtomicBool::new(false), AtomicUsize::new(0));
        let wrong = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::SeqCst) {
                        let Ok(request) = state.bind(b"a.test", b"/", Probe::No) else { panic!("no route") };
                        let number: usize = request.flight.lane().deployment.as_str()[4..].parse().unwrap();
                        wrong.fetch_add(usize::from(dead[number].load(Ordering::SeqCst)), Ordering::Relaxed);
                        bound.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            for number in 1..=RELEASES {
                let before = bound.load(Ordering::Relaxed);
                state.publish(&leading_to(number));
                let gauge = state.gauges.get(&format!("dep_{:026}", number - 1).parse().unwrap());
                assert!(gauge.is_none_or(|g| g.drain(Duration::from_secs(10))));
                dead[number - 1].store(true, Ordering::SeqCst);
                while bound.load(Ordering::Relaxed) == before {
                    thread::yield_now();
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        assert_eq!(wrong.into_inner(), 0, "of {} requests", bound.into_inner());
    }

    #[test]
    fn deployments_and_resources_that_nobody_knows_any_more_are_forgotten() {
        let state = State::new("token", Limits::default());
        state.publish(&leading_to(1));
        let Ok(request) = state.bind(b"a.test", b"/", Probe::No) else { panic!("no route") };
        state.publish(&Table::default());
        let one = "dep_00000000000000000000000001".parse().unwrap();
        assert_eq!(state.gauges.get(&one).map(|g| g.count()), Some(1), "still in flight");
        drop(request);
        state.publish(&Table::default());
        assert!(state.gauges.get(&one).is_none());
        assert!(state.meters.read().is_empty());
    }
}
