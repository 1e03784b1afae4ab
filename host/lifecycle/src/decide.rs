//! Whether a command is legal now, and which events it means.

use crate::{Carried, Command, Ending, Refusal, State};
use model::deployment::Trigger;
use model::event::{Effect, EffectResult, Event};
use model::{DeploymentId, Failure, Phase, PhaseOutcome, Rollback, RollbackOutcome, Status};

type Decision = Result<Vec<Event>, Refusal>;

/// The events that a command means in this state, or why it is refused. Changes nothing.
pub fn decide(state: &State, command: Command) -> Decision {
    if state.status().is_terminal() {
        return after_the_end(state, command);
    }
    match command {
        Command::Begin { incumbent, carried } => begin(state, incumbent, carried),
        Command::TakeSource(summary) => {
            going(state, Status::Detecting)?;
            Ok(vec![Event::SourceTaken { summary }])
        }
        Command::UseProfile(profile) => {
            going(state, Status::Detecting)?;
            Ok(vec![Event::ProfileRead { profile }])
        }
        Command::Detect(detection) => {
            going(state, Status::Detecting)?;
            if state.view.source_summary.digest.is_none() {
                return Err(Refusal::TooEarly("there is no snapshot yet"));
            }
            if state.profile.is_none() {
                return Err(Refusal::TooEarly("the profile was not read yet"));
            }
            Ok(vec![Event::Detected { detection }, finished(Phase::Detect), started(Phase::Plan)])
        }
        Command::Plan { fingerprint, summary, plan } => {
            going(state, Status::Planning)?;
            if state.request.expect_plan.as_ref().is_some_and(|wanted| *wanted != fingerprint) {
                return Err(Refusal::PlanChanged);
            }
            Ok(vec![Event::Planned { fingerprint, summary, plan }, finished(Phase::Plan), started(Phase::Execute)])
        }
        Command::Intend(effect) => intend(state, effect),
        Command::Settle(effect, result) => settle(state, effect, result),
        Command::Executed => executed(state),
        Command::DeclareChecks(checks) => {
            going(state, Status::Verifying)?;
            Ok(vec![Event::ChecksDeclared { checks }])
        }
        Command::Answer(record) => {
            going(state, Status::Verifying)?;
            Ok(vec![Event::CheckAnswered { record }])
        }
        Command::Succeed { verified, urls } => {
            going(state, Status::Verifying)?;
            if verified.deployment() != state.id() {
                return Err(Refusal::Mismatch("the proof belongs to another deployment"));
            }
            if state.cancel_requested {
                return Err(Refusal::Canceling);
            }
            state.verified()?;
            Ok(vec![finished(Phase::Verify), Event::Finished { status: Status::Succeeded, urls }])
        }
        Command::Fail(failure) => fail(state, failure),
        Command::Abort => abort(state),
        Command::WentBack(rollback) => went_back(state, rollback),
        Command::Cancel => cancel(state),
        Command::Supersede { by } => match state.status() {
            Status::Queued => Ok(vec![Event::Superseded { by }]),
            status => Err(Refusal::NotNow(status)),
        },
        Command::Tell(event) => tell(event),
    }
}

fn started(phase: Phase) -> Event {
    Event::PhaseStarted { phase }
}
fn finished(phase: Phase) -> Event {
    Event::PhaseFinished { phase, outcome: PhaseOutcome::Succeeded }
}

/// The deployment is in this status and can still succeed.
fn going(state: &State, status: Status) -> Result<(), Refusal> {
    if state.ending.is_some() {
        Err(Refusal::Ending)
    } else if state.status() != status {
        Err(Refusal::NotNow(state.status()))
    } else {
        Ok(())
    }
}

