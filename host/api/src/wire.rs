//! The bodies of the API that are not nouns of `model`: answers that wrap a list, and what a host says of itself.

use jiff::Timestamp;
use model::event::Recorded;
use model::view::ResourceView;
use model::{Deployment, DeploymentId, Name};
use serde::{Deserialize, Serialize};

/// Answer of every request that begins a deployment: `POST /v1/deployments`, `…/retry`, `…/rollback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The deployment that was queued.
    pub id: DeploymentId,
}

/// `GET /v1/deployments`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentList {
    /// Newest first, at most as many as were asked for.
    pub deployments: Vec<Deployment>,
}

/// `GET /v1/resources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceList {
    /// By name.
    pub resources: Vec<ResourceView>,
}

/// `GET /v1/deployments/{id}/events` as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// In order, without gaps.
    pub events: Vec<Recorded>,
    /// Give this back as `after` to read on. Equal to the `after` of the request when there was nothing more.
    pub next: u64,
}

/// `GET /v1/resources/{name}/removal`: what `DELETE` would take away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// Of what.
    pub resource: Name,
    /// For a person, one thing each.
    pub removes: Vec<String>,
}

/// `DELETE /v1/resources/{name}`: what went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Of what.
    pub resource: Name,
    /// For a person, one thing each.
    pub removed: Vec<String>,
}

/// `GET /healthz`: the host answers, and says who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Always `ok`: a host that cannot work does not answer.
    pub status: String,
    /// Of the binary.
    pub version: String,
    /// Of the host's process.
    pub pid: u32,
    /// The state directory.
    pub state: String,
    /// Where the router listens, `127.0.0.1:7080`.
    pub router: String,
    /// Since when.
    pub started_at: Timestamp,
}

/// Data of the `release` event in a followed log of a resource: the lines after it come from this release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseChanged {
    /// The release that serves now; none when the app was stopped.
    pub deployment: Option<DeploymentId>,
}
