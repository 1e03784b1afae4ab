//! `artifact.json`: the seal of a finished build. There is no finished artifact without it, and it is written last.

use crate::{durable, layout::Build};
use model::Digest;
use serde::{Deserialize, Serialize};
use std::{io, path::PathBuf};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seal {
    pub(super) digest: Digest,
    /// The base directory inside the workspace.
    pub(super) base: String,
    /// For a person who looks around.
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Seal {
    pub(super) fn read(build: &Build) -> Option<Self> {
        durable::read(&build.seal())
    }
    pub(super) fn write(&self, build: &Build) -> io::Result<()> {
        durable::write(&build.seal(), &durable::json(self)?)
    }
}

/// Joins relative parts as a plan gives them (`.` is where one stands).
pub(super) fn join(root: PathBuf, parts: &[&str]) -> PathBuf {
    let words = parts.iter().flat_map(|p| p.split('/')).filter(|w| !w.is_empty() && *w != ".");
    words.fold(root, |path, word| path.join(word))
}
