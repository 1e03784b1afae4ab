//! Claims: what detectors say an app is; and the detection that the host's arbitration makes of them.

use crate::Evidence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How sure a detector is. `Declared` is for a project's own deployment configuration and for the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Confidence {
    Possible,
    Likely,
    Certain,
    Declared,
}

/// What one detector says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// `shipway/node@0.1.0`, attached by the host.
    pub plugin: String,
    /// `node`, `python`, …
    pub app_type: String,
    /// `express`, `django`, …
    pub framework: Option<String>,
    /// How sure.
    pub confidence: Confidence,
    /// Only a part of somebody else's app.
    pub contributes: bool,
    /// How dependencies are installed, in one line.
    pub install: Option<String>,
    /// How it is built, in one line.
    pub build: Option<String>,
    /// How it is started, in one line.
    pub start: Option<String>,
    /// `npm`, `uv`, …
    pub package_manager: Option<String>,
    /// The port it listens on when nothing tells it otherwise.
    pub port: Option<u16>,
    /// The published directory, for static sites.
    pub publish: Option<String>,
    /// Where that was seen.
    pub evidence: Vec<Evidence>,
    /// For the planner of this claim.
    pub facts: BTreeMap<String, String>,
}

/// What the host decided the app is. The fields of the winning claim, and who else spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detection {
    /// The claim that was chosen.
    #[serde(flatten)]
    pub claim: Claim,
    /// Claims that contribute a part to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Claim>,
    /// Why this one, in one line.
    pub because: String,
    /// Things worth knowing that changed nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
