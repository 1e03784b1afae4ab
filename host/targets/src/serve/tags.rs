//! Entity tags from content, so that a file which a new deployment did not change is not sent again, and one that it
//! changed is, even when size and second of both are the same.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Files up to this size are tagged by content: a few milliseconds, once.
const HASHED: u64 = 8 * 1024 * 1024;
/// Tags that are kept.
const KEPT: usize = 20_000;

/// What tells whether a file is the one that was tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    seconds: i64,
    nanos: i64,
}

#[derive(Debug, Default)]
pub(super) struct Tags {
    known: Mutex<HashMap<PathBuf, (Stamp, String)>>,
}

impl Tags {
    /// The tag of a file, without quotes.
    pub(super) fn of(&self, path: &Path) -> io::Result<String> {
        let meta = fs::metadata(path)?;
        let stamp = Stamp { inode: meta.ino(), size: meta.len(), seconds: meta.mtime(), nanos: meta.mtime_nsec() };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tag)) = known().get(path).filter(|(of, _)| *of == stamp) {
            return Ok(tag.clone());
        }
        let tag = if stamp.size <= HASHED {
            blake3::hash(&fs::read(path)?).to_hex()[..24].to_owned()
        } else {
            format!("{:x}-{:x}-{:x}.{:x}", stamp.inode, stamp.size, stamp.seconds, stamp.nanos)
        };
        let mut known = known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(path.to_owned(), (stamp, tag.clone()));
        Ok(tag)
    }
}

/// Does an `If-None-Match` name this tag (with its quotes)? Weakly compared, as its purpose wants.
pub(super) fn named(header: &str, tag: &str) -> bool {
    header.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
