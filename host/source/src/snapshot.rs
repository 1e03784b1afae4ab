//! A snapshot: what a source was at one moment, by content. It never changes, and it cannot lose its files while
//! somebody in this process holds it.

use crate::{SourceError, index::Index, manifest};
use model::Digest;
use std::sync::Arc;

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Relative to the root of the source.
    pub path: String,
    /// `0o755` when its owner may execute it, else `0o644`.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// Its content.
    pub blob: Digest,
}

/// One symbolic link of a snapshot. It leads to something in the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEntry {
    /// Relative to the root of the source.
    pub path: String,
    /// As the link says it: relative to the link's own directory.
    pub target: String,
}

/// What taking a snapshot cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Files that were opened and read; the others were known from an earlier snapshot of the same folder.
    pub files_read: u64,
    /// Their bytes.
    pub bytes_read: u64,
    /// Contents that the store did not have.
    pub blobs_stored: u64,
    /// Their bytes.
    pub bytes_stored: u64,
}

/// The whole source, whatever its base directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The digest of its manifest: the same for the same paths, executable bits, link targets and contents.
    pub digest: Digest,
    /// The base directory that was asked for, `.` for the root. Not part of the digest; `.` after [`crate::Store::load`].
    pub base: String,
    /// Sorted by path.
    pub files: Arc<[FileEntry]>,
    /// Sorted by path.
    pub links: Arc<[LinkEntry]>,
    /// Directories with nothing in them, sorted; the others follow from the paths.
    pub dirs: Arc<[String]>,
    /// What taking it cost; zero after [`crate::Store::load`].
    pub work: Work,
    /// While this is held, [`crate::Store::collect`] keeps the snapshot.
    pub(crate) _pin: Arc<()>,
}

impl Snapshot {
    /// Bytes of all files together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).fold(0, u64::saturating_add)
    }

    /// Its shape. A file's link is its number in `files`, a link's target that in `links`.
    pub(crate) fn index(&self) -> Result<Index, SourceError> {
        manifest::index(&self.files, &self.links, &self.dirs)
            .map_err(|why| SourceError::Damaged { path: format!("snapshot {}", self.digest), why })
    }
}
