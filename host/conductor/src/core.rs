//! What every part of a running host shares: the journal, the store, the plugins, the target, the routes, and what
//! is known of resources and running deployments.

use crate::ledger::{Ledger, LedgerError};
use crate::routes::Routes;
use lifecycle::{Command, Next, State};
use model::event::{Effect, EffectResult, Event};
use model::plugin::Receipt;
use model::{Deployment, DeploymentId, Failure, Name, Phase, Release, Resource};
use sandbox::Catalogue;
use source::Store;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use targets::Target;

/// Shared by everything.
pub(crate) struct Core {
    pub state_dir: PathBuf,
    pub ledger: Ledger,
    pub store: Store,
    pub catalogue: Catalogue,
    pub target: Arc<dyn Target>,
    pub routes: Routes,
    /// Only who knows it reaches a candidate. New with every start of the host.
    pub token: String,
    pub resources: Mutex<BTreeMap<Name, Resource>>,
    pub turns: Mutex<crate::turns::Turns>,
    /// The host is shutting down: drivers stop where a restart can go on.
    pub closing: AtomicBool,
}

/// A lock that a panicking thread held is still a lock: the data behind it is replaced whole, never half.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(crate) fn resource(&self, name: &Name) -> Option<Resource> {
        lock(&self.resources).get(name).cloned()
    }

    /// Puts a resource that has just been written to the journal where everybody sees it.
    pub(crate) fn remember(&self, resource: Resource) {
        lock(&self.resources).insert(resource.name.clone(), resource);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

impl Releases for Resource {
    fn release(&self, deployment: &DeploymentId) -> Option<&Release> {
        self.releases.iter().find(|r| r.deployment == *deployment)
    }
    fn built_by(&self, deployment: &DeploymentId) -> Option<&Release> {
        self.releases.iter().find(|r| r.built_by == *deployment)
    }
}

/// Looking up releases of a resource.
pub(crate) trait Releases {
    /// The release that this deployment left.
    fn release(&self, deployment: &DeploymentId) -> Option<&Release>;
    /// A release whose artifact this deployment built.
    fn built_by(&self, deployment: &DeploymentId) -> Option<&Release>;
}

/// Why a phase did not come to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Box<Failure>),
    /// Somebody canceled the deployment.
    Canceled,
    /// The host shuts down; a restart goes on.
    Closing,
    /// The journal cannot be written: nothing may be done until it can.
    Ledger(LedgerError),
}
impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Stop::Ledger(error)
    }
}
impl From<Box<Failure>> for Stop {
    fn from(failure: Box<Failure>) -> Self {
        Stop::Failed(failure)
    }
}
impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(Box::new(failure))
    }
}

/// A deployment that is not over, as its driver and the rest of the host see it.
pub(crate) struct Live {
    pub state: Mutex<State>,
    /// Seen by builds and waits at once.
    pub cancel: AtomicBool,
}

/// One deployment under way.
#[derive(Clone)]
pub(crate) struct Run {
    pub core: Arc<Core>,
    pub live: Arc<Live>,
}

impl Run {
    pub(crate) fn new(core: Arc<Core>, state: State) -> Self {
        let cancel = AtomicBool::new(state.cancel_requested);
        Self { core, live: Arc::new(Live { state: Mutex::new(state), cancel }) }
    }

    /// A copy of the state as it is now.
    pub(crate) fn state(&self) -> State {
        lock(&self.live.state).clone()
    }
    pub(crate) fn view(&self) -> Deployment {
        lock(&self.live.state).view.clone()
    }
    pub(crate) fn next(&self) -> Next {
        lock(&self.live.state).next()
    }

    /// Lets the state machine decide and writes it down.
    pub(crate) fn apply(&self, command: Command) -> Result<(), LedgerError> {
        self.core.ledger.apply(&mut lock(&self.live.state), command)
    }

    /// The same, with a changed resource in the same commit.
    pub(crate) fn apply_with(&self, command: Command, resource: Resource) -> Result<(), LedgerError> {
        self.core.ledger.apply_with(&mut lock(&self.live.state), command, Some(&resource))?;
        self.core.remember(resource);
        Ok(())
    }

    /// Writes something that changes nothing. A line that cannot be written is lost, and nothing else is.
    pub(crate) fn tell(&self, event: Event) {
        if let Err(error) = self.apply(Command::Tell(event)) {
            tracing::warn!(%error, "a line of the timeline could not be written");
        }
    }
    pub(crate) fn progress(&self, message: impl Into<String>) {
        self.tell(Event::Progress { message: message.into() });
    }
    pub(crate) fn warn(&self, message: impl Into<String>) {
        self.tell(Event::Warning { message: message.into() });
    }
    pub(crate) fn called(&self, receipt: &Receipt) {
        self.tell(Event::PluginCalled { receipt: Box::new(receipt.clone()) });
    }

    /// Writes the intent, does it, writes the outcome: the only way to touch the world outside.
    pub(crate) fn effect(
        &self,
        effect: Effect,
        act: impl FnOnce() -> Result<EffectResult, Box<Failure>>,
    ) -> Result<EffectResult, Stop> {
        self.apply(Command::Intend(effect.clone()))?;
        match act() {
            Ok(result) => {
                self.apply(Command::Settle(effect, result.clone()))?;
                Ok(result)
            }
            // A build that ends because the host ends is not settled: the restart does it again.
            Err(_) if self.core.is_closing() => Err(Stop::Closing),
            Err(failure) => {
                let result = EffectResult::Failed { code: failure.code, message: failure.message.clone() };
                self.apply(Command::Settle(effect, result))?;
                if self.live.cancel.load(Ordering::Relaxed) { Err(Stop::Canceled) } else { Err(Stop::Failed(failure)) }
            }
        }
    }

    /// Ends a phase early when somebody asked for it.
    pub(crate) fn checkpoint(&self) -> Result<(), Stop> {
        if self.core.is_closing() {
            Err(Stop::Closing)
        } else if self.live.cancel.load(Ordering::Relaxed) {
            Err(Stop::Canceled)
        } else {
            Ok(())
        }
    }

    /// The resource as it is now. It exists as long as a deployment of it is under way.
    pub(crate) fn resource(&self) -> Result<Resource, Stop> {
        let view = self.view();
        self.core.resource(&view.resource).ok_or_else(|| {
            let phase = view.current_phase;
            crate::failures::internal(phase, "the resource is gone", view.resource.as_str()).into()
        })
    }

    pub(crate) fn phase(&self) -> Phase {
        lock(&self.live.state).view.current_phase
    }
}
