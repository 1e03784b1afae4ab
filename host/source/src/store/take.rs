//! Taking a snapshot: list, compare with the last look, read what is new, make it durable, write the manifest.

use super::{
    Store, intake,
    intake::Taken,
    memory::{self, Memory},
    spool::Spool,
};
use crate::{
    Bounds, FileEntry, Kind, LinkEntry, Snapshot, SourceError, TakeOptions, Work,
    error::shown,
    links,
    listing::Meta,
    manifest::{self, Contents},
    parallel,
    rules::Rules,
    tree,
    walk::{self, Purpose, Walked},
};
use model::Digest;
use std::path::Path;

/// A folder that is being written to is looked at so many times.
const ATTEMPTS: u32 = 3;
/// Files that are not worth a second thread.
const SHARE: usize = 32;
/// The longest memory of a folder that is read back, in bytes: what the default bounds can fill.
const MOST_MEMORY: u64 = 256 << 20;

/// A file and what the walk saw of it.
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) meta: Meta,
}

impl Store {
    /// Takes a snapshot of a folder: the whole source, whatever its base directory. When this returns, the snapshot is
    /// durable. Only files that changed since the last snapshot of the same folder are read.
    ///
    /// The files are each taken at one moment, not all at the same moment: that is the same with every tool that copies
    /// a folder. A file that vanishes or changes meanwhile makes it start again, up to three times.
    ///
    /// # Errors
    /// A bound, an unreadable or special file, a link that cannot be kept, a missing base directory, a full disk.
    pub fn take(&self, root: &Path, options: &TakeOptions) -> Result<Snapshot, SourceError> {
        tree::takeable(options.kind)?;
        let _gate = self.shared();
        let mut attempt = 1;
        loop {
            match self.take_once(root, options) {
                Err(SourceError::Changed { .. }) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    fn take_once(&self, path: &Path, options: &TakeOptions) -> Result<Snapshot, SourceError> {
        let started = memory::now();
        let root = walk::open_root(path)?;
        let real = path.canonicalize().map_err(|e| SourceError::source(&path.to_string_lossy(), &e))?;
        let base = walk::find_base(&root, options.base.as_deref())?;
        let rules = Rules::new(options, &base, self.inside(&real))?;
        let walked = walk::walk(&root, "", &rules, &options.bounds, Purpose::Snapshot)?;
        links::check(&walked.index)?;
        let (seen, links, dirs) = flatten(&walked);
        check_total(seen.iter().map(|seen| (seen.path.as_str(), seen.meta.size)), &options.bounds)?;

        let place = memory::place(&self.0.memory, &real);
        let memory = Memory::load(&place, MOST_MEMORY);
        let spool = Spool::open(&self.0.blobs)?;
        let taken = parallel::try_map(&seen, SHARE, intake::buffer, |buffer, seen| {
            let known = memory.recall(&seen.path, &seen.meta);
            match known.filter(|digest| self.0.blobs.has(digest, seen.meta.size)) {
                Some(digest) => Ok((Taken { digest, meta: seen.meta }, false)),
                None => intake::take(&root, &seen.path, &options.bounds, &spool, buffer).map(|taken| (taken, true)),
            }
        })?;
        // Once more: a file may have grown since it was listed.
        check_total(seen.iter().zip(&taken).map(|(seen, (t, _))| (seen.path.as_str(), t.meta.size)), &options.bounds)?;
        let work = commit(spool, &taken)?;
        if work.files_read > 0 || memory.len() != settled(&seen, &taken, started).count() {
            // Not remembering costs the next snapshot time and nothing else.
            drop(memory::save(&place, settled(&seen, &taken, started)));
        }

        let files = seen.iter().zip(&taken).map(|(seen, (taken, _))| FileEntry {
            path: seen.path.clone(),
            mode: if taken.meta.executable { 0o755 } else { 0o644 },
            size: taken.meta.size,
            blob: taken.digest.clone(),
        });
        let contents = Contents { files: files.collect(), links, dirs };
        let bytes = contents.encode().map_err(|why| SourceError::unreadable("", why))?;
        let digest = manifest::digest(&bytes);
        self.write_manifest(&digest, &bytes)?;
        let base = if base.is_empty() { ".".to_owned() } else { base };
        Ok(self.snapshot(digest, base, contents, work))
    }

    /// The state directory relative to a source that it lies in: a snapshot must not contain itself.
    fn inside(&self, root: &Path) -> Option<String> {
        let state = self.0.state.canonicalize().ok()?;
        state.strip_prefix(root).ok()?.to_str().map(str::to_owned)
    }
}

fn commit(spool: Spool<'_>, taken: &[(Taken, bool)]) -> Result<Work, SourceError> {
    let (blobs_stored, bytes_stored) = spool.commit()?;
    let read = taken.iter().filter(|(_, read)| *read);
    let (files_read, bytes_read) = read.fold((0, 0), |(files, bytes), (t, _)| (files + 1, bytes + t.meta.size));
    Ok(Work { files_read, bytes_read, blobs_stored, bytes_stored })
}

/// What may be remembered of this look.
fn settled<'a>(
    seen: &'a [Seen],
    taken: &'a [(Taken, bool)],
    started: i64,
) -> impl Iterator<Item = (&'a str, Meta, &'a Digest)> {
    seen.iter()
        .zip(taken)
        .filter(move |(_, (taken, _))| memory::is_settled(&taken.meta, started))
        .map(|(seen, (taken, _))| (seen.path.as_str(), taken.meta, &taken.digest))
}

/// The files, links and empty directories of a walk, each sorted.
pub(super) fn flatten(walked: &Walked) -> (Vec<Seen>, Vec<LinkEntry>, Vec<String>) {
    let (mut files, mut links, mut dirs) = (Vec::new(), Vec::new(), Vec::new());
    let index = &walked.index;
    index.visit(0, |path, node| match node.kind {
        Kind::File => files.push(Seen { path: path.to_owned(), meta: walked.metas[node.link as usize] }),
        Kind::Symlink => {
            let target = index.target(node.link).unwrap_or_default().to_owned();
            links.push(LinkEntry { path: path.to_owned(), target });
        }
        Kind::Directory if index.directory(node.link).is_empty() => dirs.push(path.to_owned()),
        Kind::Directory | Kind::Other => {}
    });
    (files, links, dirs)
}

/// The error names the largest file: the one to look at.
pub(super) fn check_total<'a>(
    files: impl Iterator<Item = (&'a str, u64)> + Clone,
    bounds: &Bounds,
) -> Result<(), SourceError> {
    let total = files.clone().map(|(_, size)| size).fold(0, u64::saturating_add);
    if total <= bounds.max_total {
        return Ok(());
    }
    let largest = files.max_by_key(|(_, size)| *size).map_or("", |(path, _)| path);
    Err(SourceError::TooLarge {
        path: shown(largest.as_bytes()),
        bound: "max_total",
        unit: "bytes in all files",
        limit: bounds.max_total,
        found: total,
    })
}
