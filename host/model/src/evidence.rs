//! Evidence: "path, line, what was seen there" behind a decision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A claim that something was seen at a place in the source. The sandbox checks that the path was really read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Relative to the base directory.
    pub path: String,
    /// One-based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What was seen.
    pub note: String,
    /// The content that was read, attached by the host (`blake3:…`); absent when only the name mattered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}
