//! What has to be asked of a release, and asking one question: the verifiers, the probes that they may use, and the
//! pace that the profile sets.

use super::instance::{in_words, main_instance, processes};
use crate::core::Core;
use crate::probes::DeploymentProbes;
use crate::redact::Redactor;
use crate::{environment, failures};
use model::{Check, Checked, DeploymentId, Failure, InstanceName, Name, Outcome, Phase, Profile, Stage, Verdict};
use sandbox::{Context, Plugin};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The first pauses between two questions to an app that is not up yet; they double up to the profile's interval.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The verifiers of one release, with what they want to know of it.
pub(crate) struct Questions {
    /// Every check, with the verifier that asks it.
    pub asked: Vec<(Plugin, Check)>,
    /// The one that answers requests.
    pub instance: InstanceName,
    /// What it runs.
    pub command: String,
    /// The other processes of the release, each with what it runs. Nothing asks them anything, but they have to run.
    others: Vec<(InstanceName, String)>,
    probes: Arc<DeploymentProbes>,
    interval: Duration,
    timeout: Duration,
    start_period: Duration,
    retries: u32,
}

/// Of which release questions are asked.
pub(crate) struct Of<'a> {
    /// Of which resource.
    pub name: &'a Name,
    /// Whose instances are asked.
    pub deployment: &'a DeploymentId,
    /// What they run.
    pub plan: &'a Checked,
    /// The policy.
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
        let command = in_words(of.plan, instance.process());
        let others = processes(of.plan)
            .iter()
            .filter_map(|process| {
                let other = InstanceName::of(of.deployment, process).ok()?;
                (other != instance).then(|| (other, in_words(of.plan, process)))
            })
            .collect();
        let mut redactor = Redactor::default();
        redactor.add(environment::secret_values(of.profile).0.iter().map(String::as_str));
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
            redactor,
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
            instance,
            command,
            others,
            probes,
            interval: of.profile.health_interval(),
            timeout: of.profile.health_timeout(),
            start_period: of.profile.health_start_period(),
            retries: of.profile.health_retries(),
        })
    }

    /// The other processes of the release, each with what it runs.
    pub(crate) fn others(&self) -> &[(InstanceName, String)] {
        &self.others
    }

    /// Every check that will be asked.
    pub(crate) fn checks(&self) -> Vec<Check> {
        self.asked.iter().map(|(_, check)| check.clone()).collect()
    }

    /// The checks of one stage, in order.
    pub(crate) fn of_stage(&self, stage: Stage) -> impl Iterator<Item = &(Plugin, Check)> {
        self.asked.iter().filter(move |(_, check)| check.stage == stage)
    }

    /// The policy's pause between two questions.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Every instance of the release.
    pub(crate) fn instances(&self) -> impl Iterator<Item = &InstanceName> {
        std::iter::once(&self.instance).chain(self.others.iter().map(|(other, _)| other))
    }

    /// After this a check that still has no final answer has failed: the policy's own limits, added up.
    pub(crate) fn limit(&self) -> Duration {
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
    /// Not asked yet.
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), attempt: 0, failures: 0, pause: FIRST_PAUSE }
    }
    /// How often so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempt
    }
    /// Since the first time.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
    /// How long to wait before the next time.
    pub(crate) fn pause(&self) -> Duration {
        self.pause
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
