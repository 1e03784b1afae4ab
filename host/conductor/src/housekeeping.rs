//! After the end: the incumbent is drained and stopped once the candidate made it; old builds are collected.
//!
//! Nothing here can change how a deployment ended. What a crash leaves undone, the next start of the host finds.

use crate::core::{Core, Releases, Run};
use crate::phase::back::GRACE;
use crate::phase::instance::processes;
use lifecycle::Command;
use model::event::{Effect, EffectResult};
use model::{Code, DeploymentId, InstanceName, Resource, Status};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long requests that the old release is still answering may take.
const DRAIN: Duration = Duration::from_secs(30);

/// What follows a terminal status.
pub(crate) fn after(run: &Run) {
    let state = run.state();
    if state.status() == Status::Succeeded {
        arm(run, &state);
        if let Some(old) = state.incumbent.clone().filter(|old| old != state.id()) {
            retire(run, &old);
        }
    }
    let Some(resource) = run.core.resource(&state.view.resource) else { return };
    for deployment in surplus(&run.core, &resource) {
        let effect = Effect::RemoveArtifact { deployment: deployment.clone() };
        settle(run, effect, || forget(&run.core, &deployment));
    }
}

/// From now on the supervisor starts the release again when it ends.
fn arm(run: &Run, state: &lifecycle::State) {
    for instance in state.instances.keys() {
        if let Err(error) = run.core.target.arm(instance) {
            run.warn(format!("the restart policy of {instance} could not be switched on: {error}"));
        }
    }
}

/// The old release finishes what it is answering, then it is stopped. Its build stays: it is the way back.
fn retire(run: &Run, old: &DeploymentId) {
    if !run.core.routes.router().drain(old, DRAIN) {
        tracing::info!(%old, "requests were cut after {DRAIN:?}");
    }
    let Some(resource) = run.core.resource(&run.view().resource) else { return };
    let Some(release) = resource.release(old) else { return };
    for process in processes(&release.plan) {
        let Ok(instance) = InstanceName::of(old, &process) else { continue };
        let effect = Effect::StopInstance { instance: instance.clone() };
        settle(run, effect, || run.core.target.stop(&instance, GRACE).map_err(|e| e.to_string()));
    }
}

/// Builds that no kept release and no recent deployment needs. The release that serves is never among them.
pub(crate) fn surplus(core: &Core, resource: &Resource) -> Vec<DeploymentId> {
    let serving = resource.serving.as_ref().and_then(|d| resource.release(d));
    let keep = serving.map_or(model::Profile::ROLLBACK_KEEP, |r| r.profile.rollback_keep()).max(1) as usize;
    let mut needed: BTreeSet<DeploymentId> = resource.releases.iter().take(keep).map(|r| r.built_by.clone()).collect();
    needed.extend(serving.map(|r| r.built_by.clone()));
    let Ok(history) = core.ledger.deployments(Some(&resource.name), 500) else { return Vec::new() };
    // The latest ones keep their logs, however they ended.
    needed.extend(history.iter().take(keep).map(|d| d.id.clone()));
    needed.extend(history.iter().filter(|d| !d.status.is_terminal()).map(|d| d.id.clone()));
    let there: BTreeSet<DeploymentId> = core.target.artifacts().into_iter().collect();
    let instances: BTreeSet<DeploymentId> = core.target.instances().iter().map(InstanceName::deployment).collect();
    history
        .iter()
        .map(|d| d.id.clone())
        .filter(|id| (there.contains(id) || instances.contains(id)) && !needed.contains(id))
        .collect()
}

/// Forgets a deployment's build and the logs of its instances, none of which runs.
pub(crate) fn forget(core: &Core, deployment: &DeploymentId) -> Result<(), String> {
    let instances: Vec<InstanceName> =
        core.target.instances().into_iter().filter(|i| i.deployment() == *deployment).collect();
    for instance in instances {
        if core.target.observe(&instance).running {
            return Err(format!("{instance} still runs"));
        }
        core.target.remove(&instance).map_err(|e| e.to_string())?;
    }
    core.target.remove_artifact(deployment).map_err(|e| e.to_string())
}

/// Intent, effect, outcome, after the end of a deployment.
fn settle(run: &Run, effect: Effect, act: impl FnOnce() -> Result<(), String>) {
    if let Err(error) = run.apply(Command::Intend(effect.clone())) {
        tracing::warn!(%error, "housekeeping is put off: the journal cannot be written");
        return;
    }
    let result = match act() {
        Ok(()) => EffectResult::done(),
        Err(message) => {
            tracing::warn!(%message, ?effect, "housekeeping did not finish");
            EffectResult::Failed { code: Code::TargetUnreachable, message }
        }
    };
    if let Err(error) = run.apply(Command::Settle(effect, result)) {
        tracing::warn!(%error, "the outcome of housekeeping could not be written");
    }
}
