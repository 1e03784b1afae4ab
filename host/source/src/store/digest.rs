//! The digest that a snapshot would have, without taking it: for whoever only wants to compare, and leaves no trace.

use super::{
    intake,
    take::{check_total, flatten},
};
use crate::{
    FileEntry, SourceError, TakeOptions, links,
    manifest::{self, Contents},
    parallel,
    rules::Rules,
    tree,
    walk::{self, Purpose},
};
use model::Digest;
use std::path::Path;

/// Files that are not worth a second thread.
const SHARE: usize = 32;

/// The digest that [`crate::Store::take`] would give to a snapshot of this folder now. Reads every file, writes nothing.
///
/// # Errors
/// As for [`crate::Store::take`], except those of the store.
pub fn digest(path: &Path, options: &TakeOptions) -> Result<Digest, SourceError> {
    tree::takeable(options.kind)?;
    let root = walk::open_root(path)?;
    let base = walk::find_base(&root, options.base.as_deref())?;
    let rules = Rules::new(options, &base, None)?;
    let walked = walk::walk(&root, "", &rules, &options.bounds, Purpose::Snapshot)?;
    links::check(&walked.index)?;
    let (seen, links, dirs) = flatten(&walked);
    check_total(seen.iter().map(|seen| (seen.path.as_str(), seen.meta.size)), &options.bounds)?;
    let files = parallel::try_map(&seen, SHARE, intake::buffer, |buffer, seen| {
        let blob = intake::hash(&root, &seen.path, buffer)?;
        let mode = if seen.meta.executable { 0o755 } else { 0o644 };
        Ok(FileEntry { path: seen.path.clone(), mode, size: seen.meta.size, blob })
    })?;
    let bytes = Contents { files, links, dirs }.encode().map_err(|why| SourceError::unreadable("", why))?;
    Ok(manifest::digest(&bytes))
}
