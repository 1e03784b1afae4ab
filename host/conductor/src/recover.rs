//! After a start: what runs is compared with what was intended, and every unfinished deployment gets a driver again.

use crate::core::{Core, lock};
use crate::ledger::LedgerError;
use crate::phase::instance::main_instance;
use crate::release::{self, Early, Up};
use crate::run::Run;
use crate::{removal, side_by_side, turns};
use lifecycle::{Command, State};
use model::resource::Desired;
use model::{DeploymentId, Name, Profile, Resource, Status};
use router::Upstream;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long something that nobody needs may take to end by itself. The host answers only after that: short.
const GRACE: Duration = Duration::from_secs(3);

/// Brings the world and the journal together.
pub(crate) fn reconcile(core: &Arc<Core>) -> Result<(), LedgerError> {
    let resources = core.ledger.resources()?;
    let unfinished = Unfinished::read(core)?;
    resources.iter().for_each(|resource| core.remember(resource.clone()));
    let kept: Vec<&Resource> = resources.iter().filter(|r| r.desired != Desired::Removing).collect();
    // First whatever runs is reachable again, all at once; then the rest is started, which may take its time.
    core.routes.restore(kept.iter().map(|resource| {
        let (profile, up) = standing(core, resource);
        (*resource, profile, up)
    }));
    side_by_side::for_each(&kept, |resource| ensure_running(core, resource, &unfinished));
    stop_strangers(core, &resources, &unfinished);
    for resource in resources.iter().filter(|r| r.desired == Desired::Removing) {
        finish_removal(core, &resource.name);
    }
    unfinished.take_up(core);
    Ok(())
}

/// Deployments that are not over.
struct Unfinished {
    /// In the order in which they were asked for.
    states: Vec<State>,
    /// Those whose timeline cannot be read: a newer shipway wrote it, or it is damaged.
    unreadable: Vec<DeploymentId>,
}

impl Unfinished {
    fn read(core: &Core) -> Result<Self, LedgerError> {
        let mut found = Self { states: Vec::new(), unreadable: Vec::new() };
        for id in core.ledger.unfinished()? {
            match core.ledger.load(&id) {
                Ok(Some(state)) => found.states.push(state),
                Ok(None) => tracing::error!(%id, "its timeline is empty"),
                Err(error) => {
                    tracing::error!(%id, %error, "it cannot be taken up again; what runs of it is left alone");
                    found.unreadable.push(id);
                }
            }
        }
        Ok(found)
    }

    /// Every one gets its driver. Of those that waited only the newest does: the kill came before the others were
    /// superseded.
    fn take_up(self, core: &Arc<Core>) {
        let mut newest: BTreeMap<Name, DeploymentId> = BTreeMap::new();
        for state in self.states.iter().filter(|s| s.status() == Status::Queued) {
            newest.insert(state.view.resource.clone(), state.id().clone());
        }
        let (waiting, active): (Vec<State>, Vec<State>) =
            self.states.into_iter().partition(|s| s.status() == Status::Queued);
        for state in active.into_iter().chain(waiting) {
            let by = newest.get(&state.view.resource).filter(|id| *id != state.id());
            match by.filter(|_| state.status() == Status::Queued) {
                Some(by) => {
                    let command = Command::Supersede { by: by.clone() };
                    if let Err(error) = Run::new(Arc::clone(core), state).apply(command) {
                        tracing::error!(%error, "a superseded deployment could not be written");
                    }
                }
                None => {
                    tracing::info!(id = %state.id(), status = %state.status(), "taking it up again");
                    turns::enqueue(core, state);
                }
            }
        }
    }
}

/// What the record says that serves, with its profile, and where it is as far as it runs.
fn standing(core: &Core, resource: &Resource) -> (Profile, Option<Upstream>) {
    let Some(serving) = &resource.serving else { return (Profile::default(), None) };
    let Some(release) = release::find(core, resource, serving) else { return (Profile::default(), None) };
    (release.profile.clone(), upstream(core, resource, &release))
}

