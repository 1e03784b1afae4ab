//! The store: snapshots by the digest of their manifest, contents by their own digest, both in the state directory.
//!
//! What a digest names never changes and is never half there: bytes reach their name by a rename after they are on
//! disk, and a manifest is written after everything that it names. Losing power at any moment leaves at most files that
//! nobody names, which [`Store::collect`] removes.

mod blobs;
mod collect;
mod copy;
mod digest;
mod intake;
mod materialise;
mod memory;
mod pins;
mod spool;
mod take;

pub use digest::digest;

use crate::{FileEntry, Snapshot, SourceError, Tree, Work, manifest, manifest::Contents, parallel};
use blobs::Blobs;
use model::Digest;
use pins::Pins;
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

/// Bytes of a manifest: 200,000 entries with the longest paths.
const MAX_MANIFEST: u64 = 256 << 20;

/// The snapshots of one host. Cheap to clone; all methods may be called from any thread.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: PathBuf,
    snapshots: PathBuf,
    /// Directories where earlier looks at folders are remembered.
    memory: PathBuf,
    blobs: Blobs,
    pins: Pins,
    /// Taking and reading share it; collecting has it alone, so that a content which a snapshot is about to name is not
    /// removed in between.
    gate: RwLock<()>,
}

impl Store {
    /// Opens the store in a state directory, and creates what is missing of it, readable by its owner only.
    ///
    /// # Errors
    /// [`SourceError::Store`].
    pub fn open(state: &Path) -> Result<Store, SourceError> {
        let snapshots = state.join("snapshots");
        let memory = state.join("cache").join("stat");
        for dir in [state, &snapshots, &memory, &state.join("blobs")] {
            make_private(dir).map_err(|e| SourceError::store(dir, &e))?;
        }
        let blobs = Blobs::open(state.join("blobs"))?;
        let inner =
            Inner { state: state.to_owned(), snapshots, memory, blobs, pins: Pins::default(), gate: RwLock::new(()) };
        Ok(Store(Arc::new(inner)))
    }

    /// A snapshot that was taken earlier. Its manifest's digest is checked, and that every content is there with its
    /// size; [`Store::verify`] also reads the contents.
    ///
    /// # Errors
    /// [`SourceError::Missing`], [`SourceError::Damaged`], [`SourceError::Store`].
    pub fn load(&self, digest: &Digest) -> Result<Snapshot, SourceError> {
        let _gate = self.shared();
        let snapshot = self.read_snapshot(digest)?;
        parallel::try_map(&snapshot.files, 256, || (), |(), file| self.0.blobs.check_size(&file.blob, file.size))?;
        Ok(snapshot)
    }

    /// Reads every content of a snapshot and compares it with its digest.
    ///
    /// # Errors
    /// [`SourceError::Damaged`] for the first file that differs, [`SourceError::Store`].
    pub fn verify(&self, snapshot: &Snapshot) -> Result<(), SourceError> {
        let _gate = self.shared();
        parallel::try_map(&snapshot.files, 8, || (), |(), file| self.0.blobs.check_content(&file.blob, file.size))?;
        Ok(())
    }

    /// A snapshot as a tree below `base` (`.` or the empty text for the root).
    ///
    /// # Errors
    /// [`SourceError::BaseMissing`].
    pub fn tree(&self, snapshot: &Snapshot, base: &str) -> Result<Tree, SourceError> {
        Tree::of_snapshot(self.clone(), snapshot.clone(), base)
    }

    /// The snapshots that are there, sorted.
    ///
    /// # Errors
    /// [`SourceError::Store`].
    pub fn snapshots(&self) -> Result<Vec<Digest>, SourceError> {
        let failed = |e: io::Error| SourceError::store(&self.0.snapshots, &e);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0.snapshots).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let digest = name.to_str().and_then(|name| name.strip_suffix(".json"));
            found.extend(digest.and_then(|hex| format!("blake3:{hex}").parse::<Digest>().ok()));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// A content, opened; its size is what the snapshot says.
    pub(crate) fn open_blob(&self, entry: &FileEntry) -> Result<File, SourceError> {
        self.0.blobs.open_blob(&entry.blob, entry.size)
    }

    fn shared(&self) -> RwLockReadGuard<'_, ()> {
        // The gate guards no data: a thread that panicked while it held it left nothing half done in memory.
        self.0.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn manifest_path(&self, digest: &Digest) -> PathBuf {
        self.0.snapshots.join(format!("{}.json", digest.hex()))
    }

    fn read_snapshot(&self, digest: &Digest) -> Result<Snapshot, SourceError> {
        let path = self.manifest_path(digest);
        let damaged = |why: String| SourceError::Damaged { path: path.display().to_string(), why };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(SourceError::Missing { digest: digest.clone() });
            }
            Err(e) => return Err(SourceError::store(&path, &e)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_MANIFEST + 1).read_to_end(&mut bytes).map_err(|e| SourceError::store(&path, &e))?;
        if bytes.len() as u64 > MAX_MANIFEST {
            return Err(damaged(format!("it is longer than {MAX_MANIFEST} bytes")));
        }
        if manifest::digest(&bytes) != *digest {
            return Err(damaged("its content has another digest than its name".to_owned()));
        }
        let contents = Contents::decode(&bytes).map_err(damaged)?;
        Ok(self.snapshot(digest.clone(), ".".to_owned(), contents, Work::default()))
    }

    fn snapshot(&self, digest: Digest, base: String, contents: Contents, work: Work) -> Snapshot {
        let pin = self.0.pins.pin(&digest);
        Snapshot {
            digest,
            base,
            files: contents.files.into(),
            links: contents.links.into(),
            dirs: contents.dirs.into(),
            work,
            _pin: pin,
        }
    }

    /// Puts a manifest in place. Everything that it names is durable already.
    fn write_manifest(&self, digest: &Digest, bytes: &[u8]) -> Result<(), SourceError> {
        let path = self.manifest_path(digest);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        write_atomically(&path, bytes, true).map_err(|e| SourceError::store(&path, &e))
    }
}

/// Replaces a file as a whole. `durable`: on disk under its name when this returns.
fn write_atomically(path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let write = || {
        let mut file = File::create_new(&temporary)?;
        file.write_all(bytes)?;
        if durable {
            file.sync_all()?;
        }
        fs::rename(&temporary, path)?;
        match path.parent() {
            Some(dir) if durable => File::open(dir)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// A directory that only its owner can look into: it holds people's source.
fn make_private(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
