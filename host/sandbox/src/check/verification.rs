//! What a verifier asks and what it says.

use super::rules::{Invalid, Rules, shown};
use model::plugin::PluginInfo;
use model::{Check, Code, Outcome, Verdict};
use std::collections::BTreeSet;

/// Checks the questions of one verifier and signs them with its id.
pub(crate) fn checks(rules: &Rules<'_>, info: &PluginInfo, mut checks: Vec<Check>) -> Result<Vec<Check>, Invalid> {
    rules.list("checks", checks.len())?;
    // A question may be asked again at another stage, by the same name.
    let mut names = BTreeSet::new();
    for (i, check) in checks.iter_mut().enumerate() {
        let field = |name: &str| format!("checks[{i}].{name}");
        rules.label(&field("name"), &check.name)?;
        if !names.insert((check.stage, check.name.clone())) {
            return Err(Invalid::new(field("name"), format!("{} is there twice for one stage", shown(&check.name))));
        }
        rules.prose(&field("description"), &mut check.description)?;
        rules.facts(&field("facts"), &check.facts)?;
        check.plugin = info.id();
    }
    Ok(checks)
}

/// Checks a verdict. A failure without a kind is a failed check; a fault beside a pass is a contradiction, and what
/// contradicts itself is not believed.
pub(crate) fn verdict(rules: &Rules<'_>, mut verdict: Verdict) -> Result<Verdict, Invalid> {
    rules.prose("verdict.expected", &mut verdict.expected)?;
    rules.prose("verdict.observed", &mut verdict.observed)?;
    rules.list("verdict.warnings", verdict.warnings.len())?;
    for (i, warning) in verdict.warnings.iter_mut().enumerate() {
        rules.prose(&format!("verdict.warnings[{i}]"), warning)?;
    }
    match (verdict.outcome, verdict.fault) {
        (Outcome::Passed, Some(code)) => {
            return Err(Invalid::new("verdict.fault", format!("it passed, and it names the fault {code}")));
        }
        (Outcome::Failed, None) => verdict.fault = Some(Code::CheckFailed),
        _ => {}
    }
    Ok(verdict)
}
