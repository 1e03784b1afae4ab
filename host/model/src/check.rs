//! Checks and verdicts: what verification asks, and what came.

use crate::Code;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When a check is asked, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Directly at the candidate.
    Candidate,
    /// Through the router to the candidate, before the switch.
    Route,
    /// Through the router's public side, after the switch and during the stabilisation window.
    Serving,
}

/// An endpoint that a probe may name; the host knows its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Endpoint {
    Instance,
    Route,
    AccessUrl,
}

/// One verification question, as a verifier declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Unique within one plugin and stage.
    pub name: String,
    /// The plugin that asks, attached by the host.
    pub plugin: String,
    /// When.
    pub stage: Stage,
    /// The deployment cannot succeed without it.
    pub required: bool,
    /// For a person: "GET /health answers 200".
    pub description: String,
    /// Carried back to the verifier unchanged.
    pub facts: BTreeMap<String, String>,
}

/// How one evaluation ended. Missing evidence is `Unknown`, never `Passed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Outcome {
    Passed,
    Failed,
    NotYet,
    Unknown,
}

/// What a verifier says of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Passed, failed, not yet, or unknown.
    pub outcome: Outcome,
    /// Which kind of failure; only codes of the verify phase.
    pub fault: Option<Code>,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub observed: String,
    /// Worth telling, changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A check with its latest verdict, as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckRecord {
    /// The check.
    pub name: String,
    /// Who asked.
    pub plugin: String,
    /// When it was asked.
    pub stage: Stage,
    /// Success needs it.
    pub required: bool,
    /// The latest outcome.
    pub verdict: Outcome,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub observed: String,
    /// How often it was asked.
    pub attempts: u32,
    /// When the latest answer came.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Worth telling, changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
