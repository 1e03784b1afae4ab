//! What was served, per resource, as plain numbers. Counted with relaxed atomics: figures for people and graphs, not
//! for decisions.

use model::Name;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Upper bounds of the latency buckets, in milliseconds. One more bucket counts what is above the last.
pub const LATENCY_BOUNDS_MS: [u64; 13] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/// What one resource served since it was first in a table. Probes are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceStats {
    /// The resource.
    pub resource: Name,
    /// Requests that ended, and connections that were upgraded.
    pub requests: u64,
    /// Answers by class: 1xx (upgrades), 2xx, 3xx, 4xx, 5xx.
    pub classes: [u64; 5],
    /// Answers with an error that the router made, not the app (part of the classes).
    pub router_errors: u64,
    /// Requests that were sent again because a connection to the app failed before an answer.
    pub retries: u64,
    /// Requests whose client went away before the answer was complete.
    pub client_gone: u64,
    /// Time from the end of a request's header to the end of its answer, summed, in microseconds. Without upgraded
    /// connections.
    pub latency_sum_us: u64,
    /// How many took how long: each bucket by itself, not cumulative. Bounds: [`LATENCY_BOUNDS_MS`].
    pub latency: [u64; LATENCY_BOUNDS_MS.len() + 1],
}

/// What the router did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouterStats {
    /// Connections of clients that are open now.
    pub connections: usize,
    /// Connections of clients accepted since the start.
    pub accepted: u64,
    /// Requests that no route took (unknown host, not a usable request).
    pub unrouted: u64,
    /// Per resource, sorted by name.
    pub resources: Vec<ResourceStats>,
}

/// The counters of one resource.
#[derive(Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    classes: [AtomicU64; 5],
    router_errors: AtomicU64,
    retries: AtomicU64,
    client_gone: AtomicU64,
    latency_sum_us: AtomicU64,
    latency: [AtomicU64; LATENCY_BOUNDS_MS.len() + 1],
}

impl Counters {
    /// An answer that ended, or did not because the client left (`status` is `None`).
    pub(crate) fn ended(&self, status: Option<u16>, took: Duration) {
        self.requests.fetch_add(1, Relaxed);
        self.class(status);
        self.latency_sum_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
        let bucket = LATENCY_BOUNDS_MS.partition_point(|&ms| Duration::from_millis(ms) < took);
        if let Some(bucket) = self.latency.get(bucket) {
            bucket.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn upgraded(&self) {
        self.requests.fetch_add(1, Relaxed);
        self.class(Some(101));
    }

    pub(crate) fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub(crate) fn router_error(&self) {
        self.router_errors.fetch_add(1, Relaxed);
    }

    fn class(&self, status: Option<u16>) {
        match status.and_then(|s| self.classes.get(usize::from(s / 100).wrapping_sub(1))) {
            Some(class) => class.fetch_add(1, Relaxed),
            None => self.client_gone.fetch_add(1, Relaxed),
        };
    }

    fn read(&self, resource: &Name) -> ResourceStats {
        ResourceStats {
            resource: resource.clone(),
            requests: self.requests.load(Relaxed),
            classes: self.classes.each_ref().map(|c| c.load(Relaxed)),
            router_errors: self.router_errors.load(Relaxed),
            retries: self.retries.load(Relaxed),
            client_gone: self.client_gone.load(Relaxed),
            latency_sum_us: self.latency_sum_us.load(Relaxed),
            latency: self.latency.each_ref().map(|c| c.load(Relaxed)),
        }
    }
}

/// The counters of all resources that are in the table.
#[derive(Default)]
pub(crate) struct Meters(Mutex<BTreeMap<Name, Arc<Counters>>>);

impl Meters {
    /// The counters of a resource, made when it is first seen.
    pub(crate) fn of(&self, resource: &Name) -> Arc<Counters> {
        self.lock().entry(resource.clone()).or_default().clone()
    }

    pub(crate) fn read(&self) -> Vec<ResourceStats> {
        self.lock().iter().map(|(name, counters)| counters.read(name)).collect()
    }

    /// Forgets resources that no table and no request knows any more.
    pub(crate) fn forget_unused(&self) {
        self.lock().retain(|_, counters| Arc::strong_count(counters) > 1);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Name, Arc<Counters>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_is_in_one_class_and_one_bucket() {
        let counters = Counters::default();
        counters.ended(Some(200), Duration::from_micros(1000));
        counters.ended(Some(404), Duration::from_micros(1001));
        counters.ended(Some(502), Duration::from_secs(60));
        counters.ended(None, Duration::from_millis(3));
        let read = counters.read(&"web".parse().unwrap());
        assert_eq!(read.requests, 4);
        assert_eq!(read.classes, [0, 1, 0, 1, 1]);
        assert_eq!(read.client_gone, 1);
        assert_eq!(read.latency, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(read.latency_sum_us, 1000 + 1001 + 60_000_000 + 3000);
    }
}