fn begin(state: &State, incumbent: Option<DeploymentId>, carried: Option<Box<Carried>>) -> Decision {
    going(state, Status::Queued)?;
    let way_back = Event::WayBack { incumbent };
    match (state.request.trigger, carried) {
        (Trigger::Deploy, None) => Ok(vec![way_back, started(Phase::Detect)]),
        (Trigger::Rollback | Trigger::Retry, Some(c)) => {
            let mut events =
                vec![way_back, Event::SourceTaken { summary: c.source }, Event::ProfileRead { profile: c.profile }];
            events.extend(c.detection.map(|detection| Event::Detected { detection }));
            events.push(Event::Planned { fingerprint: c.fingerprint, summary: c.summary, plan: c.plan });
            events.push(started(Phase::Execute));
            Ok(events)
        }
        (Trigger::Deploy, Some(_)) => Err(Refusal::Mismatch("a deploy detects and plans for itself")),
        (_, None) => Err(Refusal::Mismatch("a rollback or a retry takes over a plan")),
    }
}

/// Which effects belong to which moment. The incumbent's instances are nobody's to stop before success, but for one
/// case: the plan insists on a port that the incumbent holds. Then it makes room, and comes back if the candidate fails.
fn intend(state: &State, effect: Effect) -> Decision {
    let own = |id: &DeploymentId| id == state.id();
    let incumbent = |id: &DeploymentId| state.incumbent.as_ref() == Some(id);
    let insists = state.plan.as_ref().is_some_and(|plan| plan.port.is_some());
    let undoing = state.ending.is_some();
    let legal = match (&effect, state.status()) {
        (Effect::Build { deployment } | Effect::RunRelease { deployment }, Status::Executing) => {
            !undoing && own(deployment)
        }
        (Effect::StartInstance { instance }, Status::Executing) => !undoing && own(&instance.deployment()),
        (Effect::StartInstance { instance }, _) if undoing => incumbent(&instance.deployment()),
        (Effect::StopInstance { instance }, Status::Executing) if !undoing => {
            insists && incumbent(&instance.deployment())
        }
        (Effect::OfferCandidate { deployment }, Status::Verifying) => !undoing && own(deployment),
        (Effect::SwitchRoute { to: Some(to), .. }, Status::Verifying) if !undoing => {
            if !own(to) {
                return Err(Refusal::Mismatch("the route can only move to the candidate"));
            }
            state.passed(model::Stage::Candidate)?;
            state.passed(model::Stage::Route)?;
            true
        }
        (Effect::SwitchRoute { to, .. }, _) => undoing && *to == state.incumbent,
        (Effect::StopInstance { instance }, _) => undoing && own(&instance.deployment()),
        (Effect::RemoveArtifact { deployment }, _) => undoing && own(deployment),
        _ => false,
    };
    if legal { Ok(vec![Event::Intended { effect }]) } else { Err(Refusal::NotNow(state.status())) }
}

fn settle(state: &State, effect: Effect, result: EffectResult) -> Decision {
    if !state.pending.contains(&effect) {
        return Err(Refusal::NotIntended);
    }
    Ok(vec![Event::Settled { effect, result }])
}

fn executed(state: &State) -> Decision {
    going(state, Status::Executing)?;
    if !state.pending.is_empty() {
        return Err(Refusal::TooEarly("an effect is still under way"));
    }
    if state.instances.is_empty() {
        return Err(Refusal::TooEarly("nothing was started"));
    }
    Ok(vec![finished(Phase::Execute), started(Phase::Verify)])
}

fn fail(state: &State, failure: Box<Failure>) -> Decision {
    if state.ending.is_some() {
        return Err(Refusal::Ending);
    }
    if failure.phase != state.view.current_phase {
        return Err(Refusal::Mismatch("the failure speaks of another phase"));
    }
    let phase = failure.phase;
    let mut events = Vec::new();
    if state.status() == Status::Queued {
        // What it stands on was gone when its turn came: a release, a plan to repeat.
        events.push(started(phase));
    }
    events.push(Event::FailureNoted { failure });
    events.push(Event::PhaseFinished { phase, outcome: PhaseOutcome::Failed });
    events.extend(turn_around(state, Status::Failed));
    Ok(events)
}

