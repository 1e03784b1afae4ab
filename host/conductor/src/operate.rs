//! What a person does with a resource besides deploying it: cancel, stop, start. What is wanted is written down first: a
//! crash in between is finished by the next start of the host.

use crate::core::{Core, lock};
use crate::ledger::LedgerError;
use crate::phase::back::GRACE;
use crate::phase::instance::main_instance;
use crate::release::{self, Early};
use crate::{failures, turns};
use lifecycle::{Command, Refusal};
use model::resource::Desired;
use model::{Code, DeploymentId, Failure, InstanceName, Name, Phase, Remedy};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long requests that are under way may take when an app is stopped.
const DRAIN: Duration = Duration::from_secs(10);

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

/// The action does not fit the present state.
pub(crate) fn not_allowed(phase: Phase, message: String, input: &str, remedy: Remedy) -> Failure {
    Failure::new(phase, Code::NotAllowed, message, input).remedy(remedy)
}

/// Nothing else may happen to a resource while a deployment of it is under way.
pub(crate) fn under_way(name: &Name, id: &DeploymentId) -> Failure {
    let cancel = Remedy::safe("Cancel it first, or wait for it.", format!("shipway cancel {id}"));
    not_allowed(Phase::Execute, format!("a deployment of {name} is under way: {id}"), name.as_str(), cancel)
}

/// Another operation takes its time.
pub(crate) fn busy(name: &Name) -> Failure {
    let again = Remedy::safe("Try again in a moment.", format!("shipway status {name}"));
    not_allowed(Phase::Execute, format!("{name} is just being stopped, started or removed"), name.as_str(), again)
}

/// Asks a deployment to end. It ends when its clean-up is confirmed, not before.
pub(crate) fn cancel(core: &Core, id: &DeploymentId) -> Result<(), Failure> {
    let found = lock(&core.turns).find(id);
    let over = |phase, status: &dyn std::fmt::Display| {
        let remedy = Remedy::safe("See how it ended.", format!("shipway status {id}"));
        not_allowed(phase, format!("{id} is over: {status}"), id.as_str(), remedy)
    };
    let Some(run) = found else {
        let read = core.ledger.deployment(id);
        let view = read.map_err(|e| failures::internal(Phase::Detect, "the journal cannot be read", e))?;
        let view = view.ok_or_else(|| unknown_deployment(id))?;
        return Err(over(view.current_phase, &view.status));
    };
    match run.apply(Command::Cancel) {
        Ok(()) => {
            run.live.cancel.store(true, Ordering::Release);
            // One that only waited is over with that.
            lock(&core.turns).forget(id);
            Ok(())
        }
        Err(LedgerError::Refused(Refusal::Over(status))) => Err(over(run.phase(), &status)),
        Err(LedgerError::Refused(refusal)) => {
            let remedy = Remedy::safe("Follow it to its end.", format!("shipway events {id} --follow"));
            Err(not_allowed(run.phase(), refusal.to_string(), id.as_str(), remedy))
        }
        Err(error) => Err(failures::internal(run.phase(), "the cancellation could not be written", error)),
    }
}

/// Stops what serves.
pub(crate) fn stop(core: &Arc<Core>, name: &Name) -> Result<(), Failure> {
    let (_turn, _, resource) = turns::claim(core, name, |r| {
        if r.desired == Desired::Running {
            r.desired = Desired::Stopped;
        }
    })?;
    core.routes.stop(name);
    if let Some(serving) = &resource.serving
        && !core.drain(serving, DRAIN)
    {
        tracing::info!(%name, "requests that were still under way were cut");
    }
    stop_instances(core, name)
}

/// Stops every instance of a resource, also those that a way back left running when it failed.
pub(crate) fn stop_instances(core: &Core, name: &Name) -> Result<(), Failure> {
    for instance in instances_of(core, name)? {
        core.target.stop(&instance, GRACE).map_err(|e| failures::target(Phase::Execute, &e))?;
    }
    Ok(())
}

/// The instances of a resource's deployments, running or not.
pub(crate) fn instances_of(core: &Core, name: &Name) -> Result<Vec<InstanceName>, Failure> {
    let mut own = Vec::new();
    for instance in core.target.instances() {
        let of = core.ledger.deployment(&instance.deployment());
        let of = of.map_err(|e| failures::internal(Phase::Execute, "the deployments cannot be read", e))?;
        if of.is_some_and(|deployment| deployment.resource == *name) {
            own.push(instance);
        }
    }
    Ok(own)
}

/// Starts the release that served last.
pub(crate) fn start(core: &Arc<Core>, name: &Name) -> Result<(), Failure> {
    let known = core.resource(name).ok_or_else(|| unknown(name))?;
    let release = known.serving.as_ref().and_then(|serving| release::find(core, &known, serving));
    let Some(release) = release.filter(|_| known.desired != Desired::Removing) else {
        let message = format!("{name} has no release that could be started");
        let failure = Failure::new(Phase::Execute, Code::ReleaseMissing, message, name.as_str())
            .remedy(Remedy::safe("Deploy it.", "shipway deploy SOURCE"));
        return Err(*failures::aimed(Box::new(failure), &known.source.locator));
    };
    let (_turn, before, _) = turns::claim(core, name, |r| {
        if r.desired == Desired::Stopped {
            r.desired = Desired::Running;
        }
    })?;
    if before.serving.as_ref() != Some(&release.deployment) || before.desired == Desired::Removing {
        return Err(busy(name));
    }
    let started = release::start_all(&*core.target, &release, Early::Final).and_then(|()| {
        let instance = main_instance(&release.deployment, &release.plan)?;
        core.target.address(&instance).ok_or_else(|| {
            let message = "it has no port that a route could lead to";
            Box::new(Failure::new(Phase::Execute, Code::RouteFailed, message, instance.as_str()))
        })
    });
    match started {
        Ok(address) => {
            core.routes.switch(name, &release.deployment, &release.profile, address);
            Ok(())
        }
        Err(mut failure) => {
            failure.phase = Phase::Execute;
            if before.desired == Desired::Stopped {
                undo_start(core, name);
            }
            Err(*failures::aimed(failure, &release.source.locator))
        }
    }
}

/// It was stopped, and could not be started: it is stopped, whole.
fn undo_start(core: &Core, name: &Name) {
    if let Err(failure) = stop_instances(core, name) {
        tracing::error!(%name, %failure, "what was started of it could not be stopped");
    }
    if let Err(error) = core.change(name, |r| r.desired = Desired::Stopped) {
        tracing::error!(%name, %error, "that it stays stopped could not be written");
    }
}
