//! Removing what nobody needs any more. Manifests go first, then the contents that no remaining manifest names: stopped
//! at any moment, the store holds whole snapshots and perhaps some contents for the next collection.
//!
//! Contents are moved aside first and unlinked afterwards, when nobody waits: unlinking can take milliseconds for each
//! file (a disk that is told of every freed block), moving takes microseconds.

use super::{Store, spool::Spool};
use crate::SourceError;
use model::Digest;
use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, File},
    io::ErrorKind,
    sync::PoisonError,
    time::{Duration, SystemTime},
};

/// How long it is remembered what a folder looked like.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

impl Store {
    /// Removes every snapshot that is neither in `keep` nor held by somebody in this process (as a [`crate::Snapshot`]
    /// or a [`crate::Tree`] of one), and every content that then has no snapshot. Waits for snapshots that are being
    /// taken. Gives the bytes that were freed. A digest in `keep` that is not there is passed over.
    ///
    /// # Errors
    /// [`SourceError::Damaged`] when a snapshot that is to be kept cannot be read: then no content is removed, because
    /// nobody knows which ones it names. [`SourceError::Store`].
    pub fn collect(&self, keep: &BTreeSet<Digest>) -> Result<u64, SourceError> {
        let gate = self.0.gate.write().unwrap_or_else(PoisonError::into_inner);
        let aside = Spool::open(&self.0.blobs)?;
        let held = self.0.pins.held();
        let (kept, gone): (Vec<Digest>, Vec<Digest>) =
            self.snapshots()?.into_iter().partition(|digest| keep.contains(digest) || held.contains(digest));
        let mut wanted: HashSet<Digest> = HashSet::new();
        for digest in &kept {
            wanted.extend(self.read_snapshot(digest)?.files.iter().map(|file| file.blob.clone()));
        }
        let mut freed = 0;
        for digest in &gone {
            let path = self.manifest_path(digest);
            freed += fs::metadata(&path).map_or(0, |m| m.len());
            fs::remove_file(&path).map_err(|e| SourceError::store(&path, &e))?;
        }
        if !gone.is_empty() {
            let dir = &self.0.snapshots;
            File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| SourceError::store(dir, &e))?;
        }
        freed += self.0.blobs.discard(|digest| wanted.contains(digest), aside.dir())?;
        aside.adopt_orphans()?;
        self.forget()?;
        // From here on others go on; dropping what was moved aside removes it.
        drop(gate);
        drop(aside);
        Ok(freed)
    }

    /// Half-written files of a process that died, and the looks of folders that nobody deploys any more.
    fn forget(&self) -> Result<(), SourceError> {
        let now = SystemTime::now();
        for dir in [&self.0.snapshots, &self.0.memory] {
            for entry in fs::read_dir(dir).map_err(|e| SourceError::store(dir, &e))?.flatten() {
                let old = entry.metadata().and_then(|m| m.modified());
                let old = old.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > REMEMBERED));
                let half = entry.path().extension().is_some_and(|end| end == "tmp");
                if !half && (dir == &self.0.snapshots || !old) {
                    continue;
                }
                match fs::remove_file(entry.path()) {
                    Ok(()) => {}
                    Err(e) if e.kind() == ErrorKind::NotFound => {}
                    Err(e) => return Err(SourceError::store(&entry.path(), &e)),
                }
            }
        }
        Ok(())
    }
}
