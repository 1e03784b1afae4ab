//! Folders for tests.

use source::{Bounds, Snapshot, SourceError, Store, TakeOptions, Tree};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::Duration,
};

/// A temporary folder with a source in it and room for a store beside it.
pub struct Folder {
    pub dir: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// In memory where that is possible: for tests of tens of thousands of files, which some disks take a minute to
    /// remove.
    pub fn light() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::within(memory) } else { Self::new() }
    }

    fn within(place: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("shipway-source-").tempdir_in(place).unwrap();
        fs::create_dir(dir.path().join("app")).unwrap();
        Self { dir }
    }

    /// One file a word; its content is its path.
    pub fn with(paths: &str) -> Self {
        let folder = Self::new();
        for path in paths.split_whitespace() {
            folder.write(path, path);
        }
        folder
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("app")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn link(&self, path: &str, target: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    pub fn fifo(&self, path: &str) -> &Self {
        rustix::fs::mknodat(rustix::fs::CWD, self.path(path), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .unwrap();
        self
    }

    pub fn executable(&self, path: &str) -> &Self {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    pub fn tree(&self, options: &TakeOptions) -> Tree {
        Tree::open(&self.root(), options).unwrap()
    }

    pub fn store(&self) -> Store {
        Store::open(&self.beside("state")).unwrap()
    }

    pub fn take(&self) -> Result<Snapshot, SourceError> {
        self.take_into(&self.store())
    }

    pub fn take_into(&self, store: &Store) -> Result<Snapshot, SourceError> {
        store.take(&self.root(), &TakeOptions::default())
    }
}

pub fn below(base: &str) -> TakeOptions {
    TakeOptions { base: Some(base.into()), ..TakeOptions::default() }
}

pub fn bounded(change: impl Fn(&mut Bounds)) -> TakeOptions {
    let mut options = TakeOptions::default();
    change(&mut options.bounds);
    options
}

pub fn paths(tree: &Tree) -> Vec<String> {
    tree.paths().map(str::to_owned).collect()
}

pub fn files(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files.iter().map(|file| file.path.as_str()).collect()
}

/// Until what was written counts as settled for the memory of a folder.
pub fn settle() {
    std::thread::sleep(Duration::from_millis(120));
}

/// Every regular file below a directory, by the standard library.
pub fn walk_plainly(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(walk_plainly(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
