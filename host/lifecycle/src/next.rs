//! What is owed next. The conductor does exactly this, also right after a restart.

use crate::{Ending, State};
use model::{DeploymentId, Status};

/// What is owed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It waits for its turn.
    Begin,
    /// Snapshot, profile, detectors.
    Detect,
    /// The planner.
    Plan,
    /// Build and start.
    Execute,
    /// Checks and the switch.
    Verify,
    /// Traffic back to the incumbent, the candidate removed.
    GoBack {
        /// The incumbent.
        to: DeploymentId,
    },
    /// The candidate removed; there is nothing to go back to, or nobody wants it.
    CleanUp {
        /// How it is going to end.
        ending: Ending,
    },
    /// Nothing: it is over.
    Nothing,
}

impl State {
    /// What is owed next.
    #[must_use]
    pub fn next(&self) -> Next {
        if self.status().is_terminal() {
            return Next::Nothing;
        }
        match (self.status(), self.ending) {
            (Status::RollingBack, _) => match &self.incumbent {
                Some(to) => Next::GoBack { to: to.clone() },
                None => Next::CleanUp { ending: self.ending.unwrap_or(Ending::Failed) },
            },
            (_, Some(ending)) => Next::CleanUp { ending },
            (Status::Queued, None) => Next::Begin,
            (Status::Detecting, None) => Next::Detect,
            (Status::Planning, None) => Next::Plan,
            (Status::Executing, None) => Next::Execute,
            _ => Next::Verify,
        }
    }
}
