//! Requests in flight, counted per deployment, so that an instance is stopped only after its last answer.
//!
//! The count never misses a request: a request enters the gauge *before* it looks whether the table still leads to
//! that deployment, and a drain reads the gauge *after* the table was replaced. One of the two sees the other.

use crate::compiled::Lane;
use model::DeploymentId;
use std::{
    collections::HashMap,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Nobody waits longer for a drain, and later than this no clock can say.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a cut connection may take to be gone.
const AFTER_CUT: Duration = Duration::from_secs(2);

fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The requests in flight of one deployment.
#[derive(Default)]
pub(crate) struct Gauge {
    count: AtomicUsize,
    drains: AtomicUsize,
    lock: Mutex<()>,
    empty: Condvar,
    upgraded: Mutex<HashMap<u64, Arc<Leash>>>,
    next: AtomicU64,
}

impl Gauge {
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until nothing is in flight. After `max` the upgraded connections are cut, since they never end by
    /// themselves. `false`: plain requests are still in flight.
    pub(crate) fn drain(&self, max: Duration) -> bool {
        fence(Ordering::SeqCst);
        if self.wait(Instant::now() + max.min(FOREVER)) {
            return true;
        }
        let cut: Vec<_> = hold(&self.upgraded).values().cloned().collect();
        if cut.is_empty() {
            return false;
        }
        for leash in cut {
            leash.cut();
        }
        self.wait(Instant::now() + AFTER_CUT)
    }

    fn wait(&self, until: Instant) -> bool {
        self.drains.fetch_add(1, Ordering::SeqCst);
        let mut guard = hold(&self.lock);
        let empty = loop {
            if self.count() == 0 {
                break true;
            }
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|d| !d.is_zero()) else {
                break false;
            };
            guard = self.empty.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        drop(guard);
        self.drains.fetch_sub(1, Ordering::SeqCst);
        empty
    }
}

/// The gauges of all deployments that are in the table or still have requests in flight.
#[derive(Default)]
pub(crate) struct Gauges(Mutex<HashMap<DeploymentId, Arc<Gauge>>>);

impl Gauges {
    /// The gauge of a deployment, made when it is first seen.
    pub(crate) fn of(&self, deployment: &DeploymentId) -> Arc<Gauge> {
        hold(&self.0).entry(deployment.clone()).or_default().clone()
    }

    /// The gauge of a deployment, if it has one.
    pub(crate) fn get(&self, deployment: &DeploymentId) -> Option<Arc<Gauge>> {
        hold(&self.0).get(deployment).cloned()
    }

    /// Forgets deployments that no table and no request knows any more.
    pub(crate) fn forget_unused(&self) {
        hold(&self.0).retain(|_, gauge| Arc::strong_count(gauge) > 1);
    }
}

/// The way to end one request from outside, and to know whether its header has arrived.
#[derive(Default)]
pub(crate) struct Leash {
    cut: Notify,
    arrived: AtomicBool,
}

impl Leash {
    pub(crate) fn cut(&self) {
        self.cut.notify_one();
    }

    pub(crate) async fn was_cut(&self) {
        self.cut.notified().await;
    }

    pub(crate) fn set_arrived(&self) {
        self.arrived.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_arrived(&self) -> bool {
        self.arrived.load(Ordering::Relaxed)
    }
}

/// One request in flight. Counted from its making to its drop, whatever ends it.
pub(crate) struct InFlight {
    lane: Arc<Lane>,
    upgraded: Option<u64>,
}

impl InFlight {
    pub(crate) fn enter(lane: Arc<Lane>) -> Self {
        lane.gauge.count.fetch_add(1, Ordering::SeqCst);
        // Pairs with the fence in `drain`: what is loaded from here on is not older than this entry.
        fence(Ordering::SeqCst);
        Self { lane, upgraded: None }
    }

    pub(crate) fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    /// From now on a drain may cut the connection.
    pub(crate) fn upgrade(&mut self, leash: Arc<Leash>) {
        let gauge = &self.lane.gauge;
        let id = gauge.next.fetch_add(1, Ordering::Relaxed);
        hold(&gauge.upgraded).insert(id, leash);
        self.upgraded = Some(id);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let gauge = &self.lane.gauge;
        if let Some(id) = self.upgraded {
            hold(&gauge.upgraded).remove(&id);
        }
        if gauge.count.fetch_sub(1, Ordering::SeqCst) == 1 && gauge.drains.load(Ordering::SeqCst) > 0 {
            let _guard = hold(&gauge.lock);
            gauge.empty.notify_all();
        }
    }
}
