//! The digest of a built tree: BLAKE3 over every path, kind, mode, link target and content, in the order of paths.
//! Nothing is skipped; files are read by as many threads as there are processors.

use model::Digest;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// A digest with the numbers of what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) digest: Digest,
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// Permission bits that decide how a file behaves; owners and times are not part of an artifact.
const MODE: u32 = 0o7777;
/// Read at once; more than that only costs memory.
const BUFFER: usize = 256 * 1024;
/// More threads than this wait for the disk.
const MAX_THREADS: usize = 8;

enum Kind {
    File,
    Directory,
    Link(PathBuf),
    /// A socket or a pipe that a build left: it has no content.
    Other(u32),
}

struct Entry {
    path: PathBuf,
    kind: Kind,
    mode: u32,
    size: u64,
}

/// Measures a tree that nobody writes to. `None`: canceled.
pub(super) fn measure(root: &Path, cancel: &AtomicBool) -> io::Result<Option<Measured>> {
    let entries = walk(root)?;
    let Some(contents) = contents(root, &entries, cancel)? else { return Ok(None) };
    let mut hasher = blake3::Hasher::new_derive_key("shipway 2026 artifact tree v1");
    let (mut files, mut bytes) = (0, 0);
    for (entry, content) in entries.iter().zip(contents) {
        field(&mut hasher, entry.path.as_os_str().as_bytes());
        hasher.update(&entry.mode.to_le_bytes());
        match &entry.kind {
            Kind::Directory => field(&mut hasher, b"directory"),
            Kind::Link(to) => {
                field(&mut hasher, b"link");
                field(&mut hasher, to.as_os_str().as_bytes());
            }
            Kind::Other(kind) => {
                field(&mut hasher, b"other");
                hasher.update(&kind.to_le_bytes());
            }
            Kind::File => {
                field(&mut hasher, b"file");
                if let Some(hash) = content {
                    hasher.update(hash.as_bytes());
                }
                files += 1;
                bytes += entry.size;
            }
        }
    }
    Ok(Some(Measured { digest: Digest::from_bytes(hasher.finalize().as_bytes()), files, bytes }))
}

/// With its length in front, so that no two lists of fields read the same.
fn field(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// Everything below the root, sorted by path. Links are not followed.
fn walk(root: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(root.join(&dir))? {
            let entry = entry?;
            let meta = entry.metadata()?;
            let path = dir.join(entry.file_name());
            let kind = if meta.is_dir() {
                open.push(path.clone());
                Kind::Directory
            } else if meta.is_file() {
                Kind::File
            } else if meta.is_symlink() {
                Kind::Link(fs::read_link(entry.path())?)
            } else {
                Kind::Other(meta.mode() & !MODE)
            };
            // The mode of a link means nothing.
            let mode = if matches!(kind, Kind::Link(_)) { 0 } else { meta.mode() & MODE };
            found.push(Entry { path, kind, mode, size: meta.len() });
        }
    }
    found.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
    Ok(found)
}

type Hashes = Vec<Option<blake3::Hash>>;

/// The hashes of the files among the entries. `None`: canceled.
fn contents(root: &Path, entries: &[Entry], cancel: &AtomicBool) -> io::Result<Option<Hashes>> {
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(entries.len() / 64 + 1);
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<Vec<(usize, blake3::Hash)>> {
        let mut buffer = vec![0; BUFFER];
        let mut done = Vec::new();
        while !cancel.load(Ordering::Relaxed) {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = entries.get(nth) else { break };
            if matches!(entry.kind, Kind::File) {
                done.push((nth, hash_file(&root.join(&entry.path), &mut buffer)?));
            }
        }
        Ok(done)
    };
    let parts: Vec<io::Result<Vec<(usize, blake3::Hash)>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        let lost = || Err(io::Error::other("a hashing thread was lost"));
        parts.extend(workers.into_iter().map(|w| w.join().unwrap_or_else(|_| lost())));
        parts
    });
    if cancel.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let mut hashes: Hashes = vec![None; entries.len()];
    for part in parts {
        for (nth, hash) in part? {
            hashes[nth] = Some(hash);
        }
    }
    Ok(Some(hashes))
}

fn hash_file(path: &Path, buffer: &mut [u8]) -> io::Result<blake3::Hash> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let mut file: File = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut hasher = blake3::Hasher::new();
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn digest(root: &Path) -> Digest {
        measure(root, &AtomicBool::new(false)).unwrap().unwrap().digest
    }

    #[test]
    fn every_part_of_a_tree_counts_and_nothing_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for n in 0..300 {
            fs::write(at(&format!("f{n}")), format!("{n}")).unwrap();
        }
        fs::create_dir(at("sub")).unwrap();
        symlink("f1", at("link")).unwrap();
        let before = digest(dir.path());
        assert_eq!(before, digest(dir.path()), "the same tree, the same digest");
        let old = fs::metadata(at("f2")).unwrap().modified().unwrap();
        fs::write(at("f2"), "2").unwrap();
        File::open(at("f2")).unwrap().set_modified(old - std::time::Duration::from_secs(9)).unwrap();
        assert_eq!(before, digest(dir.path()), "times do not count");

        let changed = |what: &str, change: &dyn Fn(), back: &dyn Fn()| {
            change();
            assert_ne!(before, digest(dir.path()), "{what}");
            back();
            assert_eq!(before, digest(dir.path()), "{what} undone");
        };
        let mode = |m| fs::set_permissions(at("f1"), fs::Permissions::from_mode(m)).unwrap();
        mode(0o644);
        changed("content", &|| fs::write(at("f1"), "x").unwrap(), &|| fs::write(at("f1"), "1").unwrap());
        changed("mode", &|| mode(0o755), &|| mode(0o644));
        changed("name", &|| fs::rename(at("f1"), at("g1")).unwrap(), &|| fs::rename(at("g1"), at("f1")).unwrap());
        changed("an empty directory", &|| fs::create_dir(at("new")).unwrap(), &|| fs::remove_dir(at("new")).unwrap());
        changed(
            "a link's target",
            &|| {
                fs::remove_file(at("link")).unwrap();
                symlink("f2", at("link")).unwrap();
            },
            &|| {
                fs::remove_file(at("link")).unwrap();
                symlink("f1", at("link")).unwrap();
            },
        );
    }

    #[test]
    fn a_pipe_in_the_tree_does_not_hold_us_and_cancel_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        digest(dir.path());
        assert_eq!(measure(dir.path(), &AtomicBool::new(true)).unwrap(), None);
    }
}
