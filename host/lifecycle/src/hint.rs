//! The one line that says what to do now.

use model::{Deployment, Phase, RollbackOutcome, Status, code::recovery_hint};

/// Follows the latest failed phase; without a failure, the status.
pub(crate) fn of(view: &Deployment) -> String {
    let (resource, id) = (&view.resource, &view.id);
    if let Some(rollback) = view.rollback.as_ref().filter(|r| r.outcome == RollbackOutcome::Failed) {
        let hint = recovery_hint(Phase::Rollback);
        return match &rollback.diagnostics {
            Some(path) => format!("{hint} Diagnostics were saved to {path}"),
            None => format!("{hint} `shipway status {resource}` says what serves."),
        };
    }
    if let Some(failure) = &view.failure {
        let own = recovery_hint(failure.phase);
        return match failure.remedies.first() {
            Some(remedy) => format!("{own} {}", remedy.label),
            None => own.to_owned(),
        };
    }
    match view.status {
        Status::Queued => format!("Wait for its turn, or `shipway cancel {id}`."),
        Status::Succeeded => {
            format!("Nothing to recover. `shipway rollback {resource}` returns to the release before.")
        }
        // A rollback without a failure: it was canceled after the route had moved.
        Status::Canceled | Status::RolledBack => {
            format!("Deploy again when ready; `shipway status {resource}` says what serves.")
        }
        Status::Superseded => "A newer deployment of the same resource took its place; follow that one.".to_owned(),
        _ => format!("It is running. `shipway events {id} --follow` shows it, `shipway cancel {id}` ends it."),
    }
}
