//! Sources: what is asked to be deployed, and what was really taken.

use crate::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum SourceKind {
    LocalDirectory,
    StaticDirectory,
    GitRepository,
    Archive,
    ContainerImage,
    Compose,
}

impl SourceKind {
    /// The word for it, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SourceKind::LocalDirectory => "local-directory",
            SourceKind::StaticDirectory => "static-directory",
            SourceKind::GitRepository => "git-repository",
            SourceKind::Archive => "archive",
            SourceKind::ContainerImage => "container-image",
            SourceKind::Compose => "compose",
        }
    }
}

/// What is asked to be deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceSpec {
    /// Which kind.
    pub kind: SourceKind,
    /// A path or URL. Paths are absolute once they reach the host.
    pub locator: String,
    /// Branch, tag or commit, for git.
    #[serde(default)]
    pub git_ref: Option<String>,
    /// The app's directory inside the source; `.` is the root.
    #[serde(default)]
    pub base_directory: Option<String>,
}

/// What was taken. Always present on a deployment, from the first moment on; `digest` once the snapshot exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceSummary {
    /// Which kind.
    pub kind: SourceKind,
    /// As asked for.
    pub locator: String,
    /// As asked for.
    #[serde(default)]
    pub git_ref: Option<String>,
    /// The commit that the ref was resolved to.
    #[serde(default)]
    pub revision: Option<String>,
    /// The app's directory inside the source.
    pub base_directory: String,
    /// The snapshot.
    #[serde(default)]
    pub digest: Option<Digest>,
    /// Files in the snapshot.
    #[serde(default)]
    pub files: Option<u64>,
    /// Bytes in the snapshot.
    #[serde(default)]
    pub bytes: Option<u64>,
}
