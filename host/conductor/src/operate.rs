//! What a person does with a resource besides deploying it: rollback, retry, cancel, stop, start, remove.

use crate::core::{Core, Releases, lock};
use crate::housekeeping::forget;
use crate::phase::back::GRACE;
use crate::phase::instance::{main_instance, processes, start_release};
use crate::{failures, turns};
use lifecycle::{Command, Refusal};
use model::deployment::Trigger;
use model::event::Request;
use model::resource::Desired;
use model::view::RollbackRequest;
use model::{Code, DeploymentId, Failure, InstanceName, Name, Phase, Release, Remedy, Resource, ResourceId};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// There is no resource of that name.
pub(crate) fn unknown(name: &Name) -> Failure {
    Failure::new(Phase::Detect, Code::NotFound, format!("there is no resource {name}"), name.as_str())
        .remedy(Remedy::safe("See which there are.", "shipway list"))
}

/// There is no deployment of that id.
pub(crate) fn unknown_deployment(id: &DeploymentId) -> Failure {
    Failure::new(Phase::Detect, Code::NotFound, format!("there is no deployment {id}"), id.as_str())
        .remedy(Remedy::safe("See which resources there are.", "shipway list"))
}

fn not_allowed(phase: Phase, message: String, input: &str, remedy: Remedy) -> Failure {
    Failure::new(phase, Code::NotAllowed, message, input).remedy(remedy)
}

/// A new deployment id: a ULID, so that ids sort by time.
pub(crate) fn new_deployment() -> Result<DeploymentId, Failure> {
    DeploymentId::from_ulid(&ulid::Ulid::new().to_string())
        .map_err(|e| failures::internal(Phase::Detect, "no id could be made", e))
}

/// A new resource id.
pub(crate) fn new_resource() -> Result<ResourceId, Failure> {
    ResourceId::from_ulid(&ulid::Ulid::new().to_string())
        .map_err(|e| failures::internal(Phase::Detect, "no id could be made", e))
}

/// Writes a new deployment down and gives it its turn.
pub(crate) fn begin(core: &Arc<Core>, request: Request, resource: Resource) -> Result<DeploymentId, Failure> {
    let id = request.id.clone();
    let state = core
        .ledger
        .create(request, &resource)
        .map_err(|e| failures::internal(Phase::Detect, "the deployment could not be written to the journal", e))?;
    core.remember(resource);
    turns::enqueue(core, state);
    Ok(id)
}

/// A new deployment that returns to a release: no detect, no plan, no build.
pub(crate) fn rollback(core: &Arc<Core>, name: &Name, request: RollbackRequest) -> Result<DeploymentId, Failure> {
    let resource = core.resource(name).ok_or_else(|| unknown(name))?;
    let release = target_release(core, &resource, request.to.as_ref())?;
    let id = new_deployment()?;
    let request = Request {
        id,
        resource_id: resource.id.clone(),
        resource: name.clone(),
        trigger: Trigger::Rollback,
        source: resource.source.clone(),
        settings: resource.settings.clone(),
        expect_plan: None,
        of: Some(release.built_by.clone()),
    };
    begin(core, request, resource)
}

/// Which release a rollback returns to, or why there is none.
fn target_release(core: &Core, resource: &Resource, to: Option<&DeploymentId>) -> Result<Release, Failure> {
    let missing = |message: String, input: &str| {
        let there = resource.releases.iter().filter(|r| core.target.has(&r.built_by, &r.artifact));
        Failure::new(Phase::Rollback, Code::ReleaseMissing, message, input)
            .detail(there.map(|r| format!("can be returned to: {} of {}", r.deployment, r.at)))
            .remedy(Remedy::safe("See the releases.", format!("shipway status {}", resource.name)))
    };
    let release = match to {
        Some(to) => resource.release(to).ok_or_else(|| {
            missing(
                format!("{to} is not a release of {}: only a deployment that succeeded is one", resource.name),
                to.as_str(),
            )
        })?,
        None => {
            let serving = resource.releases.iter().position(|r| Some(&r.deployment) == resource.serving.as_ref());
            let now = serving.map(|i| &resource.releases[i].built_by);
            resource
                .releases
                .iter()
                .skip(serving.map_or(0, |i| i + 1))
                .find(|r| Some(&r.built_by) != now)
                .ok_or_else(|| missing(format!("{} has no earlier release", resource.name), resource.name.as_str()))?
        }
    };
    if !core.target.has(&release.built_by, &release.artifact) {
        return Err(missing(
            format!("the build of {} is not on this server any more", release.deployment),
            release.deployment.as_str(),
        ));
    }
    Ok(release.clone())
}

