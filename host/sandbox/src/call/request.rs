//! What a call is given that is no noun of the model.

use model::Stage;
use std::time::Duration;

/// Where a plan will run, as far as a planner may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// `process` or `docker`.
    pub target: String,
    /// `linux`, …
    pub os: String,
    /// `x86_64`, …
    pub arch: String,
    /// `commands`, `static`, `volumes`, …
    pub capabilities: Vec<String>,
}

/// Where verification stands when a check is evaluated. The host owns time: a verifier never sleeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The present stage.
    pub stage: Stage,
    /// Since this check was first asked.
    pub elapsed: Duration,
    /// One-based.
    pub attempt: u32,
    /// Evaluations right before this one that were not passed.
    pub failures: u32,
    /// What may pass before a failing answer is final.
    pub start_period: Duration,
    /// Failing answers after it that are forgiven.
    pub retries: u32,
}
