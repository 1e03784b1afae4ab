//! Releases: finding one, looking whether it runs, starting it from its retained build.

use crate::core::Core;
use crate::phase::instance::{how_it_ended, in_words, processes};
use crate::{environment, failures, logs};
use model::{Code, DeploymentId, Failure, InstanceName, Phase, Release, Remedy, Resource};
use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use targets::{Observation, StartJob, Target, TargetError};

/// How long an instance that its supervisor starts again is waited for.
const COMING: Duration = Duration::from_secs(3);
/// How long a fresh process is watched when it does not listen: what exits within it exited early.
pub(crate) const SETTLE: Duration = Duration::from_secs(1);
/// Between two looks at an instance: the kernel needs less than a millisecond to answer.
pub(crate) const LOOK: Duration = Duration::from_millis(10);

impl Releases for Resource {
    fn release(&self, deployment: &DeploymentId) -> Option<&Release> {
        self.releases.iter().find(|r| r.deployment == *deployment)
    }
    fn built_by(&self, deployment: &DeploymentId) -> Option<&Release> {
        self.releases.iter().find(|r| r.built_by == *deployment)
    }
}

/// Looking up releases of a resource.
pub(crate) trait Releases {
    /// The release that this deployment left.
    fn release(&self, deployment: &DeploymentId) -> Option<&Release>;
    /// A release whose artifact this deployment built.
    fn built_by(&self, deployment: &DeploymentId) -> Option<&Release>;
}

/// What a deployment runs, as a release: the one that it left, else what its timeline says. A deployment that took the
/// route and whose way back failed has left none, and serves all the same.
pub(crate) fn find(core: &Core, resource: &Resource, deployment: &DeploymentId) -> Option<Release> {
    if let Some(release) = resource.release(deployment) {
        return Some(release.clone());
    }
    let state = match core.ledger.load(deployment) {
        Ok(state) => state?,
        Err(error) => {
            tracing::error!(%deployment, %error, "its timeline cannot be read");
            return None;
        }
    };
    let built_by = state.built_by().clone();
    let artifact = state.artifact.clone().or_else(|| resource.built_by(&built_by).map(|r| r.artifact.clone()))?;
    Some(Release {
        deployment: deployment.clone(),
        built_by,
        artifact,
        fingerprint: state.fingerprint()?.clone(),
        plan: state.plan?,
        profile: state.profile?,
        source: state.view.source_summary,
        at: state.view.created_at,
    })
}

/// Whether an instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Up {
    /// It does.
    Running,
    /// It ended, and its supervisor starts it again soon.
    Coming,
    /// It does not, and nobody will start it.
    Down,
}

/// Looks at one instance of a release that was armed.
pub(crate) fn look(target: &dyn Target, instance: &InstanceName) -> Up {
    told(&target.observe(instance))
}

fn told(seen: &Observation) -> Up {
    match (seen.running, seen.supervised && !seen.stopped) {
        (true, _) => Up::Running,
        (false, true) => Up::Coming,
        (false, false) => Up::Down,
    }
}

/// The instances of a release, with the process that each runs.
pub(crate) fn instances(release: &Release) -> Result<Vec<(String, InstanceName)>, Box<Failure>> {
    let named = |process: String| match InstanceName::of(&release.deployment, &process) {
        Ok(instance) => Ok((process, instance)),
        Err(error) => Err(Box::new(failures::internal(Phase::Execute, "an instance has no name", error))),
    };
    processes(&release.plan).into_iter().map(named).collect()
}

/// The instances of a release that do not run and that nobody will start.
pub(crate) fn down(target: &dyn Target, release: &Release) -> Result<Vec<(String, InstanceName)>, Box<Failure>> {
    let all = instances(release)?;
    Ok(all.into_iter().filter(|(_, instance)| look(target, instance) == Up::Down).collect())
}

