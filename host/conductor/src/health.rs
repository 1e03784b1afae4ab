//! The combined status of a resource, from live facts: every check is asked once, now.

use crate::core::Core;
use crate::phase::instance::how_it_ended;
use crate::phase::questions::{Asked, Of, Questions};
use crate::redact::Redactor;
use crate::{environment, release};
use model::resource::Desired;
use model::view::{HealthPart, HealthReport};
use model::{Check, Code, Failure, Name, Outcome, Phase, Remedy, Stage};
use sandbox::Plugin;

/// Asks every check of what serves, now.
pub(crate) fn report(core: &Core, name: &Name) -> Result<HealthReport, Failure> {
    let resource = core.resource(name).ok_or_else(|| crate::operate::unknown(name))?;
    let Some(release) = resource.serving.as_ref().and_then(|serving| release::find(core, &resource, serving)) else {
        return Err(Failure::new(
            Phase::Verify,
            Code::NotAllowed,
            format!("no release of {name} serves"),
            name.as_str(),
        )
        .remedy(Remedy::safe("See what happened to it.", format!("shipway status {name}"))));
    };
    let of =
        Of { name, deployment: &release.deployment, plan: &release.plan, profile: &release.profile, candidate: false };
    let questions = Questions::collect(core, &of, |_| {}).map_err(|failure| *failure)?;
    let stopped = resource.desired != Desired::Running;
    let mut parts: Vec<HealthPart> = Vec::new();
    for stage in [Stage::Candidate, Stage::Route, Stage::Serving] {
        for (plugin, check) in questions.of_stage(stage) {
            if parts.iter().all(|p| p.name != check.name) {
                parts.push(if stopped { not_asked(name, check) } else { ask(&questions, plugin, check) });
            }
        }
    }
    if !stopped {
        parts.extend(others(core, &questions));
    }
    let mut redactor = Redactor::default();
    redactor.add(environment::secret_values(&release.profile).0.iter().map(String::as_str));
    parts.iter_mut().for_each(|part| redactor.hide(&mut part.observed));
    let has = |outcome| parts.iter().any(|p| p.verdict == outcome);
    let overall = if has(Outcome::Failed) {
        Outcome::Failed
    } else if has(Outcome::Unknown) || parts.is_empty() {
        Outcome::Unknown
    } else {
        Outcome::Passed
    };
    Ok(HealthReport { resource: name.clone(), serving: resource.serving.clone(), overall, checks: parts })
}

/// One question, asked once.
fn ask(questions: &Questions, plugin: &Plugin, check: &Check) -> HealthPart {
    match questions.evaluate(plugin, check, &mut Asked::new(), true) {
        Ok(verdict) => HealthPart {
            name: check.name.clone(),
            // For something that should be up, an answer that is not there yet is not there.
            verdict: if verdict.outcome == Outcome::NotYet { Outcome::Failed } else { verdict.outcome },
            expected: verdict.expected,
            observed: verdict.observed,
        },
        Err(failure) => HealthPart {
            name: check.name.clone(),
            verdict: Outcome::Unknown,
            expected: check.description.clone(),
            observed: failure.message,
        },
    }
}

/// An app that was stopped on purpose is not healthy, and what it would answer is not known.
fn not_asked(name: &Name, check: &Check) -> HealthPart {
    let process = check.name == "process";
    HealthPart {
        name: check.name.clone(),
        verdict: if process { Outcome::Failed } else { Outcome::Unknown },
        expected: check.description.clone(),
        observed: if process {
            format!("it was stopped on purpose; `shipway start {name}` starts it")
        } else {
            "not asked: the app is stopped".to_owned()
        },
    }
}

/// The processes that answer no requests: all that can be asked of them is whether they run.
fn others(core: &Core, questions: &Questions) -> Vec<HealthPart> {
    let part = |(instance, command): &(model::InstanceName, String)| {
        let seen = core.target.observe(instance);
        HealthPart {
            name: format!("process {}", instance.process()),
            verdict: if seen.running { Outcome::Passed } else { Outcome::Failed },
            expected: format!("{command} runs"),
            observed: match (seen.running, seen.supervised) {
                (true, _) => {
                    format!("it runs since {} s, started again {} times", seen.uptime.as_secs(), seen.restarts)
                }
                (false, true) => format!("it ended ({}) and is started again", how_it_ended(&seen)),
                (false, false) => format!("it does not run: {}", how_it_ended(&seen)),
            },
        }
    };
    questions.others().iter().map(part).collect()
}
