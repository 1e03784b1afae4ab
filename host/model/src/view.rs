//! What the host answers and is asked: the bodies of the API, and the JSON of the commands that need no host.

use crate::{
    Claim, DeploymentId, Detection, Evidence, Failure, Fingerprint, Name, Outcome, Plan, ResourceId, SourceSpec,
    SourceSummary, Status, plugin::Receipt, resource::Desired,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Body of `POST /v1/deployments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeployRequest {
    /// What to deploy.
    pub source: SourceSpec,
    /// The resource's name; default: `name` of shipway.toml, else the folder's.
    #[serde(default)]
    pub name: Option<String>,
    /// Settings by dotted key, over the file's.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Refuse to execute any other plan.
    #[serde(default)]
    pub expect_plan: Option<Fingerprint>,
}

/// Body of `POST /v1/resources/{name}/rollback`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollbackRequest {
    /// The release to return to; default: the latest good one before the one that serves.
    #[serde(default)]
    pub to: Option<DeploymentId>,
}

/// A resource as `shipway list` and `shipway status NAME` show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceView {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: Name,
    /// What the owner wants.
    pub desired: Desired,
    /// The release that the route leads to.
    pub serving: Option<DeploymentId>,
    /// Where it is reachable.
    pub urls: Vec<String>,
    /// The latest deployment and its status.
    pub latest: Option<DeploymentBrief>,
    /// Deployments that a rollback could return to, newest first.
    pub releases: Vec<ReleaseBrief>,
    /// What it is deployed from.
    pub source: SourceSpec,
    /// When it was first deployed.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
}

/// One line about a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentBrief {
    /// Its id.
    pub id: DeploymentId,
    /// Where it is.
    pub status: Status,
    /// When it was asked for.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
}

/// One line about a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseBrief {
    /// The deployment that made it.
    pub deployment: DeploymentId,
    /// Is the artifact still there?
    pub available: bool,
    /// When it succeeded.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// `shipway health NAME`: every part passed, failed or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthReport {
    /// Of what.
    pub resource: Name,
    /// The release that serves.
    pub serving: Option<DeploymentId>,
    /// The worst of the parts.
    pub overall: Outcome,
    /// Process, health, route, access, and what installed verifiers add.
    pub checks: Vec<HealthPart>,
}

/// One part of a health report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthPart {
    /// The check.
    pub name: String,
    /// Passed, failed or unknown.
    pub verdict: Outcome,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub observed: String,
}

/// Some lines of a log, with the cursor to go on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogPage {
    /// Lines in order.
    pub lines: Vec<LogLine>,
    /// Give this back to read on.
    pub cursor: u64,
    /// Earlier lines were rotated away before they were read.
    pub gap: bool,
}

/// One line that the app or its build wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// `stdout`, `stderr`, or `shipway` for what the host says about the log.
    pub stream: String,
    /// The text; invalid UTF-8 and control characters are replaced visibly.
    pub text: String,
    /// When it was written, if known.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
}

/// Claimed, ambiguous or undetected; never a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum DetectOutcome {
    Claimed,
    Ambiguous,
    Undetected,
    Failed,
}

/// `shipway detect --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DetectReport {
    /// Claimed, ambiguous, undetected, or failed before a plugin was asked.
    pub outcome: DetectOutcome,
    /// What was looked at.
    pub source: SourceSummary,
    /// Fields of the chosen claim, at the top for scripts.
    #[serde(flatten)]
    pub app: AppFacts,
    /// The decision, whole.
    pub detection: Option<Detection>,
    /// Candidates, when they do not compose.
    pub ambiguous: Vec<Candidate>,
    /// Deployable apps found below, for monorepos.
    pub apps: Vec<Candidate>,
    /// Why it failed or was undetected.
    pub failure: Option<Failure>,
    /// What each plugin was asked and said.
    pub calls: Vec<PluginNote>,
    /// What the index saw.
    pub index: IndexSummary,
}

/// The fields that scripts ask for most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AppFacts {
    pub app_type: Option<String>,
    pub framework: Option<String>,
    pub package_manager: Option<String>,
    pub install: Option<String>,
    pub build: Option<String>,
    pub start: Option<String>,
    pub port: Option<u16>,
    pub publish: Option<String>,
    pub evidence: Vec<Evidence>,
}

impl From<&Claim> for AppFacts {
    fn from(c: &Claim) -> Self {
        Self {
            app_type: Some(c.app_type.clone()),
            framework: c.framework.clone(),
            package_manager: c.package_manager.clone(),
            install: c.install.clone(),
            build: c.build.clone(),
            start: c.start.clone(),
            port: c.port,
            publish: c.publish.clone(),
            evidence: c.evidence.clone(),
        }
    }
}

/// One possible answer, with the setting that picks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Base directory.
    pub base: String,
    /// The app as this candidate sees it.
    #[serde(flatten)]
    pub app: AppFacts,
    /// Who says so.
    pub plugin: String,
    /// The one line that picks it.
    pub remedy: String,
}

/// What one plugin was asked and said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginNote {
    /// `shipway/node@0.1.0`.
    pub plugin: String,
    /// Was a trigger hit, and which; none = it was not called.
    pub triggered_by: Option<String>,
    /// How many claims it made.
    pub claims: u32,
    /// Why it did not claim, or its problem.
    pub notes: Vec<String>,
    /// What the call cost.
    pub receipt: Option<Receipt>,
}

/// What the index saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexSummary {
    /// Files below the base directory.
    pub files: u64,
    /// A cap was hit: which.
    pub truncated: Option<String>,
}

/// `shipway plan --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanReport {
    /// What was detected.
    #[serde(flatten)]
    pub detect: DetectReport,
    /// What execute would compare.
    pub fingerprint: Option<Fingerprint>,
    /// Build, start, health, access in one sentence.
    pub summary: Option<String>,
    /// The plan.
    pub plan: Option<Plan>,
}
