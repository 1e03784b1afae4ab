//! The read-only view of a source below its base directory: what detection reads.
//!
//! Listed once and bounded; bytes are read when asked for. Only what is listed can be read, so an ignored file (a `.env`
//! with secrets) does not exist here. A link counts as the file it leads to when that is in the tree, and as nothing
//! readable otherwise. The same questions have the same answers on a live folder and on a snapshot of it.

use crate::{
    Entry, Kind, MAX_READ, Read, ReadFault, Snapshot, SourceError, Store, TakeOptions,
    beneath::{Beneath, Closed},
    index::{Found, Index, Lost, Node},
    paths::Paths,
    relative,
    rules::Rules,
    walk::{self, Purpose},
};
use model::SourceKind;
use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, statat},
};
use std::{
    io::Read as _,
    path::Path,
    sync::{Arc, OnceLock},
};

/// A bounded listing and reader. Cheap to clone.
#[derive(Clone)]
pub struct Tree(Arc<Inner>);

struct Inner {
    index: Index,
    /// The number of the base directory.
    top: u32,
    base: String,
    paths: Paths,
    truncated: Option<String>,
    bytes: OnceLock<u64>,
    from: Backing,
}

enum Backing {
    /// The base directory, open.
    Folder(Beneath),
    /// A file's link is its number in the snapshot.
    Snapshot(Store, Snapshot),
}

impl Tree {
    /// Lists a live folder: one walk, no effects. A bound that is met shortens the listing ([`Tree::truncated`]).
    ///
    /// # Errors
    /// The root or a directory cannot be read, the base directory is missing, a name is not UTF-8, or an ignore file
    /// cannot be used.
    pub fn open(root: &Path, options: &TakeOptions) -> Result<Tree, SourceError> {
        takeable(options.kind)?;
        let folder = walk::open_root(root)?;
        let base = walk::find_base(&folder, options.base.as_deref())?;
        let rules = Rules::new(options, &base, None)?;
        let walked = walk::walk(&folder, &base, &rules, &options.bounds, Purpose::Detect)?;
        let live = folder.below(&base).map_err(|e| SourceError::source(&base, &e))?;
        Ok(Self::new(walked.index, 0, base, walked.truncated, Backing::Folder(live)))
    }

    /// The tree of a snapshot below `base`.
    pub(crate) fn of_snapshot(store: Store, snapshot: Snapshot, base: &str) -> Result<Tree, SourceError> {
        let missing =
            |why: &str| SourceError::BaseMissing { base: base.to_owned(), why: why.to_owned(), near: Vec::new() };
        let path = relative::normal(base).map_err(missing)?;
        let index = snapshot.index()?;
        let top = match index.resolve(0, &path, false) {
            Ok(Found::Directory(top, real)) if real == path => top,
            _ => return Err(missing("does not exist in the snapshot")),
        };
        Ok(Self::new(index, top, path, None, Backing::Snapshot(store, snapshot)))
    }

    fn new(index: Index, top: u32, base: String, truncated: Option<String>, from: Backing) -> Self {
        let mut paths = Paths::default();
        index.visit(top, |path, node| {
            let is_file = match node.kind {
                Kind::File => true,
                Kind::Symlink => matches!(index.resolve(top, path, true), Ok(Found::Leaf(Kind::File, ..))),
                Kind::Directory | Kind::Other => false,
            };
            if is_file {
                paths.push(path);
            }
        });
        let base = if base.is_empty() { ".".to_owned() } else { base };
        Self(Arc::new(Inner { index, top, base, paths, truncated, bytes: OnceLock::new(), from }))
    }

