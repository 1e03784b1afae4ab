//! The way back: traffic to the incumbent, verified again, and the candidate gone.

use super::checks::{Asked, Of, Questions};
use super::instance::{main_instance, start_release};
use crate::core::{Releases, Run, Stop};
use crate::{diagnostics, failures};
use lifecycle::{Command, Ending, State};
use model::deployment::Trigger;
use model::event::{Effect, EffectResult};
use model::{Code, DeploymentId, Failure, Outcome, Phase, Release, Resource, Rollback, RollbackOutcome, Stage};
use std::time::{Duration, Instant};

/// How long the incumbent is given to answer again through the route.
const REVERIFY: Duration = Duration::from_secs(15);
/// How long requests that the candidate is still answering may take.
const DRAIN: Duration = Duration::from_secs(10);
/// How long an app may take to end by itself.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Back to the incumbent.
pub(crate) fn restore(run: &Run, to: &DeploymentId) -> Result<(), Stop> {
    let state = run.state();
    let resource = run.resource()?;
    let Some(release) = resource.release(to).cloned() else {
        let failure =
            Failure::new(Phase::Rollback, Code::ReleaseMissing, format!("there is no release {to}"), to.as_str());
        return give_up(run, failure);
    };
    let moved = state.switched || run.core.routes.active(&state.view.resource).is_none_or(|up| up.deployment != *to);
    if moved {
        if let Err(failure) = take_back(run, &state, resource, &release) {
            return match failure {
                Stop::Failed(failure) => give_up(run, *failure),
                other => Err(other),
            };
        }
    }
    let verified = verify_again(run, &release);
    if moved {
        if let Err(failure) = &verified {
            return give_up(run, (**failure).clone());
        }
    }
    remove_candidate(run, &state)?;
    if state.released {
        run.warn("the release command of the failed deployment ran: what it changed in data stays changed");
    }
    let outcome = if moved { RollbackOutcome::Restored } else { RollbackOutcome::KeptIncumbent };
    let verified = verified.is_ok();
    if !verified {
        run.warn("the release that serves does not pass its own checks right now; it was left as it is");
    }
    went_back(run, Rollback { outcome, to: Some(to.clone()), verified, failure: None, diagnostics: None })
}

/// Nothing to go back to, nobody wants to, or a rollback that failed itself: the candidate goes.
pub(crate) fn clean_up(run: &Run, ending: Ending) -> Result<(), Stop> {
    let state = run.state();
    if state.switched && state.request.trigger == Trigger::Rollback && ending == Ending::Failed {
        // One level, then a person decides: nothing else is touched.
        let failure = state
            .view
            .failure
            .clone()
            .unwrap_or_else(|| failures::internal(Phase::Rollback, "the rollback failed", "without a reason"));
        return give_up(run, failure);
    }
    let mut resource = run.resource()?;
    let incumbent = state.incumbent.as_ref().and_then(|id| resource.release(id)).cloned();
    let mut outcome = match &incumbent {
        Some(_) => RollbackOutcome::KeptIncumbent,
        None => RollbackOutcome::NothingToRestore,
    };
    if state.switched {
        match &incumbent {
            Some(release) => match take_back(run, &state, resource, release) {
                Ok(()) => outcome = RollbackOutcome::Restored,
                Err(Stop::Failed(failure)) => return give_up(run, *failure),
                Err(other) => return Err(other),
            },
            None => {
                let effect = Effect::SwitchRoute { from: Some(state.id().clone()), to: None };
                run.apply(Command::Intend(effect.clone()))?;
                run.core.routes.switch(&state.view.resource, None);
                resource.serving = None;
                run.apply_with(Command::Settle(effect, EffectResult::done()), resource)?;
            }
        }
    }
    let verified = incumbent.as_ref().is_some_and(|release| verify_again(run, release).is_ok());
    remove_candidate(run, &state)?;
    let to = incumbent.map(|r| r.deployment);
    went_back(run, Rollback { outcome, to, verified, failure: None, diagnostics: None })
}

