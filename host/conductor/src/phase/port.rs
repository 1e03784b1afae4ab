//! A plan that insists on a port: two releases of it cannot always run side by side.
//!
//! The candidate is told another port first, because an app that follows `PORT` then costs nobody a request. Only when
//! it ends and says itself that its port is taken, the incumbent makes room, which is a downtime, and is said before.

use crate::core::lock;
use crate::phase::back::GRACE;
use crate::run::{Run, Stop};
use crate::{failures, logs};
use model::event::{Effect, EffectResult};
use model::resource::Desired;
use model::{Checked, Code, DeploymentId, Failure, InstanceName, Name, Phase, Remedy};
use std::time::Duration;

/// How long requests that the incumbent is still answering may take, when it has to make room.
const DRAIN: Duration = Duration::from_secs(5);

/// Where a web process is started.
pub(crate) enum Place {
    /// On this port, or on one that the target chooses.
    Free(Option<u16>),
    /// The port that the plan insists on is held by what serves.
    Beside {
        /// The port.
        insisted: u16,
        /// Who holds it.
        incumbent: InstanceName,
    },
}

/// Which port the web process gets.
pub(crate) fn wanted(run: &Run, plan: &Checked) -> Result<Place, Stop> {
    let Some(insisted) = plan.port else { return Ok(Place::Free(None)) };
    let serving = run.resource()?.serving.filter(|serving| serving != run.id());
    if let Some(incumbent) = serving.and_then(|serving| holder(run, &serving, insisted)) {
        run.warn(format!(
            "port {insisted} is held by the release that serves; the candidate is told another one in PORT, so that both can run"
        ));
        return Ok(Place::Beside { insisted, incumbent });
    }
    match owner(run, insisted) {
        None => Ok(Place::Free(Some(insisted))),
        Some(other) => Err(Failure::new(
            Phase::Execute,
            Code::PortConflict,
            format!("port {insisted} belongs to the resource {other}"),
            format!("port {insisted}"),
        )
        .remedy(Remedy::advice("Give one of the two another port, or let it follow PORT: the host then chooses one."))
        .into()),
    }
}

/// The instance of a deployment that runs on this port.
fn holder(run: &Run, deployment: &DeploymentId, port: u16) -> Option<InstanceName> {
    let target = &run.core.target;
    target.instances().into_iter().filter(|instance| instance.deployment() == *deployment).find(|instance| {
        let seen = target.observe(instance);
        (seen.running || seen.supervised) && seen.port == Some(port)
    })
}

/// Another resource whose release has this port, also while its app is just being started again.
fn owner(run: &Run, port: u16) -> Option<Name> {
    let serving: Vec<(Name, DeploymentId)> = lock(&run.core.resources)
        .values()
        .filter(|r| r.name != *run.name() && r.desired == Desired::Running)
        .filter_map(|r| Some((r.name.clone(), r.serving.clone()?)))
        .collect();
    serving.into_iter().find(|(_, deployment)| holder(run, deployment, port).is_some()).map(|(name, _)| name)
}

/// Did the instance end because its port was taken? Every runtime has its own words for the same error.
pub(crate) fn says_taken(run: &Run, instance: &InstanceName) -> bool {
    const WORDS: [&str; 4] = ["eaddrinuse", "address already in use", "address in use", "connection in use"];
    logs::tail(&*run.core.target, instance, 50).iter().any(|line| {
        let line = line.to_ascii_lowercase();
        WORDS.iter().any(|words| line.contains(words))
    })
}

/// The incumbent is stopped, so that the candidate can have its port. Its build stays; the way back starts it again.
pub(crate) fn make_room(run: &Run, port: u16, incumbent: &InstanceName) -> Result<(), Stop> {
    run.warn(format!(
        "the app listens on port {port} whatever PORT says: the release that serves was stopped before the new one could start, and nobody was answered in between"
    ));
    // First, because from then on the port is somebody else's: users must not reach a candidate through the old route.
    run.core.routes.vacate(run.name());
    let _cut = run.core.drain(&incumbent.deployment(), DRAIN);
    run.effect(Effect::StopInstance { instance: incumbent.clone() }, || {
        let stopped = run.core.target.stop(incumbent, GRACE);
        stopped.map(|()| EffectResult::done()).map_err(|e| Box::new(failures::target(Phase::Execute, &e)))
    })?;
    Ok(())
}