/// A new deployment of the same snapshot by the same plan.
pub(crate) fn retry(core: &Arc<Core>, id: &DeploymentId) -> Result<DeploymentId, Failure> {
    let earlier = core
        .ledger
        .load(id)
        .map_err(|e| failures::internal(Phase::Detect, "the deployment cannot be read", e))?
        .ok_or_else(|| unknown_deployment(id))?;
    let view = &earlier.view;
    let redeploy =
        Remedy::safe("Deploy the source as it is now.", format!("shipway deploy {}", view.source_summary.locator));
    if !view.status.is_terminal() {
        let cancel = Remedy::advice(format!("Wait for it, or `shipway cancel {id}`."));
        return Err(not_allowed(
            view.current_phase,
            format!("{id} is not over: it is {}", view.status),
            id.as_str(),
            cancel,
        ));
    }
    if view.trigger == Trigger::Rollback {
        let again = Remedy::safe("Roll back again.", format!("shipway rollback {}", view.resource));
        return Err(not_allowed(view.current_phase, format!("{id} was a rollback"), id.as_str(), again));
    }
    if earlier.plan.is_none() {
        let message = format!("{id} never had a plan: there is nothing that could be repeated");
        return Err(not_allowed(view.current_phase, message, id.as_str(), redeploy));
    }
    let resource = core.resource(&view.resource).ok_or_else(|| unknown(&view.resource))?;
    let request = Request {
        id: new_deployment()?,
        trigger: Trigger::Retry,
        of: Some(id.clone()),
        expect_plan: None,
        ..earlier.request.clone()
    };
    begin(core, request, resource)
}

