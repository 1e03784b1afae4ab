//! The way back: traffic to the incumbent, verified again, and the candidate gone.
//!
//! Every step here may be cut short by a kill and done again: what is there already is left as it is.

use super::checks::pass_again;
use super::instance::main_instance;
use super::questions::{Of, Questions};
use crate::ledger::LedgerError;
use crate::release::{self, Early, Up};
use crate::run::{Run, Stop};
use crate::{diagnostics, failures};
use lifecycle::{Command, Ending, State};
use model::deployment::Trigger;
use model::event::{Effect, EffectResult};
use model::resource::Desired;
use model::{Code, DeploymentId, Failure, Phase, Release, Remedy, Rollback, RollbackOutcome, Stage};
use std::time::Duration;

/// How long requests that the candidate is still answering may take.
const DRAIN: Duration = Duration::from_secs(10);
/// How long an app may take to end by itself.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Back to the incumbent, as a phase of its own.
pub(crate) fn restore(run: &Run, to: &DeploymentId) -> Result<(), Stop> {
    let back = return_to(run, to)?;
    finish(run, back)
}

/// A clean-up that is no phase: nobody was to be rolled back automatically, or there is nothing to go back to.
pub(crate) fn clean_up(run: &Run, ending: Ending) -> Result<(), Stop> {
    let state = run.state();
    if state.switched && state.request.trigger == Trigger::Rollback && ending == Ending::Failed {
        // One level, then a person decides: nothing else is touched.
        let internal = || failures::internal(Phase::Rollback, "the rollback failed", "without a reason");
        return Ok(give_up(run, state.view.failure.clone().unwrap_or_else(internal))?);
    }
    let back = match &state.incumbent {
        Some(to) => return_to(run, to)?,
        None => leave_the_route(run, &state)?,
    };
    finish(run, back)
}

/// Where the way back led.
struct Back {
    outcome: RollbackOutcome,
    to: Option<DeploymentId>,
    /// Why what serves now is not verified.
    unverified: Option<Box<Failure>>,
}

/// Traffic goes to the incumbent and it runs, or it is as it was before the deployment began.
fn return_to(run: &Run, to: &DeploymentId) -> Result<Back, Stop> {
    let state = run.state();
    let resource = run.resource()?;
    let kept = |unverified| Back { outcome: RollbackOutcome::KeptIncumbent, to: Some(to.clone()), unverified };
    if resource.desired == Desired::Stopped && !state.moved {
        run.warn("the app was stopped before this deployment, and stays stopped: `shipway start` brings it back");
        let failure = Failure::new(Phase::Rollback, Code::ReleaseVerifyFailed, "it is stopped", to.as_str());
        return Ok(kept(Some(Box::new(failure))));
    }
    let Some(release) = release::find(&run.core, &resource, to) else {
        let message = format!("what {to} ran is not known any more");
        let remedy = Remedy::safe("See what serves.", format!("shipway status {}", run.name()));
        return Err(Failure::new(Phase::Rollback, Code::ReleaseMissing, message, to.as_str()).remedy(remedy).into());
    };
    run.conceal(&release.profile);
    let down = release::down(&*run.core.target, &release)?;
    let there = run.core.routes.active(run.name()).is_some_and(|up| up.deployment == *to);
    if there && down.is_empty() && !state.switched {
        let verified = verify(run, &release, Stage::Serving, false);
        if !state.moved {
            return Ok(kept(unverified(verified)?));
        }
        verified?;
        return Ok(Back { outcome: RollbackOutcome::Restored, to: Some(to.clone()), unverified: None });
    }
    if !down.is_empty() {
        start(run, &state, &release, &down)?;
        verify(run, &release, Stage::Candidate, true)?;
    }
    take_back(run, &state, &release)?;
    verify(run, &release, Stage::Serving, false)?;
    Ok(Back { outcome: RollbackOutcome::Restored, to: Some(to.clone()), unverified: None })
}

/// A release that does not pass is a fact here, not the end of the way back.
fn unverified(verified: Result<(), Stop>) -> Result<Option<Box<Failure>>, Stop> {
    match verified {
        Ok(()) => Ok(None),
        Err(Stop::Failed(failure)) => Ok(Some(failure)),
        Err(other) => Err(other),
    }
}

/// The checks of a stage, and that no process of the release is down for good.
fn verify(run: &Run, release: &Release, stage: Stage, cold: bool) -> Result<(), Stop> {
    let of = Of {
        name: run.name(),
        deployment: &release.deployment,
        plan: &release.plan,
        profile: &release.profile,
        candidate: false,
    };
    let questions = Questions::collect(&run.core, &of, |receipt| run.called(receipt))?;
    pass_again(run, &questions, stage, cold)?;
    match questions.others().iter().find(|(other, _)| release::look(&*run.core.target, other) == Up::Down) {
        None => Ok(()),
        Some((other, command)) => {
            let message = format!("the process {} of the earlier release does not run", other.process());
            Err(Failure::new(Phase::Rollback, Code::ReleaseVerifyFailed, message, command.clone()).into())
        }
    }
}