/// The incumbent runs again if it does not, and the route moves to it in one step.
fn take_back(run: &Run, state: &State, mut resource: Resource, release: &Release) -> Result<(), Stop> {
    start_release(&run.core, release)?;
    let instance = main_instance(&release.deployment, &release.plan)?;
    let Some(address) = run.core.target.address(&instance) else {
        let message = "the earlier release has no port that a route could lead to";
        return Err(Failure::new(Phase::Rollback, Code::RouteFailed, message, instance.as_str()).into());
    };
    let effect = Effect::SwitchRoute { from: Some(state.id().clone()), to: Some(release.deployment.clone()) };
    run.apply(Command::Intend(effect.clone()))?;
    if let Err(why) = run.core.routes.prepare(&state.view.resource, &release.profile) {
        tracing::warn!(%why, "the hosts of the earlier release could not be taken back whole");
    }
    run.core.routes.switch(&state.view.resource, Some((&release.deployment, address)));
    resource.serving = Some(release.deployment.clone());
    run.apply_with(Command::Settle(effect, EffectResult::done()), resource)?;
    Ok(())
}

/// Asks the serving checks of the earlier release, through the route.
fn verify_again(run: &Run, release: &Release) -> Result<(), Box<Failure>> {
    let name = run.view().resource;
    let of = Of {
        name: &name,
        deployment: &release.deployment,
        plan: &release.plan,
        profile: &release.profile,
        candidate: false,
    };
    let questions = Questions::collect(&run.core, &of, |receipt| run.called(receipt))?;
    let until = Instant::now() + REVERIFY;
    for (plugin, check) in questions.of_stage(Stage::Serving).filter(|(_, check)| check.required) {
        let mut asked = Asked::new();
        loop {
            let verdict = questions.evaluate(plugin, check, &mut asked, true)?;
            if verdict.outcome == Outcome::Passed {
                break;
            }
            if verdict.outcome == Outcome::Failed || Instant::now() > until {
                return Err(Box::new(
                    Failure::new(
                        Phase::Rollback,
                        Code::ReleaseVerifyFailed,
                        format!(
                            "the earlier release fails {}: expected {}, observed {}",
                            check.name, verdict.expected, verdict.observed
                        ),
                        release.deployment.as_str(),
                    )
                    .detail([check.description.clone()]),
                ));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    Ok(())
}

/// Every instance of the candidate is stopped; its logs stay.
fn remove_candidate(run: &Run, state: &State) -> Result<(), Stop> {
    run.core.routes.withdraw(&state.view.resource, state.id());
    if !run.core.routes.router().drain(state.id(), DRAIN) {
        run.warn("requests that the failed release was still answering were cut");
    }
    for instance in state.instances.keys() {
        let effect = Effect::StopInstance { instance: instance.clone() };
        run.apply(Command::Intend(effect.clone()))?;
        let result = match run.core.target.stop(instance, GRACE) {
            Ok(()) => EffectResult::done(),
            Err(error) => {
                run.warn(format!("{instance} could not be stopped: {error}"));
                return give_up(run, failures::target(Phase::Rollback, &error));
            }
        };
        run.apply(Command::Settle(effect, result))?;
    }
    // Effects that a crash left open are moot: what they named is gone.
    for effect in run.state().pending {
        let message = "given up with the deployment".to_owned();
        run.apply(Command::Settle(effect, EffectResult::Failed { code: Code::Canceled, message }))?;
    }
    Ok(())
}

/// The way back failed: the diagnostics are saved first, nothing else is touched.
fn give_up(run: &Run, failure: Failure) -> Result<(), Stop> {
    let diagnostics = match diagnostics::save(run) {
        Ok(path) => Some(path.display().to_string()),
        Err(why) => {
            run.warn(format!("diagnostics could not be saved: {why}"));
            None
        }
    };
    let failed =
        Rollback { outcome: RollbackOutcome::Failed, to: None, verified: false, failure: Some(failure), diagnostics };
    went_back(run, failed)
}

fn went_back(run: &Run, rollback: Rollback) -> Result<(), Stop> {
    Ok(run.apply(Command::WentBack(Box::new(rollback)))?)
}
