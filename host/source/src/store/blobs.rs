//! Contents by their digest: `blobs/ab/cdef…`, 256 directories, read-only files. A second level would make about one
//! directory for each file of a usual application.

use crate::{SourceError, beneath::Beneath, beneath::Closed};
use model::Digest;
use rustix::{
    fs::{AtFlags, FileType, Mode, mkdirat, renameat, statat},
    io::Errno,
};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub(super) struct Blobs {
    path: PathBuf,
    root: Beneath,
}

/// `ab/cdef…`
fn place(digest: &Digest) -> String {
    let (fan, rest) = digest.hex().split_at(2);
    format!("{fan}/{rest}")
}

impl Blobs {
    pub(super) fn open(path: PathBuf) -> Result<Self, SourceError> {
        let root = Beneath::open(&path).map_err(|e| SourceError::store(&path, &e))?;
        Ok(Self { path, root })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn root(&self) -> &Beneath {
        &self.root
    }

    /// Is it there, with that size? A file of another size is as good as none: taking the content again replaces it.
    pub(super) fn has(&self, digest: &Digest, size: u64) -> bool {
        self.size(digest) == Some(size)
    }

    fn size(&self, digest: &Digest) -> Option<u64> {
        let stat = statat(&self.root, place(digest), AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        u64::try_from(stat.st_size).ok().filter(|_| regular)
    }

    /// Opens a content of that size.
    pub(super) fn open_blob(&self, digest: &Digest, size: u64) -> Result<File, SourceError> {
        match self.root.file(&place(digest)) {
            Ok((file, stat)) if u64::try_from(stat.st_size) == Ok(size) => Ok(file),
            Ok((_, stat)) => Err(self.damaged(digest, format!("{} bytes instead of {size}", stat.st_size))),
            Err(Closed::NotAFile(why)) => Err(self.damaged(digest, why)),
            Err(Closed::Io(e)) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(self.damaged(digest, "it is not there"))
            }
            Err(Closed::Io(e)) => Err(SourceError::store(&self.path.join(place(digest)), &e)),
        }
    }

    /// Is the content there with its size?
    pub(super) fn check_size(&self, digest: &Digest, size: u64) -> Result<(), SourceError> {
        match self.size(digest) {
            Some(found) if found == size => Ok(()),
            Some(found) => Err(self.damaged(digest, format!("{found} bytes instead of {size}"))),
            None => Err(self.damaged(digest, "it is not there")),
        }
    }

    /// Is the content what its name says?
    pub(super) fn check_content(&self, digest: &Digest, size: u64) -> Result<(), SourceError> {
        let mut file = self.open_blob(digest, size)?.take(size + 1);
        let mut hash = blake3::Hasher::new();
        std::io::copy(&mut file, &mut hash).map_err(|e| SourceError::store(&self.path.join(place(digest)), &e))?;
        if Digest::from_bytes(hash.finalize().as_bytes()) == *digest {
            Ok(())
        } else {
            Err(self.damaged(digest, "its content has another digest than its name"))
        }
    }

    /// Moves a finished file into its place. Gives the fan-out directory that was written to.
    pub(super) fn adopt(&self, digest: &Digest, from: &Beneath, name: &str) -> Result<String, SourceError> {
        let place = place(digest);
        let fan = place[..2].to_owned();
        let moved = match renameat(from, name, &self.root, &place) {
            Err(Errno::NOENT) => match mkdirat(&self.root, &fan, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => renameat(from, name, &self.root, &place),
                Err(e) => Err(e),
            },
            moved => moved,
        };
        moved.map_err(|e| SourceError::store(&self.path.join(&place), &e.into()))?;
        Ok(fan)
    }

    /// Moves every content that `keep` does not want into another directory. Gives how many bytes they have.
    pub(super) fn discard(&self, keep: impl Fn(&Digest) -> bool, into: &Beneath) -> Result<u64, SourceError> {
        let mut bytes = 0;
        for fan in 0..=u8::MAX {
            let dir = self.path.join(format!("{fan:02x}"));
            let entries = match std::fs::read_dir(&dir) {
                Ok(entries) => entries,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(SourceError::store(&dir, &e)),
            };
            for entry in entries {
                let name = entry.map_err(|e| SourceError::store(&dir, &e))?.file_name();
                let digest = name.to_str().and_then(|rest| format!("blake3:{fan:02x}{rest}").parse::<Digest>().ok());
                let Some(digest) = digest.filter(|digest| !keep(digest)) else { continue };
                bytes += self.size(&digest).unwrap_or(0);
                renameat(&self.root, place(&digest), into, digest.hex())
                    .map_err(|e| SourceError::store(&self.path.join(place(&digest)), &e.into()))?;
            }
        }
        Ok(bytes)
    }

    fn damaged(&self, digest: &Digest, why: impl ToString) -> SourceError {
        SourceError::Damaged { path: self.path.join(place(digest)).display().to_string(), why: why.to_string() }
    }
}
