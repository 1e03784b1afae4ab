//! Phases, which a person reads, and statuses, which say where a deployment is now. They are not the same thing.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The five phases of a deployment, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// What is it?
    Detect,
    /// How is it built and run?
    Plan,
    /// Build it and start the candidate.
    Execute,
    /// Is the candidate really healthy, and does the route answer from it?
    Verify,
    /// Back to the last good release.
    Rollback,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Phase; 5] = [Phase::Detect, Phase::Plan, Phase::Execute, Phase::Verify, Phase::Rollback];

    /// The word for it, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Detect => "detect",
            Phase::Plan => "plan",
            Phase::Execute => "execute",
            Phase::Verify => "verify",
            Phase::Rollback => "rollback",
        }
    }

    /// The exit status of the CLI when this phase was the one that failed.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Phase::Detect => 10,
            Phase::Plan => 11,
            Phase::Execute => 12,
            Phase::Verify => 13,
            Phase::Rollback => 14,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a deployment is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Status {
    Queued,
    Detecting,
    Planning,
    Executing,
    Verifying,
    RollingBack,
    Succeeded,
    Failed,
    RolledBack,
    RollbackFailed,
    Canceled,
    Superseded,
}

impl Status {
    /// Nothing follows a terminal status, ever.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Status::Succeeded
                | Status::Failed
                | Status::RolledBack
                | Status::RollbackFailed
                | Status::Canceled
                | Status::Superseded
        )
    }

    /// Has a driver: neither waiting nor over.
    #[must_use]
    pub const fn is_active(self) -> bool {
        !self.is_terminal() && !matches!(self, Status::Queued)
    }

    /// The word for it, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Detecting => "detecting",
            Status::Planning => "planning",
            Status::Executing => "executing",
            Status::Verifying => "verifying",
            Status::RollingBack => "rolling-back",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::RolledBack => "rolled-back",
            Status::RollbackFailed => "rollback-failed",
            Status::Canceled => "canceled",
            Status::Superseded => "superseded",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a phase that ran ended, or that it still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum PhaseOutcome {
    Running,
    Succeeded,
    Failed,
    Canceled,
}

/// One phase of one deployment, as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PhaseRecord {
    /// Which.
    pub phase: Phase,
    /// How it ended, or `running`.
    pub outcome: PhaseOutcome,
    /// When it began.
    #[schemars(with = "String")]
    pub started_at: Timestamp,
    /// When it ended.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Timestamp>,
}