/// Starts what of the incumbent does not run, from its retained build.
fn start(run: &Run, state: &State, release: &Release, down: &[(String, model::InstanceName)]) -> Result<(), Stop> {
    let target = &*run.core.target;
    let env = release::ready(target, release)?;
    // It insists on a port that the candidate may have by now: two cannot listen there.
    let held = |port| state.instances.keys().any(|own| target.address(own).is_some_and(|a| a.port() == port));
    if release.plan.port.is_some_and(held) {
        run.core.routes.vacate(run.name());
        stop_candidate(run, state)?;
    }
    for one in down {
        run.undo(Effect::StartInstance { instance: one.1.clone() }, || {
            let port = release::start(target, release, one, &env, Early::Final)?;
            Ok((EffectResult::Done { artifact: None, port }, ()))
        })?;
    }
    Ok(())
}

/// The route moves to the incumbent in one step.
fn take_back(run: &Run, state: &State, release: &Release) -> Result<(), Stop> {
    let instance = main_instance(&release.deployment, &release.plan)?;
    let Some(address) = run.core.target.address(&instance) else {
        let message = "the earlier release has no port that a route could lead to";
        return Err(Failure::new(Phase::Rollback, Code::RouteFailed, message, instance.as_str()).into());
    };
    let effect = Effect::SwitchRoute { from: Some(state.id().clone()), to: Some(release.deployment.clone()) };
    run.apply(Command::Intend(effect.clone()))?;
    run.core.routes.switch(run.name(), &release.deployment, &release.profile, address);
    run.commit(Command::Settle(effect, EffectResult::done()), |resource| {
        resource.serving = Some(release.deployment.clone());
    })
}

/// There was nothing before: nothing serves again.
fn leave_the_route(run: &Run, state: &State) -> Result<Back, Stop> {
    let leads_here = run.core.routes.active(run.name()).is_some_and(|up| up.deployment == *run.id());
    if state.switched || leads_here {
        let effect = Effect::SwitchRoute { from: Some(run.id().clone()), to: None };
        run.apply(Command::Intend(effect.clone()))?;
        run.core.routes.vacate(run.name());
        run.commit(Command::Settle(effect, EffectResult::done()), |resource| resource.serving = None)?;
    }
    Ok(Back { outcome: RollbackOutcome::NothingToRestore, to: None, unverified: None })
}

/// The candidate goes, and the end is written down.
fn finish(run: &Run, back: Back) -> Result<(), Stop> {
    let state = run.state();
    run.core.routes.withdraw(run.name(), run.id());
    if !run.core.drain(run.id(), DRAIN) {
        run.warn("requests that the failed release was still answering were cut");
    }
    stop_candidate(run, &state)?;
    // Effects that a crash left open are moot: what they named is gone.
    for effect in run.state().pending {
        let message = "given up with the deployment".to_owned();
        run.apply(Command::Settle(effect, EffectResult::Failed { code: Code::Canceled, message }))?;
    }
    if state.released {
        run.warn("the release command ran: what it changed in data stays changed");
    }
    if let Some(why) = &back.unverified
        && run.resource()?.desired == Desired::Running
    {
        let message = "the release that serves does not pass its own checks right now, and was left as it is";
        run.warn(format!("{message}: {}", why.message));
    }
    let verified = back.to.is_some() && back.unverified.is_none();
    let rollback = Rollback { outcome: back.outcome, to: back.to, verified, failure: None, diagnostics: None };
    Ok(run.apply(Command::WentBack(Box::new(rollback)))?)
}

/// Every instance of the candidate is stopped; its logs stay.
fn stop_candidate(run: &Run, state: &State) -> Result<(), Stop> {
    for instance in state.instances.keys() {
        run.undo(Effect::StopInstance { instance: instance.clone() }, || {
            let stopped = run.core.target.stop(instance, GRACE);
            stopped.map(|()| (EffectResult::done(), ())).map_err(|e| Box::new(failures::target(Phase::Rollback, &e)))
        })?;
    }
    Ok(())
}

/// The way back failed: the diagnostics are saved first, nothing else is touched.
pub(crate) fn give_up(run: &Run, failure: Failure) -> Result<(), LedgerError> {
    let diagnostics = match diagnostics::save(run) {
        Ok(path) => Some(path.display().to_string()),
        Err(why) => {
            run.warn(format!("diagnostics could not be saved: {why}"));
            None
        }
    };
    let failure = Some(failure);
    let failed = Rollback { outcome: RollbackOutcome::Failed, to: None, verified: false, failure, diagnostics };
    run.apply(Command::WentBack(Box::new(failed)))
}
