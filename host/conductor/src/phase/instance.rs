//! Starting instances, and waiting until they are up or over.

use crate::core::{Core, Releases, Run, Stop};
use crate::{environment, failures, logs};
use model::event::{Effect, EffectResult};
use model::{Checked, Code, DeploymentId, Failure, InstanceName, Phase, Release, Remedy};
use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use targets::{Observation, StartJob};

/// How long a fresh process is watched when it does not listen: what exits within it exited early.
const SETTLE: Duration = Duration::from_secs(1);
/// Between two looks at an instance: the kernel needs less than a millisecond to answer.
pub(crate) const LOOK: Duration = Duration::from_millis(10);

/// The processes of a plan by name; `web` is the one that the route leads to.
pub(crate) fn processes(plan: &Checked) -> Vec<String> {
    if plan.publish.is_some() {
        return vec!["web".to_owned()];
    }
    plan.processes.iter().map(|p| p.name.clone()).collect()
}

/// The instance that answers for a deployment: `web`, or the first process of an app without one.
pub(crate) fn main_instance(deployment: &DeploymentId, plan: &Checked) -> Result<InstanceName, Box<Failure>> {
    let names = processes(plan);
    let name = names.iter().find(|n| *n == "web").or(names.first()).map_or("web", String::as_str);
    InstanceName::of(deployment, name)
        .map_err(|e| Box::new(failures::internal(Phase::Execute, "an instance has no name", e)))
}

/// Starts every process of the candidate and waits until each is up.
pub(crate) fn start_candidate(run: &Run, plan: &Checked, env: &BTreeMap<String, String>) -> Result<(), Stop> {
    let state = run.state();
    let id = state.id().clone();
    for process in processes(plan) {
        run.checkpoint()?;
        let instance = InstanceName::of(&id, &process)
            .map_err(|e| failures::internal(Phase::Execute, "an instance has no name", e))?;
        let port = if process == "web" { wanted_port(run, plan)? } else { None };
        run.effect(Effect::StartInstance { instance: instance.clone() }, || {
            let job = StartJob {
                instance: instance.clone(),
                built_by: state.built_by().clone(),
                plan,
                process: process.clone(),
                port,
                env: env.clone(),
            };
            let started = run.core.target.start(&job).map_err(|e| Box::new(failures::target(Phase::Execute, &e)))?;
            Ok(EffectResult::Done { artifact: None, port: started.port })
        })?;
        wait_until_up(&run.core, &instance, || run.checkpoint())?
            .map_err(|seen| exited_early(run, plan, &instance, &seen))?;
    }
    Ok(())
}

/// The port that the app insists on. While the incumbent holds it the candidate gets another one through `PORT`:
/// two releases run side by side, so that nobody loses a request.
fn wanted_port(run: &Run, plan: &Checked) -> Result<Option<u16>, Stop> {
    let Some(port) = plan.port else { return Ok(None) };
    let resource = run.resource()?;
    let incumbent = resource.serving.as_ref().and_then(|d| resource.release(d));
    let held = incumbent.is_some_and(|release| {
        main_instance(&release.deployment, &release.plan)
            .ok()
            .and_then(|instance| run.core.target.address(&instance))
            .is_some_and(|address| address.port() == port)
    });
    if held {
        run.warn(format!(
            "port {port} is held by the release that serves; the candidate is told another one in PORT, so that both can run"
        ));
        return Ok(None);
    }
    Ok(Some(port))
}

/// Waits until an instance listens, or has run long enough, or is over. `Err` is what was seen of one that is over.
pub(crate) fn wait_until_up(
    core: &Core,
    instance: &InstanceName,
    mut go_on: impl FnMut() -> Result<(), Stop>,
) -> Result<Result<(), Observation>, Stop> {
    let began = Instant::now();
    loop {
        let seen = core.target.observe(instance);
        if !seen.running {
            return Ok(Err(seen));
        }
        let listens = core
            .target
            .address(instance)
            .is_some_and(|address| TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_ok());
        if listens || began.elapsed() >= SETTLE {
            return Ok(Ok(()));
        }
        go_on()?;
        std::thread::sleep(LOOK);
    }
}

fn exited_early(run: &Run, plan: &Checked, instance: &InstanceName, seen: &Observation) -> Failure {
    let process = instance.process();
    let command = plan
        .processes
        .iter()
        .find(|p| p.name == process)
        .map_or_else(|| "the static file server".to_owned(), |p| p.run.display());
    let code = if seen.oom { Code::ResourceExhausted } else { Code::ExitedEarly };
    Failure::new(Phase::Execute, code, format!("{process} started and ended at once: {}", how_it_ended(seen)), command)
        .detail(logs::tail(&*run.core.target, instance, 20))
        .remedy(Remedy::safe("Read everything it wrote.", format!("shipway logs {}", run.view().id)))
        .remedy(Remedy::advice("Start it by hand with PORT set, the way the plan does."))
}

/// How a process ended, in words.
pub(crate) fn how_it_ended(seen: &Observation) -> String {
    match (seen.exit_code, seen.signal, &seen.error) {
        (Some(code), _, _) => format!("exit code {code}"),
        (None, Some(signal), _) if seen.oom => format!("killed for want of memory (signal {signal})"),
        (None, Some(signal), _) => format!("ended by signal {signal}"),
        (None, None, Some(error)) => error.clone(),
        (None, None, None) => "nobody saw how".to_owned(),
    }
}

/// Starts a release that does not run any more, from its retained artifact, and waits until it is up.
/// Starting one that runs changes nothing.
pub(crate) fn start_release(core: &Core, release: &Release) -> Result<(), Box<Failure>> {
    let missing = || {
        Box::new(Failure::new(
            Phase::Rollback,
            Code::ReleaseMissing,
            format!("the build of {} is not on this server any more", release.deployment),
            release.deployment.as_str(),
        ))
    };
    if !core.target.has(&release.built_by, &release.artifact) {
        return Err(missing());
    }
    let env = environment::of(&release.profile)?;
    for process in processes(&release.plan) {
        let instance = InstanceName::of(&release.deployment, &process)
            .map_err(|e| Box::new(failures::internal(Phase::Rollback, "an instance has no name", e)))?;
        if core.target.observe(&instance).running {
            continue;
        }
        let job = |port| StartJob {
            instance: instance.clone(),
            built_by: release.built_by.clone(),
            plan: &release.plan,
            process: process.clone(),
            port,
            env: env.clone(),
        };
        let port = if process == "web" { release.plan.port } else { None };
        // Its own port may be taken by the candidate that is just going: any other one will do.
        core.target
            .start(&job(port))
            .or_else(|error| if port.is_some() { core.target.start(&job(None)) } else { Err(error) })
            .map_err(|e| {
                let mut failure = failures::target(Phase::Rollback, &e);
                failure.code = Code::ReleaseStartFailed;
                Box::new(failure)
            })?;
        match wait_until_up(core, &instance, || Ok(())) {
            Ok(Ok(())) => {}
            Ok(Err(seen)) => {
                let message = format!("{} does not start any more: {}", release.deployment, how_it_ended(&seen));
                return Err(Box::new(
                    Failure::new(Phase::Rollback, Code::ReleaseStartFailed, message, process).detail(logs::tail(
                        &*core.target,
                        &instance,
                        20,
                    )),
                ));
            }
            Err(_) => {}
        }
        if let Err(error) = core.target.arm(&instance) {
            tracing::warn!(%error, %instance, "its restart policy could not be switched on");
        }
    }
    Ok(())
}
