//! What every part of a running host shares: the journal, the store, the plugins, the target, the routes, and what
//! is known of resources and running deployments.
//!
//! Locks are taken in this order and never the other way round: `gate`, `turns`, a deployment's state, `resources`.

use crate::ledger::{Ledger, LedgerError};
use crate::routes::Routes;
use crate::turns::Turns;
use model::{DeploymentId, Name, Resource};
use sandbox::Catalogue;
use source::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use targets::Target;

/// Between two looks at something that is about to change.
const LOOK: Duration = Duration::from_millis(10);

/// Shared by everything.
pub(crate) struct Core {
    /// Where everything durable lies.
    pub state_dir: PathBuf,
    /// Timelines and records.
    pub ledger: Ledger,
    /// Snapshots of sources.
    pub store: Store,
    /// The plugins.
    pub catalogue: Catalogue,
    /// Where apps are built and run.
    pub target: Arc<dyn Target>,
    /// Where requests go.
    pub routes: Routes,
    /// Only who knows it reaches a candidate. New with every start of the host.
    pub token: String,
    /// What is written of each resource.
    pub resources: Mutex<BTreeMap<Name, Resource>>,
    /// Held from reading a resource to having written it, so that two changes never lose one another, and while a
    /// deployment is created, so that it meets the resource that it was made for.
    pub gate: Mutex<()>,
    /// Ids are given in the order in which they are made, whatever the clock does.
    pub ids: Mutex<ulid::Generator>,
    /// Builds that are being deleted right now: nobody may decide to return to one.
    pub doomed: Mutex<BTreeSet<DeploymentId>>,
    /// Who may do something to a resource now.
    pub turns: Mutex<Turns>,
    /// Somebody gave a turn back.
    pub turned: Condvar,
    /// The host is shutting down: drivers stop where a restart can go on.
    pub closing: AtomicBool,
}

/// A lock that a panicking thread held is still a lock: the data behind it is replaced whole, never half.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    /// A resource as it was last written.
    pub(crate) fn resource(&self, name: &Name) -> Option<Resource> {
        lock(&self.resources).get(name).cloned()
    }

    /// Puts a resource that has just been written to the journal where everybody sees it.
    pub(crate) fn remember(&self, resource: Resource) {
        lock(&self.resources).insert(resource.name.clone(), resource);
    }

    /// Changes a resource: read, changed and written as one step. `None`: there is none of that name.
    pub(crate) fn change(
        &self,
        name: &Name,
        change: impl FnOnce(&mut Resource),
    ) -> Result<Option<Resource>, LedgerError> {
        let _alone = lock(&self.gate);
        let Some(mut resource) = self.resource(name) else { return Ok(None) };
        change(&mut resource);
        self.ledger.save_resource(&resource)?;
        self.remember(resource.clone());
        Ok(Some(resource))
    }

    /// Is the host shutting down?
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Waits until nothing is in flight at a deployment that the route no longer leads to. `false`: requests were
    /// still under way after `max`, or the host is closing.
    pub(crate) fn drain(&self, deployment: &DeploymentId, max: Duration) -> bool {
        let until = Instant::now() + max;
        while self.routes.router().in_flight(deployment) > 0 && Instant::now() < until && !self.is_closing() {
            std::thread::sleep(LOOK);
        }
        // The last look also cuts what never ends by itself.
        self.routes.router().drain(deployment, Duration::ZERO)
    }
}
