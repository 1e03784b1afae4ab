//! The route table as a plain value: what the rest of the host says about where requests go.
//! It is compiled once when it is published ([`crate::Router::publish`]); nothing here is looked at per request.

use model::{DeploymentId, Name};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// All routes at one moment. Publishing it replaces the former one in one atomic step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The routes, in the order of precedence should two claim the same host and prefix.
    pub routes: Vec<Route>,
}

/// Where the requests for one resource go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The resource.
    pub resource: Name,
    /// Its hosts, without port. Case and a trailing dot do not matter.
    pub hosts: Vec<String>,
    /// The path that it begins at. `/` for all; `/api` meets `/api` and `/api/x`, not `/apix`. Of several prefixes
    /// the longest wins. The path is passed on whole.
    pub prefix: String,
    /// The verified release. `None`: 503.
    pub active: Option<Upstream>,
    /// The candidate: reachable by probes only.
    pub candidate: Option<Upstream>,
    /// The owner stopped the resource: 503 that says so, whatever `active` is.
    pub stopped: bool,
}

/// One running instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// The deployment that it belongs to: what probes are told and what [`crate::Router::drain`] waits for.
    pub deployment: DeploymentId,
    /// Where it listens.
    pub addr: SocketAddr,
}

/// Two routes of a table that claim the same host and prefix. The first one in the table is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The host, in the form that requests are matched by.
    pub host: String,
    /// The prefix.
    pub prefix: String,
    /// The resource that is served.
    pub served: Name,
    /// The resource that is not.
    pub ignored: Name,
}