    /// The base directory relative to the source's root; `.` is the root.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.0.base
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.paths.len() as u64
    }

    /// No files at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all files together. On a live folder the first call asks the system for the size of each file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        *self.0.bytes.get_or_init(|| {
            let mut dirs = vec![(self.0.top, String::new())];
            self.0.index.visit(self.0.top, |path, node| {
                if node.kind == Kind::Directory {
                    dirs.push((node.link, path.to_owned()));
                }
            });
            dirs.iter().map(|(dir, path)| self.sizes(*dir, path).iter().sum::<u64>()).sum()
        })
    }

    /// Why the listing is not complete; `None` when it is.
    #[must_use]
    pub fn truncated(&self) -> Option<&str> {
        self.0.truncated.as_deref()
    }

    /// The files, relative to the base directory, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        (0..self.0.paths.len()).map(|i| self.0.paths.get(i))
    }

    /// What is in a directory, sorted by name. The empty path is the base directory.
    ///
    /// # Errors
    /// `NotFound`, `NotADirectory`, `BadPath`.
    pub fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault> {
        let Found::Directory(dir, path) = self.resolve(dir, true)? else { return Err(ReadFault::NotADirectory) };
        let nodes = self.0.index.directory(dir).iter().zip(self.sizes(dir, &path));
        let mut entries: Vec<Entry> = nodes
            .map(|(node, size)| Entry { name: self.0.index.name(*node).to_owned(), kind: node.kind, size })
            .collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// What something is; `None` when it is not part of the tree. A link is not followed.
    ///
    /// # Errors
    /// `BadPath`.
    pub fn stat(&self, path: &str) -> Result<Option<Entry>, ReadFault> {
        let name = || path.rsplit('/').next().unwrap_or_default().to_owned();
        match self.resolve(path, false) {
            Ok(Found::Directory(..)) => Ok(Some(Entry { name: name(), kind: Kind::Directory, size: 0 })),
            Ok(Found::Leaf(kind, link, real)) => {
                let (dir, file) = real.rsplit_once('/').unwrap_or(("", &real));
                let size = if kind == Kind::File { self.size(self.live(dir).as_ref(), file, link) } else { 0 };
                Ok(Some(Entry { name: name(), kind, size }))
            }
            Err(ReadFault::BadPath) => Err(ReadFault::BadPath),
            Err(_) => Ok(None),
        }
    }

    /// The first `max` bytes of a file.
    ///
    /// # Errors
    /// Any [`ReadFault`] but `NotADirectory`.
    pub fn read(&self, path: &str, max: u64) -> Result<Read, ReadFault> {
        if max > MAX_READ {
            return Err(ReadFault::TooLarge);
        }
        let (link, real) = match self.resolve(path, true) {
            Ok(Found::Leaf(Kind::File, link, real)) => (link, real),
            Ok(_) => return Err(ReadFault::NotAFile),
            Err(ReadFault::NotADirectory) => return Err(ReadFault::NotFound),
            Err(e) => return Err(e),
        };
        let (file, size) = match &self.0.from {
            Backing::Folder(folder) => match folder.file(&real) {
                Ok((file, stat)) => (file, u64::try_from(stat.st_size).unwrap_or(0)),
                Err(Closed::NotAFile(_)) => return Err(ReadFault::NotAFile),
                Err(Closed::Io(e)) if e.kind() == std::io::ErrorKind::NotFound => return Err(ReadFault::NotFound),
                Err(Closed::Io(e)) => return Err(ReadFault::Unreadable(e.kind().to_string())),
            },
            Backing::Snapshot(store, snapshot) => {
                let entry = snapshot.files.get(link as usize).ok_or(ReadFault::NotFound)?;
                let file = store.open_blob(entry).map_err(|e| ReadFault::Unreadable(e.to_string()))?;
                (file, entry.size)
            }
        };
        // One byte more than asked for tells whether the file goes on; its size may be a lie by now.
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(max) + 1).unwrap_or(0));
        file.take(max + 1).read_to_end(&mut bytes).map_err(|e| ReadFault::Unreadable(e.kind().to_string()))?;
        let whole = bytes.len() as u64 <= max;
        bytes.truncate(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(Read { bytes, whole })
    }

    /// The files that match a glob (`*`, `**`, `?`, `[…]`, `{a,b}`; `*` stays within one part of a path), sorted, at
    /// most `limit`.
    ///
    /// # Errors
    /// `BadPath` when it is not a glob or longer than 512 bytes.
    pub fn find(&self, glob: &str, limit: usize) -> Result<Vec<String>, ReadFault> {
        self.0.paths.find(glob, limit).ok_or(ReadFault::BadPath)
    }

    fn resolve(&self, path: &str, follow: bool) -> Result<Found, ReadFault> {
        let path = if path == "." { "" } else { path };
        if !relative::is_normal(path) {
            return Err(ReadFault::BadPath);
        }
        self.0.index.resolve(self.0.top, path, follow).map_err(|lost| match lost {
            Lost::Missing | Lost::Loop => ReadFault::NotFound,
            Lost::NotADirectory => ReadFault::NotADirectory,
            Lost::Leaves => ReadFault::NotAFile,
        })
    }

    /// The sizes of what is in a directory; 0 for what is not a file or is gone.
    fn sizes(&self, dir: u32, path: &str) -> Vec<u64> {
        let live = self.live(path);
        let size = |node: &Node| match node.kind {
            Kind::File => self.size(live.as_ref(), self.0.index.name(*node), node.link),
            _ => 0,
        };
        self.0.index.directory(dir).iter().map(size).collect()
    }

    /// A directory of the live folder, opened so that sizes are asked for below it and nowhere else.
    fn live(&self, path: &str) -> Option<OwnedFd> {
        match &self.0.from {
            Backing::Folder(folder) => folder.directory(path).ok(),
            Backing::Snapshot(..) => None,
        }
    }

    fn size(&self, live: Option<&OwnedFd>, name: &str, link: u32) -> u64 {
        match (&self.0.from, live) {
            (Backing::Snapshot(_, snapshot), _) => snapshot.files.get(link as usize).map_or(0, |file| file.size),
            (Backing::Folder(_), Some(dir)) => {
                statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0))
            }
            (Backing::Folder(_), None) => 0,
        }
    }
}

/// Sources that lie in a folder.
pub(crate) fn takeable(kind: SourceKind) -> Result<(), SourceError> {
    match kind {
        SourceKind::LocalDirectory | SourceKind::StaticDirectory => Ok(()),
        other => Err(SourceError::Kind { kind: other.as_str() }),
    }
}
