//! What a detector claims, and the problem that a plugin reports instead of an answer.

use super::rules::{Invalid, Rules, at_most, shown};
use crate::Problem;
use model::Claim;
use model::plugin::PluginInfo;

/// Checks the claims of one answer and signs them with the plugin's id.
pub(crate) fn claims(rules: &Rules<'_>, info: &PluginInfo, mut claims: Vec<Claim>) -> Result<Vec<Claim>, Invalid> {
    at_most("claims", "entries", claims.len(), rules.limits.claims, "claims")?;
    for (i, claim) in claims.iter_mut().enumerate() {
        check(rules, info, &format!("claims[{i}]"), claim)?;
        claim.plugin = info.id();
    }
    Ok(claims)
}

fn check(rules: &Rules<'_>, info: &PluginInfo, at: &str, claim: &mut Claim) -> Result<(), Invalid> {
    let field = |name: &str| format!("{at}.{name}");
    if !info.app_types.contains(&claim.app_type) {
        let why = format!("{} is not one of its own: {}", shown(&claim.app_type), info.app_types.join(", "));
        return Err(Invalid::new(field("app-type"), why));
    }
    rules.label_if(&field("framework"), claim.framework.as_ref())?;
    rules.label_if(&field("package-manager"), claim.package_manager.as_ref())?;
    // These are for a person and come straight from the source: a planner writes the commands that run.
    rules.prose_if(&field("build"), &mut claim.build)?;
    rules.prose_if(&field("install"), &mut claim.install)?;
    rules.prose_if(&field("start"), &mut claim.start)?;
    if let Some(publish) = &claim.publish {
        rules.word(&field("publish"), publish)?;
    }
    if claim.port == Some(0) {
        return Err(Invalid::new(field("port"), "0 is not a port"));
    }
    if claim.evidence.is_empty() {
        return Err(Invalid::new(field("evidence"), "a claim points at what it saw"));
    }
    rules.all_evidence(at, &mut claim.evidence)?;
    rules.facts(&field("facts"), &claim.facts)
}

/// Checks a problem as strictly as an answer: it is shown to the same person.
pub(crate) fn problem(rules: &Rules<'_>, mut problem: Problem) -> Result<Problem, Invalid> {
    rules.prose("problem.message", &mut problem.message)?;
    if problem.message.is_empty() {
        return Err(Invalid::new("problem.message", "a problem says what it is"));
    }
    if let Some(name) = &problem.field {
        rules.word("problem.field", name)?;
    }
    rules.all_evidence("problem", &mut problem.evidence)?;
    rules.prose_if("problem.remedy", &mut problem.remedy)?;
    Ok(problem)
}