fn abort(state: &State) -> Decision {
    if !state.cancel_requested {
        return Err(Refusal::TooEarly("nobody asked for the cancellation"));
    }
    if state.ending.is_some() {
        return Err(Refusal::Ending);
    }
    let phase = state.view.current_phase;
    let mut events = vec![Event::PhaseFinished { phase, outcome: PhaseOutcome::Canceled }];
    events.extend(turn_around(state, Status::Canceled));
    Ok(events)
}

/// What follows when a deployment cannot succeed any more: the end, or the way back, or a clean-up that is owed.
fn turn_around(state: &State, status: Status) -> Option<Event> {
    if !state.left_traces() {
        return Some(Event::Finished { status, urls: Vec::new() });
    }
    // A cancellation before the switch only compensates; after it, it is a rollback.
    let rolls_back = match status {
        Status::Canceled => state.switched,
        _ => state.goes_back_alone(),
    };
    let way = state.incumbent.is_some() && rolls_back && state.request.trigger != Trigger::Rollback;
    way.then(|| started(Phase::Rollback))
}

fn went_back(state: &State, rollback: Box<Rollback>) -> Decision {
    let Some(ending) = state.ending else { return Err(Refusal::NotNow(state.status())) };
    let rolling = state.status() == Status::RollingBack;
    let failed = rollback.outcome == RollbackOutcome::Failed;
    if !failed && state.left_traces() {
        return Err(Refusal::TooEarly("the candidate still leaves traces"));
    }
    if rollback.outcome == RollbackOutcome::NothingToRestore && state.incumbent.is_some() {
        return Err(Refusal::Mismatch("there is a release to go back to"));
    }
    let status = match (failed, rolling, ending) {
        (true, _, _) => Status::RollbackFailed,
        (false, true, _) => Status::RolledBack,
        (false, false, Ending::Failed) => Status::Failed,
        (false, false, Ending::Canceled) => Status::Canceled,
    };
    let mut events = vec![Event::WentBack { rollback }];
    if rolling {
        let outcome = if failed { PhaseOutcome::Failed } else { PhaseOutcome::Succeeded };
        events.push(Event::PhaseFinished { phase: Phase::Rollback, outcome });
    }
    events.push(Event::Finished { status, urls: Vec::new() });
    Ok(events)
}

fn cancel(state: &State) -> Decision {
    if state.ending.is_some() || state.status() == Status::RollingBack {
        return Err(Refusal::Ending);
    }
    if state.cancel_requested {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::CancelRequested];
    if state.status() == Status::Queued {
        events.push(Event::Finished { status: Status::Canceled, urls: Vec::new() });
    }
    Ok(events)
}

fn tell(event: Event) -> Decision {
    match event {
        Event::StepStarted { .. }
        | Event::StepFinished { .. }
        | Event::Output { .. }
        | Event::PluginCalled { .. }
        | Event::Warning { .. }
        | Event::Progress { .. } => Ok(vec![event]),
        _ => Err(Refusal::Mismatch("this event changes the state and has a command of its own")),
    }
}

/// Housekeeping is all that may follow: what it touches cannot change how the deployment ended.
fn after_the_end(state: &State, command: Command) -> Decision {
    match command {
        Command::Tell(event @ (Event::Warning { .. } | Event::Progress { .. })) => Ok(vec![event]),
        Command::Intend(effect @ (Effect::StopInstance { .. } | Effect::RemoveArtifact { .. })) => {
            // The incumbent goes only when the candidate made it; a failed candidate's leftovers may always go.
            let (own, is_instance) = match &effect {
                Effect::StopInstance { instance } => (instance.deployment() == *state.id(), true),
                Effect::RemoveArtifact { deployment } => (deployment == state.id(), false),
                _ => (false, true),
            };
            let legal = match state.status() {
                Status::Succeeded => !own,
                _ => own || !is_instance,
            };
            if legal { Ok(vec![Event::Intended { effect }]) } else { Err(Refusal::Over(state.status())) }
        }
        Command::Settle(effect, result) => settle(state, effect, result),
        _ => Err(Refusal::Over(state.status())),
    }
}
