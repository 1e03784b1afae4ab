//! Starting the candidate: every process of the plan, until each is up.

use super::port::{self, Place};
use crate::core::Core;
use crate::release::{LOOK, SETTLE, listens};
use crate::run::{Run, Stop};
use crate::{failures, logs};
use model::event::{Effect, EffectResult};
use model::{Checked, Code, DeploymentId, Failure, InstanceName, Phase, Remedy};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use targets::{Observation, StartJob};

/// How long a candidate that was told another port than it insists on is watched: some servers try for seconds before
/// they give up on a port that is taken.
const BESIDE: Duration = Duration::from_secs(8);

/// The processes of a plan by name; `web` is the one that the route leads to.
pub(crate) fn processes(plan: &Checked) -> Vec<String> {
    if plan.publish.is_some() {
        return vec!["web".to_owned()];
    }
    plan.processes.iter().map(|p| p.name.clone()).collect()
}

/// What a process of a plan runs, for a person.
pub(crate) fn in_words(plan: &Checked, process: &str) -> String {
    let found = plan.processes.iter().find(|p| p.name == process).filter(|_| plan.publish.is_none());
    found.map_or_else(|| "the static file server".to_owned(), |p| p.run.display())
}

/// The instance that answers for a deployment: `web`, or the first process of an app without one.
pub(crate) fn main_instance(deployment: &DeploymentId, plan: &Checked) -> Result<InstanceName, Box<Failure>> {
    let names = processes(plan);
    let name = names.iter().find(|n| *n == "web").or(names.first()).map_or("web", String::as_str);
    named(deployment, name)
}

fn named(deployment: &DeploymentId, process: &str) -> Result<InstanceName, Box<Failure>> {
    InstanceName::of(deployment, process)
        .map_err(|e| Box::new(failures::internal(Phase::Execute, "an instance has no name", e)))
}

/// Starts every process of the candidate and waits until each is up.
pub(crate) fn start_candidate(run: &Run, plan: &Checked, env: &BTreeMap<String, String>) -> Result<(), Stop> {
    let mut started = Vec::new();
    for process in processes(plan) {
        run.checkpoint()?;
        let instance = named(run.id(), &process)?;
        match if process == "web" { port::wanted(run, plan)? } else { Place::Free(None) } {
            Place::Free(port) => start(run, plan, env, &process, &instance, port)?,
            Place::Beside { insisted, incumbent } => {
                start(run, plan, env, &process, &instance, None)?;
                if let Err(seen) = up(run, &instance, BESIDE)? {
                    if !port::says_taken(run, &instance) {
                        return Err(exited_early(run, plan, &instance, &seen).into());
                    }
                    port::make_room(run, insisted, &incumbent)?;
                    start(run, plan, env, &process, &instance, Some(insisted))?;
                }
            }
        }
        started.push(instance);
    }
    // Side by side: each has its second to fall over in, and they have it together.
    for instance in &started {
        up(run, instance, SETTLE)?.map_err(|seen| exited_early(run, plan, instance, &seen))?;
    }
    Ok(())
}

fn start(
    run: &Run,
    plan: &Checked,
    env: &BTreeMap<String, String>,
    process: &str,
    instance: &InstanceName,
    port: Option<u16>,
) -> Result<(), Stop> {
    let built_by = run.state().built_by().clone();
    run.effect(Effect::StartInstance { instance: instance.clone() }, || {
        let job = StartJob {
            instance: instance.clone(),
            built_by,
            plan,
            process: process.to_owned(),
            port,
            env: env.clone(),
        };
        let started = run.core.target.start(&job).map_err(|e| Box::new(failures::target(Phase::Execute, &e)))?;
        Ok(EffectResult::Done { artifact: None, port: started.port })
    })?;
    Ok(())
}

/// Waits until an instance of the candidate listens, or has run for so long, or is over. `Err`: what was seen of one
/// that is over.
fn up(run: &Run, instance: &InstanceName, patience: Duration) -> Result<Result<(), Observation>, Stop> {
    let core: &Core = &run.core;
    let began = Instant::now();
    loop {
        let seen = core.target.observe(instance);
        if !seen.running {
            return Ok(Err(seen));
        }
        if seen.uptime >= patience || began.elapsed() >= patience || listens(&*core.target, instance) {
            return Ok(Ok(()));
        }
        run.checkpoint()?;
        std::thread::sleep(LOOK);
    }
}

fn exited_early(run: &Run, plan: &Checked, instance: &InstanceName, seen: &Observation) -> Failure {
    let process = instance.process();
    let code = if seen.oom { Code::ResourceExhausted } else { Code::ExitedEarly };
    let message = format!("{process} started and ended at once: {}", how_it_ended(seen));
    Failure::new(Phase::Execute, code, message, in_words(plan, process))
        .detail(logs::tail(&*run.core.target, instance, 20))
        .remedy(Remedy::safe("Read everything it wrote.", format!("shipway logs {}", run.id())))
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
