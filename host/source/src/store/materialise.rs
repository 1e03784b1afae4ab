//! A snapshot laid out as a folder that somebody may write to: files are copies (or share blocks that are copied on
//! write), never hard links into the store. Links come last, and every file is created below the destination without
//! following any, so nothing is written outside it.

use super::{Store, copy, intake};
use crate::{FileEntry, Kind, Snapshot, SourceError, beneath::Beneath, index::Index, parallel};
use rustix::fs::{Mode, fchmod, mkdirat, symlinkat};
use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

/// Files that are not worth a second thread.
const SHARE: usize = 32;

impl Store {
    /// Lays a snapshot out in `dest`, which is absent or an empty directory. Modes are 0755 and 0644. Not made durable:
    /// what is built from a snapshot can be built again. After a failure `dest` is as empty as before.
    ///
    /// # Errors
    /// [`SourceError::Store`] naming the path in `dest`, [`SourceError::Damaged`].
    pub fn materialise(&self, snapshot: &Snapshot, dest: &Path) -> Result<(), SourceError> {
        let _gate = self.shared();
        let index = snapshot.index()?;
        let root = empty(dest)?;
        let laid = self.lay_out(snapshot, &index, &root, dest);
        if laid.is_err() {
            clear(dest);
        }
        laid
    }

    fn lay_out(&self, snapshot: &Snapshot, index: &Index, root: &Beneath, dest: &Path) -> Result<(), SourceError> {
        let failed = |path: &str, e: io::Error| SourceError::store(&dest.join(path), &e);
        let mut made = Ok(());
        index.visit(0, |path, node| {
            if node.kind == Kind::Directory && made.is_ok() {
                // Only directories are there yet: a path cannot lead anywhere else.
                let mode = Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH;
                made = mkdirat(root, path, mode).map_err(|e| failed(path, e.into()));
            }
        });
        made?;
        let shares = AtomicBool::new(true);
        parallel::try_map(&snapshot.files, SHARE, intake::buffer, |buffer, file| {
            self.lay_file(file, root, &shares, buffer).map_err(|fault| match fault {
                Fault::Store(e) => e,
                Fault::Dest(e) => failed(&file.path, e),
            })
        })?;
        for link in snapshot.links.iter() {
            symlinkat(link.target.as_str(), root, link.path.as_str()).map_err(|e| failed(&link.path, e.into()))?;
        }
        Ok(())
    }

    fn lay_file(
        &self,
        entry: &FileEntry,
        root: &Beneath,
        shares: &AtomicBool,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let blob = self.open_blob(entry).map_err(Fault::Store)?;
        let file = root.create(&entry.path).map_err(Fault::Dest)?;
        let large = entry.size > intake::SMALL as u64;
        let shared = large && shares.load(Ordering::Relaxed) && copy::share(&blob, &file);
        if !shared {
            if large {
                // Not on this file system: do not ask again for each file.
                shares.store(false, Ordering::Relaxed);
            }
            copy::copy(&blob, &file, entry.size, buffer).map_err(Fault::Dest)?;
        }
        // Whatever a snapshot's entry says, a mode is one of the two.
        let executable = if entry.mode & 0o100 != 0 { Mode::XUSR | Mode::XGRP | Mode::XOTH } else { Mode::empty() };
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH | executable;
        fchmod(&file, mode).map_err(|e| Fault::Dest(e.into()))
    }
}

enum Fault {
    Store(SourceError),
    Dest(io::Error),
}

/// Creates the destination, or checks that it is an empty directory and not a link to one.
fn empty(dest: &Path) -> Result<Beneath, SourceError> {
    let failed = |e: io::Error| SourceError::store(dest, &e);
    let refused = |why: &str| SourceError::Store { path: dest.display().to_string(), why: why.into(), full: false };
    match fs::symlink_metadata(dest) {
        Ok(found) if !found.is_dir() => return Err(refused("it is there and is not a directory")),
        Ok(_) => {
            if fs::read_dir(dest).map_err(failed)?.next().is_some() {
                return Err(refused("it is not empty"));
            }
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            fs::DirBuilder::new().recursive(true).mode(0o755).create(dest).map_err(failed)?;
        }
        Err(e) => return Err(failed(e)),
    }
    Beneath::open(dest).map_err(failed)
}

/// Takes away what was laid out, as far as that is possible.
fn clear(dest: &Path) {
    let Ok(entries) = fs::read_dir(dest) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        drop(if is_dir { fs::remove_dir_all(path) } else { fs::remove_file(path) });
    }
}