fn upstream(core: &Core, resource: &Resource, release: &model::Release) -> Option<Upstream> {
    if resource.desired != Desired::Running {
        return None;
    }
    let instance = main_instance(&release.deployment, &release.plan).ok()?;
    // One that its supervisor starts again comes back at the same address.
    if release::look(&*core.target, &instance) == Up::Down {
        return None;
    }
    Some(Upstream { deployment: release.deployment.clone(), addr: core.target.address(&instance)? })
}

/// The release that should serve runs: adopted if it does already, else started from its retained build.
fn ensure_running(core: &Core, resource: &Resource, unfinished: &Unfinished) {
    let Some(serving) = resource.serving.as_ref().filter(|_| resource.desired == Desired::Running) else { return };
    // The route had just moved to a candidate that is still being watched: its own driver looks after it.
    if unfinished.states.iter().any(|s| s.id() == serving) || unfinished.unreadable.contains(serving) {
        return;
    }
    let Some(release) = release::find(core, resource, serving) else {
        tracing::error!(resource = %resource.name, %serving, "what it serves is not known any more");
        return;
    };
    if let Err(failure) = release::start_all(&*core.target, &release, Early::Again) {
        tracing::error!(resource = %resource.name, code = %failure.code, "{}", failure.message);
    }
    // Even after a failure: its supervisor may bring it up later, when what it needs is up.
    if let Some(up) = upstream(core, resource, &release) {
        core.routes.switch(&resource.name, &release.deployment, &release.profile, up.addr);
    }
}

/// Nothing runs that the journal does not know: instances of nobody are stopped, their logs stay.
fn stop_strangers(core: &Core, resources: &[Resource], unfinished: &Unfinished) {
    let known = known(core, resources, unfinished);
    let strangers = core.target.instances().into_iter().filter(|instance| {
        let seen = core.target.observe(instance);
        (seen.running || seen.supervised) && !known.contains(&instance.deployment())
    });
    let strangers: Vec<_> = strangers.collect();
    side_by_side::for_each(&strangers, |instance| {
        tracing::warn!(%instance, "it runs, and nothing needs it: stopping it");
        if let Err(error) = core.target.stop(instance, GRACE) {
            tracing::error!(%instance, %error, "it could not be stopped");
        }
    });
}

/// The deployments whose instances may run.
fn known(core: &Core, resources: &[Resource], unfinished: &Unfinished) -> BTreeSet<DeploymentId> {
    let mut known: BTreeSet<DeploymentId> = unfinished.unreadable.iter().cloned().collect();
    known.extend(unfinished.states.iter().map(|s| s.id().clone()));
    let running = |name: &Name| resources.iter().any(|r| r.name == *name && r.desired == Desired::Running);
    let ways_back = unfinished.states.iter().filter(|s| running(&s.view.resource) || s.moved);
    known.extend(ways_back.filter_map(|s| s.incumbent.clone()));
    for resource in resources.iter().filter(|r| r.desired == Desired::Running) {
        known.extend(resource.serving.clone());
        if !unfinished.unreadable.is_empty() {
            known.extend(resource.releases.first().map(|r| r.deployment.clone()));
        }
        // A way back that failed touches nothing, and neither does a restart: a person decides.
        let latest = core.ledger.deployments(Some(&resource.name), 1).unwrap_or_default().pop();
        if let Some(failed) = latest.filter(|d| d.status == Status::RollbackFailed) {
            known.extend(core.ledger.load(&failed.id).ok().flatten().and_then(|s| s.incumbent));
            known.insert(failed.id);
        }
    }
    known
}

/// A removal that a crash cut short is finished beside everything else; the name is free again when it is.
fn finish_removal(core: &Arc<Core>, name: &Name) {
    let (in_thread, name_there) = (Arc::clone(core), name.clone());
    let spawned = std::thread::Builder::new().name(format!("remove {name}")).spawn(move || {
        if let Err(failure) = removal::remove(&in_thread, &name_there) {
            tracing::error!(resource = %name_there, code = %failure.code, "its removal: {}", failure.message);
        }
    });
    match spawned {
        Ok(thread) => lock(&core.turns).keep(thread),
        Err(error) => tracing::error!(%error, %name, "its removal waits for the next start"),
    }
}
