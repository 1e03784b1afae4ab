//! Asking until an answer is final, writing down what was answered, and saying what a failed check means.

use super::instance::how_it_ended;
use super::questions::{Asked, Questions};
use crate::logs;
use crate::release::LOOK;
use crate::run::{Run, Stop};
use jiff::Timestamp;
use lifecycle::Command;
use model::{Check, CheckRecord, Code, Failure, InstanceName, Outcome, Phase, Remedy, Stage, Verdict};
use std::time::{Duration, Instant};
use targets::Observation;

/// How long a release that runs is given to answer again.
const REVERIFY: Duration = Duration::from_secs(15);
/// The longest pause between two questions to it.
const AGAIN: Duration = Duration::from_secs(1);

/// Asks every check of a stage, in order, until each passed or one failed for good.
pub(crate) fn pass_stage(run: &Run, questions: &Questions, stage: Stage) -> Result<(), Stop> {
    'again: loop {
        for (plugin, check) in questions.of_stage(stage) {
            let mut asked = Asked::new();
            loop {
                run.checkpoint()?;
                let was_running = run.core.target.observe(&questions.instance).running;
                let mut verdict = run.masked(questions.evaluate(plugin, check, &mut asked, false)?);
                if verdict.outcome == Outcome::NotYet && asked.elapsed() > questions.limit() {
                    verdict.outcome = Outcome::Failed;
                }
                record(run, check, &verdict, asked.attempts())?;
                match verdict.outcome {
                    Outcome::Passed => break,
                    Outcome::Failed | Outcome::Unknown if !check.required => {
                        run.warn(not_required(check, &verdict));
                        break;
                    }
                    Outcome::Failed => return Err(failed(run, questions, check, &verdict).into()),
                    Outcome::Unknown if asked.elapsed() > questions.limit() => {
                        return Err(failed(run, questions, check, &verdict).into());
                    }
                    Outcome::Unknown | Outcome::NotYet => {}
                }
                // A process that ends is news for every check: ask from the beginning, so that the cause is named.
                if pause(run, questions, asked.pause(), was_running)? == Woken::ByExit {
                    continue 'again;
                }
            }
        }
        return all_run(run, questions);
    }
}

/// Asks the required checks of a release that served before, until each passed or one failed for good. The failure is
/// one of the way back.
pub(crate) fn pass_again(run: &Run, questions: &Questions, stage: Stage, cold: bool) -> Result<(), Stop> {
    // One that was just started gets the start period of its profile, as it did when it was a candidate.
    let limit = if cold { questions.limit() } else { REVERIFY.min(questions.limit()) };
    for (plugin, check) in questions.of_stage(stage).filter(|(_, check)| check.required) {
        let mut asked = Asked::new();
        loop {
            if run.core.is_closing() {
                return Err(Stop::Closing);
            }
            let verdict = run.masked(questions.evaluate(plugin, check, &mut asked, !cold)?);
            if verdict.outcome == Outcome::Passed {
                break;
            }
            if verdict.outcome == Outcome::Failed || asked.elapsed() > limit {
                let Verdict { expected, observed, .. } = verdict;
                let message =
                    format!("the earlier release fails {}: expected {expected}, observed {observed}", check.name);
                let release = questions.instance.deployment();
                let failure = Failure::new(Phase::Rollback, Code::ReleaseVerifyFailed, message, release.as_str());
                return Err(failure
                    .detail([check.description.clone()])
                    .remedy(Remedy::safe("Read what it writes.", format!("shipway logs {release}")))
                    .into());
            }
            std::thread::sleep(asked.pause().min(AGAIN));
        }
    }
    Ok(())
}

/// Every process of the release runs at this moment. A worker is asked nothing, and is a part of the release all the
/// same: one that ended fails it.
pub(crate) fn all_run(run: &Run, questions: &Questions) -> Result<(), Stop> {
    let named = questions.others().iter().map(|(other, command)| (other, command.as_str()));
    let main = std::iter::once((&questions.instance, questions.command.as_str()));
    for (instance, command) in named.chain(main) {
        let seen = run.core.target.observe(instance);
        if !seen.running || seen.restarts > 0 {
            return Err(ended(run, instance, command, &seen).into());
        }
    }
    Ok(())
}

