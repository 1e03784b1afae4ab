//! A resource: the app as a long-lived thing; and its releases.

use crate::{Checked, DeploymentId, Digest, Fingerprint, Name, Profile, ResourceId, SourceSpec, SourceSummary};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the owner wants of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Desired {
    Running,
    Stopped,
    Removing,
}

/// The app as a long-lived thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// Its name: unique on a host, and a DNS label.
    pub name: Name,
    /// What it was last deployed from.
    pub source: SourceSpec,
    /// Settings given by `--set` with the latest deployment.
    pub settings: BTreeMap<String, String>,
    /// What the owner wants.
    pub desired: Desired,
    /// The release that the route leads to.
    pub serving: Option<DeploymentId>,
    /// Releases, newest first.
    pub releases: Vec<Release>,
    /// When it was first deployed.
    pub created_at: Timestamp,
}

/// What a succeeded deployment left: what a rollback returns to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The deployment that made it; also the release's name.
    pub deployment: DeploymentId,
    /// The deployment whose build it runs: itself, or the one that a rollback returned to.
    pub built_by: DeploymentId,
    /// The artifact.
    pub artifact: Digest,
    /// Of the plan.
    pub fingerprint: Fingerprint,
    /// The plan that runs.
    pub plan: Checked,
    /// The profile it was made under, with its plain environment. Secrets are names only.
    pub profile: Profile,
    /// What it was made from.
    pub source: SourceSummary,
    /// When it succeeded.
    pub at: Timestamp,
}
