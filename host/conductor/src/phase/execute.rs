//! Execute: build the artifact, run the release command, start the candidate beside the incumbent.

use super::instance;
use crate::core::lock;
use crate::release::Releases;
use crate::run::{Run, Stop};
use crate::{environment, failures};
use lifecycle::{Command, State};
use model::deployment::Trigger;
use model::event::{Effect, EffectResult, Event};
use model::{Checked, Code, Failure, Phase, Profile, Remedy};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;
use targets::{BuildEvents, BuildJob, ReleaseJob, TargetError};

/// For all steps together. Real builds of large front ends take minutes; an hour means that something hangs.
const BUILD_TIMEOUT: Duration = Duration::from_secs(3600);
/// For the release command.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1800);

/// Builds what is not built yet, and starts what does not run yet.
pub(crate) fn run(run: &Run) -> Result<(), Stop> {
    let state = run.state();
    let (Some(plan), Some(profile)) = (state.plan.clone(), state.profile.clone()) else {
        return Err(failures::internal(Phase::Execute, "the state is incomplete", "no plan or profile").into());
    };
    run.conceal(&profile);
    let env = environment::of(&profile)?;
    match state.request.trigger {
        Trigger::Rollback => artifact_is_there(run, &state)?,
        Trigger::Deploy | Trigger::Retry => {
            build(run, &state, &plan, &profile)?;
            run.checkpoint()?;
            release(run, &state, &plan, &env)?;
        }
    }
    run.checkpoint()?;
    instance::start_candidate(run, &plan, &env)?;
    Ok(run.apply(Command::Executed)?)
}

/// A rollback starts what was built before; it never builds.
fn artifact_is_there(run: &Run, state: &State) -> Result<(), Stop> {
    let resource = run.resource()?;
    let there = resource
        .built_by(state.built_by())
        .is_some_and(|release| run.core.target.has(&release.built_by, &release.artifact));
    if there {
        return Ok(());
    }
    Err(Failure::new(
        Phase::Execute,
        Code::ReleaseMissing,
        format!("the build of {} is not on this server any more", state.built_by()),
        state.built_by().as_str(),
    )
    .remedy(Remedy::safe("See which releases can be returned to.", format!("shipway status {}", resource.name)))
    .into())
}

fn build(run: &Run, state: &State, plan: &Checked, profile: &Profile) -> Result<(), Stop> {
    if state.artifact.is_some() {
        return Ok(());
    }
    run.core.target.preflight(plan).map_err(|e| failures::target(Phase::Execute, &e))?;
    let Some(digest) = &state.view.source_summary.digest else {
        return Err(failures::internal(Phase::Execute, "the state is incomplete", "no snapshot").into());
    };
    let snapshot = run.core.store.load(digest).map_err(|e| failures::source(&e))?;
    let materialise = |dest: &std::path::Path| {
        run.core.store.materialise(&snapshot, dest).map_err(|e| TargetError::Materialise {
            code: e.code(),
            message: e.to_string(),
            input: e.input(),
        })
    };
    let deployment = state.id().clone();
    run.effect(Effect::Build { deployment: deployment.clone() }, || {
        let job = BuildJob {
            deployment,
            plan,
            source_base: state.view.source_summary.base_directory.clone(),
            materialise: &materialise,
            // Secrets are for the running app: what a build reads may end up in the artifact.
            env: profile.env.clone(),
            timeout: BUILD_TIMEOUT,
        };
        let artifact = run
            .core
            .target
            .build(&job, &Narrator::new(run), &run.live.cancel)
            .map_err(|e| Box::new(failures::target(Phase::Execute, &e)))?;
        Ok(EffectResult::Done { artifact: Some(artifact.digest), port: None })
    })?;
    Ok(())
}

/// The point of no return: runs once, after the build and before the switch.
fn release(run: &Run, state: &State, plan: &Checked, env: &BTreeMap<String, String>) -> Result<(), Stop> {
    let Some(command) = &plan.release else { return Ok(()) };
    let deployment = state.id().clone();
    let effect = Effect::RunRelease { deployment: deployment.clone() };
    if state.pending.contains(&effect) {
        return Err(Failure::new(
            Phase::Execute,
            Code::BuildFailed,
            "the host ended while the release command ran: nobody knows how far it came",
            command.display(),
        )
        .remedy(Remedy::advice("Look at what it changes (a database, for instance), then deploy again."))
        .into());
    }
    if state.released {
        return Ok(());
    }
    run.warn(format!(
        "the release command `{}` runs now; what it changes in data is not undone by a rollback",
        command.display()
    ));
    run.effect(effect, || {
        let job = ReleaseJob {
            deployment: deployment.clone(),
            built_by: deployment,
            plan,
            env: env.clone(),
            timeout: RELEASE_TIMEOUT,
        };
        run.core
            .target
            .release(&job, &Narrator::new(run), &run.live.cancel)
            .map_err(|e| Box::new(failures::target(Phase::Execute, &e)))?;
        Ok(EffectResult::done())
    })?;
    Ok(())
}

/// Most bytes of build output that go on one deployment's timeline; the whole of it is in the build log.
const MAX_OUTPUT: usize = 2 << 20;

/// Puts what a build says on the timeline.
struct Narrator<'a> {
    run: &'a Run,
    left: Mutex<usize>,
}

impl<'a> Narrator<'a> {
    fn new(run: &'a Run) -> Self {
        Self { run, left: Mutex::new(MAX_OUTPUT) }
    }
}

impl BuildEvents for Narrator<'_> {
    fn step_started(&self, step: &str, command: &str) {
        self.run.tell(Event::StepStarted { step: step.to_owned(), command: command.to_owned() });
    }
    fn output(&self, step: &str, lines: &[String]) {
        let bytes: usize = lines.iter().map(String::len).sum();
        let mut left = lock(&self.left);
        if *left == 0 || self.run.live.cancel.load(Ordering::Acquire) {
            return;
        }
        let mut lines = lines.to_vec();
        if bytes >= *left {
            *left = 0;
            lines = vec![format!("… more output: `shipway logs {} --phase build` has it", self.run.id())];
        } else {
            *left -= bytes;
        }
        self.run.tell(Event::Output { step: step.to_owned(), lines });
    }
    fn step_finished(&self, step: &str, exit_code: Option<i32>, millis: u64) {
        self.run.tell(Event::StepFinished { step: step.to_owned(), exit_code, millis });
    }
}
