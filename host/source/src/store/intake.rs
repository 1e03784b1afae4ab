//! One file of a live folder becomes a content of the store. Read once, hashed on the way, in bounded memory.
//! A file that is written to meanwhile is noticed by its size and times, read again, and after that refused by name.

use super::{
    copy::{self, Extent},
    spool::{Draft, Spool},
};
use crate::{
    SourceError,
    beneath::{Beneath, Closed},
    bounds::Bounds,
    error::shown,
    listing::Meta,
};
use model::Digest;
use rustix::fs::fstat;
use std::{fs::File, io, io::Read, os::unix::fs::FileExt};

/// Files up to this size are hashed in memory before anything is written, so that known contents cost no write.
/// Larger ones are shared with the source or streamed into the store.
pub(super) const SMALL: usize = 256 << 10;
/// Times that a file is read before it is refused.
const ATTEMPTS: u32 = 3;
const ZEROS: &[u8] = &[0; 64 << 10];

/// What was read.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) digest: Digest,
    /// As it was while it was read.
    pub(super) meta: Meta,
}

/// Why not.
enum Fault {
    Changed,
    Source(io::Error),
    Store(io::Error),
}

/// A buffer for [`take`].
pub(super) fn buffer() -> Vec<u8> {
    Vec::with_capacity(SMALL + 1)
}

pub(super) fn take(
    root: &Beneath,
    path: &str,
    bounds: &Bounds,
    spool: &Spool<'_>,
    buffer: &mut Vec<u8>,
) -> Result<Taken, SourceError> {
    let changed = || SourceError::Changed { path: shown(path.as_bytes()) };
    for _ in 0..ATTEMPTS {
        let (file, stat) = root.file(path).map_err(|closed| match closed {
            Closed::NotAFile(why) => SourceError::unreadable(path, why),
            Closed::Io(e) if e.kind() == io::ErrorKind::NotFound => changed(),
            Closed::Io(e) => SourceError::source(path, &e),
        })?;
        let meta = Meta::of(&stat);
        if meta.size > bounds.max_total {
            return Err(SourceError::TooLarge {
                path: shown(path.as_bytes()),
                bound: "max_total",
                unit: "bytes",
                limit: bounds.max_total,
                found: meta.size,
            });
        }
        let read = if meta.size <= SMALL as u64 {
            small(&file, meta, spool, buffer)
        } else {
            large(&file, meta, spool, buffer)
        };
        match read {
            Ok(digest) => return Ok(Taken { digest, meta }),
            Err(Fault::Changed) => {}
            Err(Fault::Source(e)) => return Err(SourceError::source(path, &e)),
            Err(Fault::Store(e)) => return Err(SourceError::store(spool.path(), &e)),
        }
    }
    Err(changed())
}

/// Only the hash of a file, for a digest without a store.
pub(super) fn hash(root: &Beneath, path: &str, buffer: &mut Vec<u8>) -> Result<Digest, SourceError> {
    let changed = || SourceError::Changed { path: shown(path.as_bytes()) };
    for _ in 0..ATTEMPTS {
        let (file, stat) = root.file(path).map_err(|closed| match closed {
            Closed::NotAFile(why) => SourceError::unreadable(path, why),
            Closed::Io(e) if e.kind() == io::ErrorKind::NotFound => changed(),
            Closed::Io(e) => SourceError::source(path, &e),
        })?;
        let meta = Meta::of(&stat);
        let read = stream(&file, meta.size, buffer, |_, _| Ok(()))
            .and_then(|digest| unchanged(&file, meta, meta.size).map(|()| digest));
        match read {
            Ok(digest) => return Ok(digest),
            Err(Fault::Changed) => {}
            Err(Fault::Source(e) | Fault::Store(e)) => return Err(SourceError::source(path, &e)),
        }
    }
    Err(changed())
}

fn small(file: &File, meta: Meta, spool: &Spool<'_>, buffer: &mut Vec<u8>) -> Result<Digest, Fault> {
    buffer.clear();
    // One byte more than expected: a file that grew is noticed without reading what it grew to.
    file.take(meta.size + 1).read_to_end(buffer).map_err(Fault::Source)?;
    unchanged(file, meta, buffer.len() as u64)?;
    let digest = Digest::from_bytes(blake3::hash(buffer).as_bytes());
    if spool.wants(&digest, meta.size) {
        spool.put(digest.clone(), buffer).map_err(Fault::Store)?;
    }
    Ok(digest)
}

fn large(file: &File, meta: Meta, spool: &Spool<'_>, buffer: &mut Vec<u8>) -> Result<Digest, Fault> {
    let draft = spool.draft().map_err(Fault::Store)?;
    let digest = if copy::share(file, &draft.file) {
        // The shared blocks are a snapshot of their own: whatever happens to the source from here on does not matter.
        unchanged(file, meta, meta.size)?;
        stream(&draft.file, meta.size, buffer, |_, _| Ok(()))?
    } else {
        draft.file.set_len(meta.size).map_err(Fault::Store)?;
        let digest = stream(file, meta.size, buffer, |bytes, at| draft.file.write_all_at(bytes, at))?;
        unchanged(file, meta, meta.size)?;
        digest
    };
    keep(draft, digest, meta.size, spool)
}

fn keep(draft: Draft, digest: Digest, size: u64, spool: &Spool<'_>) -> Result<Digest, Fault> {
    if spool.wants(&digest, size) {
        spool.keep(draft, digest.clone(), size).map_err(Fault::Store)?;
    }
    Ok(digest)
}

/// Hashes `size` bytes and hands the data among them on; holes are hashed without being read.
fn stream(
    file: &File,
    size: u64,
    buffer: &mut Vec<u8>,
    mut data: impl FnMut(&[u8], u64) -> io::Result<()>,
) -> Result<Digest, Fault> {
    let mut hash = blake3::Hasher::new();
    let mut at = 0;
    buffer.resize(SMALL, 0);
    while at < size {
        match copy::extent(file, at, size) {
            Extent::Hole(_, end) => {
                while at < end {
                    let some = (end - at).min(ZEROS.len() as u64);
                    hash.update(&ZEROS[..some as usize]);
                    at += some;
                }
            }
            Extent::Data(_, end) => {
                while at < end {
                    let some = (end - at).min(SMALL as u64) as usize;
                    let read = match file.read_at(&mut buffer[..some], at) {
                        Ok(0) => return Err(Fault::Changed),
                        Ok(read) => read,
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                        Err(e) => return Err(Fault::Source(e)),
                    };
                    hash.update(&buffer[..read]);
                    data(&buffer[..read], at).map_err(Fault::Store)?;
                    at += read as u64;
                }
            }
        }
    }
    Ok(Digest::from_bytes(hash.finalize().as_bytes()))
}

/// Is the file still what it was when it was opened, and were all its bytes read?
fn unchanged(file: &File, before: Meta, read: u64) -> Result<(), Fault> {
    let now = Meta::of(&fstat(file).map_err(|e| Fault::Source(e.into()))?);
    if now == before && read == before.size { Ok(()) } else { Err(Fault::Changed) }
}
