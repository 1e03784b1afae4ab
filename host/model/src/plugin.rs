//! What is known of a plugin, and what one call of it cost.

use crate::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a plugin can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Role {
    Detector,
    Planner,
    Verifier,
}

/// What a plugin says about itself, validated; with the digest of its component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginInfo {
    /// `shipway/node`.
    pub name: String,
    /// `0.1.0`.
    pub version: String,
    /// One line.
    pub summary: String,
    /// What the component really exports.
    pub roles: Vec<Role>,
    /// App types that it claims and plans.
    pub app_types: Vec<String>,
    /// Globs of which at least one must exist for its detector to be called.
    pub triggers: Vec<String>,
    /// Called for every source.
    pub always: bool,
    /// SHA-256 of the component, `sha256:…`.
    pub digest: String,
    /// `built-in`, or where it was added from.
    pub origin: String,
}

impl PluginInfo {
    /// `shipway/node@0.1.0`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// What one call cost and touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// `shipway/node@0.1.0`.
    pub plugin: String,
    /// `sha256:…` of the component.
    pub digest: String,
    /// Which role was asked.
    pub role: Role,
    /// `detect`, `plan`, `checks`, `evaluate`.
    pub call: String,
    /// Wall time in microseconds.
    pub micros: u64,
    /// The most linear memory it had, in bytes, summed over all memories.
    pub peak_memory: u64,
    /// Calls of host functions.
    pub host_calls: u32,
    /// Bytes of the source that were handed to it.
    pub bytes_read: u64,
    /// Files it read, sorted.
    pub files_read: Vec<String>,
    /// What it logged, sanitised.
    pub log: Vec<String>,
    /// Log lines over the limit.
    pub log_dropped: u32,
    /// What went wrong, if anything.
    pub fault: Option<PluginFault>,
}

/// How a call went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginFault {
    /// One of the `plugin-*` codes.
    pub code: Code,
    /// With used and limit where a limit was hit.
    pub message: String,
}
