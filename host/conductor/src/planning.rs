//! Asking the planner, checking what it wrote, and the fingerprint. The same for a deployment and for a preview.

use crate::{asking::admitted, failures, tree_view::TreeView};
use model::plugin::Receipt;
use model::{Checked, Code, Detection, Digest, Failure, Fingerprint, Phase, Profile, Remedy};
use sandbox::{Catalogue, TargetFacts};
use sha2::{Digest as _, Sha256};
use source::Tree;
use std::sync::Arc;

/// What the planner wrote, or why there is no plan.
pub(crate) struct Planned {
    /// The plan that may be executed.
    pub plan: Result<Checked, Box<Failure>>,
    /// What the call cost.
    pub receipt: Option<Receipt>,
}

/// Asks the planner of the detected app type.
pub(crate) fn plan(
    catalogue: &Catalogue,
    detection: &Detection,
    profile: &Profile,
    target: &TargetFacts,
    tree: &Tree,
) -> Planned {
    let app_type = &detection.claim.app_type;
    let Some(planner) = catalogue.planner_for(app_type).filter(|p| admitted(profile, &p.info().name)) else {
        let failure = Failure::new(
            Phase::Plan,
            Code::PlanUnsupportedByTarget,
            format!("no installed plugin can plan an app of type {app_type} for the target {}", target.target),
            format!("app type {app_type}"),
        )
        .remedy(Remedy::safe(
            "Say how it is started.",
            "shipway deploy SOURCE --set runtime.strategy=commands --set runtime.start=COMMAND",
        ));
        return Planned { plan: Err(Box::new(failure)), receipt: None };
    };
    let view = Arc::new(TreeView(tree.clone()));
    let call = planner.plan(&detection.claim, &detection.contributions, profile, target, view);
    let input = input(detection);
    let plan = match call.result {
        Ok(plan) => Checked::new(plan).map_err(|fault| {
            let code = if fault.incomplete { Code::PlanIncomplete } else { Code::PlanInvalid };
            let failure =
                Failure::new(Phase::Plan, code, format!("the plan cannot be executed: {fault}"), fault.field.clone())
                    .detail([format!("planned by {}", call.receipt.plugin)])
                    .remedy(Remedy::advice(format!(
                        "Say it in shipway.toml, so that the planner need not guess {}.",
                        fault.field
                    )));
            Box::new(failure)
        }),
        Err(error) => Err(Box::new(failures::plugin(Phase::Plan, &call.receipt, &error, &input))),
    };
    Planned { plan, receipt: Some(call.receipt) }
}

/// What the plan phase reads, in one line.
fn input(detection: &Detection) -> String {
    let what = detection.claim.framework.as_ref().unwrap_or(&detection.claim.app_type);
    match detection.claim.evidence.first() {
        Some(e) => format!("{what}, from {}", e.path),
        None => what.clone(),
    }
}

/// Everything that a plan stands on: source, base directory, profile, plugins that took part, and the plan itself.
/// Same inputs, same fingerprint, on every machine.
pub(crate) fn fingerprint(
    source: &Digest,
    base: &str,
    profile: &Profile,
    plan: &Checked,
    plugins: &[&Receipt],
) -> Fingerprint {
    let mut digests: Vec<String> = plugins.iter().map(|r| format!("{} {}", r.plugin, r.digest)).collect();
    digests.sort();
    digests.dedup();
    // Structs keep the order of their fields and maps are sorted: this text is canonical.
    let text = serde_json::to_string(&(source, base, profile, digests, plan)).unwrap_or_default();
    Fingerprint::from_bytes(&Sha256::digest(text.as_bytes()).into())
}
