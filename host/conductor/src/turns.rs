//! Whose turn it is: at most one deployment or operation at a time for each resource. Deployments wait for their turn,
//! and the newest that waits wins; operations (stop, start, remove) wait for each other and are refused while a
//! deployment is under way.

use crate::core::{Core, lock};
use crate::run::Run;
use crate::{driver, failures, housekeeping, operate};
use lifecycle::{Command, State};
use model::{DeploymentId, Failure, Name, Phase, Resource};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long an operation waits for another one: a stop may have to drain and then to wait for an app that does not end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who has a turn and who waits, by resource.
#[derive(Default)]
pub(crate) struct Turns {
    by_resource: BTreeMap<Name, Turn>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Turn {
    holder: Option<Holder>,
    waiting: Option<Run>,
}

enum Holder {
    Deployment(Run),
    Operation,
}

impl Turn {
    fn deployments(&self) -> impl Iterator<Item = &Run> {
        let active = match &self.holder {
            Some(Holder::Deployment(run)) => Some(run),
            _ => None,
        };
        active.into_iter().chain(&self.waiting)
    }
}

impl Turns {
    /// A deployment that is under way or waits.
    pub(crate) fn find(&self, id: &DeploymentId) -> Option<Run> {
        self.by_resource.values().flat_map(Turn::deployments).find(|run| run.id() == id).cloned()
    }
    /// The deployments of a resource that are under way or wait, in that order.
    pub(crate) fn of(&self, name: &Name) -> Vec<Run> {
        self.by_resource.get(name).into_iter().flat_map(Turn::deployments).cloned().collect()
    }
    /// All that are under way or wait.
    pub(crate) fn all(&self) -> Vec<Run> {
        self.by_resource.values().flat_map(Turn::deployments).cloned().collect()
    }
    /// Takes out one that waits and is over: it was canceled.
    pub(crate) fn forget(&mut self, id: &DeploymentId) {
        for turn in self.by_resource.values_mut() {
            turn.waiting.take_if(|run| run.id() == id && run.is_over());
        }
    }
    /// A thread that has to be waited for before the host is down.
    pub(crate) fn keep(&mut self, thread: JoinHandle<()>) {
        self.threads.retain(|t| !t.is_finished());
        self.threads.push(thread);
    }
    /// The threads to wait for.
    pub(crate) fn take_threads(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.threads)
    }
    /// Lets go of everything; what is unfinished is in the journal.
    pub(crate) fn clear(&mut self) {
        self.by_resource.clear();
    }
}

/// Gives a new deployment its turn, or lets it wait; the one that waited before is superseded.
pub(crate) fn enqueue(core: &Arc<Core>, state: State) {
    let run = Run::new(Arc::clone(core), state);
    let (id, name) = (run.id().clone(), run.name().clone());
    let older = {
        let mut turns = lock(&core.turns);
        let older = turns.by_resource.entry(name).or_default().waiting.replace(run);
        advance(core, &mut turns);
        older
    };
    if let Some(older) = older.filter(|older| !older.is_over())
        && let Err(error) = older.apply(Command::Supersede { by: id })
    {
        // The next start of the host finds two that wait, and supersedes the older one.
        tracing::error!(%error, "a superseded deployment could not be written");
    }
}

/// Begins every deployment that waits for nobody. One for which no thread can be had waits for the next occasion.
fn advance(core: &Arc<Core>, turns: &mut Turns) {
    if core.is_closing() {
        return;
    }
    let mut started = Vec::new();
    for turn in turns.by_resource.values_mut().filter(|turn| turn.holder.is_none()) {
        let Some(run) = turn.waiting.take() else { continue };
        match spawn(run.clone()) {
            Ok(thread) => {
                turn.holder = Some(Holder::Deployment(run));
                started.push(thread);
            }
            Err(error) => {
                tracing::error!(%error, id = %run.id(), "no thread could be had for a deployment; it waits");
                turn.waiting = Some(run);
            }
        }
    }
    started.into_iter().for_each(|thread| turns.keep(thread));
    turns.by_resource.retain(|_, turn| turn.holder.is_some() || turn.waiting.is_some());
}

/// The driver's thread. Housekeeping comes after the turn was given back: an old release that still answers somebody
/// does not hold up the next deployment.
fn spawn(run: Run) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(format!("drive {}", run.name())).spawn(move || {
        driver::drive(&run);
        if run.core.is_closing() || !run.is_over() {
            return;
        }
        give_back(&run.core, run.name());
        housekeeping::after(&run);
    })
}

/// The turn is over: the one that waits begins.
fn give_back(core: &Arc<Core>, name: &Name) {
    let mut turns = lock(&core.turns);
    if let Some(turn) = turns.by_resource.get_mut(name) {
        turn.holder = None;
    }
    advance(core, &mut turns);
    core.turned.notify_all();
}

/// The turn of an operation; dropping it gives it back.
pub(crate) struct Claim {
    core: Arc<Core>,
    name: Name,
}

impl Drop for Claim {
    fn drop(&mut self) {
        give_back(&self.core, &self.name);
    }
}

/// Takes the turn for an operation, and writes down what is wanted of the resource in the same step: a deployment that
/// is asked for at the same time comes before both or after both. The answer has the resource as it was before, too.
pub(crate) fn claim(
    core: &Arc<Core>,
    name: &Name,
    wish: impl FnOnce(&mut Resource),
) -> Result<(Claim, Resource, Resource), Failure> {
    let until = Instant::now() + PATIENCE;
    let alone = loop {
        let alone = lock(&core.gate);
        if core.resource(name).is_none() {
            return Err(operate::unknown(name));
        }
        let mut turns = lock(&core.turns);
        let turn = turns.by_resource.entry(name.clone()).or_default();
        if let Some(run) = turn.deployments().next() {
            return Err(operate::under_way(name, run.id()));
        }
        if turn.holder.is_none() {
            turn.holder = Some(Holder::Operation);
            break alone;
        }
        drop(alone);
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || core.is_closing() {
            return Err(operate::busy(name));
        }
        let _woken = core.turned.wait_timeout(turns, left).unwrap_or_else(PoisonError::into_inner);
    };
    let claim = Claim { core: Arc::clone(core), name: name.clone() };
    let Some(before) = core.resource(name) else { return Err(operate::unknown(name)) };
    let mut after = before.clone();
    wish(&mut after);
    if after != before {
        core.ledger
            .save_resource(&after)
            .map_err(|e| failures::internal(Phase::Execute, "the resource could not be written", e))?;
        core.remember(after.clone());
    }
    drop(alone);
    Ok((claim, before, after))
}