/// A process of the release that ended while it was being verified.
pub(crate) fn ended(run: &Run, instance: &InstanceName, command: &str, seen: &Observation) -> Failure {
    let process = instance.process();
    let message = format!("the process {process} of the new release ended: {}", how_it_ended(seen));
    Failure::new(Phase::Verify, Code::ProcessExited, message, command)
        .detail(logs::tail(&*run.core.target, instance, 20).into_iter().map(|line| format!("log: {line}")))
        .remedy(Remedy::safe("Read what it wrote.", format!("shipway logs {}", run.id())))
}

fn not_required(check: &Check, verdict: &Verdict) -> String {
    format!(
        "{} did not pass and is not required: expected {}, observed {}",
        check.name, verdict.expected, verdict.observed
    )
}

/// Why a pause ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    ByTime,
    ByExit,
}

/// Waits, and wakes at once when the instance ends or somebody cancels. Another process of the release that ends fails
/// it.
pub(crate) fn pause(run: &Run, questions: &Questions, length: Duration, was_running: bool) -> Result<Woken, Stop> {
    let until = Instant::now() + length;
    loop {
        run.checkpoint()?;
        if was_running && !run.core.target.observe(&questions.instance).running {
            return Ok(Woken::ByExit);
        }
        for (other, command) in questions.others() {
            let seen = run.core.target.observe(other);
            if !seen.running {
                return Err(ended(run, other, command, &seen).into());
            }
        }
        let now = Instant::now();
        if now >= until {
            return Ok(Woken::ByTime);
        }
        std::thread::sleep(LOOK.min(until - now));
    }
}

/// Writes an answer down, when it says something new.
pub(crate) fn record(run: &Run, check: &Check, verdict: &Verdict, attempts: u32) -> Result<(), Stop> {
    let view = run.view();
    let known = view.checks.iter().find(|r| r.name == check.name && r.plugin == check.plugin && r.stage == check.stage);
    let same = known.is_some_and(|r| r.verdict == verdict.outcome && r.observed == verdict.observed);
    if same && matches!(verdict.outcome, Outcome::NotYet | Outcome::Passed) {
        return Ok(());
    }
    let record = CheckRecord {
        name: check.name.clone(),
        plugin: check.plugin.clone(),
        stage: check.stage,
        required: check.required,
        verdict: verdict.outcome,
        expected: verdict.expected.clone(),
        observed: verdict.observed.clone(),
        attempts,
        at: Timestamp::now(),
        warnings: verdict.warnings.clone(),
    };
    run.apply(Command::Answer(Box::new(record)))?;
    for warning in &verdict.warnings {
        if !view.warnings.contains(warning) {
            run.warn(warning.clone());
        }
    }
    Ok(())
}

/// The failure of a check: what was asked, what answered, what is running. It never claims that nothing started.
pub(crate) fn failed(run: &Run, questions: &Questions, check: &Check, verdict: &Verdict) -> Failure {
    let seen = run.core.target.observe_listening(&questions.instance);
    let code = verdict.fault.unwrap_or(Code::CheckFailed);
    let process = if seen.running {
        let ports = seen.listening.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let listens = if ports.is_empty() { "nothing".to_owned() } else { format!("port {ports}") };
        format!("the process is running and listens on {listens}")
    } else {
        format!("the process is not running: {}", how_it_ended(&seen))
    };
    let id = run.id();
    let mut failure = Failure::new(
        Phase::Verify,
        code,
        format!("{} failed: expected {}, observed {}", check.name, verdict.expected, verdict.observed),
        check.description.clone(),
    )
    .detail([process, format!("asked by {}", check.plugin)])
    .detail(logs::tail(&*run.core.target, &questions.instance, 10).into_iter().map(|line| format!("log: {line}")))
    .remedy(Remedy::safe("Read what the app wrote.", format!("shipway logs {id}")))
    .remedy(Remedy::safe("See every check with what was expected and observed.", format!("shipway status {id}")));
    if let (Code::PortNotListening, Some(port)) = (code, seen.listening.first()) {
        // First, because it is the cause: the hint repeats the first remedy.
        let label = format!(
            "Listen on the port in PORT; or, if it must be {port}, say so (then two releases cannot run side by side)."
        );
        failure.remedies.insert(0, Remedy::safe(label, format!("shipway deploy SOURCE --set network.port={port}")));
    }
    failure
}
