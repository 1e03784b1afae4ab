//! Shows a real tree to a plugin that is asked without a host.

use sandbox::{Entry, Kind, Read, ReadFault, SourceView};
use source::Tree;
use std::sync::Arc;

/// A tree, as plugins see it.
pub struct View(Tree);

impl View {
    /// Of this tree.
    #[must_use]
    pub fn of(tree: &Tree) -> Arc<dyn SourceView> {
        Arc::new(Self(tree.clone()))
    }
}

fn entry(e: source::Entry) -> Entry {
    let kind = match e.kind {
        source::Kind::File => Kind::File,
        source::Kind::Directory => Kind::Directory,
        source::Kind::Symlink => Kind::Symlink,
        source::Kind::Other => Kind::Other,
    };
    Entry { name: e.name, kind, size: e.size }
}

fn fault(f: source::ReadFault) -> ReadFault {
    match f {
        source::ReadFault::NotFound | source::ReadFault::Unreadable(_) => ReadFault::NotFound,
        source::ReadFault::NotAFile => ReadFault::NotAFile,
        source::ReadFault::NotADirectory => ReadFault::NotADirectory,
        source::ReadFault::TooLarge => ReadFault::TooLarge,
        source::ReadFault::BadPath => ReadFault::BadPath,
    }
}

impl SourceView for View {
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault> {
        Ok(self.0.entries(dir).map_err(fault)?.into_iter().map(entry).collect())
    }
    fn stat(&self, path: &str) -> Result<Option<Entry>, ReadFault> {
        Ok(self.0.stat(path).map_err(fault)?.map(entry))
    }
    fn read(&self, path: &str, max: u64) -> Result<Read, ReadFault> {
        let read = self.0.read(path, max).map_err(fault)?;
        Ok(Read { bytes: read.bytes, whole: read.whole })
    }
    fn find(&self, glob: &str, limit: usize) -> Result<Vec<String>, ReadFault> {
        self.0.find(glob, limit).map_err(fault)
    }
}
