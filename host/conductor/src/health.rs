//! The combined status of a resource, from live facts: every check is asked once, now.

use crate::core::{Core, Releases};
use crate::phase::checks::{Asked, Of, Questions};
use model::view::{HealthPart, HealthReport};
use model::{Code, Failure, Name, Outcome, Phase, Remedy, Stage};

pub(crate) fn report(core: &Core, name: &Name) -> Result<HealthReport, Failure> {
    let resource = core.resource(name).ok_or_else(|| crate::operate::unknown(name))?;
    let Some(release) = resource.serving.as_ref().and_then(|d| resource.release(d)) else {
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
    let mut parts: Vec<HealthPart> = Vec::new();
    for stage in [Stage::Candidate, Stage::Route, Stage::Serving] {
        for (plugin, check) in questions.of_stage(stage) {
            if parts.iter().any(|p| p.name == check.name) {
                continue;
            }
            let part = match questions.evaluate(plugin, check, &mut Asked::new(), true) {
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
            };
            parts.push(part);
        }
    }
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