/// What is needed to start instances of a release: its build, and the environment with its secrets.
pub(crate) fn ready(target: &dyn Target, release: &Release) -> Result<BTreeMap<String, String>, Box<Failure>> {
    if !target.has(&release.built_by, &release.artifact) {
        let message = format!("the build of {} is not on this server any more", release.deployment);
        let failure = Failure::new(Phase::Rollback, Code::ReleaseMissing, message, release.deployment.as_str());
        return Err(Box::new(
            failure
                .remedy(Remedy::safe("Deploy the source again.", format!("shipway deploy {}", release.source.locator))),
        ));
    }
    environment::of(&release.profile)
}

/// What becomes of an instance that ends before it is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Early {
    /// That is its end.
    Final,
    /// Its supervisor starts it again and again: what it needs may come up later than it.
    Again,
}

/// Starts one instance of a release and waits until it is up. Gives its port.
pub(crate) fn start(
    target: &dyn Target,
    release: &Release,
    (process, instance): &(String, InstanceName),
    env: &BTreeMap<String, String>,
    early: Early,
) -> Result<Option<u16>, Box<Failure>> {
    let job = |port| StartJob {
        instance: instance.clone(),
        built_by: release.built_by.clone(),
        plan: &release.plan,
        process: process.clone(),
        port,
        env: env.clone(),
    };
    let insisted = if process == "web" { release.plan.port } else { None };
    let started = match target.start(&job(insisted)) {
        // It is told another one: an app that follows PORT runs all the same.
        Err(TargetError::PortConflict { .. }) if insisted.is_some() => target.start(&job(None)),
        other => other,
    };
    let started = started.map_err(|error| {
        let mut failure = failures::target(Phase::Rollback, &error);
        failure.code = Code::ReleaseStartFailed;
        failure.remedy(Remedy::safe("Deploy the source again.", "shipway deploy SOURCE"))
    })?;
    if early == Early::Again {
        arm(target, instance);
    }
    match await_up(target, instance, COMING) {
        Ok(()) => {
            arm(target, instance);
            Ok(started.port)
        }
        Err(seen) => {
            let message = format!("{} does not start any more: {}", release.deployment, how_it_ended(&seen));
            let failure =
                Failure::new(Phase::Rollback, Code::ReleaseStartFailed, message, in_words(&release.plan, process));
            Err(Box::new(
                failure
                    .detail(logs::tail(target, instance, 20))
                    .remedy(Remedy::safe("Read everything it wrote.", format!("shipway logs {}", release.deployment))),
            ))
        }
    }
}

/// Starts whatever of a release does not run, and sees that its supervisors start it again when it ends. What runs is
/// left as it is, and needs neither its build nor its secrets.
pub(crate) fn start_all(target: &dyn Target, release: &Release, early: Early) -> Result<(), Box<Failure>> {
    let down = down(target, release)?;
    // What runs may have been verified by a host that was killed before it could arm it.
    instances(release)?.iter().filter(|one| !down.contains(one)).for_each(|(_, instance)| arm(target, instance));
    if !down.is_empty() {
        let env = ready(target, release)?;
        for one in &down {
            start(target, release, one, &env, early)?;
        }
    }
    Ok(())
}

fn arm(target: &dyn Target, instance: &InstanceName) {
    if let Err(error) = target.arm(instance) {
        tracing::warn!(%error, %instance, "its restart policy could not be switched on");
    }
}

/// Waits until an armed instance listens or has run long enough. `Err`: what was seen of one that is over, or that
/// ends again and again.
fn await_up(target: &dyn Target, instance: &InstanceName, patience: Duration) -> Result<(), Observation> {
    let began = Instant::now();
    loop {
        let seen = target.observe(instance);
        if seen.running && (seen.uptime >= SETTLE || listens(target, instance)) {
            return Ok(());
        }
        match told(&seen) {
            Up::Down => return Err(seen),
            Up::Coming if began.elapsed() >= patience => return Err(seen),
            Up::Coming | Up::Running => {}
        }
        std::thread::sleep(LOOK);
    }
}

/// Does it accept connections where it was told to?
pub(crate) fn listens(target: &dyn Target, instance: &InstanceName) -> bool {
    let connect = |address| TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_ok();
    target.address(instance).is_some_and(connect)
}
