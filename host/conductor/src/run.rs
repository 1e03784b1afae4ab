//! One deployment under way: its state, and the only ways to move it on and to touch the world for it.

use crate::core::{Core, lock};
use crate::environment;
use crate::ledger::LedgerError;
use crate::redact::Redactor;
use lifecycle::{Command, Next, State};
use model::event::{Effect, EffectResult, Event};
use model::plugin::Receipt;
use model::{Deployment, DeploymentId, Failure, Name, Phase, Profile, Resource, Verdict};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

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
    /// Which.
    pub id: DeploymentId,
    /// Of what.
    pub resource: Name,
    /// Where it is.
    pub state: Mutex<State>,
    /// Seen by builds and waits at once.
    pub cancel: AtomicBool,
    /// What must not be seen in what this deployment writes.
    secrets: Mutex<Redactor>,
}

/// One deployment under way.
#[derive(Clone)]
pub(crate) struct Run {
    /// The host that it runs on.
    pub core: Arc<Core>,
    /// What is its own.
    pub live: Arc<Live>,
}

impl Run {
    /// From a state that was just created, or replayed.
    pub(crate) fn new(core: Arc<Core>, state: State) -> Self {
        let live = Live {
            id: state.id().clone(),
            resource: state.view.resource.clone(),
            cancel: AtomicBool::new(state.cancel_requested),
            secrets: Mutex::default(),
            state: Mutex::new(state),
        };
        Self { core, live: Arc::new(live) }
    }

    /// Which.
    pub(crate) fn id(&self) -> &DeploymentId {
        &self.live.id
    }
    /// Of what resource.
    pub(crate) fn name(&self) -> &Name {
        &self.live.resource
    }
    /// A copy of the state as it is now.
    pub(crate) fn state(&self) -> State {
        lock(&self.live.state).clone()
    }
    /// As it is seen from outside.
    pub(crate) fn view(&self) -> Deployment {
        lock(&self.live.state).view.clone()
    }
    /// What is owed next.
    pub(crate) fn next(&self) -> Next {
        lock(&self.live.state).next()
    }
    /// The phase that runs.
    pub(crate) fn phase(&self) -> Phase {
        lock(&self.live.state).view.current_phase
    }
    /// Is its status terminal?
    pub(crate) fn is_over(&self) -> bool {
        lock(&self.live.state).status().is_terminal()
    }

    /// Lets the state machine decide and writes it down.
    pub(crate) fn apply(&self, mut command: Command) -> Result<(), LedgerError> {
        lock(&self.live.secrets).command(&mut command);
        self.core.ledger.apply(&mut lock(&self.live.state), command, None)
    }

    /// The same, with a changed resource in the same commit.
    pub(crate) fn commit(&self, command: Command, change: impl FnOnce(&mut Resource)) -> Result<(), Stop> {
        let _alone = lock(&self.core.gate);
        let mut resource = self.resource()?;
        change(&mut resource);
        self.core.ledger.apply(&mut lock(&self.live.state), command, Some(&resource))?;
        self.core.remember(resource);
        Ok(())
    }

    /// Reads the state again from the journal, when somebody else's write is ahead of it.
    pub(crate) fn reload(&self) -> Result<(), LedgerError> {
        let mut state = lock(&self.live.state);
        if let Some(written) = self.core.ledger.load(&self.live.id)? {
            *state = written;
        }
        Ok(())
    }

    /// Writes something that changes nothing. A line that cannot be written is lost, and nothing else is.
    pub(crate) fn tell(&self, event: Event) {
        if let Err(error) = self.apply(Command::Tell(event)) {
            tracing::warn!(%error, "a line of the timeline could not be written");
        }
    }
    /// Tells a person who watches what is being done.
    pub(crate) fn progress(&self, message: impl Into<String>) {
        self.tell(Event::Progress { message: message.into() });
    }
    /// A warning is told once, however often a restart of the host comes by.
    pub(crate) fn warn(&self, message: impl Into<String>) {
        let message = message.into();
        if !lock(&self.live.state).view.warnings.contains(&message) {
            self.tell(Event::Warning { message });
        }
    }
    /// Tells what a plugin's call cost.
    pub(crate) fn called(&self, receipt: &Receipt) {
        self.tell(Event::PluginCalled { receipt: Box::new(receipt.clone()) });
    }

    /// From now on the values of this profile's secrets are masked in whatever this deployment writes.
    pub(crate) fn conceal(&self, profile: &Profile) {
        let (values, _) = environment::secret_values(profile);
        lock(&self.live.secrets).add(values.iter().map(String::as_str));
    }
    /// What is masked.
    pub(crate) fn redactor(&self) -> Redactor {
        lock(&self.live.secrets).clone()
    }
    /// A verdict without secrets.
    pub(crate) fn masked(&self, mut verdict: Verdict) -> Verdict {
        lock(&self.live.secrets).verdict(&mut verdict);
        verdict
    }

    /// Writes the intent, does it, writes the outcome: the only way forward to touch the world outside.
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
                self.settle_failed(effect, &failure)?;
                if self.live.cancel.load(Ordering::Acquire) { Err(Stop::Canceled) } else { Err(Stop::Failed(failure)) }
            }
        }
    }

    /// The same on the way back, where a cancellation changes nothing any more.
    pub(crate) fn undo<T>(
        &self,
        effect: Effect,
        act: impl FnOnce() -> Result<(EffectResult, T), Box<Failure>>,
    ) -> Result<T, Stop> {
        self.apply(Command::Intend(effect.clone()))?;
        match act() {
            Ok((result, value)) => {
                self.apply(Command::Settle(effect, result))?;
                Ok(value)
            }
            Err(failure) => {
                self.settle_failed(effect, &failure)?;
                Err(Stop::Failed(failure))
            }
        }
    }

    fn settle_failed(&self, effect: Effect, failure: &Failure) -> Result<(), LedgerError> {
        let result = EffectResult::Failed { code: failure.code, message: failure.message.clone() };
        self.apply(Command::Settle(effect, result))
    }

    /// Ends a phase early when somebody asked for it.
    pub(crate) fn checkpoint(&self) -> Result<(), Stop> {
        // In this order: a host that closes sets `closing` first, so who sees its cancel sees that, too.
        let canceled = self.live.cancel.load(Ordering::Acquire);
        if self.core.is_closing() {
            Err(Stop::Closing)
        } else if canceled {
            Err(Stop::Canceled)
        } else {
            Ok(())
        }
    }

    /// The resource as it is now. It exists as long as a deployment of it is under way.
    pub(crate) fn resource(&self) -> Result<Resource, Stop> {
        self.core
            .resource(self.name())
            .ok_or_else(|| crate::failures::internal(self.phase(), "the resource is gone", self.name().as_str()).into())
    }
}
