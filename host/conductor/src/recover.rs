//! After a start: what runs is compared with what was intended, and every unfinished deployment gets a driver again.

use crate::core::{Core, Releases, lock};
use crate::ledger::LedgerError;
use crate::phase::back::GRACE;
use crate::phase::instance::{main_instance, processes, start_release};
use crate::turns;
use model::resource::Desired;
use model::{DeploymentId, InstanceName, Resource};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

/// Brings the world and the journal together.
pub(crate) fn reconcile(core: &Arc<Core>) -> Result<(), LedgerError> {
    let resources = core.ledger.resources()?;
    for resource in resources {
        if resource.desired == Desired::Removing {
            // A removal that a crash cut short is finished before anything else.
            match crate::operate::take_away(core, &resource) {
                Ok(_) => continue,
                Err(error) => tracing::error!(resource = %resource.name, %error, "a removal could not be finished"),
            }
        }
        let serving = ensure_running(core, &resource);
        if let Err(why) = core.routes.restore(&resource, serving.as_ref().map(|(d, a)| (d, *a))) {
            tracing::error!(resource = %resource.name, %why, "its route could not be restored");
        }
        core.remember(resource);
    }
    let mut unfinished = Vec::new();
    for id in core.ledger.unfinished()? {
        match core.ledger.load(&id) {
            Ok(Some(state)) => unfinished.push(state),
            Ok(None) => tracing::error!(%id, "its timeline is empty"),
            Err(error) => tracing::error!(%id, %error, "it cannot be taken up again"),
        }
    }
    stop_strangers(core, &unfinished);
    for state in unfinished {
        tracing::info!(id = %state.id(), status = %state.status(), "taking it up again");
        turns::enqueue(core, state);
    }
    Ok(())
}

/// The release that should serve runs: adopted if it does already, else started from its retained build.
fn ensure_running(core: &Core, resource: &Resource) -> Option<(DeploymentId, SocketAddr)> {
    if resource.desired != Desired::Running {
        return None;
    }
    let serving = resource.serving.clone()?;
    let Some(release) = resource.release(&serving).cloned() else {
        // The route had just moved to a candidate that is still being watched: its own driver looks after it.
        let instance =
            core.target.instances().into_iter().find(|i| i.deployment() == serving && i.process() == "web")?;
        return Some((serving, core.target.address(&instance)?));
    };
    if let Err(failure) = start_release(core, &release) {
        tracing::error!(resource = %resource.name, code = %failure.code, "{}", failure.message);
        return None;
    }
    let instance = main_instance(&serving, &release.plan).ok()?;
    Some((serving, core.target.address(&instance)?))
}

/// Nothing runs that the journal does not know: instances of nobody are stopped, their logs stay.
fn stop_strangers(core: &Core, unfinished: &[lifecycle::State]) {
    let mut known: BTreeSet<InstanceName> = BTreeSet::new();
    for resource in lock(&core.resources).values() {
        let serving = resource.serving.iter();
        for deployment in serving.chain(unfinished.iter().filter_map(|s| s.incumbent.as_ref())) {
            if let Some(release) = resource.release(deployment) {
                known.extend(processes(&release.plan).iter().filter_map(|p| InstanceName::of(deployment, p).ok()));
            }
        }
    }
    known.extend(unfinished.iter().flat_map(|s| s.instances.keys().cloned()));
    for instance in core.target.instances() {
        if !known.contains(&instance) && core.target.observe(&instance).running {
            tracing::warn!(%instance, "it runs, and nothing needs it: stopping it");
            if let Err(error) = core.target.stop(&instance, GRACE) {
                tracing::error!(%instance, %error, "it could not be stopped");
            }
        }
    }
}
