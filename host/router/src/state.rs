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
