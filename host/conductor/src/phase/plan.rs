//! Plan: the planner's answer, the firewall, the fingerprint, and the hosts that the route will need.

use crate::run::{Run, Stop};
use crate::{failures, planning, routes};
use lifecycle::{Command, Refusal};
use model::{Code, Failure, Phase, Remedy};

/// Asks the planner, checks its plan, and reserves the route.
pub(crate) fn run(run: &Run) -> Result<(), Stop> {
    let state = run.state();
    let (Some(detection), Some(profile), Some(digest)) =
        (&state.view.detection, &state.profile, &state.view.source_summary.digest)
    else {
        return Err(
            failures::internal(Phase::Plan, "the state is incomplete", "no detection, profile or snapshot").into()
        );
    };
    let base = &state.view.source_summary.base_directory;
    let snapshot = run.core.store.load(digest).map_err(|e| failures::source(&e))?;
    let tree = run.core.store.tree(&snapshot, base).map_err(|e| failures::source(&e))?;
    let facts = crate::process_facts();
    let planned = planning::plan(&run.core.catalogue, detection, profile, &facts, &tree);
    if let Some(receipt) = &planned.receipt {
        run.called(receipt);
    }
    let plan = planned.plan?;
    let name = &state.view.resource;
    run.core.routes.claim(name, run.id(), profile).map_err(|why| {
        let input =
            format!("access.hosts = {:?}, access.path = {:?}", routes::hosts(name, profile), profile.access_path());
        Failure::new(Phase::Plan, Code::ProfileConflict, why, input)
            .remedy(Remedy::advice("Choose another host or path in [access], or remove the other resource."))
    })?;
    let receipts: Vec<_> = planned.receipt.iter().collect();
    let fingerprint = planning::fingerprint(digest, base, profile, &plan, &receipts);
    let urls = run.core.routes.urls(name, profile);
    let summary = plan.summary(&urls.join(" and "));
    let command = Command::Plan { fingerprint: fingerprint.clone(), summary, plan: Box::new(plan) };
    match run.apply(command) {
        Err(crate::ledger::LedgerError::Refused(Refusal::PlanChanged)) => {
            let wanted = state.request.expect_plan.map_or(String::new(), |f| f.to_string());
            Err(Failure::new(
                Phase::Plan,
                Code::PlanChanged,
                format!("the plan is now {fingerprint}, not the one that was asked for"),
                wanted,
            )
            .remedy(Remedy::safe("Look at the plan as it is now.", "shipway plan SOURCE"))
            .into())
        }
        other => Ok(other?),
    }
}