/// Asks a deployment to end. It ends when its clean-up is confirmed, not before.
pub(crate) fn cancel(core: &Core, id: &DeploymentId) -> Result<(), Failure> {
    let found = lock(&core.turns).find(id);
    let Some(run) = found else {
        let view = core.ledger.deployment(id).ok().flatten().ok_or_else(|| unknown_deployment(id))?;
        let remedy = Remedy::safe("See how it ended.", format!("shipway status {id}"));
        return Err(not_allowed(view.current_phase, format!("{id} is over: it {}", view.status), id.as_str(), remedy));
    };
    match run.apply(Command::Cancel) {
        Ok(()) => {
            run.live.cancel.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(crate::ledger::LedgerError::Refused(refusal @ (Refusal::Ending | Refusal::Over(_)))) => {
            let remedy = Remedy::safe("Follow it to its end.", format!("shipway events {id} --follow"));
            Err(not_allowed(run.phase(), refusal.to_string(), id.as_str(), remedy))
        }
        Err(error) => Err(failures::internal(run.phase(), "the cancellation could not be written", error)),
    }
}

/// Nothing else may happen to a resource while a deployment of it is under way.
fn idle(core: &Core, name: &Name) -> Result<Resource, Failure> {
    let resource = core.resource(name).ok_or_else(|| unknown(name))?;
    let active = lock(&core.turns).active(name).map(|run| run.view().id);
    match active {
        Some(id) => Err(not_allowed(
            Phase::Execute,
            format!("a deployment of {name} is under way: {id}"),
            name.as_str(),
            Remedy::safe("Cancel it first, or wait for it.", format!("shipway cancel {id}")),
        )),
        None => Ok(resource),
    }
}

fn save(core: &Core, resource: Resource) -> Result<(), Failure> {
    core.ledger
        .save_resource(&resource)
        .map_err(|e| failures::internal(Phase::Execute, "the resource could not be written", e))?;
    core.remember(resource);
    Ok(())
}

/// Stops what serves. The wish is written first: a crash in between is finished by the next start.
pub(crate) fn stop(core: &Core, name: &Name) -> Result<(), Failure> {
    let mut resource = idle(core, name)?;
    resource.desired = Desired::Stopped;
    save(core, resource.clone())?;
    core.routes.stopped(name, true);
    if let Some(serving) = &resource.serving {
        if !core.routes.router().drain(serving, Duration::from_secs(10)) {
            tracing::info!(%name, "requests that were still under way were cut");
        }
    }
    stop_instances(core, &resource)
}

fn stop_instances(core: &Core, resource: &Resource) -> Result<(), Failure> {
    for release in &resource.releases {
        for process in processes(&release.plan) {
            let Ok(instance) = InstanceName::of(&release.deployment, &process) else { continue };
            if core.target.observe(&instance).running {
                core.target.stop(&instance, GRACE).map_err(|e| failures::target(Phase::Execute, &e))?;
            }
        }
    }
    Ok(())
}

/// Starts the release that served last.
pub(crate) fn start(core: &Core, name: &Name) -> Result<(), Failure> {
    let mut resource = idle(core, name)?;
    let release = resource.serving.as_ref().and_then(|d| resource.release(d)).cloned().ok_or_else(|| {
        Failure::new(
            Phase::Execute,
            Code::ReleaseMissing,
            format!("{name} has no release that could be started"),
            name.as_str(),
        )
        .remedy(Remedy::safe("Deploy it.", format!("shipway deploy {}", resource.source.locator)))
    })?;
    start_release(core, &release).map_err(|mut failure| {
        failure.phase = Phase::Execute;
        *failure
    })?;
    let instance = main_instance(&release.deployment, &release.plan).map_err(|failure| *failure)?;
    resource.desired = Desired::Running;
    save(core, resource)?;
    core.routes
        .prepare(name, &release.profile)
        .map_err(|why| Failure::new(Phase::Execute, Code::RouteFailed, why, name.as_str()))?;
    core.routes.switch(name, core.target.address(&instance).map(|a| (&release.deployment, a)));
    Ok(())
}

/// What a removal would take away, for a person.
pub(crate) fn removal_list(core: &Core, name: &Name) -> Result<Vec<String>, Failure> {
    let resource = core.resource(name).ok_or_else(|| unknown(name))?;
    let profile = resource.releases.first().map(|r| r.profile.clone()).unwrap_or_default();
    let mut list: Vec<String> = core.routes.urls(name, &profile).iter().map(|url| format!("the route {url}")).collect();
    let own = deployments_of(core, name)?;
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

fn deployments_of(core: &Core, name: &Name) -> Result<Vec<DeploymentId>, Failure> {
    core.ledger
        .deployments(Some(name), usize::MAX)
        .map(|all| all.into_iter().map(|d| d.id).collect())
        .map_err(|e| failures::internal(Phase::Execute, "the deployments cannot be read", e))
}

/// Stops and removes everything of a resource.
pub(crate) fn remove(core: &Core, name: &Name) -> Result<Vec<String>, Failure> {
    let mut resource = idle(core, name)?;
    resource.desired = Desired::Removing;
    save(core, resource.clone())?;
    take_away(core, &resource)
}

/// Does the removal that was written down; doing it twice is the same as once.
pub(crate) fn take_away(core: &Core, resource: &Resource) -> Result<Vec<String>, Failure> {
    let name = &resource.name;
    core.remember(resource.clone());
    let list = removal_list(core, name)?;
    core.routes.forget(name);
    let own = deployments_of(core, name)?;
    for instance in core.target.instances().iter().filter(|i| own.contains(&i.deployment())) {
        core.target.stop(instance, GRACE).map_err(|e| failures::target(Phase::Execute, &e))?;
    }
    let left: std::collections::BTreeSet<DeploymentId> = core
        .target
        .artifacts()
        .into_iter()
        .chain(core.target.instances().iter().map(InstanceName::deployment))
        .filter(|d| own.contains(d))
        .collect();
    for deployment in &left {
        forget(core, deployment).map_err(|why| {
            Failure::new(Phase::Execute, Code::TargetUnreachable, why, deployment.as_str())
                .remedy(Remedy::safe("Try again.", format!("shipway remove {name} --yes")))
        })?;
    }
    core.ledger
        .forget_resource(name)
        .map_err(|e| failures::internal(Phase::Execute, "the removal could not be written", e))?;
    lock(&core.resources).remove(name);
    Ok(list)
}
