//! What the host tells a supervisor: the spec on disk, the environment by socket, because it may hold secrets.

use model::{DeploymentId, InstanceName};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Set for the app and everything it starts, so that what is left of it can be found when its supervisor was killed.
pub(crate) const MARK: &str = "SHIPWAY_INSTANCE";

/// `spec.json`: everything but the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spec {
    /// Of this file's form.
    pub(crate) version: u32,
    pub(crate) instance: InstanceName,
    /// Whose artifact it runs.
    pub(crate) built_by: DeploymentId,
    /// Absolute.
    pub(crate) program: PathBuf,
    /// With the name that the program is called by.
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) port: Option<u16>,
}

impl Spec {
    pub(crate) const VERSION: u32 = 1;
}

/// The environment of the app, whole; sent by the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) env: BTreeMap<String, String>,
}

/// What a supervisor answers once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// The app runs.
    Started,
    /// Another supervisor holds the instance.
    Held,
    /// It could not be started, and why.
    Failed(String),
}
