//! The one line that says what to do now.

use model::deployment::Rollback;
use model::{DeploymentId, Failure, Name, RollbackOutcome, Status, code::recovery_hint};

/// Without a failure.
pub(crate) fn of(status: Status, resource: &Name, id: &DeploymentId) -> String {
    match status {
        Status::Queued => format!("Wait for its turn, or `shipway cancel {id}`."),
        Status::Succeeded => {
            format!("Nothing to recover. `shipway rollback {resource}` returns to the release before.")
        }
        Status::Canceled => format!("Deploy again when ready; `shipway status {resource}` says what serves."),
        Status::Superseded => "A newer deployment of the same resource took its place; follow that one.".to_owned(),
        _ => format!("It is running. `shipway events {id} --follow` shows it, `shipway cancel {id}` ends it."),
    }
}

/// With a failure: follows the latest failed phase.
pub(crate) fn after(failure: &Failure, rollback: Option<&Rollback>, resource: &Name) -> String {
    let own = recovery_hint(failure.phase);
    match rollback {
        Some(r) if r.outcome == RollbackOutcome::Failed => {
            let hint = recovery_hint(model::Phase::Rollback);
            match &r.diagnostics {
                Some(path) => format!("{hint} Diagnostics were saved to {path}"),
                None => format!("{hint} `shipway status {resource}` says what serves."),
            }
        }
        _ => match failure.remedies.first() {
            Some(remedy) => format!("{own} {}", remedy.label),
            None => own.to_owned(),
        },
    }
}
