//! A deployment as seen from outside: one immutable attempt to bring a resource to a state.

use crate::{
    CheckRecord, DeploymentId, Detection, Failure, Fingerprint, Name, Phase, PhaseRecord, ResourceId, SourceSummary,
    Status,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Trigger {
    Deploy,
    Rollback,
    Retry,
}

/// The plan, as a deployment shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// What execute compares before it runs anything.
    pub fingerprint: Fingerprint,
    /// Build, start, health check, access routing.
    pub summary: String,
}

/// How the way back ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackOutcome {
    /// The earlier release was started again, or the route was moved back to it.
    Restored,
    /// The route never left the earlier release.
    KeptIncumbent,
    /// There was no earlier release.
    NothingToRestore,
    /// It did not work; a person decides.
    Failed,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// How it ended.
    pub outcome: RollbackOutcome,
    /// The release that serves now.
    pub to: Option<DeploymentId>,
    /// Did its checks pass through the route after the way back?
    pub verified: bool,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Where the diagnostics were saved.
    pub diagnostics: Option<String>,
}

/// One attempt, whole. This is the JSON of `shipway status --json` and `GET /v1/deployments/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Of what.
    pub resource_id: ResourceId,
    /// Of what, by name.
    pub resource: Name,
    /// What asked for it.
    pub trigger: Trigger,
    /// Where it is now.
    pub status: Status,
    /// The phase that runs; in a terminal status the latest that ran. `detect` while queued.
    pub current_phase: Phase,
    /// What it reads.
    pub source_summary: SourceSummary,
    /// What it is.
    pub detection: Option<Detection>,
    /// What runs.
    pub plan: Option<PlanSummary>,
    /// Phases that ran, in order.
    pub phases: Vec<PhaseRecord>,
    /// Checks with their latest verdicts.
    pub checks: Vec<CheckRecord>,
    /// Where it is reachable once it succeeded.
    pub urls: Vec<String>,
    /// The first phase that failed, and why.
    pub failure: Option<Failure>,
    /// What to do now. Follows the latest failed phase.
    pub recovery_hint: String,
    /// The way back, when one was taken.
    pub rollback: Option<Rollback>,
    /// Worth telling, changes nothing.
    pub warnings: Vec<String>,
    /// For a rollback: the release that it returns to. For a retry: the deployment that it repeats.
    pub of: Option<DeploymentId>,
    /// For a superseded one: by which.
    pub superseded_by: Option<DeploymentId>,
    /// When it was asked for.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it reached a terminal status.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Timestamp>,
}

impl Deployment {
    /// The exit status of a CLI command that followed this deployment to its end.
    ///
    /// Source: the table "Exit codes of the CLI" in the lifecycle design. A rolled-back deployment exits with the
    /// code of the phase that failed.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.status {
            Status::Succeeded => 0,
            Status::Canceled | Status::Superseded => 15,
            Status::RollbackFailed => Phase::Rollback.exit_code(),
            // Nothing failed: somebody canceled it after the route had moved.
            Status::RolledBack if self.failure.is_none() => 15,
            Status::Failed | Status::RolledBack => self.failure.as_ref().map_or(1, |f| f.phase.exit_code()),
            _ => 1,
        }
    }
}
