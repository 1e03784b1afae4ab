//! Removing a resource with everything of it.

use crate::core::{Core, lock};
use crate::housekeeping::forget;
use crate::operate::{stop_instances, unknown};
use crate::{failures, turns};
use model::resource::Desired;
use model::{Code, DeploymentId, Failure, InstanceName, Name, Phase, Remedy, Resource};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long requests that are under way may take.
const DRAIN: Duration = Duration::from_secs(10);

/// What a removal would take away, for a person.
pub(crate) fn list(core: &Core, name: &Name) -> Result<Vec<String>, Failure> {
    let resource = core.resource(name).ok_or_else(|| unknown(name))?;
    let mut list: Vec<String> = urls(core, &resource).iter().map(|url| format!("the route {url}")).collect();
    let own = deployments_on_target(core, name)?;
    for instance in core.target.instances().iter().filter(|i| own.contains(&i.deployment())) {
        let state = if core.target.observe(instance).running { "running" } else { "ended" };
        list.push(format!("the instance {instance} ({state}) with its logs"));
    }
    for build in core.target.artifacts().iter().filter(|d| own.contains(d)) {
        list.push(format!("the build of {build}"));
    }
    list.push(format!("the resource {name}; the timelines of its deployments stay in the journal"));
    Ok(list)
}

/// Where a resource is reachable, as long as something of it serves.
pub(crate) fn urls(core: &Core, resource: &Resource) -> Vec<String> {
    let Some(serving) = &resource.serving else { return Vec::new() };
    let release = crate::release::find(core, resource, serving);
    release.map(|release| core.routes.urls(&resource.name, &release.profile)).unwrap_or_default()
}

/// The deployments of a resource that left anything on the target.
fn deployments_on_target(core: &Core, name: &Name) -> Result<BTreeSet<DeploymentId>, Failure> {
    let all: BTreeSet<DeploymentId> = core
        .target
        .artifacts()
        .into_iter()
        .chain(core.target.instances().iter().map(InstanceName::deployment))
        .collect();
    let mut own = BTreeSet::new();
    for id in all {
        let of = core.ledger.deployment(&id);
        let of = of.map_err(|e| failures::internal(Phase::Execute, "the deployments cannot be read", e))?;
        if of.is_some_and(|deployment| deployment.resource == *name) {
            own.insert(id);
        }
    }
    Ok(own)
}

/// Stops and removes everything of a resource; the answer is what went. That it is wanted is written first: from then on
/// nothing of it is deployed or started, and the next start of the host finishes what a crash cut short. Doing it twice
/// is the same as once.
pub(crate) fn remove(core: &Arc<Core>, name: &Name) -> Result<Vec<String>, Failure> {
    let (_turn, _, resource) = turns::claim(core, name, |r| r.desired = Desired::Removing)?;
    let gone = list(core, name)?;
    core.routes.stop(name);
    if let Some(serving) = &resource.serving {
        let _cut = core.drain(serving, DRAIN);
    }
    stop_instances(core, name)?;
    for deployment in deployments_on_target(core, name)? {
        forget(core, &deployment).map_err(|why| {
            Failure::new(Phase::Execute, Code::TargetUnreachable, why, deployment.as_str())
                .remedy(Remedy::safe("Try again.", format!("shipway remove {name} --yes")))
        })?;
    }
    let _alone = lock(&core.gate);
    core.ledger
        .forget_resource(name)
        .map_err(|e| failures::internal(Phase::Execute, "the removal could not be written", e))?;
    lock(&core.resources).remove(name);
    core.routes.forget(name);
    Ok(gone)
}
