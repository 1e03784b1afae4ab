//! Whose turn it is: at most one active deployment per resource; others wait, and the newest that waits wins.

use crate::core::{Core, Run, lock};
use crate::driver;
use lifecycle::{Command, State};
use model::{DeploymentId, Name};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Active and waiting deployments by resource.
#[derive(Default)]
pub(crate) struct Turns {
    by_resource: BTreeMap<Name, Turn>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Turn {
    active: Option<Run>,
    waiting: Option<Run>,
}

impl Turns {
    /// The deployment of a resource that is under way.
    pub(crate) fn active(&self, name: &Name) -> Option<&Run> {
        self.by_resource.get(name).and_then(|t| t.active.as_ref())
    }
    /// A deployment that is under way or waits.
    pub(crate) fn find(&self, id: &DeploymentId) -> Option<Run> {
        self.by_resource
            .values()
            .flat_map(|t| t.active.iter().chain(t.waiting.iter()))
            .find(|run| lock(&run.live.state).id() == id)
            .cloned()
    }
    /// All that are under way.
    pub(crate) fn all_active(&self) -> Vec<Run> {
        self.by_resource.values().filter_map(|t| t.active.clone()).collect()
    }
    /// The drivers' threads, to wait for.
    pub(crate) fn take_threads(&mut self) -> Vec<std::thread::JoinHandle<()>> {
        std::mem::take(&mut self.threads)
    }
}

/// Gives a new deployment its turn, or lets it wait; the one that waited before is superseded.
pub(crate) fn enqueue(core: &Arc<Core>, state: State) {
    let run = Run::new(Arc::clone(core), state);
    let view = run.view();
    let mut turns = lock(&core.turns);
    let turn = turns.by_resource.entry(view.resource.clone()).or_default();
    if turn.active.is_none() {
        turn.active = Some(run.clone());
        let thread = spawn(run);
        turns.threads.extend(thread);
        turns.threads.retain(|t| !t.is_finished());
    } else if let Some(older) = turn.waiting.replace(run) {
        if let Err(error) = older.apply(Command::Supersede { by: view.id }) {
            tracing::error!(%error, "a superseded deployment could not be written");
        }
    }
}

/// The driver's thread. When it ends, the one that waits gets its turn.
fn spawn(run: Run) -> Option<std::thread::JoinHandle<()>> {
    let name = format!("drive {}", run.view().resource);
    let spawned = std::thread::Builder::new().name(name).spawn(move || {
        driver::drive(&run);
        let core = Arc::clone(&run.core);
        if core.is_closing() {
            return;
        }
        let mut turns = lock(&core.turns);
        if let Some(turn) = turns.by_resource.get_mut(&run.view().resource) {
            turn.active = turn.waiting.take();
            if let Some(next) = turn.active.clone() {
                let thread = spawn(next);
                turns.threads.extend(thread);
            }
        }
    });
    match spawned {
        Ok(thread) => Some(thread),
        Err(error) => {
            tracing::error!(%error, "no thread could be started for a deployment; a restart of the host goes on with it");
            None
        }
    }
}
