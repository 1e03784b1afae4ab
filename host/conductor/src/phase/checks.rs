//! Asking verifiers: one evaluation at a time, paced by the host, until an answer is final.

use super::instance::{LOOK, how_it_ended, main_instance};
use crate::core::{Core, Run, Stop};
use crate::probes::DeploymentProbes;
use crate::{failures, logs};
use jiff::Timestamp;
use lifecycle::Command;
use model::{
    Check, CheckRecord, Checked, Code, DeploymentId, Failure, InstanceName, Name, Outcome, Phase, Profile, Remedy,
    Stage, Verdict,
};
use sandbox::{Context, Plugin};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The first pauses between two questions to an app that is not up yet; they double up to the profile's interval.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The verifiers of one release, with what they want to know of it.
pub(crate) struct Questions {
    pub asked: Vec<(Plugin, Check)>,
    pub probes: Arc<DeploymentProbes>,
    pub instance: InstanceName,
    interval: Duration,
    timeout: Duration,
    start_period: Duration,
    retries: u32,
}

/// Of which release questions are asked.
pub(crate) struct Of<'a> {
    pub name: &'a Name,
    pub deployment: &'a DeploymentId,
    pub plan: &'a Checked,
    pub profile: &'a Profile,
    /// It is a candidate under verification: route probes ask for it and not for what serves.
    pub candidate: bool,
}

impl Questions {
    /// Asks every verifier what has to be verified. A verifier that breaks fails the phase.
    pub(crate) fn collect(
        core: &Core,
        of: &Of<'_>,
        mut called: impl FnMut(&model::plugin::Receipt),
    ) -> Result<Self, Box<Failure>> {
        let instance = main_instance(of.deployment, of.plan)?;
        let router = core.routes.router().local_addr();
        let host = crate::routes::hosts(of.name, of.profile).remove(0);
        let probes = Arc::new(DeploymentProbes {
            target: Arc::clone(&core.target),
            deployment: of.deployment.clone(),
            instance: instance.clone(),
            router,
            token: core.token.clone(),
            host: if router.port() == 80 { host } else { format!("{host}:{}", router.port()) },
            prefix: of.profile.access_path().trim_end_matches('/').to_owned(),
            as_candidate: of.candidate,
            timeout: of.profile.health_timeout(),
        });
        let mut asked = Vec::new();
        for verifier in core.catalogue.verifiers() {
            if !crate::asking::admitted(of.profile, &verifier.info().name) {
                continue;
            }
            let call = verifier.checks(of.plan);
            called(&call.receipt);
            match call.result {
                Ok(checks) => asked.extend(checks.into_iter().map(|check| (verifier.clone(), check))),
                Err(error) => {
                    return Err(Box::new(failures::plugin(Phase::Verify, &call.receipt, &error, "the plan")));
                }
            }
        }
        Ok(Self {
            asked,
            probes,
            instance,
            interval: of.profile.health_interval(),
            timeout: of.profile.health_timeout(),
            start_period: of.profile.health_start_period(),
            retries: of.profile.health_retries(),
        })
    }

    pub(crate) fn checks(&self) -> Vec<Check> {
        self.asked.iter().map(|(_, check)| check.clone()).collect()
    }

    pub(crate) fn of_stage(&self, stage: Stage) -> impl Iterator<Item = &(Plugin, Check)> {
        self.asked.iter().filter(move |(_, check)| check.stage == stage)
    }

    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// After this a check that still has no final answer has failed: the policy's own limits, added up.
    fn limit(&self) -> Duration {
        self.start_period + (self.interval + self.timeout) * self.retries.max(1) + self.timeout
    }
}

/// How often and since when one check was asked.
pub(crate) struct Asked {
    began: Instant,
    attempt: u32,
    failures: u32,
    pause: Duration,
}

impl Asked {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), attempt: 0, failures: 0, pause: FIRST_PAUSE }
    }
}

impl Questions {
    /// One evaluation. The verdict, or the failure of a verifier that broke.
    pub(crate) fn evaluate(
        &self,
        plugin: &Plugin,
        check: &Check,
        asked: &mut Asked,
        settled: bool,
    ) -> Result<Verdict, Box<Failure>> {
        asked.attempt += 1;
        let context = Context {
            stage: check.stage,
            elapsed: asked.began.elapsed(),
            attempt: asked.attempt,
            failures: asked.failures,
            // What served once gets no second start period.
            start_period: if settled { Duration::ZERO } else { self.start_period },
            retries: self.retries,
        };
        let probes: Arc<dyn sandbox::Probes> = Arc::clone(&self.probes) as _;
        let call = plugin.evaluate(check, &context, probes);
        let verdict = call
            .result
            .map_err(|e| Box::new(failures::plugin(Phase::Verify, &call.receipt, &e, &check.description)))?;
        asked.failures = match (verdict.outcome, verdict.fault) {
            (Outcome::Passed, _) | (Outcome::NotYet, None) => 0,
            _ => asked.failures + 1,
        };
        // An answer that was wrong is given the policy's interval; no answer yet is asked for soon again.
        asked.pause = if verdict.fault.is_some() { self.interval } else { (asked.pause * 2).min(self.interval) };
        Ok(verdict)
    }
}

/// Asks every check of a stage, in order, until each passed or one failed for good.
pub(crate) fn pass_stage(run: &Run, questions: &Questions, stage: Stage) -> Result<(), Stop> {
    'again: loop {
        for (plugin, check) in questions.of_stage(stage) {
            let mut asked = Asked::new();
            loop {
                run.checkpoint()?;
                let was_running = run.core.target.observe(&questions.instance).running;
                let mut verdict = questions.evaluate(plugin, check, &mut asked, false)?;
                if verdict.outcome == Outcome::NotYet && asked.began.elapsed() > questions.limit() {
                    verdict.outcome = Outcome::Failed;
                }
                record(run, check, &verdict, asked.attempt)?;
                match verdict.outcome {
                    Outcome::Passed => break,
                    Outcome::Failed | Outcome::Unknown if !check.required => {
                        run.warn(not_required(check, &verdict));
                        break;
                    }
                    Outcome::Failed => return Err(failed(run, questions, check, &verdict).into()),
                    Outcome::Unknown if asked.began.elapsed() > questions.limit() => {
                        return Err(failed(run, questions, check, &verdict).into());
                    }
                    Outcome::Unknown | Outcome::NotYet => {}
                }
                // A process that ends is news for every check: ask from the beginning, so that the cause is named.
                if pause(run, questions, asked.pause, was_running)? == Woken::ByExit {
                    continue 'again;
                }
            }
        }
        return Ok(());
    }
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

/// Waits, and wakes at once when the instance ends or somebody cancels.
pub(crate) fn pause(run: &Run, questions: &Questions, length: Duration, was_running: bool) -> Result<Woken, Stop> {
    let until = Instant::now() + length;
    loop {
        run.checkpoint()?;
        if was_running && !run.core.target.observe(&questions.instance).running {
            return Ok(Woken::ByExit);
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
    let id = run.view().id;
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
